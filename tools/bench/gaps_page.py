"""The section on content gaps."""

from __future__ import annotations

from tools.bench.gaps import PURITY, Found, GapsMeasured
from tools.bench.results import Result
from tools.bench.tables import measured_on, prose, table, verdict

TARGET = 0.8


def gaps_section(result: Result[GapsMeasured]) -> list[str]:
    measured = result.measured
    rows = _rows("hidden topics", measured.every)
    if measured.held_out:
        rows += _rows("of them, those that no threshold was chosen by", measured.held_out)
    rows += [
        ["mean purity of these clusters", f"{measured.purity:.2f}", f">= {PURITY}", verdict(measured.purity >= PURITY)],
        ["nearest articles that claim to answer", str(measured.claims), "0", verdict(measured.claims == 0)],
        ["clusters on the list", str(measured.listed), "", ""],
        ["of them of a hidden topic", str(measured.hidden), "", ""],
    ]
    if measured.seconds:
        rows.append(["CPU seconds", f"{measured.seconds:.0f}", "", ""])
    others = measured.questions - measured.about
    return [
        "## Content gaps",
        "",
        *measured_on(result.machine),
        prose(f"""{measured.about:,} questions about topics that no article of the index answers, among {others:,} others
        ({others / max(measured.about, 1):.1f} times as many); {measured.answered:,} of the former are answered with
        confidence by another article all the same, and nobody complains. A topic has a cluster of its own where at least
        three of its questions make {PURITY:.0%} of one."""),
        *([] if measured.seconds else ["", "What the search found was kept from an earlier run: no time is told."]),
        "",
        *table(("", "value", "target", ""), rows),
    ]


def _rows(name: str, found: Found) -> list[list[str]]:
    share = found.own / max(found.topics, 1)
    return [
        [f"{name}: with a cluster of their own", f"{found.own} of {found.topics}", f">= {TARGET:.0%}",
         verdict(share >= TARGET)],
        [f"{name}: counted in each language", f"{found.own_pairs} of {found.pairs}", "", ""],
        [f"{name}: share of their questions in these", f"{found.held:.2f}", "", ""],
    ]  # fmt: skip
