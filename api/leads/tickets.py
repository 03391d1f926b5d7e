"""Tickets: how many, how urgent, how soon they were answered, how often they came back, and whether targets were kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from api.leads.charts import Series, bar, stacked
from api.leads.context import Context
from api.leads.filters import LeadsFilter, midnight, next_period, period_of, periods
from api.leads.overview import count_card, period_text, share, share_card
from api.leads.page import Card, Cell, Column, Legend, PageParts, Section, Table
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
    now = _sums(session, chosen)
    was = _sums(session, before) if before else None
    if not now["tickets"] and not (was and was["tickets"]):
        return PageParts(
            [Section("volume", context.say("tickets.volume"), Table((), ()), empty=context.say("tickets.empty"))]
        )
    by_period = _by_period(session, context)
    sections = [
        _volume(context, by_period),
        _targets(session, context),
        *(_by(session, context, name) for name in ("category", "language", "via", "status")),
    ]
    return PageParts(sections, _cards(session, context, now, was, by_period))


def _sums(session: Session, chosen: LeadsFilter) -> dict[str, int]:
    def counted(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            func.count().label("tickets"),
            counted(Ticket.reopened_count > 0).label("reopened"),
            counted(Ticket.first_response_breached_at.is_not(None)).label("late_response"),
            counted(Ticket.resolution_breached_at.is_not(None)).label("late_solution"),
            counted(Ticket.status.in_(("solved", "closed"))).label("solved"),
            counted(Ticket.first_response_at.is_not(None)).label("responded"),
        ).where(*conditions_of(chosen))
    ).one()
    return {name: int(value) for name, value in row._mapping.items()}


def _cards(
    session: Session,
    context: Context,
    now: dict[str, int],
    was: dict[str, int] | None,
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
    edges = [max(each, chosen.first) for each in periods(chosen)]
    found: dict[dt.date, Counter[str]] = {each: Counter() for each in edges}
    # A count an edge, by the index of the time: nothing has to be computed for a row.
    whens = [
        (Ticket.created_at < midnight(next_period(period_of(each, chosen.grain), chosen.grain), chosen.zone), number)
        for number, each in enumerate(edges)
    ]
    place = case(*whens, else_=len(edges) - 1)
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


def _targets(session: Session, context: Context) -> Section:
    """By priority: the first response and whether targets were kept."""
    say = context.say
    rows = []
    query = (
        select(
            Ticket.priority,
            func.count(),
            func.sum(case((Ticket.first_response_at.is_not(None), 1), else_=0)),
            func.sum(case((Ticket.first_response_breached_at.is_not(None), 1), else_=0)),
            func.sum(case((Ticket.resolution_breached_at.is_not(None), 1), else_=0)),
            func.sum(case((Ticket.reopened_count > 0, 1), else_=0)),
        )
        .where(*conditions_of(context.chosen))
        .group_by(Ticket.priority)
    )
    found = {row[0]: row[1:] for row in session.execute(query)}
    for name in reversed(context.copilot.catalog.priorities):
        if name not in found:
            continue
        count, responded, late, unsolved, reopened = (int(each or 0) for each in found[name])
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


def _by(session: Session, context: Context, name: str) -> Section:
    say = context.say
    column = getattr(Ticket, name)
    query = select(column, func.count()).where(*conditions_of(context.chosen)).group_by(column)
    found: Sequence[tuple[str | None, int]] = sorted(
        ((value, count) for value, count in session.execute(query)), key=lambda each: -each[1]
    )
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
