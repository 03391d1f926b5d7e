"""The alert of a deflection that dropped beyond chance."""

from __future__ import annotations

from api.leads.context import Context
from api.metrics.definitions import definition_of
from api.metrics.queries import Totals
from api.metrics.statistics import Difference, difference


def dropped(now: Totals, before: Totals | None) -> Difference | None:
    """The change of our deflection against the period it is compared with, where it is a drop beyond chance."""
    if before is None:
        return None
    was, is_now = (_deflection(each) for each in (before, now))
    found = difference(was, is_now)
    return found if found is not None and found.high < 0 else None


def _deflection(of: Totals) -> tuple[int, int]:
    chosen = definition_of("deflection")
    return of.sets[chosen.numerator], of.sets[chosen.denominator]


def drop_warning(context: Context, found: Difference) -> str:
    """The alert in words."""
    say = context.say
    return say(
        "value.dropped",
        before=say.percent(found.before),
        after=say.percent(found.after),
        low=say.points(found.low),
        high=say.points(found.high),
    )
