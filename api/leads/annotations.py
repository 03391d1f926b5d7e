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
    found: list[tuple[dt.datetime, str]] = []
    for each in store.acts(session, "threshold", chosen.since, chosen.until)[-MOST:]:
        before, after = (say.percent(each.data[name], 0) for name in ("before", "after"))
        found.append((each.at, say("marks.threshold", before=before, after=after, by=each.by)))
    for change in content_changes(session, chosen.since, chosen.until)[-MOST:]:
        counts = {"created": len(change.added), "changed": len(change.changed), "gone": len(change.gone)}
        found.append((change.at, say("marks.sync", **counts) + _named(change)))
    newest = sorted(found)[-MOST:]
    rates = _rates(session, context, [at for at, _ in newest])
    return [Happened(at, say.moment(at), text, _effect(context, at, rates)) for at, text in newest]


def _named(change: ContentChange) -> str:
    """The first of the articles that came or changed."""
    names = [*change.added, *change.changed][:NAMED]
    return f" ({', '.join(names)}{', …' if len(change.added) + len(change.changed) > NAMED else ''})" if names else ""


Rates = dict[dt.date, tuple[int, int]]


def _rates(session: Session, context: Context, moments: Sequence[dt.datetime]) -> Rates:
    """The halves of the deflection of every day that the effects of these are told from, read once, for the conversations of
    the filter."""
    if not moments:
        return {}
    days = [each.astimezone(context.say.zone).date() for each in moments]
    last = min(max(days) + SPAN, context.now.astimezone(context.say.zone).date())
    around = replace(choice_of(context.chosen), since=min(days) - SPAN, until=max(last, min(days)))
    return queries.deflection_by_day(session, around)


def _effect(context: Context, at: dt.datetime, rates: Rates) -> str:
    """What became of the deflection: up to four weeks before that day against up to four weeks after it, with the interval of
    the difference."""
    say = context.say
    day = at.astimezone(say.zone).date()
    found = difference(_sum(rates, day - SPAN, day - DAY), _sum(rates, day + DAY, day + SPAN))
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


def _sum(rates: Rates, since: dt.date, until: dt.date) -> tuple[int, int]:
    chosen = [each for day, each in rates.items() if since <= day <= until]
    return sum(above for above, _ in chosen), sum(below for _, below in chosen)
