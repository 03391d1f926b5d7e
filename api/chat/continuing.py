"""A conversation goes on: on another device, with what the host application knows of the moment, and with an article that
was opened from an answer."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from api.chat.endpoints import TokenHash
from api.chat.models import Conversation, ConversationToken, Message
from api.chat.schemas import ContextIn
from api.chat.service import owned
from api.database import utc_now
from api.errors import Forbidden, NotFound
from api.identity.tokens import CONVERSATION_PREFIX, hash_token, new_token
from api.metrics.events import Event, EventType, record
from api.services import Services, services

router = APIRouter(prefix="/chat", tags=["chat"])

Copilot = Annotated[Services, Depends(services)]

# Who comes back later begins anew: what was meant then is rarely what is meant now.
RESUMED_WITHIN = dt.timedelta(days=30)


class ResumedOut(BaseModel):
    """The earlier conversation, with a token of its own for this device; the first device's stays good."""

    id: str
    token: str
    language: str = Field(description="What the conversation speaks.")


@router.post("/conversations/{conversation_id}/resume")
async def resume(conversation_id: str, token_hash: TokenHash, copilot: Copilot) -> ResumedOut:
    """The customer's latest other conversation in which they said something, for another device of theirs.

    The asking conversation must be proven theirs, by a mailed code or the host's token (403 ``not_verified``). 404
    ``no_earlier_conversation`` where there is none of the last thirty days.
    """
    token = new_token(CONVERSATION_PREFIX)

    def find(session: Session) -> ResumedOut:
        asking = owned(session.get(Conversation, conversation_id), token_hash)
        if asking.verified_at is None or asking.customer_id is None:
            raise Forbidden("Confirm the e-mail address of this conversation first.", code="not_verified")
        said = exists().where(Message.conversation_id == Conversation.id, Message.role == "customer")
        earlier = session.scalar(
            select(Conversation)
            .where(
                Conversation.customer_id == asking.customer_id,
                Conversation.verified_at.is_not(None),
                Conversation.id != asking.id,
                Conversation.last_activity_at >= utc_now() - RESUMED_WITHIN,
                said,
            )
            .order_by(Conversation.last_activity_at.desc())
            .limit(1)
        )
        if earlier is None:
            raise NotFound("there is no earlier conversation of this customer", code="no_earlier_conversation")
        session.add(ConversationToken(token_hash=hash_token(token), conversation_id=earlier.id))
        return ResumedOut(id=earlier.id, token=token, language=earlier.language)

    return await copilot.database.writing(find)


@router.post("/conversations/{conversation_id}/context", status_code=204)
async def set_context(conversation_id: str, body: ContextIn, token_hash: TokenHash, copilot: Copilot) -> None:
    """What the host application knows of the moment; what is given replaces what was. Agents see it with the ticket."""

    def write(session: Session) -> None:
        conversation = owned(session.get(Conversation, conversation_id, with_for_update=True), token_hash)
        conversation.context = body.told()

    await copilot.database.writing(write)


class OpenedIn(BaseModel):
    """An article that an answer of the conversation named."""

    article_id: str = Field(max_length=255)
    locale: str = Field(max_length=16)


@router.post("/conversations/{conversation_id}/opened", status_code=204)
async def article_opened(conversation_id: str, body: OpenedIn, token_hash: TokenHash, copilot: Copilot) -> None:
    """The customer opened an article of an answer, in place or on its page: told once for each answer.

    What no answer of the conversation named is passed over, so that nobody counts what was never shown.
    """

    def write(session: Session) -> None:
        # Locked where rows can be: two clicks at once are told once.
        owned(session.get(Conversation, conversation_id, with_for_update=True), token_hash)
        turn_id = _turn_that_showed(session, conversation_id, body.article_id)
        if turn_id is None:
            return
        told = select(Event.data).where(
            Event.conversation_id == conversation_id, Event.turn_id == turn_id, Event.type == EventType.ANSWER_OPENED
        )
        if all(data.get("article_id") != body.article_id for data in session.scalars(told)):
            record(
                session,
                EventType.ANSWER_OPENED,
                conversation_id=conversation_id,
                turn_id=turn_id,
                article_id=body.article_id,
                locale=body.locale,
            )

    await copilot.database.writing(write)


def _turn_that_showed(session: Session, conversation_id: str, article_id: str) -> str | None:
    """The latest turn whose answer named the article."""
    shown = session.execute(
        select(Message.turn_id, Message.answer)
        .where(Message.conversation_id == conversation_id, Message.kind == "answer", Message.role == "copilot")
        .order_by(Message.seq.desc())
    )
    for turn_id, answer in shown:
        named = [*((answer or {}).get("passages") or ()), *((answer or {}).get("related") or ())]
        if turn_id is not None and any(each.get("article_id") == article_id for each in named):
            return str(turn_id)
    return None
