"""How often people came again, kept so that the people of any range are counted without reading its conversations.

A customer who came on several days of a range is counted on the first of them: the only one whose day before, on which the
same customer had come last, lies outside the range. So it is enough to know of each day how many came who had last come on
which other day. That is a few hundred numbers a day at most, however many customers there are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Date, Integer, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from api.metrics.choice import Choice
from api.metrics.definitions import ROW_SETS, RowSet
from api.metrics.models import Decision, PeopleCount
from api.metrics.reading import chunks

# The day before of whoever had not come before.
NEVER = dt.date.min
PEOPLE = tuple(each for each in ROW_SETS.values() if each.people)
# The key of a count: the row set, the day and the day before.
Key = tuple[str, dt.date, dt.date]


def is_of(row: Mapping[str, Any], of: RowSet) -> bool:
    """Whether a decision belongs to this set of people; the same in SQL is `RowSet.condition`."""
    return (
        row["kind"] in of.kinds
        and (of.outcomes is None or row["outcome"] in of.outcomes)
        and (of.settled is None or row["provisional"] is not of.settled)
        and (of.flag is None or _FLAGS[of.flag](row))
    )


_FLAGS = {"ticketed": lambda row: row["tickets"] > 0}


class Comings:
    """What a batch of decisions changes in the days on which people came."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Counter[dt.date]] = defaultdict(Counter)
        self._unknown: Counter[Key] = Counter()

    def decision(self, row: Mapping[str, Any], sign: int) -> None:
        """Take a decision into account (1), or no longer (-1)."""
        for each in PEOPLE:
            if is_of(row, each):
                if row["customer_id"] is None:
                    self._unknown[each.id, row["day"], NEVER] += sign
                else:
                    self._known[each.id, row["customer_id"]][row["day"]] += sign

    def changes(self, session: Session) -> dict[Key, int]:
        """What that adds to the counts. The decisions have to be stored by now: the other days of these customers, and only
        of those for whom a day came or went, are read from them."""
        found = Counter(self._unknown)
        for each in PEOPLE:
            moved = {
                customer: days for (of, customer), days in self._known.items() if of == each.id and any(days.values())
            }
            now: dict[int, Counter[dt.date]] = {customer: Counter() for customer in moved}
            for chunk in chunks(sorted(moved)):
                keys = (Decision.customer_id, Decision.day)
                query = (
                    select(*keys, func.count()).where(Decision.customer_id.in_(chunk), each.condition()).group_by(*keys)
                )
                for customer, day, number in session.execute(query):
                    if customer is not None:
                        now[customer][day] = number
            for customer, days in moved.items():
                then = Counter(now[customer])
                then.subtract(days)
                for counted, sign in ((then, -1), (now[customer], 1)):
                    for day, before in _pairs(day for day, number in counted.items() if number > 0):
                        found[each.id, day, before] += sign
        return {key: number for key, number in found.items() if number}


def _pairs(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Each day with the one before."""
    ordered = sorted(days)
    return list(zip(ordered, [NEVER, *ordered], strict=False))


def comings() -> Select[Any]:
    """What the counts come to, from the decisions: row set, day, the day before, number."""
    parts: list[Any] = []
    for each in PEOPLE:
        name = literal(each.id).label("people")
        condition = each.condition()
        days = (
            select(Decision.customer_id, Decision.day)
            .where(condition, Decision.customer_id.is_not(None))
            .distinct()
            .subquery()
            .columns
        )
        before = func.lag(days.day).over(partition_by=days.customer_id, order_by=days.day)
        parts.append(
            select(name, days.day, func.coalesce(before, literal(NEVER, Date), type_=Date).label("before"), _one())
        )
        parts.append(
            select(name, Decision.day, literal(NEVER, Date), _one()).where(condition, Decision.customer_id.is_(None))
        )
    made = union_all(*parts).subquery().columns
    keys = (made.people, made.day, made.before)
    return select(*keys, func.sum(made.number)).group_by(*keys)


def _one() -> Any:
    return literal(1, Integer).label("number")


def people_between(session: Session, choice: Choice, of: RowSet) -> int:
    """The people of whole days without a filter."""
    query = select(func.coalesce(func.sum(PeopleCount.number), 0)).where(
        PeopleCount.people == of.id,
        PeopleCount.day >= choice.since,
        PeopleCount.day <= choice.until,
        PeopleCount.before < choice.since,
    )
    return int(session.scalar(query) or 0)
