"""The section on the figures at size."""

from __future__ import annotations

from tools.bench.leads import LeadsMeasured, PageMeasured
from tools.bench.results import Result
from tools.bench.stats import spread
from tools.bench.tables import measured_on, ms, prose, table, verdict

TARGET = 800.0


def leads_section(result: Result[LeadsMeasured]) -> list[str]:
    lines = [
        "## The figures at size",
        "",
        *measured_on(result.machine),
        prose("""Every page of the dashboard as a lead opens it: asked of the whole app in this process, to its last byte,
        drawings and tables included; files until their first byte. The year holds all conversations, with their messages,
        tickets and ratings; rows were stored in bulk as a year would leave them, counts by the rebuild of the product. A line
        is the worst of its cases. Milliseconds."""),
        "",
    ]
    for each in result.measured.databases:
        rows = []
        for group, pages in _grouped(each.pages).items():
            spreads = [spread(page.timings) for page in pages]
            worst = max(range(len(pages)), key=lambda place, of=spreads: of[place].p95)  # type: ignore[misc]
            found = spreads[worst]
            rows.append(
                [
                    f"{group} ({len(pages)})",
                    pages[worst].name,
                    ms(found.p50),
                    ms(found.p95),
                    verdict(found.p95 <= TARGET),
                ]
            )
        event = spread(each.event)
        rows.append(["one more event", "decided and counted", ms(event.p50), ms(event.p95), ""])
        over = [page.name for page in each.pages if spread(page.timings).p95 > TARGET]
        lines += [
            f"### {each.kind}: {each.conversations:,} conversations, {each.counts:,} counts",
            "",
            *table(("page (cases)", "the slowest", "p50", "p95", f"p95 <= {TARGET:.0f}"), rows),
            "",
            f"{len(each.pages) - len(over)} of {len(each.pages)} cases hold it; filled in {each.seconds_to_fill:.0f} s."
            + (f" Over it: {'; '.join(over)}." if over else ""),
            "",
        ]
    return lines


def _grouped(pages: list[PageMeasured]) -> dict[str, list[PageMeasured]]:
    """By what they are: a page's name, the rows behind figures, and files."""
    found: dict[str, list[PageMeasured]] = {}
    for each in pages:
        name = "files" if each.first_byte else each.address.partition("?")[0].removeprefix("/leads").strip("/")
        found.setdefault(name.partition("/")[0] or "overview", []).append(each)
    return found
