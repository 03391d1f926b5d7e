"""Stores made-up conversations as the product would have left them, in bulk and past its rules: for databases that hold
nothing else."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import Base
from api.identity.models import Customer, StaffUser
from api.metrics.counting import table_of
from api.metrics.events import Event, EventType
from api.metrics.reading import chunks
from api.metrics.scripts import Script, Told
from api.ratings.models import SatisfactionRating
from api.tickets.models import FIRST_TICKET_ID, Ticket, TicketComment

Row = dict[str, Any]
STAFF_ADDRESS = "support@demo.example"
_AT_ONCE = 2_000


def write_customers(session: Session, number: int, languages: Sequence[str], since: dt.datetime) -> None:
    """Customers 1 to `number`, and one member of staff; the customer 1 has the address of staff."""
    staff = {"id": 1, "email": STAFF_ADDRESS, "name": "Support", "password_hash": "!", "role": "agent", "active": True}
    _store(session, StaffUser, [{**staff, "created_at": since}])
    _store(
        session,
        Customer,
        [
            {
                "id": each,
                "email": STAFF_ADDRESS if each == 1 else f"customer{each}@demo.example",
                "name": f"Customer {each}",
                "locale": languages[each % len(languages)],
                "platforms": [],
                "created_at": since,
            }
            for each in range(1, number + 1)
        ],
    )
    _go_on(session, Customer)
    _go_on(session, StaffUser)


def write_scripts(
    session: Session,
    scripts: Sequence[Script],
    draw: random.Random,
    now: dt.datetime,
    *,
    events: bool = True,
    messages: bool = True,
) -> dict[int, int]:
    """All rows of these; without `events` they are the caller's to write, with the numbers of tickets that this returns."""
    talks = [each for each in scripts if each.id]
    _store(session, Conversation, [_conversation(each) for each in talks])
    numbers = _tickets(session, scripts, draw, now)
    if events:
        write_events(session, [(each, told) for each in scripts for told in each.events], numbers)
    if messages:
        _store(session, Message, [row for each in talks for row in _messages(each)])
    ratings = [
        {"conversation_id": each.id, "score": each.rating, "created_at": each.at, "updated_at": each.at}
        for each in talks
        if each.rating
    ]
    _store(session, SatisfactionRating, ratings)
    return numbers


def write_events(session: Session, order: Iterable[tuple[Script, Told]], numbers: dict[int, int]) -> None:
    """Events, in this order."""
    _store(session, Event, [_event(script, told, numbers) for script, told in order])


def _conversation(script: Script) -> Row:
    topic = script.topic
    named = topic if script.named or script.ticket else None
    return {
        "id": script.id,
        "token_hash": "",
        "channel": script.channel,
        "language": script.language,
        "customer_id": script.customer,
        "scenario": topic.scenario if topic else None,
        "category": named.category if named else None,
        "subcategory": named.subcategory if named else None,
        "is_test": script.is_test,
        "created_at": script.at,
        "last_activity_at": max((each.at for each in script.events), default=script.at),
        "last_seq": len(script.messages),
        # Nobody is nudged here.
        "silence": 3,
    }


def _messages(script: Script) -> list[Row]:
    return [
        {
            "conversation_id": script.id,
            "turn_id": each.turn_id,
            "seq": seq,
            "role": each.role,
            "kind": "text" if each.answer is None else "answer",
            "text": each.text,
            "language": script.language,
            "asks": each.asks,
            "choices": [],
            "answer": each.answer,
            "attachments": [],
            "created_at": each.at,
        }
        for seq, each in enumerate(script.messages, 1)
    ]


def _event(script: Script, told: Told, numbers: dict[int, int]) -> Row:
    return {
        "type": told.type.value,
        "conversation_id": script.id or None,
        "turn_id": told.turn_id if script.id else None,
        "ticket_id": numbers.get(id(script)) if told.type is EventType.TICKET_OPENED else None,
        "data": told.data,
        "at": told.at,
    }


def _tickets(session: Session, scripts: Sequence[Script], draw: random.Random, now: dt.datetime) -> dict[int, int]:
    """The tickets of those that opened one, with what support said; their numbers by the script's identity."""
    number = max(session.scalar(select(func.max(Ticket.id))) or 0, FIRST_TICKET_ID - 1)
    numbers: dict[int, int] = {}
    tickets: list[Row] = []
    comments: list[Row] = []
    ratings: list[Row] = []
    for script in scripts:
        if not script.ticket:
            continue
        number += 1
        numbers[id(script)] = number
        told = next(each for each in script.events if each.type is EventType.TICKET_OPENED)
        row = _ticket(number, script, told, draw, now)
        tickets.append(row)
        said = {"ticket_id": number, "public": True, "via": row["via"]}
        asked = {"body": row["description"], "customer_id": script.customer, "staff_id": None, "created_at": told.at}
        comments.append({**said, **asked})
        reply = script.topic.replies.get(script.language) if script.topic else None
        if row["first_response_at"] is not None and reply:
            answered = {"body": reply, "customer_id": None, "staff_id": 1, "created_at": row["first_response_at"]}
            comments.append({**said, **answered})
        if row["solved_at"] is not None and draw.random() < 0.3:
            good = "good" if draw.random() < 0.8 else "bad"
            rated = {"created_at": row["solved_at"], "updated_at": row["solved_at"]}
            ratings.append({"ticket_id": number, "customer_id": script.customer, "score": good, **rated})
    _store(session, Ticket, tickets)
    _store(session, TicketComment, comments)
    _store(session, SatisfactionRating, ratings)
    _go_on(session, Ticket)
    return numbers


def _ticket(number: int, script: Script, told: Told, draw: random.Random, now: dt.datetime) -> Row:
    opened = told.at
    responded = opened + dt.timedelta(minutes=draw.lognormvariate(3.2, 0.9))
    solved = responded + dt.timedelta(hours=draw.lognormvariate(2.2, 1.0))
    due = opened + dt.timedelta(hours=2)
    late = min(responded, now) > due
    status = "solved" if solved < now else "open" if responded < now else "new"
    if status == "solved" and solved < now - dt.timedelta(days=4):
        status = "closed"
    return {
        "id": number,
        "requester_id": script.customer,
        "assignee_id": 1 if status != "new" else None,
        "conversation_id": script.id or None,
        "subject": script.question[:120] or "-",
        "description": script.question or "-",
        "type": "question" if script.topic and script.topic.scenario == "question" else "incident",
        "status": status,
        "priority": told.data["priority"],
        "team": "support",
        "support_type": "technical",
        "category": told.data["category"],
        "subcategory": told.data["subcategory"],
        "fields": {},
        "tags": [],
        "language": script.language,
        "via": told.data["via"],
        "created_at": opened,
        "updated_at": min(solved, now) if status != "new" else opened,
        "solved_at": solved if solved < now else None,
        "closed_at": solved + dt.timedelta(days=4) if status == "closed" else None,
        "reopened_count": int(draw.random() < 0.06),
        "first_response_at": responded if responded < now else None,
        "first_response_due_at": due,
        "first_response_breached_at": due if late else None,
        "first_response_warned_at": due if late else None,
    }


def _store(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    for chunk in chunks(rows, _AT_ONCE):
        session.execute(insert(table_of(model)), list(chunk))


def _go_on(session: Session, model: type[Base]) -> None:
    """The numbers that the database gives go on behind those that were given here."""
    if session.get_bind().dialect.name == "postgresql":
        name = table_of(model).name
        # The table's name is ours.
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))  # noqa: S608
