"""Tables of alerts and of every attempt to reach somebody."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UtcDateTime, utc_now


class Alert(Base):
    """The alert of one emergency ticket.

    `state`: open (told again and again), acknowledged, ended (the ticket is done, without anybody of staff). `level`: the
    highest level of escalation told so far, from 0, since `level_since`. `round`: how often it was told; `first_round`:
    the one in which it was raised (a reopened ticket raises its alert again). `next_at`: when it is told again; None once
    it is not open. `closed_by`: who acknowledged, `closed_via`: by what (api, link, ticket, command).
    """

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_due", "state", "next_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="open")
    level: Mapped[int] = mapped_column(Integer, default=0)
    round: Mapped[int] = mapped_column(Integer, default=0)
    first_round: Mapped[int] = mapped_column(Integer, default=1)
    raised_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    level_since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    next_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(String(254))
    closed_via: Mapped[str | None] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)


class AlertAttempt(Base):
    """One attempt to reach one contact.

    `channel`: mail or webhook. `status` of a webhook: pending, sending (claimed until `due_at`), delivered, failed,
    cancelled (somebody acknowledged first). Of a mail it is ``mail``: the outbox row `mail_id` knows how that went.
    `try_number` counts the tries of one contact in one round.
    """

    __tablename__ = "alert_attempts"
    __table_args__ = (Index("ix_alert_attempts_due", "status", "due_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    round: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer)
    try_number: Mapped[int] = mapped_column(Integer, default=1)
    channel: Mapped[str] = mapped_column(String(16))
    contact: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    # No foreign key: old mail may be cleared away, the attempt stays.
    mail_id: Mapped[int | None] = mapped_column(Integer, index=True)
    http_status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(255))
    milliseconds: Mapped[int | None] = mapped_column(Integer)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
