"""What came in by mail, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class InboundMail(Base):
    """One mail to one of our addresses.

    `outcome`: comment, note (internal: it came from another address), ticket, followup, quarantined, discarded (out of
    the quarantine), ignored, bounce; `reason` says why where it is none of the first four. `dedupe_key`: its Message-ID and
    where it went; a second delivery finds it. `text`: everything that was written, quotations included; its files are
    kept as attachments only, checked and scrubbed.
    """

    __tablename__ = "inbound_mails"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    message_id: Mapped[str | None] = mapped_column(String(255), index=True)
    sender: Mapped[str] = mapped_column(String(254), index=True)
    sender_name: Mapped[str] = mapped_column(String(255), default="")
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    ticket_id: Mapped[int | None] = mapped_column(Integer, index=True)
    comment_id: Mapped[int | None] = mapped_column(Integer, index=True)
    outcome: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str | None] = mapped_column(String(64))
    # Ids of attachments that wait with a quarantined mail.
    files: Mapped[list[str]] = mapped_column(Json, default=list)
    # Names of files that were not accepted, and why (a code).
    refused_files: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
