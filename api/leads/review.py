"""The review desk: past answers, worst first, with what a lead can do about each."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Message
from api.errors import Invalid
from api.leads import store
from api.leads.choosing import choice_of
from api.leads.context import Context
from api.leads.models import AnswerReview
from api.leads.page import Cell, Column, Link, PageParts, Section, Table, Value
from api.metrics import listing
from api.metrics.models import DecidedAnswer
from api.metrics.row_files import Rows
from api.privacy.masking import mask

ON_A_PAGE = 20
COLUMNS = ("answer", "at", "language", "question", "articles", "confidence", "verdict", "lead")
VERDICTS: tuple[listing.Verdict, ...] = ("no", "ticket", "none", "yes")


@dataclass(frozen=True)
class ShownPassage:
    """A passage of an answer."""

    passage_id: str
    article_id: str
    locale: str
    title: str
    blocked: bool


@dataclass(frozen=True)
class Reviewed:
    """An answer as the review desk shows it; `question` and `snippet` are masked."""

    id: int
    moment: dt.datetime
    at: str
    language: str
    question: str
    sure: float | None
    confidence: str
    verdict: str
    passages: tuple[ShownPassage, ...]
    snippet: str
    right: bool | None
    url: str


def review(session: Session, context: Context) -> PageParts:
    """The whole page."""
    say, given = context.say, context.given
    verdict, article = _wanted(given)
    cursor = given.get("cursor") or None
    may = context.may("transcripts")
    read = functools.partial(
        listing.answers, session, choice_of(context.chosen), verdict=verdict, article_id=article, limit=ON_A_PAGE
    )
    warnings = []
    try:
        page = read(cursor=cursor)
    except Invalid:
        warnings.append(say("conversations.lost_place"))
        cursor, page = None, read()
    rows = reviewed(session, context, page.rows) if may else []
    columns = (
        Column("answer", say("columns.when")),
        Column("at", say("columns.when"), file_only=True),
        Column("language", say("dimensions.language")),
        Column("question", say("columns.question"), wide=True),
        Column("articles", say("columns.articles"), wide=True),
        Column("confidence", say("columns.confidence"), numeric=True),
        Column("verdict", say("columns.verdict")),
        Column("lead", say("columns.lead")),
    )
    cells = tuple(_row(context, each) for each in rows)
    links = []
    further = {"verdict": verdict, "article": article}
    if page.cursor:
        links.append(Link(say("review.more"), context.url("review", cursor=page.cursor, **further)))
    if cursor:
        links.append(Link(say("review.first"), context.url("review", **further)))
    worst = Section(
        "answers",
        say("review.worst"),
        Table(columns, cells),
        note=say("review.note") if may else context.say.of("web.leads.said.no_transcripts.text"),
        empty=say("review.empty"),
        links=tuple(links),
        template="leads/_review.html",
        further=further,
        values={
            "pick": [
                (say(f"verdicts.{each}") if each else say("filter.all"),
                 context.url("review", verdict=each or None, article=article), each == (verdict or ""))
                for each in ("", *VERDICTS)
            ],
            "rows": rows,
            "query": context.chosen.query(lang=say.language, **further),
        },
    )  # fmt: skip
    return PageParts(
        [worst, _pins(session, context), _blocked(session, context)], lead=say("review.lead"), warnings=warnings
    )


def answers_file(context: Context) -> Rows:
    """All answers of the filter, worst first, as a file; none for who may not read conversations."""
    verdict, article = _wanted(context.given)
    choice, may = choice_of(context.chosen), context.may("transcripts")

    def read(session: Session, cursor: str | None, limit: int) -> tuple[list[tuple[Value, ...]], str | None]:
        if not may:
            return [], None
        page = listing.answers(session, choice, verdict=verdict, article_id=article, cursor=cursor, limit=limit)
        told, marks = _told(session, page.rows), _marks(session, page.rows)
        rows = []
        for each in page.rows:
            answer = told.get((each.decision_id, each.turn_id), {})
            ids = [str(one.get("article_id") or "") for one in answer.get("passages") or ()]
            question = mask(_question(answer))
            rows.append(_values(each.id, each.at, each.language, question, ids, each.confidence, each.verdict,
                                marks.get(each.id)))  # fmt: skip
        return rows, page.cursor

    return Rows(COLUMNS, read)


def reviewed(
    session: Session, context: Context, answers: Sequence[DecidedAnswer], *, unmasked: bool = False
) -> list[Reviewed]:
    """The answers with the words that were shown. `unmasked`: the question as it was asked, to compare others with."""
    say = context.say
    told, marks = _told(session, answers), _marks(session, answers)
    blocked = {each.passage_id for each in store.blocked(session)}
    found_rows = []
    for each in answers:
        answer = told.get((each.decision_id, each.turn_id), {})
        passages = tuple(
            ShownPassage(
                str(one.get("url") or ""),
                str(one.get("article_id") or ""),
                str(one.get("locale") or each.language),
                str(one.get("title") or one.get("article_id") or ""),
                str(one.get("url") or "") in blocked,
            )
            for one in answer.get("passages") or ()
        )
        question = _question(answer)
        first = (answer.get("passages") or [{}])[0]
        found_rows.append(
            Reviewed(
                each.id,
                each.at,
                say.moment(each.at),
                each.language,
                question if unmasked else mask(question),
                each.confidence,
                say.percent(each.confidence, 0),
                each.verdict,
                passages,
                mask(str(first.get("snippet") or ""))[:400],
                marks.get(each.id),
                context.url(f"conversations/{each.decision_id}"),
            )
        )
    return found_rows


def _wanted(given: dict[str, str]) -> tuple[listing.Verdict | None, str | None]:
    """Of the address: a verdict, and an article that the answers have."""
    verdict = next((each for each in VERDICTS if each == given.get("verdict")), None)
    return verdict, given.get("article", "")[:255] or None


def _told(session: Session, answers: Sequence[DecidedAnswer]) -> dict[tuple[str, str | None], dict[str, Any]]:
    """What was shown, by conversation and turn."""
    told: dict[tuple[str, str | None], dict[str, Any]] = {}
    for part in _chunks(sorted({each.turn_id for each in answers if each.turn_id})):
        query = select(Message.conversation_id, Message.turn_id, Message.answer).where(
            Message.turn_id.in_(part), Message.kind == "answer"
        )
        told |= {(conversation, turn): answer or {} for conversation, turn, answer in session.execute(query)}
    return told


def _marks(session: Session, answers: Sequence[DecidedAnswer]) -> dict[int, bool]:
    """Whether a lead found it right, by the answer."""
    marks: dict[int, bool] = {}
    for ids in _chunks([each.id for each in answers]):
        found = session.execute(
            select(AnswerReview.answer_id, AnswerReview.right).where(AnswerReview.answer_id.in_(ids))
        )
        marks |= {answer_id: right for answer_id, right in found}
    return marks


def _question(answer: dict[str, Any]) -> str:
    return " ".join(str(answer.get("query") or "").split())


def _values(
    id: int, at: dt.datetime, language: str, question: str, articles: Sequence[str], confidence: float | None,
    verdict: str, right: bool | None,
) -> tuple[Value, ...]:  # fmt: skip
    """A row of `COLUMNS`."""
    mark = None if right is None else "right" if right else "wrong"
    return id, at.astimezone(dt.UTC).isoformat(), language, question, " ".join(articles), confidence, verdict, mark


def _row(context: Context, each: Reviewed) -> tuple[Cell, ...]:
    say = context.say
    ids = [one.article_id for one in each.passages]
    values = _values(each.id, each.moment, each.language, each.question, ids, each.sure, each.verdict, each.right)
    texts = (
        each.at,
        "",
        say.value_of("language", each.language),
        each.question,
        ", ".join(one.title for one in each.passages),
        each.confidence,
        say(f"verdicts.{each.verdict or 'none'}"),
        "" if each.right is None else say("review.right" if each.right else "review.wrong"),
    )
    first, *others = map(Cell, values, texts)
    return replace(first, url=each.url), *others


def _chunks(items: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _pins(session: Session, context: Context) -> Section:
    say = context.say
    # A question is a customer's words.
    rows = store.pinned(session) if context.may("transcripts") else []
    columns = (
        Column("question", say("columns.question"), wide=True),
        Column("language", say("dimensions.language")),
        Column("article", say("columns.article"), wide=True),
        Column("by", say("columns.by")),
        Column("at", say("columns.when")),
    )
    cells = tuple(
        (
            Cell(each.question, each.question),
            Cell(each.language, say.value_of("language", each.language)),
            Cell(each.article_id, each.article_id, f"/help/{each.language}/{each.article_id}"),
            Cell(each.by, each.by),
            Cell(each.at.isoformat(), say.moment(each.at)),
        )
        for each in rows
    )
    undo = [(each.id, each.question) for each in rows]
    return _undoable(context, "pinned", say("review.no_pins"), Table(columns, cells), "unpin", undo)


def _blocked(session: Session, context: Context) -> Section:
    say = context.say
    rows = store.blocked(session)
    columns = (
        Column("passage", say("columns.passage"), wide=True),
        Column("article", say("columns.article"), wide=True),
        Column("by", say("columns.by")),
        Column("at", say("columns.when")),
    )
    cells = tuple(
        (
            Cell(each.passage_id, each.passage_id),
            Cell(each.title, each.title),
            Cell(each.by, each.by),
            Cell(each.at.isoformat(), say.moment(each.at)),
        )
        for each in rows
    )
    undo = [(each.passage_id, each.title) for each in rows]
    return _undoable(context, "blocked", say("review.no_blocks"), Table(columns, cells), "unblock", undo)


def _undoable(
    context: Context, name: str, empty: str, table: Table, action: str, undo: Sequence[tuple[object, str]]
) -> Section:
    """What leads did, with a button to take each back: `undo` is what is sent for it, and what it is called."""
    return Section(
        name,
        context.say(f"review.{name}"),
        table,
        open_table=True,
        empty=empty,
        template="leads/_undo.html",
        values={
            "undo": undo,
            "action": f"/leads/review/{action}",
            "query": context.chosen.query(lang=context.say.language),
        },
    )
