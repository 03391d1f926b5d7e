"""What customers said of the help they got: of a conversation, or of a solved ticket."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UtcDateTime, utc_now


class SatisfactionRating(Base):
    """One rating, of a conversation or of a ticket, never of both; rated again it is changed. `score`: good, bad."""

    __tablename__ = "satisfaction_ratings"
    __table_args__ = (CheckConstraint("(conversation_id IS NULL) <> (ticket_id IS NULL)", name="of_one_thing"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), unique=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), unique=True)
    # Who rated, where they are known: a conversation may be rated by nobody in particular.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    score: Mapped[str] = mapped_column(String(8))
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
