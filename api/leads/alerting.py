"""The alert of a deflection that dropped beyond chance."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.leads.choosing import choice_of
from api.leads.context import Context
from api.metrics import queries
from api.metrics.statistics import Difference, difference


def dropped(session: Session, context: Context) -> Difference | None:
    """The change of our deflection against the period it is compared with, where it is a drop beyond chance."""
    before = context.chosen.before()
    if before is None:
        return None
    now = queries.rate(session, choice_of(context.chosen), "deflection")
    was = queries.rate(session, choice_of(before), "deflection")
    found = difference((was.numerator, was.denominator), (now.numerator, now.denominator))
    return found if found is not None and found.high < 0 else None


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
