"""Tables of what was done for somebody's privacy: erasures, which a crash must not leave half done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class Erasure(Base):
    """One erasure of a person. The row is written in the transaction that takes the person out of the tables.

    `leftovers`: files that are still to be deleted, relative to the folder of everything written at run time; empty once
    `finished_at` is set. `report`: how many of what were removed, by table and by kind; nothing of whom.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    # None for somebody who wrote without ever becoming a customer.
    customer_id: Mapped[int | None] = mapped_column(Integer, index=True)
    leftovers: Mapped[list[str]] = mapped_column(Json, default=list)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    began_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """Who of staff saw or changed what. Rows are only added: the database refuses to change or to delete one, but for those
    that are older than they are kept, while a row of `audit_gate` says so.

    `what`: a word of `api.privacy.auditing.WHATS`; `subject`: of what, as `ticket 1001`; `by`: the address of who did it,
    as it was then; `data`: ids, words of ours and figures, never a customer's.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_subject", "subject", "id"), Index("ix_audit_log_staff_id", "staff_id", "id"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    what: Mapped[str] = mapped_column(String(32))
    staff_id: Mapped[int | None] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(255), default="")
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class AuditGate(Base):
    """Open while old entries of the audit log are let go of: those before this moment may be deleted."""

    __tablename__ = "audit_gate"

    before: Mapped[dt.datetime] = mapped_column(UtcDateTime, primary_key=True)
