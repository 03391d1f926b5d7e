"""The content gaps as a lead reads them: clusters with their examples, trend, nearest article and the tickets that answer.

Every text of a customer leaves here masked (`api.privacy.masking`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.errors import NotFound
from api.metrics.exports import plain
from api.metrics.gap_models import GapCluster, GapQuestion, GapRun, GapTicket
from api.privacy.masking import mask
from api.tickets.models import Ticket

State = Literal["open", "answered", "gone"]
MOST = 200
# In a file: more than a gathering finds.
MOST_IN_A_FILE = 10_000


@dataclass(frozen=True, slots=True)
class GapFilter:
    """Which clusters: of a language, with a question from a conversation of that category, subcategory or channel.
    `state`: still open; gone because the index answers most of its questions by now; or gone because nobody asks."""

    language: str | None = None
    category: str | None = None
    subcategory: str | None = None
    channel: str | None = None
    state: State = "open"
    most: int = MOST


class GapExample(BaseModel):
    message_id: int
    conversation_id: str
    text: str = Field(description="Masked.")
    at: dt.datetime


class NearestArticle(BaseModel):
    """What the search finds first for most of the questions. No answer: its confidence lies below what is answered from."""

    article_id: str
    locale: str
    title: str
    url: str
    confidence: float = Field(description="Median over the questions, measured by the search of that day.")
    answers_from: float = Field(description="The confidence from which the copilot answers.")


class AnsweringTicket(BaseModel):
    ticket_id: int
    subject: str = Field(description="Masked.")
    language: str
    direct: bool = Field(description="One of the cluster's questions led to it.")
    likeness: float


class OtherLanguage(BaseModel):
    id: str
    language: str
    size: int


class Gap(BaseModel):
    id: str
    topic: str = Field(description="Shared with the clusters of other languages that ask the same.")
    language: str
    terms: list[str]
    size: int = Field(description="Times asked in the period.")
    before: int = Field(description="Times asked in the period before.")
    doubted: int = Field(
        description="Of its questions, answered with confidence by an article that lacks their words, nobody complaining."
    )
    trend: float | None = Field(description="(size - before) / before; null where it was not asked before.")
    first_at: dt.datetime
    last_at: dt.datetime
    examples: list[GapExample]
    nearest: NearestArticle | None
    tickets: list[AnsweringTicket]
    others: list[OtherLanguage] = Field(description="The same topic in other languages.")


class GapFigures(BaseModel):
    """The clusters as last gathered, those asked most often first. `at` is null where nothing was gathered yet."""

    at: dt.datetime | None
    since: dt.datetime | None
    until: dt.datetime | None
    questions: int = Field(
        description="Of the period and the one before: without an answer to rely on when they were asked, or now."
    )
    alone: int = Field(description="Of these, like no other question.")
    answered: int = Field(description="Of these, answered by the index of that day.")
    topics: int = Field(0, description="How many there are of the filter: `gaps` has the first 200 of them, a CSV all.")
    gaps: list[Gap]


def gaps(session: Session, chosen: GapFilter) -> GapFigures:
    """What is stored of the newest gathering; `api.metrics.gap_gathering` makes it."""
    run = session.scalars(select(GapRun).order_by(GapRun.id.desc()).limit(1)).first()
    clusters = list(session.scalars(_of(chosen)))
    figures = _shown(session, clusters)
    topics = len(figures)
    if topics == chosen.most:
        every = _of(chosen).order_by(None).limit(None).subquery()
        topics = session.scalar(select(func.count()).select_from(every)) or 0
    if run is None:
        return GapFigures(
            at=None, since=None, until=None, questions=0, alone=0, answered=0, topics=topics, gaps=figures
        )
    return GapFigures(
        at=run.at,
        since=run.since,
        until=run.until,
        questions=run.questions,
        alone=run.alone,
        answered=run.answered,
        topics=topics,
        gaps=figures,
    )


def gap(session: Session, cluster_id: str) -> Gap:
    """One cluster, also one that is gone. Raises `NotFound`."""
    row = session.get(GapCluster, cluster_id)
    if row is None:
        raise NotFound("There is no such topic: it may have been joined with another since.", code="gap_not_found")
    return _shown(session, [row])[0]


def questions_of(session: Session, cluster_id: str, *, limit: int = 100, offset: int = 0) -> list[GapExample]:
    """The questions of a cluster, the most central first."""
    rows = session.execute(_questions([cluster_id]).order_by(GapQuestion.place).limit(limit).offset(offset))
    return [_example(row.GapQuestion, row.answer) for row in rows]


def _of(chosen: GapFilter) -> Select[Any]:
    query = (
        select(GapCluster).order_by(GapCluster.size.desc(), GapCluster.before.desc(), GapCluster.id).limit(chosen.most)
    )
    if chosen.state == "open":
        query = query.where(GapCluster.gone_at.is_(None))
    else:
        query = query.where(GapCluster.gone_at.is_not(None), GapCluster.answered.is_(chosen.state == "answered"))
    if chosen.language:
        query = query.where(GapCluster.language == chosen.language)
    wanted = [
        column == value
        for column, value in (
            (Conversation.category, chosen.category),
            (Conversation.subcategory, chosen.subcategory),
            (Conversation.channel, chosen.channel),
        )
        if value
    ]
    if wanted:
        asked = (
            select(GapQuestion.message_id)
            .join(Conversation, Conversation.id == GapQuestion.conversation_id)
            .where(GapQuestion.cluster_id == GapCluster.id, *wanted)
        )
        query = query.where(asked.exists())
    return query


def _shown(session: Session, clusters: list[GapCluster]) -> list[Gap]:
    ids = [each.id for each in clusters]
    examples: dict[str, list[GapExample]] = defaultdict(list)
    rows = session.execute(_questions(ids).where(GapQuestion.example).order_by(GapQuestion.place))
    for row in rows:
        examples[row.GapQuestion.cluster_id].append(_example(row.GapQuestion, row.answer))
    tickets: dict[str, list[AnsweringTicket]] = defaultdict(list)
    found = session.execute(
        select(GapTicket, Ticket.subject, Ticket.language)
        .join(Ticket, Ticket.id == GapTicket.ticket_id)
        .where(GapTicket.cluster_id.in_(ids), Ticket.deleted_at.is_(None))
        .order_by(GapTicket.direct.desc(), GapTicket.likeness.desc(), GapTicket.ticket_id)
    )
    for told, subject, language in found:
        tickets[told.cluster_id].append(
            AnsweringTicket(
                ticket_id=told.ticket_id,
                subject=mask(subject),
                language=language,
                direct=told.direct,
                likeness=round(told.likeness, 3),
            )
        )
    topics = {each.topic for each in clusters}
    others: dict[str, list[OtherLanguage]] = defaultdict(list)
    for same in session.scalars(select(GapCluster).where(GapCluster.topic.in_(topics), GapCluster.gone_at.is_(None))):
        others[same.topic].append(OtherLanguage(id=same.id, language=same.language, size=same.size))
    return [
        Gap(
            id=each.id,
            topic=each.topic,
            language=each.language,
            # Words of customers, one by one: none of them tells who it was, but an address is one word.
            terms=[mask(term) for term in each.terms],
            size=each.size,
            before=each.before,
            doubted=each.doubted,
            trend=round((each.size - each.before) / each.before, 3) if each.before else None,
            first_at=each.first_at,
            last_at=each.last_at,
            examples=examples[each.id],
            nearest=NearestArticle.model_validate(each.nearest) if each.nearest else None,
            tickets=tickets[each.id],
            others=[other for other in others[each.topic] if other.id != each.id],
        )
        for each in clusters
    ]


def _questions(cluster_ids: Iterable[str]) -> Select[Any]:
    return (
        select(GapQuestion, Message.answer)
        .join(Message, Message.id == GapQuestion.message_id)
        .where(GapQuestion.cluster_id.in_(list(cluster_ids)))
    )


def _example(row: GapQuestion, answer: dict[str, Any] | None) -> GapExample:
    text = " ".join(str((answer or {}).get("query") or "").split())
    return GapExample(message_id=row.message_id, conversation_id=row.conversation_id, text=mask(text), at=row.at)


def gaps_csv(figures: GapFigures) -> str:
    """A line a cluster; no cell is one that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["id", "topic", "language", "terms", "size", "before", "doubted", "trend", "first_at", "last_at", "examples",
         "nearest_article", "nearest_confidence", "answers_from", "tickets"]
    )  # fmt: skip
    for each in figures.gaps:
        near = each.nearest
        writer.writerow(
            [
                plain(each.id),
                plain(each.topic),
                plain(each.language),
                plain(" ".join(each.terms)),
                each.size,
                each.before,
                each.doubted,
                "" if each.trend is None else each.trend,
                each.first_at.isoformat(),
                each.last_at.isoformat(),
                plain(" | ".join(example.text for example in each.examples)),
                plain(near.article_id) if near else "",
                round(near.confidence, 4) if near else "",
                round(near.answers_from, 4) if near else "",
                " ".join(str(ticket.ticket_id) for ticket in each.tickets),
            ]
        )
    return out.getvalue()
