"""Tables of what leads decide: settings with their history, reviewed answers, pinned articles and blocked passages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class LeadSetting(Base):
    """What holds now, by name: `precision`, `assumptions`, `baseline`, `weekly:<staff id>`."""

    __tablename__ = "lead_settings"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
    set_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class LeadAct(Base):
    """One thing that a lead did. Rows are only added: `what` is threshold, review, pin, unpin, block, unblock, value,
    baseline; `data` holds ids and figures."""

    __tablename__ = "lead_acts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    what: Mapped[str] = mapped_column(String(16), index=True)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(String(254))
    data: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class AnswerReview(Base):
    """What a lead said of an answer that was shown: right or wrong. Said again it is changed."""

    __tablename__ = "answer_reviews"

    # As in `decided_answers`: the number of its event.
    answer_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str | None] = mapped_column(String(32))
    right: Mapped[bool] = mapped_column(Boolean)
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class PinnedArticle(Base):
    """An article that comes first for a question: for the same words in any order, case and with or without accents."""

    __tablename__ = "pinned_articles"
    __table_args__ = (UniqueConstraint("language", "words"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    language: Mapped[str] = mapped_column(String(8))
    # The question's words, folded and sorted.
    words: Mapped[str] = mapped_column(String(400))
    # The question, personal data masked.
    question: Mapped[str] = mapped_column(Text)
    article_id: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class BlockedPassage(Base):
    """A passage that is shown as an answer no more. The article stays, and its other passages may answer."""

    __tablename__ = "blocked_passages"

    # Its address: the article's with the section's anchor.
    passage_id: Mapped[str] = mapped_column(String(500), primary_key=True)
    article_id: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
