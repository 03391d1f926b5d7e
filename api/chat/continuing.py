"""A conversation goes on: on another device, and with what the host application knows of the moment."""

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
