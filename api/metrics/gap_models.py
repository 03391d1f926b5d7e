"""Tables of the content gaps: topics that customers ask about and no article answers, as last gathered.

Questions are named by the message that holds them, never copied: what is erased there is gone here. A cluster keeps its id
from one run to the next as long as it shares most of its questions, so that links to it and its first day stay.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class GapRun(Base):
    """One gathering of the open questions. The newest is what is shown; older ones tell what went before."""

    __tablename__ = "gap_runs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # The period [since, until), and the one of the same length before it.
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    questions: Mapped[int] = mapped_column(Integer)
    # Of these: like no other question; answered by the index of the day.
    alone: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[float] = mapped_column(Float)


class GapCluster(Base):
    """A topic that is asked about in one language. `gone_at`: when it was no cluster any more."""

    __tablename__ = "gap_clusters"
    __table_args__ = (Index("ix_gap_clusters_gone_at", "gone_at", "size"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Shared by the clusters of other languages that ask the same.
    topic: Mapped[str] = mapped_column(String(32), index=True)
    language: Mapped[str] = mapped_column(String(8))
    terms: Mapped[list[str]] = mapped_column(Json, default=list)
    # Times asked in the period and in the one before it.
    size: Mapped[int] = mapped_column(Integer)
    before: Mapped[int] = mapped_column(Integer)
    # Of its questions, answered with confidence by an article that lacks their words.
    doubted: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # {article_id, locale, title, url, confidence, answers_from, share}: what the search finds first, no answer.
    nearest: Mapped[dict[str, Any] | None] = mapped_column(Json)
    first_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Whether most of its questions were answered by the index when it was gone.
    answered: Mapped[bool] = mapped_column(Boolean, default=False)


class GapQuestion(Base):
    """A question of a cluster: the copilot's message that says what was searched for (`answer.query`)."""

    __tablename__ = "gap_questions"

    message_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cluster_id: Mapped[str] = mapped_column(String(32), index=True)
    conversation_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # 0 is the most central of its cluster.
    place: Mapped[int] = mapped_column(Integer)
    # One of those that stand for the cluster: central, and in different words.
    example: Mapped[bool] = mapped_column(Boolean, default=False)


class GapTicket(Base):
    """A solved ticket that answers a cluster. `direct`: one of its questions led to it; `likeness`: of its subject and
    description to the cluster's questions, at most 1."""

    __tablename__ = "gap_tickets"

    cluster_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    direct: Mapped[bool] = mapped_column(Boolean, default=False)
    likeness: Mapped[float] = mapped_column(Float)


class ContentChange(Base):
    """A newly published index: which articles came, changed and went, as `<locale>/<id>`."""

    __tablename__ = "content_changes"

    # Of the index that was published: several api processes see the same one.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    added: Mapped[list[str]] = mapped_column(Json, default=list)
    changed: Mapped[list[str]] = mapped_column(Json, default=list)
    gone: Mapped[list[str]] = mapped_column(Json, default=list)
    # Digest of each article's text, by `<locale>/<id>`; kept for the newest only.
    articles: Mapped[dict[str, str] | None] = mapped_column(Json)
