"""Tables of a conversation: the record that everything else is computed from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.database import Base, Json, UtcDateTime, utc_now


class Conversation(Base):
    """One customer, one sitting. `state` is the dialogue's state after the last completed turn, opaque here."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    widget_key: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    page_url: Mapped[str | None] = mapped_column(Text)
    page_title: Mapped[str | None] = mapped_column(Text)
    # What the host application told of the moment: page, app_version, last_error.
    context: Mapped[dict[str, str] | None] = mapped_column(Json)
    # Set by the host's signed token at the start, or by a mailed code later.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    verified_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    account_id: Mapped[str | None] = mapped_column(String(128))
    state: Mapped[dict[str, Any] | None] = mapped_column(Json)
    scenario: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    subcategory: Mapped[str | None] = mapped_column(String(64))
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    is_test: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_activity_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    # What was said to the customer's present silence (`api.chat.idle.Silence`).
    silence: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    devices: Mapped[list[ConversationToken]] = relationship()

    def is_opened_by(self, token_hash: str) -> bool:
        """Whether the token with that hash is one of its own."""
        return self.token_hash == token_hash or any(each.token_hash == token_hash for each in self.devices)


class ConversationToken(Base):
    """Another device's token of a conversation, made when its customer was proven there."""

    __tablename__ = "conversation_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class Turn(Base):
    """One message of the customer and what became of it. `status`: pending, completed, failed."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "client_message_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    client_message_id: Mapped[str] = mapped_column(String(128))
    body_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), default="pending")
    reason: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Message(Base):
    """A message as the customer sees it; `choices` keeps, per choice, what the server looks up by its id."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str | None] = mapped_column(String(32), index=True)
    seq: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    asks: Mapped[str | None] = mapped_column(String(64))
    choices: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    ticket: Mapped[dict[str, Any] | None] = mapped_column(Json)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class Attachment(Base):
    """A file that somebody gave; its bytes lie under ``<var>/attachments/<id>``, outside any web root.

    `size` and `sha256` are of what is stored; `received_sha256` of what was sent, before pictures were written anew and
    secrets taken out (`removed`: kind -> how many).
    """

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_owner_client_upload_id", "owner", "client_upload_id", unique=True),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    # The comment that it came with; None for what came with the ticket's description.
    comment_id: Mapped[int | None] = mapped_column(Integer)
    # Where it was uploaded for a comment that was not written yet.
    upload_id: Mapped[str | None] = mapped_column(String(32), index=True)
    # `Principal.scope` of who gave it, and the id that its sender made up for sending it again.
    owner: Mapped[str | None] = mapped_column(String(64))
    client_upload_id: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str | None] = mapped_column(String(64))
    removed: Mapped[dict[str, int] | None] = mapped_column(Json)
    thumbnail: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
