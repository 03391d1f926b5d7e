"""How a conversation ended, decided from its events alone; first version.

Only conversations that asked for help have an outcome, and each has exactly one, the first of these that holds:

1. escalated     a ticket was opened in it.
2. confirmed     the last thing said about an answer was that it solved the matter.
3. abandoned     it stopped before any answer or search came back, or in the middle of the ticket form.
4. unanswered    no confident answer was shown, or the last one was said not to have helped.
5. assumed       a confident answer was shown, or a service notice followed, and nobody complained.

A confirmed or assumed one is *recontacted* where the same customer asked for help in another conversation within
`RECONTACT` of its end. An outcome other than escalated, confirmed and recontacted is *provisional* until the conversation
has been quiet for `QUIET`: it is counted, so that the outcomes always add up, but left out of the rate.

Test traffic (`conversations.is_test`) is left out.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import utc_now
from api.metrics.events import Event, EventType

QUIET = dt.timedelta(hours=24)
RECONTACT = dt.timedelta(days=7)
T = TypeVar("T")

# Rows fetched at a time: a year of events does not fit into memory at once.
_CHUNK = 5_000


class Outcome(enum.StrEnum):
    CONFIRMED = "confirmed"
    ASSUMED = "assumed"
    ABANDONED = "abandoned"
    ESCALATED = "escalated"
    UNANSWERED = "unanswered"
    RECONTACTED = "recontacted"


# What no silence has to confirm.
_FINAL = frozenset({Outcome.ESCALATED, Outcome.CONFIRMED, Outcome.RECONTACTED})


@dataclass(frozen=True)
class DeflectionFilter:
    """Which conversations count: those that began in [since, until), of one language, channel or category if given."""

    since: dt.datetime
    until: dt.datetime
    language: str | None = None
    channel: str | None = None
    category: str | None = None


class Deflection(BaseModel):
    """The figures of a range. `outcomes` add up to `asked_for_help`.

    `provisional`: how many of each outcome may still change. `deflection_rate`: (confirmed + assumed) / asked_for_help,
    both without the provisional ones; None where that leaves nothing.
    """

    since: dt.datetime
    until: dt.datetime
    conversations: int
    asked_for_help: int
    outcomes: dict[str, int]
    provisional: dict[str, int]
    deflection_rate: float | None
    tickets: int

    def rows(self) -> list[tuple[str, object]]:
        """Every figure by name, for a table."""
        return [
            ("from", self.since.isoformat()),
            ("to", self.until.isoformat()),
            ("conversations", self.conversations),
            ("asked_for_help", self.asked_for_help),
            *((f"outcomes.{name}", number) for name, number in self.outcomes.items()),
            *((f"provisional.{name}", number) for name, number in self.provisional.items()),
            ("deflection_rate", self.deflection_rate),
            ("tickets", self.tickets),
        ]


@dataclass
class History:
    """What happened in one conversation, as far as outcomes need it; fed with its events in order."""

    conversation_id: str
    customer_id: int | None = None
    first_asked: dt.datetime | None = None
    last_event: dt.datetime | None = None
    answered: bool = False
    confident: bool = False
    solved: bool | None = None
    tickets: int = 0
    in_form: bool = False

    def take(self, kind: str, data: dict[str, object], at: dt.datetime) -> None:
        """Take the next event into account."""
        self.last_event = at if self.last_event is None else max(self.last_event, at)
        match kind:
            case EventType.ASKED_FOR_HELP:
                self.first_asked = self.first_asked or at
                self.solved = None
            case EventType.SEARCHED | EventType.ANSWER_SHOWN:
                self.answered = True
                self.confident = bool(data.get("confident"))
                self.solved = None
                self.in_form = False
            case EventType.NOTICE_SUBSCRIBED:
                # They know what it is and wait for it to be mended: an answer, until they say or search more.
                self.answered = self.confident = True
                self.solved = None
                self.in_form = False
            case EventType.SOLVED_YES:
                self.solved = True
                self.in_form = False
            case EventType.SOLVED_NO:
                self.solved = False
            case EventType.FORM_STEP:
                self.in_form = True
            case EventType.FORM_CANCELLED:
                self.in_form = False
            case EventType.TICKET_OPENED:
                self.tickets += 1
                self.in_form = False

    def outcome(self) -> Outcome | None:
        """The outcome so far, before re-contacts; None where it did not ask for help."""
        if self.first_asked is None:
            return None
        if self.tickets:
            return Outcome.ESCALATED
        if self.solved:
            return Outcome.CONFIRMED
        if not self.answered or self.in_form:
            return Outcome.ABANDONED
        if not self.confident or self.solved is False:
            return Outcome.UNANSWERED
        return Outcome.ASSUMED

    def quiet(self, now: dt.datetime) -> bool:
        """Whether nothing has happened for so long that the outcome stands."""
        return self.last_event is None or now - self.last_event >= QUIET


def deflection(session: Session, chosen: DeflectionFilter, *, now: dt.datetime | None = None) -> Deflection:
    """The figures of the conversations that `chosen` describes, as they stand `now`."""
    moment = now or utc_now()
    query = select(Conversation.id, Conversation.customer_id).where(
        Conversation.created_at >= chosen.since,
        Conversation.created_at < chosen.until,
        Conversation.is_test.is_(False),
    )
    for column, value in (
        (Conversation.language, chosen.language),
        (Conversation.channel, chosen.channel),
        (Conversation.category, chosen.category),
    ):
        if value is not None:
            query = query.where(column == value)
    customers: dict[str, int | None] = {name: customer_id for name, customer_id in session.execute(query)}
    histories = _histories(session, customers)
    again = _asked_again(session, histories.values())
    counts = dict.fromkeys(Outcome, 0)
    open_yet = dict.fromkeys(Outcome, 0)
    tickets = 0
    for history in histories.values():
        tickets += history.tickets
        outcome = history.outcome()
        if outcome is None:
            continue
        if outcome in (Outcome.CONFIRMED, Outcome.ASSUMED) and _came_back(history, again):
            outcome = Outcome.RECONTACTED
        counts[outcome] += 1
        if outcome not in _FINAL and not history.quiet(moment):
            open_yet[outcome] += 1
    asked = sum(counts.values())
    settled = asked - sum(open_yet.values())
    helped = counts[Outcome.CONFIRMED] + counts[Outcome.ASSUMED] - open_yet[Outcome.ASSUMED]
    return Deflection(
        since=chosen.since,
        until=chosen.until,
        conversations=len(customers),
        asked_for_help=asked,
        outcomes={outcome.value: number for outcome, number in counts.items()},
        provisional={outcome.value: number for outcome, number in open_yet.items() if outcome not in _FINAL},
        deflection_rate=round(helped / settled, 4) if settled else None,
        tickets=tickets,
    )


def _histories(session: Session, customers: dict[str, int | None]) -> dict[str, History]:
    found = {name: History(name, customer_id=customer) for name, customer in customers.items()}
    for chunk in _chunks(list(customers)):
        rows = session.execute(
            select(Event.conversation_id, Event.type, Event.data, Event.at)
            .where(Event.conversation_id.in_(chunk))
            .order_by(Event.at, Event.id)
            .execution_options(yield_per=_CHUNK)
        )
        for conversation_id, kind, data, at in rows:
            found[conversation_id or ""].take(kind, data, at)
    return found


def _asked_again(session: Session, histories: Iterable[History]) -> dict[int, list[tuple[str, dt.datetime]]]:
    """Of every customer: when, and in which conversation, help was asked for."""
    customers = sorted({each.customer_id for each in histories if each.customer_id is not None})
    found: dict[int, list[tuple[str, dt.datetime]]] = {}
    for chunk in _chunks(customers):
        rows = session.execute(
            select(Conversation.customer_id, Event.conversation_id, Event.at)
            .join(Event, Event.conversation_id == Conversation.id)
            .where(
                Conversation.customer_id.in_(chunk),
                Conversation.is_test.is_(False),
                Event.type == EventType.ASKED_FOR_HELP,
            )
        )
        for customer_id, conversation_id, at in rows:
            found.setdefault(customer_id or 0, []).append((conversation_id or "", at))
    return found


def _came_back(history: History, again: dict[int, list[tuple[str, dt.datetime]]]) -> bool:
    if history.customer_id is None or history.last_event is None:
        return False
    end = history.last_event
    return any(
        conversation_id != history.conversation_id and end < at <= end + RECONTACT
        for conversation_id, at in again.get(history.customer_id, ())
    )


def _chunks(items: list[T], size: int = 500) -> Iterator[list[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
