"""The outbox: mail is a row in the transaction of what it tells of, and leaves the house afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class OutboxMail(Base):
    """One mail to one recipient.

    `status`: pending, sending (claimed by a worker until `next_attempt_at`), sent, kept (no SMTP server is set), failed
    (given up), suppressed (its recipient's mailbox is known not to be there), bounced (it came back). `dedupe_key`: what
    it tells of and to whom; a second mail with the same key is not written.
    `facts` of one that is not written yet: what it tells of, from which its text, HTML and headers are made when it is
    delivered (api/tickets/mail_text.py); None once that is done.
    `token` is the unguessable part of its Message-ID: whoever answers to it has read the mail.
    """

    __tablename__ = "outbox_mails"
    __table_args__ = (Index("ix_outbox_mails_due", "status", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    template: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    facts: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    language: Mapped[str] = mapped_column(String(8))
    dedupe_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str | None] = mapped_column(String(32), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    # The comment that it passes on. No foreign key: SQLite adds none to a table that is there already.
    comment_id: Mapped[int | None] = mapped_column(Integer)
    token: Mapped[str | None] = mapped_column(String(32), index=True)
    status: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_error: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class UndeliverableAddress(Base):
    """A mailbox that is not there, as the server in charge of it said. Nothing but one-time codes is sent to it."""

    __tablename__ = "undeliverable_addresses"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(String(255))
    mail_id: Mapped[int | None] = mapped_column(Integer)
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
