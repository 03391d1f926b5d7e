"""The section on the figures at size."""

from __future__ import annotations

from tools.bench.leads import LeadsMeasured
from tools.bench.results import Result
from tools.bench.stats import spread
from tools.bench.tables import measured_on, ms, prose, table, verdict

TARGET = 800.0


def leads_section(result: Result[LeadsMeasured]) -> list[str]:
    lines = [
        "## The figures at size",
        "",
        *measured_on(result.machine),
        prose("""All queries behind a page of the dashboard, one after the other, without the page itself. The year holds all
        conversations; decisions and answers were stored in bulk as a year would leave them. Milliseconds."""),
        "",
    ]
    for each in result.measured.databases:
        rows = []
        for page in each.pages:
            found = spread(page.timings)
            rows.append([f"{page.name}, {page.days} days", ms(found.p50), ms(found.p95), verdict(found.p95 <= TARGET)])
        event = spread(each.event)
        rows.append(["one more event decided and counted", ms(event.p50), ms(event.p95), ""])
        lines += [
            f"### {each.kind}: {each.conversations:,} conversations, {each.counts:,} counts",
            "",
            *table(("", "p50", "p95", f"p95 <= {TARGET:.0f}"), rows),
            "",
        ]
    return lines
