"""The section on tickets at size."""

from __future__ import annotations

from itertools import chain

from tools.bench.results import Result
from tools.bench.stats import Interval, ratio_interval, spread
from tools.bench.tables import measured_on, ms, prose, table, verdict
from tools.bench.tickets import DatabaseMeasured, TicketsMeasured

SIZE_TARGET, CREATE_TARGET = 2.0, 0.7
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def tickets_section(result: Result[TicketsMeasured]) -> list[str]:
    lines = ["## Many tickets", "", *measured_on(result.machine)]
    for each in result.measured.databases:
        lines += _database(each)
    lines += [
        prose("""Each request goes through the whole app in one process (ASGI, no network): authentication, the database, the
        shapes, JSON. The small and the large database are asked alternately, each block of eight with a partner; the interval
        is a bootstrap over blocks. Tickets have a title with a word of its own, forty words of text, one or two comments, an
        audit and the words' index; a page has 25."""),
        "",
        prose("""Creation: the transaction of `open_ticket` (rules, audit, figures, mail, alerts, words; from its first
        statement to the end of its commit) beside its rows, read back from the tables and inserted plainly on the bare
        driver: one INSERT a row, one after the other, in one transaction with one commit and the same settings (WAL and
        `synchronous=FULL` on SQLite); both on the small database, alternately. The whole request has authentication, JSON in
        and out and the checks of its shape on top; it is not part of the ratio.
        Counts are exact up to 10,000 and estimated above."""),
        "",
    ]
    return lines


def _database(found: DatabaseMeasured) -> list[str]:
    rows = []
    for each in found.operations:
        small, large = spread(list(chain(*each.small))), spread(list(chain(*each.large)))
        ratio = ratio_interval(each.large, each.small, 95)
        rows.append(
            [
                each.name,
                f"{ms(small.p50)} / {ms(small.p95)}",
                f"{ms(large.p50)} / {ms(large.p95)}",
                _interval(ratio),
                f"<= {SIZE_TARGET:.0f}",
                verdict(ratio.value <= SIZE_TARGET),
            ]
        )
    ours, bare = list(chain(*found.create.ours)), list(chain(*found.create.bare))
    speed = ratio_interval(found.create.bare, found.create.ours, 50)
    head = (
        "milliseconds, p50 / p95",
        f"{found.small:,} tickets",
        f"{found.large:,} tickets",
        "p95 / p95 [95 % interval]",
        "target",
        "",
    )
    return [
        f"### {_NAMES.get(found.kind, found.kind)}",
        "",
        *table(head, rows),
        *table(
            ("one creation and its commit", "value", "target", ""),
            [
                *_whole_request(found),
                [
                    "the service's transaction, p50 / p95 in ms",
                    f"{ms(spread(ours).p50)} / {ms(spread(ours).p95)}",
                    "",
                    "",
                ],
                [
                    f"bare insert and commit of its {found.create.rows} rows, p50 / p95 in ms",
                    f"{ms(spread(bare).p50)} / {ms(spread(bare).p95)}",
                    "",
                    "",
                ],
                *_core(found),
                [
                    "speed beside the bare one, p50 [95 % interval]",
                    _interval(speed),
                    f">= {CREATE_TARGET}",
                    verdict(speed.value >= CREATE_TARGET),
                ],
            ],
        ),
    ]


def _whole_request(found: DatabaseMeasured) -> list[list[str]]:
    """The row of the same creation as a client sees it, where it was measured."""
    asked = [took for each in found.operations if each.name == "create" for took in chain(*each.small)]
    if not asked:
        return []
    whole = spread(asked)
    return [["the whole request, p50 / p95 in ms", f"{ms(whole.p50)} / {ms(whole.p95)}", "", ""]]


def _core(found: DatabaseMeasured) -> list[list[str]]:
    """The rows as somebody would write them with SQLAlchemy and nothing else."""
    if not found.create.core:
        return []
    took = spread(list(chain(*found.create.core)))
    speed = ratio_interval(found.create.core, found.create.ours, 50)
    name = "for comparison: the same rows by SQLAlchemy Core, one `connection.execute(insert(table), row)` each"
    return [
        [f"{name}, p50 / p95 in ms", f"{ms(took.p50)} / {ms(took.p95)}", "", ""],
        ["speed beside that, p50 [95 % interval]", _interval(speed), "", ""],
    ]


def _interval(found: Interval) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
