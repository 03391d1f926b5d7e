"""What a decision is made from, read for many conversations and tickets at once, and the row that comes of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.identity.models import Customer, StaffUser
from api.metrics.events import Event
from api.metrics.models import Decision
from api.metrics.rules import FINAL, AnswerSeen, Happened, History, Kind, Outcome, history_of
from api.metrics.terms import Terms
from api.tickets.models import Ticket

T = TypeVar("T")
Values = dict[str, Any]

TICKET = "ticket-"
# Ids of one question: PostgreSQL plans lists of thousands badly, and SQLite takes no more than 32,766.
_AT_ONCE = 500
# Kept of a conversation; the rest is in its answers.
_MOST_ARTICLES = 40

_EVENT = (Event.conversation_id, Event.ticket_id, Event.id, Event.type, Event.turn_id, Event.data, Event.at)


@dataclass
class Subject:
    """A conversation or a ticket without one, as it stands: the new row, its answers, and the types of its events."""

    values: Values
    answers: list[AnswerSeen] = field(default_factory=list)
    types: dict[int, str] = field(default_factory=dict)


def subjects_of(session: Session, terms: Terms, ids: Iterable[str], now: dt.datetime) -> dict[str, Subject]:
    """Those of these that there are (still), by id. `outcome` is the one before re-contacts."""
    wanted = sorted(set(ids))
    tickets = [each for each in wanted if each.startswith(TICKET)]
    return {
        **_conversations(session, terms, [each for each in wanted if not each.startswith(TICKET)], now),
        **_tickets(session, terms, tickets, now),
    }


def put_outcome(values: Values, outcome: Outcome | None, rule: str, terms: Terms, now: dt.datetime) -> None:
    """The outcome, and until when it is provisional."""
    values["outcome"] = outcome.value if outcome else ""
    values["rule"] = rule
    settles: dt.datetime = values["last_at"] + terms.quiet
    values["provisional"] = outcome is not None and outcome not in FINAL and settles > now
    values["settles_at"] = settles if values["provisional"] else None


def _conversations(session: Session, terms: Terms, ids: Sequence[str], now: dt.datetime) -> dict[str, Subject]:
    found: dict[str, Subject] = {}
    for chunk in chunks(ids):
        rows = session.execute(
            select(
                Conversation.id,
                Conversation.customer_id,
                Conversation.created_at,
                Conversation.language,
                Conversation.channel,
                Conversation.scenario,
                Conversation.category,
                Conversation.subcategory,
                Conversation.is_test,
            ).where(Conversation.id.in_(chunk))
        ).all()
        staff = _staff(session, {row.customer_id for row in rows if row.customer_id is not None})
        events: dict[str, list[Happened]] = defaultdict(list)
        for conversation_id, ticket_id, *rest in session.execute(
            select(*_EVENT).where(Event.conversation_id.in_(chunk))
        ):
            events[conversation_id].append(_happened(ticket_id, *rest))
        for row in rows:
            history = history_of(events[row.id])
            kind = Kind.TEST if row.is_test else Kind.STAFF if row.customer_id in staff else history.kind()
            matter = (row.category, row.subcategory) if row.category else history.ticket_matter
            values = _values(terms, row.id, row.customer_id, row.created_at, kind, now)
            values |= {
                "conversation_id": row.id,
                "language": row.language,
                "channel": row.channel,
                "scenario": row.scenario or "",
                "category": matter[0] or "",
                "subcategory": matter[1] or "",
                **_told(history, row.created_at),
            }
            if kind is Kind.HELP:
                rule = history.rule()
                assert rule is not None  # noqa: S101 - it asked for help
                values["first_outcome"] = rule.outcome.value
                put_outcome(values, rule.outcome, rule.id, terms, now)
            answers = [] if kind in (Kind.TEST, Kind.STAFF) else history.answers
            found[row.id] = Subject(values, answers, history.types)
    return found


def _tickets(session: Session, terms: Terms, ids: Sequence[str], now: dt.datetime) -> dict[str, Subject]:
    found: dict[str, Subject] = {}
    numbers = [int(each.removeprefix(TICKET)) for each in ids]
    for chunk in chunks(numbers):
        rows = session.execute(
            select(
                Ticket.id,
                Ticket.requester_id,
                Ticket.created_at,
                Ticket.language,
                Ticket.via,
                Ticket.category,
                Ticket.subcategory,
            ).where(Ticket.id.in_(chunk), Ticket.conversation_id.is_(None))
        ).all()
        staff = _staff(session, {row.requester_id for row in rows if row.requester_id is not None})
        for row in rows:
            kind = Kind.STAFF if row.requester_id in staff else Kind.TICKET
            values = _values(terms, f"{TICKET}{row.id}", row.requester_id, row.created_at, kind, now)
            values |= {
                "ticket_id": row.id,
                "language": row.language,
                "channel": row.via,
                "category": row.category or "",
                "subcategory": row.subcategory or "",
                "asked_at": row.created_at,
                "asks": [row.created_at.timestamp()],
                "tickets": 1,
                "stage": "ticket",
            }
            found[values["id"]] = Subject(values)
    return found


def _values(
    terms: Terms, name: str, customer_id: int | None, started_at: dt.datetime, kind: Kind, now: dt.datetime
) -> Values:
    local = started_at.astimezone(terms.zone)
    return {
        **_BLANK,
        "id": name,
        "customer_id": customer_id,
        "started_at": started_at,
        "last_at": started_at,
        "day": local.date(),
        "hour": local.hour,
        "kind": kind.value,
        "asks": [],
        "articles": [],
        "decided_at": now,
    }


_BLANK: Values = {
    **{column.name: None for column in Decision.__table__.columns},
    **dict.fromkeys(("scenario", "category", "subcategory", "outcome", "rule", "first_outcome", "rating"), ""),
    **dict.fromkeys(("provisional", "within_day", "replied", "answered", "in_form", "person"), False),
    **dict.fromkeys(("answers", "confident_answers", "helped", "wrong", "opened", "tickets", "changes"), 0),
    "stage": "opened",
    "stopped_at": "",
}


def _told(history: History, started_at: dt.datetime) -> Values:
    articles = dict.fromkeys(one for each in history.answers for one in each.articles)
    last = history.answers[-1] if history.answers else None
    return {
        "ticket_id": history.first_ticket,
        "asked_at": history.asks[0] if history.asks else None,
        "asks": [each.timestamp() for each in history.asks],
        "last_at": max(history.last_at or started_at, started_at),
        "answers": sum(each.shown for each in history.answers),
        "confident_answers": sum(each.shown and each.confident for each in history.answers),
        "helped": history.helped,
        "wrong": history.wrong,
        "opened": sum(len(each.opened) for each in history.answers),
        "tickets": history.tickets,
        "replied": history.replied,
        "answered": history.answered,
        "in_form": history.was_in_form,
        "person": history.person,
        "rating": history.rating,
        "stage": history.stage().value,
        "stopped_at": history.stopped_at(),
        "confidence": last.confidence if last else None,
        "articles": list(articles)[:_MOST_ARTICLES],
    }


def _happened(
    ticket_id: int | None, number: int, kind: str, turn_id: str | None, data: dict[str, Any] | None, at: dt.datetime
) -> Happened:
    return Happened(number, kind, turn_id, ticket_id, data or {}, at)


def _staff(session: Session, customers: set[int]) -> set[int]:
    """Those who have an address of staff."""
    query = select(Customer.id).join(StaffUser, StaffUser.email == Customer.email)
    return {
        each for chunk in chunks(sorted(customers)) for each in session.scalars(query.where(Customer.id.in_(chunk)))
    }


def chunks(items: Sequence[T], size: int = _AT_ONCE) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
