"""The turn protocol: stored before it is acted on, repeat-safe, one at a time in a conversation, truthful at its end.

No thread and no database connection is held while the dialogue process works: a turn is two short write transactions
with one HTTP call between them.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.chat import repository
from api.chat.gateway import (
    DialogueChoice,
    DialogueContext,
    DialogueCustomer,
    DialoguePage,
    TurnRequest,
    TurnResult,
)
from api.chat.idle import Silence, returns
from api.chat.ledger import record_turn
from api.chat.models import Conversation, Message, Turn
from api.chat.repository import Pending
from api.chat.schemas import MessageIn, TurnOut, message_out
from api.chat.text import clean_text, normalise
from api.database import utc_now
from api.errors import Conflict, Invalid, NotFound
from api.files.telling import attachment_record
from api.identity.customers import customer_platforms, speaks
from api.identity.models import Customer
from api.identity.turn_tokens import issue_turn_token
from api.services import Services

logger = logging.getLogger(__name__)

# Decides from the stored conversation whether the caller may write to it; raises where not.
Check = Callable[[Conversation | None], Conversation]

START = DialogueChoice(label="", name="start", intent="start")

# A failed turn is tried once more with the state from before it. Measured: a restarted action server answers again
# within a second, a restarted dialogue process after 8 s.
_RETRY_PAUSES = (0.3,)
_RETRIED = frozenset({"unreachable", "broken_connection", "action_failed", "no_reply", "error"})


@dataclass(frozen=True)
class Accepted:
    """A message that is stored; `repeat` when it had been before."""

    turn: Turn
    message: Message | None
    choice: dict[str, Any] | None
    repeat: bool = False
    outcome: list[Message] | None = None
    returned: bool = False


class TurnService:
    """Accepts messages and runs their turns."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._running: set[str] = set()

    async def post(self, conversation_id: str, body: MessageIn, *, check: Check, address: str | None = None) -> TurnOut:
        """Store the customer's message, run its turn, and give its outcome.

        `address` is the customer's network address, for limits on what the turn sets off. Raises `Invalid` (empty, too
        long, an unknown choice, the same id with another body), `Conflict` (the same id is still in flight).
        """
        if (body.text is None) == (body.choice_id is None):
            raise Invalid("give exactly one of text and choice_id", code="message_shape")
        text = clean_text(body.text) if body.text is not None else None
        accepted = await self._accept(conversation_id, body, text, check)
        if accepted.repeat:
            return await self._repeat(conversation_id, accepted)
        if text is not None and accepted.message is not None:
            # While the dialogue reads the text, the question is already being encoded.
            self._services.help_center.prefetch(normalise(text), accepted.message.language)
        # Shielded: a client that goes away does not stop its turn half-way.
        return await asyncio.shield(self._run(conversation_id, accepted, address))

    async def start(self, conversation_id: str) -> TurnOut:
        """The copilot's first words in a new conversation."""

        def accept(session: Session) -> Turn:
            turn = Turn(
                id=repository.new_id(), conversation_id=conversation_id, client_message_id="start", body_digest=""
            )
            session.add(turn)
            return turn

        turn = await self._services.database.writing(accept)
        return await self._run(conversation_id, Accepted(turn, None, START.model_dump()))

    async def settle_unfinished(self) -> int:
        """Mark turns that an earlier process left behind as failed, and tell their customers. Returns how many."""

        def settle(session: Session) -> list[str]:
            settled = []
            for turn in repository.unfinished_turns(session, utc_now()):
                if turn.id in self._running:
                    continue
                conversation = session.get_one(Conversation, turn.conversation_id)
                failed = TurnResult(status="failed", reason="interrupted")
                self._end(session, conversation, turn, Pending(None, []), failed)
                settled.append(conversation.id)
            return settled

        return len(await self._services.database.writing(settle))

    async def _accept(
        self,
        conversation_id: str,
        body: MessageIn,
        text: str | None,
        check: Callable[[Conversation | None], Conversation],
    ) -> Accepted:
        digest = hashlib.sha256(
            json.dumps([text, body.choice_id, body.attachment_ids], ensure_ascii=True).encode()
        ).hexdigest()

        def accept(session: Session) -> Accepted:
            # Locked where rows can be: a nudge to the customer's silence takes the same lock for the same numbers.
            conversation = check(session.get(Conversation, conversation_id, with_for_update=True))
            known = repository.find_turn(session, conversation.id, body.client_message_id)
            if known is not None:
                if known.body_digest != digest:
                    raise Invalid(
                        "this client_message_id was used for another message: make a new one for each message",
                        code="message_id_reused",
                    )
                return Accepted(known, None, None, repeat=True, outcome=repository.replies_of(session, known.id))
            choice = None
            if body.choice_id is not None:
                choice = repository.find_choice(session, conversation.id, body.choice_id)
                if choice is None:
                    raise Invalid("there is no such choice in this conversation", code="unknown_choice")
            returned = returns(session, conversation, self._services.settings.chat.idle_close, utc_now())
            conversation.silence = Silence.NOTHING
            turn = Turn(
                id=repository.new_id(),
                conversation_id=conversation.id,
                client_message_id=body.client_message_id,
                body_digest=digest,
            )
            session.add(turn)
            files = repository.attachments_of(session, conversation.id, body.attachment_ids)
            if len(files) != len(set(body.attachment_ids)):
                raise Invalid("there is no such attachment in this conversation", code="unknown_attachment")
            message = repository.append_message(
                session,
                conversation,
                turn_id=turn.id,
                role="customer",
                kind="text",
                text=choice["label"] if choice else (text or ""),
                language=conversation.language,
                attachments=[attachment_record(file, self._services.catalog, conversation.language) for file in files],
            )
            session.flush()
            return Accepted(turn, message, choice, returned=returned)

        try:
            accepted = await self._services.database.writing(accept)
        except IntegrityError:
            # Another process stored the same id between our look and our insert (PostgreSQL): its outcome is ours.
            accepted = await self._services.database.writing(accept)
        self._services.streams.publish(conversation_id)
        return accepted

    async def _repeat(self, conversation_id: str, accepted: Accepted) -> TurnOut:
        if accepted.turn.status == "pending":
            raise Conflict(
                "this message is still being worked on: its outcome comes on the event stream", retry_after=1
            )
        return self._turn_out(accepted.turn, accepted.outcome or [])

    async def _run(self, conversation_id: str, accepted: Accepted, address: str | None = None) -> TurnOut:
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._running.add(accepted.turn.id)
        try:
            async with lock:
                request, pending = await self._services.database.reading(
                    lambda session: self._request(session, conversation_id, accepted, address)
                )
                result = await self._ask(request)

                turn, replies = await self._settle(conversation_id, accepted.turn.id, pending, result)
        finally:
            self._running.discard(accepted.turn.id)
        self._services.streams.publish(conversation_id)
        return self._turn_out(turn, replies)

    async def _settle(
        self, conversation_id: str, turn_id: str, pending: Pending, result: TurnResult
    ) -> tuple[Turn, list[Message]]:
        """Commit the turn's outcome. One that cannot be stored (a reply of a wrong shape) becomes a failed turn."""

        def end(outcome: TurnResult, session: Session) -> tuple[Turn, list[Message]]:
            conversation = session.get_one(Conversation, conversation_id)
            turn = session.get_one(Turn, turn_id)
            return turn, self._end(session, conversation, turn, pending, outcome)

        try:
            return await self._services.database.writing(functools.partial(end, result))
        except Exception as error:
            logger.error("turn %s could not be stored: %s", turn_id, type(error).__name__)
            failed = TurnResult(status="failed", reason="not_stored")
            return await self._services.database.writing(functools.partial(end, failed))

    async def _ask(self, request: TurnRequest) -> TurnResult:
        result = await self._services.dialogue.turn(request)
        for pause in _RETRY_PAUSES:
            if result.status == "completed" or result.reason not in _RETRIED:
                break
            await asyncio.sleep(pause)
            result = await self._services.dialogue.turn(request)
        return result

    def _request(
        self, session: Session, conversation_id: str, accepted: Accepted, address: str | None
    ) -> tuple[TurnRequest, Pending]:
        settings = self._services.settings
        conversation = session.get_one(Conversation, conversation_id)
        pending = repository.pending_question(session, conversation_id)
        customer = session.get(Customer, conversation.customer_id) if conversation.customer_id else None
        waiting = repository.waiting_files(session, conversation_id)
        choice = DialogueChoice.model_validate(accepted.choice) if accepted.choice else None
        text = choice.label if choice else normalise(accepted.message.text if accepted.message else "")
        request = TurnRequest(
            conversation_id=conversation.id,
            turn_id=accepted.turn.id,
            turn_token=issue_turn_token(settings, conversation.id, accepted.turn.id, address=address),
            text=text,
            choice=choice,
            asks=pending.asks,
            choices=[DialogueChoice.model_validate(c) for c in pending.choices],
            state=conversation.state,
            context=DialogueContext(
                channel=conversation.channel,
                language=conversation.language,
                # A page or a browser only proposes one; who the host application vouches for has said it there.
                language_confirmed=speaks(customer, self._services.catalog.languages) == conversation.language,
                page=DialoguePage(url=conversation.page_url or "", title=conversation.page_title or ""),
                customer=DialogueCustomer(
                    verified=conversation.verified_at is not None,
                    email=customer.mail_address if customer else None,
                    name=customer.name if customer else None,
                ),
                platforms=customer_platforms(session, customer, self._services.catalog),
                attachments=len(waiting),
                files=[str(each["id"]) for each in accepted.message.attachments] if accepted.message else [],
                waiting_files=waiting,
                now=utc_now(),
                returned=accepted.returned,
            ),
        )
        return request, pending

    def _end(
        self, session: Session, conversation: Conversation, turn: Turn, pending: Pending, result: TurnResult
    ) -> list[Message]:
        """Write the turn's outcome: replies, dialogue state, events. A failed turn leaves the state as it was."""
        turn.status = result.status
        turn.reason = result.reason
        turn.ended_at = utc_now()
        record_turn(session, conversation, turn, asked=pending.asks, intent=result.facts.get("intent"), result=result)
        told = self._tell_removed(session, conversation, turn)
        if result.status == "failed":
            return [*told, self._apology(session, conversation, turn)]
        facts = result.facts
        conversation.state = result.state
        if facts.get("language") in self._services.catalog.languages:
            conversation.language = str(facts["language"])
        for name in ("scenario", "category", "subcategory"):
            if facts.get(name):
                setattr(conversation, name, str(facts[name]))
        return [*told, *(repository.append_reply(session, conversation, turn.id, reply) for reply in result.messages)]

    def _tell_removed(self, session: Session, conversation: Conversation, turn: Turn) -> list[Message]:
        """What was taken out of the files that came with the customer's message."""
        notes = [str(each["note"]) for each in repository.files_of_turn(session, turn.id) if each.get("note")]
        if not notes:
            return []
        return [
            repository.append_message(
                session,
                conversation,
                turn_id=turn.id,
                role="system",
                kind="notice",
                text="\n".join(notes),
                language=conversation.language,
            )
        ]

    def _apology(self, session: Session, conversation: Conversation, turn: Turn) -> Message:
        wording = self._services.catalog.wording(conversation.language)
        return repository.append_message(
            session,
            conversation,
            turn_id=turn.id,
            role="system",
            kind="notice",
            text=wording.text("messages.turn_failed"),
            language=conversation.language,
        )

    def _turn_out(self, turn: Turn, replies: list[Message]) -> TurnOut:
        public_url = self._services.settings.public_url
        return TurnOut(
            turn_id=turn.id,
            status="completed" if turn.status == "completed" else "failed",
            messages=[message_out(message, public_url) for message in replies],
        )


def owned(conversation: Conversation | None, token_hash: str) -> Conversation:
    """The conversation, where the token is its own. Raises `NotFound` otherwise: another's must look like none."""
    if conversation is None or not conversation.is_opened_by(token_hash):
        raise NotFound("there is no such conversation for this token", code="conversation_not_found")
    return conversation
