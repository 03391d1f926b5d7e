"""A customer who falls silent in the middle: one nudge, later one polite close; writing again goes on where it stopped.

What was said to a silence is kept with the conversation (`Conversation.silence`) and changed under its row's lock together
with the message, so that of several api processes one speaks, and none speaks twice. No event is written: to the figures a
customer who was nudged is as silent as one who was not.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import functools
import logging
from collections.abc import Callable

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.chat import repository
from api.chat.gateway import DialogueChoice, DialogueMessage
from api.chat.models import Conversation, Message, Turn
from api.chat.repository import Pending
from api.database import utc_now
from api.metrics.events import Event, EventType
from api.rounds import rounds
from api.services import Services

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
# Conversations looked after at a time; what is left over waits for the next look.
BATCH = 200
# Whoever has been away for longer is not there to be nudged: after an upgrade, or a night without the api.
GONE = dt.timedelta(hours=24)

# What is asked before there is a matter, and after it.
_BEFORE_A_MATTER = frozenset({"language", "scenario", "problem"})
_AFTER_IT = frozenset({"rating"})
# Of these the last one tells whether a matter is open.
_OPENING = (EventType.ASKED_FOR_HELP,)
_SETTLING = (EventType.SOLVED_YES, EventType.TICKET_OPENED)
_TICKET_FORM = "ticket_form"


class Silence(enum.IntEnum):
    """What was said to the customer's present silence; 0 again with their next message."""

    NOTHING = 0
    NUDGED = 1
    CLOSED = 2
    LEFT_ALONE = 3


class IdleWorker:
    """Looks for silent conversations until told to stop. `clock` is the time by which silence is measured."""

    def __init__(self, services: Services, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._clock = clock
        chat = services.settings.chat
        self._nudge = dt.timedelta(seconds=chat.idle_nudge) if chat.idle_nudge else None
        self._close = dt.timedelta(seconds=chat.idle_close) if chat.idle_close else None

    async def run(self, stop: asyncio.Event) -> None:
        """Look every half minute, until `stop` is set; at once done where both times are 0. An error is logged."""
        if self._nudge is None and self._close is None:
            return
        failure = "Silent conversations could not be looked after"
        await rounds(self.look, stop, every=LOOK_SECONDS, failure=failure)

    async def look(self) -> int:
        """Say what is due, in every conversation where it is. Returns how many messages were written."""
        said = 0
        for conversation_id in await self._services.database.reading(self._silent):
            if await self._services.database.writing(functools.partial(self._tend, conversation_id)):
                said += 1
                self._services.streams.publish(conversation_id)
        return said

    def _silent(self, session: Session) -> list[str]:
        now = self._clock()
        due = []
        if self._nudge is not None:
            due.append(
                and_(Conversation.silence == Silence.NOTHING, Conversation.last_activity_at <= now - self._nudge)
            )
        if self._close is not None:
            due.append(
                and_(
                    Conversation.silence.in_((Silence.NOTHING, Silence.NUDGED)),
                    Conversation.last_activity_at <= now - self._close,
                )
            )
        found = session.scalars(
            select(Conversation.id)
            .where(Conversation.last_activity_at > now - GONE, or_(*due))
            .order_by(Conversation.last_activity_at)
            .limit(BATCH)
        )
        return list(found)

    def _tend(self, conversation_id: str, session: Session) -> bool:
        """Nudge, close or leave alone this one conversation; whether something was said."""
        conversation = session.scalar(
            select(Conversation).where(Conversation.id == conversation_id).with_for_update(skip_locked=True)
        )
        # Looked at again under the lock: another process may have spoken, the customer may have written.
        if conversation is None or _working(session, conversation_id):
            return False
        quiet = self._clock() - conversation.last_activity_at
        closing = self._close is not None and quiet >= self._close and conversation.silence < Silence.CLOSED
        nudging = self._nudge is not None and quiet >= self._nudge and conversation.silence == Silence.NOTHING
        if not closing and not nudging:
            return False
        pending = repository.pending_question(session, conversation_id)
        if not _waits_for_customer(session, conversation, pending):
            conversation.silence = Silence.LEFT_ALONE
            return False
        since = conversation.last_activity_at
        if closing:
            self._say_goodbye(session, conversation)
        else:
            self._ask_once_more(session, conversation, pending)
        # The copilot's own words do not end a customer's silence.
        conversation.last_activity_at = since
        return True

    def _ask_once_more(self, session: Session, conversation: Conversation, pending: Pending) -> None:
        wording = self._services.catalog.wording(conversation.language)
        nudge = DialogueMessage(
            text=wording.text(f"messages.{_nudge(conversation, pending)}"),
            language=conversation.language,
            asks=pending.asks,
            choices=[DialogueChoice.model_validate(each) for each in pending.choices],
        )
        # A turn id of its own: the turn before it answers a repeat with what it said itself, and nothing else.
        repository.append_reply(session, conversation, repository.new_id(), nudge)
        conversation.silence = Silence.NUDGED

    def _say_goodbye(self, session: Session, conversation: Conversation) -> None:
        wording = self._services.catalog.wording(conversation.language)
        key = "idle_close_form" if _in_ticket_form(conversation) else "idle_close"
        # From the system: what the copilot asked last stays what the next message answers.
        repository.append_message(
            session,
            conversation,
            role="system",
            kind="notice",
            text=wording.text(f"messages.{key}"),
            language=conversation.language,
        )
        conversation.silence = Silence.CLOSED


def returns(session: Session, conversation: Conversation, idle_close: int, now: dt.datetime) -> bool:
    """Whether a message that comes `now` ends a silence that was closed, or is as long as one that is (`idle_close`
    seconds; 0: none is). To be asked before the message is stored. Who has said nothing yet does not come back.
    """
    if conversation.silence == Silence.CLOSED:
        return True
    if not idle_close or now - conversation.last_activity_at < dt.timedelta(seconds=idle_close):
        return False
    said = select(Message.id).where(Message.conversation_id == conversation.id, Message.role == "customer").limit(1)
    return session.scalar(said) is not None


def _working(session: Session, conversation_id: str) -> bool:
    """Whether a turn is under way."""
    found = session.scalar(
        select(Turn.id).where(Turn.conversation_id == conversation_id, Turn.status == "pending").limit(1)
    )
    return found is not None


def _waits_for_customer(session: Session, conversation: Conversation, pending: Pending) -> bool:
    """Whether the last word is a question of the copilot's, in a matter that the customer has brought and not settled."""
    role = session.scalar(
        select(Message.role).where(Message.conversation_id == conversation.id, Message.seq == conversation.last_seq)
    )
    if role != "copilot" or pending.asks is None or pending.asks in _AFTER_IT:
        return False
    if pending.asks not in _BEFORE_A_MATTER:
        return True
    last = session.scalar(
        select(Event.type)
        .where(Event.conversation_id == conversation.id, Event.type.in_((*_OPENING, *_SETTLING)))
        .order_by(Event.id.desc())
        .limit(1)
    )
    return last in _OPENING


def _nudge(conversation: Conversation, pending: Pending) -> str:
    """Which sentence fits what is asked. One that could be answered by "yes" stands only where "yes" is an answer."""
    offered = {choice["name"] for choice in pending.choices}
    if "solved.yes" in offered:
        return "idle_nudge_solved"
    if {"confirm.yes", "confirm.change"} <= offered:
        return "idle_nudge_confirm"
    return "idle_nudge_form" if _in_ticket_form(conversation) else "idle_nudge"


def _in_ticket_form(conversation: Conversation) -> bool:
    return (conversation.state or {}).get("active_loop") == _TICKET_FORM
