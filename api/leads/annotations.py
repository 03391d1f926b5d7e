"""What happened on which day, marked on the charts of time: threshold changes and syncs of articles, each with what
became of the deflection, before against after."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from api.leads import store
from api.leads.charts import Mark
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.metrics import queries
from api.metrics.content_changes import content_changes
from api.metrics.gap_models import ContentChange
from api.metrics.statistics import difference

# Marks on a chart; more would hide its lines.
MOST = 8
# Articles of a sync that are named beside it.
NAMED = 3
DAY = dt.timedelta(days=1)
SPAN = dt.timedelta(days=28)


@dataclass(frozen=True)
class Happened:
    """One thing that happened; `effect` says what it brought, where that can be told."""

    at: dt.datetime
    date: str
    text: str
    effect: str = ""


def marks_of(session: Session, context: Context, starts: Sequence[dt.date]) -> tuple[list[Mark], list[Happened]]:
    """Numbered marks for a chart whose steps begin on these days, and what they stand for in the same order."""
    found = happened(session, context)
    marks = []
    for number, each in enumerate(found, 1):
        place = bisect.bisect_right(list(starts), each.at.astimezone(context.say.zone).date()) - 1
        if place >= 0:
            marks.append(Mark(place, f"{number}. {each.date}: {each.text}"))
    return marks, found


def happened(session: Session, context: Context) -> list[Happened]:
    """Within the range, oldest first; the newest of them where there are many."""
    say, chosen = context.say, context.chosen
    found = []
    for each in store.acts(session, "threshold", chosen.since, chosen.until)[-MOST:]:
        text = say(
            "marks.threshold",
            before=say.percent(each.data["before"], 0),
            after=say.percent(each.data["after"], 0),
            by=each.by,
        )
        found.append(Happened(each.at, say.moment(each.at), text, effect_text(session, context, each.at)))
    for change in content_changes(session, chosen.since, chosen.until)[-MOST:]:
        counts = {"created": len(change.added), "changed": len(change.changed), "gone": len(change.gone)}
        text = say("marks.sync", **counts) + _named(change)
        found.append(Happened(change.at, say.moment(change.at), text, effect_text(session, context, change.at)))
    return sorted(found, key=lambda each: each.at)[-MOST:]


def _named(change: ContentChange) -> str:
    """The first of the articles that came or changed."""
    names = [*change.added, *change.changed][:NAMED]
    return f" ({', '.join(names)}{', …' if len(change.added) + len(change.changed) > NAMED else ''})" if names else ""


def effect_text(session: Session, context: Context, at: dt.datetime) -> str:
    """What became of the deflection: up to four weeks before that day against up to four weeks after it, for the
    conversations of the filter, with the interval of the difference."""
    say = context.say
    day = at.astimezone(say.zone).date()
    whole = choice_of(context.chosen)
    today = context.now.astimezone(say.zone).date()
    if day >= today:
        return say("marks.no_effect")
    before = queries.rate(session, replace(whole, since=day - SPAN, until=day - DAY), "deflection")
    after = queries.rate(session, replace(whole, since=day + DAY, until=min(day + SPAN, today)), "deflection")
    found = difference((before.numerator, before.denominator), (after.numerator, after.denominator))
    if found is None:
        return say("marks.no_effect")
    text = say(
        "marks.effect",
        before=say.percent(found.before),
        after=say.percent(found.after),
        difference=say.points(found.value),
        low=say.points(found.low),
        high=say.points(found.high),
    )
    return text if found.beyond_chance else f"{text}; {say('marks.chance')}"
