"""SQL of the chat. Every function works within the caller's session."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.gateway import DialogueMessage
from api.chat.models import Attachment, Conversation, Message, Turn
from api.database import utc_now


@dataclass(frozen=True)
class Pending:
    """What the copilot asked last, with the choices that it offered (as stored: id, label, name, intent, entities)."""

    asks: str | None
    choices: list[dict[str, Any]]


def new_id() -> str:
    return secrets.token_hex(16)


def find_turn(session: Session, conversation_id: str, client_message_id: str) -> Turn | None:
    return session.scalar(
        select(Turn).where(Turn.conversation_id == conversation_id, Turn.client_message_id == client_message_id)
    )


def find_choice(session: Session, conversation_id: str, choice_id: str) -> dict[str, Any] | None:
    """The stored choice with that id, of this conversation only. The newest messages are looked at first."""
    rows = session.scalars(
        select(Message.choices)
        .where(Message.conversation_id == conversation_id, Message.role == "copilot")
        .order_by(Message.seq.desc())
    )
    return next((choice for choices in rows for choice in choices if choice["id"] == choice_id), None)


def pending_question(session: Session, conversation_id: str) -> Pending:
    """What the next message of the customer answers: the question of the last completed turn."""
    last = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.role == "copilot")
        .order_by(Message.seq.desc())
        .limit(1)
    )
    if last is None:
        return Pending(None, [])
    messages = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.role == "copilot", Message.turn_id == last.turn_id)
        .order_by(Message.seq.desc())
    )
    for message in messages:
        if message.asks or message.choices:
            return Pending(message.asks, message.choices)
    return Pending(None, [])


def append_message(
    session: Session, conversation: Conversation, *, role: str, kind: str, text: str, language: str, **columns: Any
) -> Message:
    """Add a message with the conversation's next `seq`. The caller holds the write lock, so numbers are gapless."""
    conversation.last_seq += 1
    conversation.last_activity_at = utc_now()
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        role=role,
        kind=kind,
        text=text,
        language=language,
        choices=columns.pop("choices", []),
        attachments=columns.pop("attachments", []),
        created_at=utc_now(),
        **columns,
    )
    session.add(message)
    return message


def append_reply(session: Session, conversation: Conversation, turn_id: str, reply: DialogueMessage) -> Message:
    choices = [{"id": secrets.token_urlsafe(9), **choice.model_dump()} for choice in reply.choices]
    return append_message(
        session,
        conversation,
        turn_id=turn_id,
        role="copilot",
        kind=reply.kind if reply.kind != "text" or not choices else "choices",
        text=reply.text,
        language=reply.language,
        asks=reply.asks,
        choices=choices,
        answer=reply.answer.model_dump() if reply.answer else None,
        ticket=reply.ticket,
    )


def replies_of(session: Session, turn_id: str) -> list[Message]:
    """The copilot's messages of a turn, in order."""
    return list(
        session.scalars(
            select(Message).where(Message.turn_id == turn_id, Message.role != "customer").order_by(Message.seq)
        )
    )


def history(session: Session, conversation_id: str, after: int) -> list[Message]:
    return list(
        session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation_id, Message.seq > after)
            .order_by(Message.seq)
            .limit(500)
        )
    )


def attachments_of(session: Session, conversation_id: str, ids: list[str]) -> list[Attachment]:
    found = session.scalars(
        select(Attachment).where(Attachment.conversation_id == conversation_id, Attachment.id.in_(ids))
    )
    by_id = {attachment.id: attachment for attachment in found}
    return [by_id[id] for id in ids if id in by_id]


def files_of_turn(session: Session, turn_id: str) -> list[dict[str, Any]]:
    """The files that came with the customer's message of a turn, as the message carries them."""
    rows = session.scalars(select(Message.attachments).where(Message.turn_id == turn_id, Message.role == "customer"))
    return [each for row in rows for each in row]


def waiting_files(session: Session, conversation_id: str) -> list[str]:
    """Ids of the files given in this conversation that are not yet part of a ticket, oldest first."""
    query = select(Attachment.id).where(Attachment.conversation_id == conversation_id, Attachment.ticket_id.is_(None))
    return list(session.scalars(query.order_by(Attachment.created_at, Attachment.id)))


def unfinished_turns(session: Session, before: dt.datetime) -> list[Turn]:
    return list(session.scalars(select(Turn).where(Turn.status == "pending", Turn.created_at < before)))
