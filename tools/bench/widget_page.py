"""The section on the widget."""

from __future__ import annotations

from statistics import median

from tools.bench.results import Result
from tools.bench.tables import measured_on, ms, prose, table, verdict
from tools.bench.widget import WidgetMeasured
from tools.widget_size import BUDGET

USABLE_TARGET_MS = 300.0
HEAP_TARGET = 5 * 2**20


def widget_section(result: Result[WidgetMeasured]) -> list[str]:
    measured = result.measured
    size = sum(measured.sizes.values())
    slowest = max(each.usable for each in measured.openings)
    grown = measured.heap_after - measured.heap_before
    rows = [
        ["all that it loads, gzipped", f"{size:,} bytes", f"<= {BUDGET:,}", verdict(size <= BUDGET)],
        [
            f"a cold page to a usable launcher, processor {measured.slower}x slower, p50 of {len(measured.openings)}",
            f"{ms(measured.usable)} ms",
            f"<= {USABLE_TARGET_MS:.0f} ms",
            verdict(measured.usable <= USABLE_TARGET_MS),
        ],
        ["the slowest of them", f"{ms(slowest)} ms", "", ""],
        *(
            [["a click at that moment to the open panel", f"{ms(median(measured.clicked))} ms", "", ""]]
            if measured.clicked
            else []
        ),
        ["a usable launcher in the demo shop", f"{ms(median(each.usable for each in measured.shop))} ms", "", ""],
        ["layout shift of the page: load, open, close", f"{measured.moved:g}", "0", verdict(measured.moved == 0)],
        [
            f"memory after {measured.messages} messages",
            f"+{grown / 2**20:.2f} MiB",
            "<= 5 MiB",
            verdict(grown <= HEAP_TARGET),
        ],
    ]
    lines = ["## The widget in a page", "", *measured_on(result.machine), *table(("", "value", "target", ""), rows)]
    lines += table(("file", "bytes gzipped"), [[f"`{path}`", f"{each:,}"] for path, each in measured.sizes.items()])
    lines += [
        prose("""Debian's Chromium, pages from the real api on the same machine, the dialogue process replaced by one fixed
        answer. Time runs from the start of the navigation until the element is defined and a frame with its launcher was
        painted, in a tab that is open already, with nothing cached. The page is one with a heading, a line and the two
        lines of the widget: what is slow there is the widget. The demo shop has its own pictures, styles and script
        besides. Memory is the used JavaScript heap after a forced collection, answers with their cards shown."""),
        "",
    ]
    return lines
