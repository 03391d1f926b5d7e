"""How many rows a list has, at a cost that does not grow with the table.

Up to `EXACT_UP_TO` the count is exact: that is as deep as anybody can page by number. Beyond it stands an estimate, rounded
to two digits so that it does not look like more than it is: PostgreSQL's planner gives it, and on SQLite it is how many rows
lie in windows over all the numbers. Measured with 1,000,000 tickets in PostgreSQL: counting them all 60 ms, this 2 ms; with
100,000 in SQLite: 8 ms, this 1.5 ms.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Executable, Select, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler

EXACT_UP_TO = 10_000
# An estimate that says so much more is believed without counting up to the limit.
_SURELY_MORE = 2 * EXACT_UP_TO
# Evenly spread over the numbers: together they cost a tenth of the exact count.
_WINDOWS = 10
_IN_A_WINDOW = 200


@dataclass(frozen=True)
class Count:
    """`value` rows; about so many where not `exact`."""

    value: int
    exact: bool


class _Explain(Executable, ClauseElement):
    """``EXPLAIN`` of a query, with its parameters."""

    inherit_cache = False

    def __init__(self, query: Select[Any]) -> None:
        self.query = query


@compiles(_Explain, "postgresql")
def _write_explain(element: _Explain, compiler: SQLCompiler, **options: Any) -> str:
    return "EXPLAIN (FORMAT JSON) " + compiler.process(element.query, **options)


def bounded_count(
    session: Session,
    query: Select[Any],
    identity: InstrumentedAttribute[Any],
    *,
    streams: ColumnElement[int] | None = None,
) -> Count:
    """How many rows `query` has, whatever its order; `identity` is the whole number by which its rows are told apart.

    `streams`: the same number where SQLite's full-text index gives the rows, which come by it in order and all at once.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite and streams is not None:
        return _count_by_density(session, query, identity, streams)
    found = query.with_only_columns(identity.label("number"), maintain_column_froms=True).order_by(None)
    if sqlite:
        return _count_by_windows(session, found, identity)
    estimate = _planned_rows(session, found)
    if estimate < _SURELY_MORE:
        count = _rows(session, found.limit(EXACT_UP_TO + 1))
        if count <= EXACT_UP_TO:
            return Count(count, True)
    return Count(rounded(max(estimate, EXACT_UP_TO + 1)), False)


def rounded(number: int) -> int:
    """To two digits, never below `EXACT_UP_TO`."""
    unit: int = 10 ** max(len(str(number)) - 2, 0)
    return max((number + unit // 2) // unit * unit, EXACT_UP_TO)


def _planned_rows(session: Session, found: Select[Any]) -> int:
    inner = found.subquery()
    plan = session.scalar(_Explain(select(literal(1)).select_from(inner)))
    read: Any = json.loads(plan) if isinstance(plan, str) else plan
    rows: int = read[0]["Plan"]["Plan Rows"]
    return rows


def _count_by_windows(session: Session, found: Select[Any], identity: InstrumentedAttribute[Any]) -> Count:
    # In no order: an index that holds all that is asked for answers by itself. By number the table was read, 40 ms.
    count = _rows(session, found.limit(EXACT_UP_TO + 1))
    if count <= EXACT_UP_TO:
        return Count(count, True)
    lowest, highest = _ends(session, identity)
    step = max((highest - lowest + 1) // _WINDOWS, _IN_A_WINDOW)
    begins = range(lowest, highest + 1, step)
    windows = or_(*(identity.between(begin, min(begin + _IN_A_WINDOW - 1, highest)) for begin in begins))
    looked_at = sum(min(_IN_A_WINDOW, highest + 1 - begin) for begin in begins)
    share = _rows(session, found.where(windows)) / looked_at
    return Count(rounded(max(int(share * (highest - lowest + 1)), count)), False)


def _count_by_density(
    session: Session, query: Select[Any], identity: InstrumentedAttribute[Any], streams: ColumnElement[int]
) -> Count:
    # In windows each would ask the full-text index anew.
    found = query.with_only_columns(streams.label("number"), maintain_column_froms=True).order_by(None)
    some = found.order_by(streams).limit(EXACT_UP_TO + 1).subquery()
    count, first, last = session.execute(
        select(func.count(), func.min(some.c.number), func.max(some.c.number)).select_from(some)
    ).one()
    if count <= EXACT_UP_TO:
        return Count(count, True)
    lowest, highest = _ends(session, identity)
    density = count / (last - first + 1)
    return Count(rounded(max(int(density * (highest - lowest + 1)), count)), False)


def _rows(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _ends(session: Session, identity: InstrumentedAttribute[Any]) -> tuple[int, int]:
    # Each by itself: SQLite looks up the one or the other, but reads the whole table for both at once.
    ends = (select(which(identity)).scalar_subquery() for which in (func.min, func.max))
    lowest, highest = session.execute(select(*ends)).one()
    return lowest or 0, highest or 0
