"""Tickets: how many, how urgent, how soon they were answered, how often they came back, and whether targets were kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from api.leads.charts import Series, bar, stacked
from api.leads.context import Context
from api.leads.filters import LeadsFilter
from api.leads.overview import count_card, period_text, share, share_card
from api.leads.page import Card, Cell, Column, Legend, PageParts, Section, Table
from api.leads.placing import edges_of, place_of
from api.metrics.choice import CHAT_CHANNELS, NONE
from api.tickets.models import Ticket

TONES = {"low": "abandoned", "normal": "assumed", "high": "unanswered", "urgent": "escalated"}
# First responses that a median is taken of: the newest.
MOST_RESPONSES = 20_000


def conditions_of(chosen: LeadsFilter) -> list[ColumnElement[bool]]:
    """Tickets that were opened in the range and are not deleted."""
    found = [Ticket.created_at >= chosen.since, Ticket.created_at < chosen.until, Ticket.deleted_at.is_(None)]
    for name in ("language", "category", "subcategory"):
        value = getattr(chosen, name)
        if value is not None:
            column = getattr(Ticket, name)
            found.append(column.is_(None) if value == NONE else column == value)
    if chosen.channel in CHAT_CHANNELS:
        found.append(Ticket.via == "chat")
    elif chosen.channel is not None:
        found.append(Ticket.via == chosen.channel)
    return found


def tickets(session: Session, context: Context) -> PageParts:
    """The whole page."""
    chosen, before = context.chosen, context.chosen.before()
    groups = _groups(session, chosen)
    now = _sums(groups)
    was = _sums(_groups(session, before, *_KEYS[:1])) if before else None
    if not now["tickets"] and not (was and was["tickets"]):
        return PageParts(
            [Section("volume", context.say("tickets.volume"), Table((), ()), empty=context.say("tickets.empty"))]
        )
    by_period = _by_period(session, context)
    sections = [
        _volume(context, by_period),
        _targets(context, groups),
        *(_by(context, groups, name) for name in ("category", "language", "via", "status")),
    ]
    return PageParts(sections, _cards(session, context, now, was, by_period))


_KEYS = ("status", "priority", "category", "language", "via")
_COUNTED: dict[str, ColumnElement[bool]] = {
    "reopened": Ticket.reopened_count > 0,
    "late_response": Ticket.first_response_breached_at.is_not(None),
    "late_solution": Ticket.resolution_breached_at.is_not(None),
    "responded": Ticket.first_response_at.is_not(None),
}


@dataclass(frozen=True)
class _Group:
    """Tickets that are alike: by `_KEYS`, and how many of them there are and are so (`_COUNTED`)."""

    values: dict[str, str | None]
    counts: Counter[str]


def _groups(session: Session, chosen: LeadsFilter, *keys: str) -> list[_Group]:
    """All tickets of the range, read once for everything that is told of them."""
    names = keys or _KEYS
    columns = [getattr(Ticket, name) for name in names]
    sums = [func.sum(case((condition, 1), else_=0)) for condition in _COUNTED.values()]
    query = select(*columns, func.count(), *sums).where(*conditions_of(chosen)).group_by(*columns)
    found = []
    for row in session.execute(query):
        values, numbers = row[: len(names)], map(int, row[len(names) :])
        counts = Counter(dict(zip(("tickets", *_COUNTED), numbers, strict=True)))
        found.append(_Group(dict(zip(names, values, strict=True)), counts))
    return found


def _sums(groups: Sequence[_Group]) -> Counter[str]:
    found = sum((each.counts for each in groups), Counter[str]())
    found["solved"] = sum(each.counts["tickets"] for each in groups if each.values["status"] in ("solved", "closed"))
    return found


def _grouped(groups: Sequence[_Group], name: str) -> dict[str | None, Counter[str]]:
    found: dict[str | None, Counter[str]] = {}
    for each in groups:
        found[each.values[name]] = found.get(each.values[name], Counter()) + each.counts
    return found


def _cards(
    session: Session,
    context: Context,
    now: Counter[str],
    was: Counter[str] | None,
    by_period: dict[dt.date, Counter[str]],
) -> list[Card]:
    say, chosen, before = context.say, context.chosen, context.chosen.before()
    response, earlier = _median(session, chosen), _median(session, before) if before else None
    change = response - earlier if response is not None and earlier is not None else None
    over = [float(sum(each.values())) for each in by_period.values()]

    def part(name: str, label: str) -> Card:
        return share_card(
            context,
            name,
            say(label),
            (now[name], now["tickets"]),
            (was[name], was["tickets"]) if was else None,
            [],
            more_is="worse" if name != "solved" else "better",
        )

    return [
        count_card(context, "opened", say("tickets.opened"), now["tickets"], was["tickets"] if was else None, over),
        Card(
            "response",
            say("tickets.response"),
            response,
            say.duration(response),
            before=say("cards.before", value=say.duration(earlier)) if earlier is not None else "",
            direction="" if change is None else "same" if abs(change) < 60 else "better" if change < 0 else "worse",
            change="" if change is None else say.change(response, earlier),
            note=say("tickets.response_note", count=say.number(now["responded"])),
        ),
        part("solved", "tickets.solved"),
        part("reopened", "tickets.reopened"),
        part("late_response", "tickets.late_response"),
        part("late_solution", "tickets.late_solution"),
    ]


def _median(session: Session, chosen: LeadsFilter) -> float | None:
    """Seconds until the first response, half of the tickets sooner."""
    rows = session.execute(
        select(Ticket.created_at, Ticket.first_response_at)
        .where(*conditions_of(chosen), Ticket.first_response_at.is_not(None))
        .order_by(Ticket.created_at.desc())
        .limit(MOST_RESPONSES)
    )
    seconds = sorted((answered - opened).total_seconds() for opened, answered in rows if answered)
    return seconds[len(seconds) // 2] if seconds else None


def _by_period(session: Session, context: Context) -> dict[dt.date, Counter[str]]:
    """Priorities by the first day of each day, week or month."""
    chosen = context.chosen
    edges = edges_of(chosen)
    found: dict[dt.date, Counter[str]] = {each: Counter() for each in edges}
    place = place_of(Ticket.created_at, chosen)
    query = select(place, Ticket.priority, func.count()).where(*conditions_of(chosen)).group_by(place, Ticket.priority)
    for number, priority, count in session.execute(query):
        found[edges[number]][priority] += count
    return found


def _volume(context: Context, by_period: dict[dt.date, Counter[str]]) -> Section:
    say = context.say
    priorities = context.copilot.catalog.priorities
    labels = [period_text(context, each) for each in by_period]
    layers = [
        Series(say.value_of("priority", name), TONES.get(name, "main"), [each[name] for each in by_period.values()])
        for name in priorities
    ]
    columns = (
        Column("period", say(f"columns.{context.chosen.grain}")),
        Column("tickets", say("tickets.opened"), numeric=True),
        *(Column(name, say.value_of("priority", name), numeric=True) for name in priorities),
    )
    rows = tuple(
        (
            Cell(day.isoformat(), say.date(day)),
            Cell(sum(each.values()), say.number(sum(each.values()))),
            *(Cell(each[name], say.number(each[name])) for name in priorities),
        )
        for day, each in by_period.items()
    )
    return Section(
        "volume",
        say("tickets.volume"),
        Table(columns, rows),
        drawing=stacked(layers, labels, title=say("tickets.volume"), shown=say.number),
        legend=tuple(Legend(TONES.get(name, "main"), say.value_of("priority", name)) for name in priorities),
    )


def _targets(context: Context, groups: Sequence[_Group]) -> Section:
    """By priority: the first response and whether targets were kept."""
    say = context.say
    rows = []
    found = _grouped(groups, "priority")
    for name in reversed(context.copilot.catalog.priorities):
        if name not in found:
            continue
        names = ("tickets", "responded", "late_response", "late_solution", "reopened")
        count, responded, late, unsolved, reopened = (found[name][each] for each in names)
        rows.append(
            (
                Cell(name, say.value_of("priority", name)),
                Cell(count, say.number(count)),
                Cell(responded, say.number(responded)),
                *(
                    Cell(number, f"{say.number(number)} ({say.percent(share(number, count), 0)})")
                    for number in (late, unsolved, reopened)
                ),
            )
        )
    columns = (
        Column("priority", say("columns.priority")),
        Column("tickets", say("tickets.opened"), numeric=True),
        Column("responded", say("columns.responded"), numeric=True),
        Column("late_response", say("tickets.late_response"), numeric=True),
        Column("late_solution", say("tickets.late_solution"), numeric=True),
        Column("reopened", say("tickets.reopened"), numeric=True),
    )
    return Section("targets", say("tickets.targets"), Table(columns, tuple(rows)), open_table=True)


def _by(context: Context, groups: Sequence[_Group], name: str) -> Section:
    say = context.say
    counted = [(value, counts["tickets"]) for value, counts in _grouped(groups, name).items()]
    found = sorted(counted, key=lambda each: (-each[1], each[0] or ""))
    most = max((count for _, count in found), default=0)
    rows = tuple(
        (
            Cell(
                value,
                say.value_of(name, value),
                context.url("tickets", **{name: value or NONE}) if name in ("category", "language") else "",
                bar([(count, "main")], most),
            ),
            Cell(count, say.number(count)),
        )
        for value, count in found
    )
    columns = (Column(name, say(f"columns.{name}"), wide=True), Column("tickets", say("tickets.opened"), numeric=True))
    return Section(f"by-{name}", say(f"tickets.by_{name}"), Table(columns, rows), open_table=True, wide=False)
