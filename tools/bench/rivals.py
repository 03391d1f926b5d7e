"""The whole search beside what else a help desk could use, on the same articles and questions, in one process and in turn:
BM25 alone, MiniLM with FAISS, their reciprocal-rank fusion, SQLite's FTS5 and PostgreSQL's full text."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel

from knowledge_base.chunking import passages_of
from knowledge_base.evaluation import FEW_SHARED
from knowledge_base.measures import DEPTH, Asked, Difference, Retrieval, difference, retrieval
from knowledge_base.queries import LabelledQuery
from knowledge_base.ranking import Retrievers
from knowledge_base.reliability import AnswerabilityGain, answerability, answerability_gain
from knowledge_base.search import KnowledgeBase
from tools.bench.alone import Bm25Alone, MiniLmAlone
from tools.bench.corpora import HelpCenter, help_centers
from tools.bench.full_text import Document, Found, FullText, PostgresFullText, SqliteFullText, postgres

WHOLE = "whole"


class Side(BaseModel):
    """One search. `gains`: the whole minus this one, over the same questions; None for the whole itself."""

    name: str
    all: Retrieval
    by_locale: dict[str, Retrieval]
    few_shared: Retrieval | None
    auroc: float | None
    answer_rate: float | None
    p50: float
    """Milliseconds."""
    p95: float
    build_seconds: float | None
    """None where the index was there already."""
    gains: Difference | None = None
    few_shared_gains: Difference | None = None
    answerability_gains: AnswerabilityGain | None = None


class Beside(BaseModel):
    corpus: str
    articles: int
    passages: int
    questions: int
    sides: list[Side]


class RivalsMeasured(BaseModel):
    corpora: list[Beside]


@dataclass(slots=True)
class _Contender:
    name: str
    ask: Callable[[LabelledQuery], Found]
    build_seconds: float | None
    asked: list[Asked]
    seconds: list[float]


def measure() -> RivalsMeasured:
    """Uses the indexes that `retrieval` left, and builds those that are missing."""
    return RivalsMeasured(corpora=[_measured(each) for each in help_centers()])


def _measured(center: HelpCenter) -> Beside:
    if not (center.index / "manifest.json").is_file():
        center.prepare()
        center.build()
    base = KnowledgeBase.open(center.index)
    return compare(center.name, base, center.questions(), center)


def compare(
    name: str, base: KnowledgeBase, queries: Sequence[LabelledQuery], center: HelpCenter | None = None
) -> Beside:
    """Every question asked of every side before the next question, each time beginning with another side."""
    passages = [each for article in base.articles() for each in passages_of(article)]
    documents = documents_of(base)
    with postgres() as connection:
        retrievers = Retrievers(base)
        sides = [_Contender(WHOLE, lambda query: _whole(base, query), None, [], [])]
        builds: dict[str, Callable[[], FullText]] = {
            "bm25": lambda: Bm25Alone(passages),
            "minilm-faiss": lambda: MiniLmAlone(passages, center.index if center else None),
            "sqlite-fts5": lambda: SqliteFullText(documents),
            "postgresql": lambda: PostgresFullText(documents, connection),
        }
        for made, build in builds.items():
            begun = time.perf_counter()
            search = build().search
            sides.append(_Contender(made, _asking(search), time.perf_counter() - begun, [], []))
        sides.insert(3, _Contender("rrf", lambda query: _fused_by_rank(retrievers, query), None, [], []))
        for at, query in enumerate(queries):
            for side in sides[at % len(sides) :] + sides[: at % len(sides)]:
                _ask(side, query)
    whole = sides[0].asked
    locales = sorted({each.locale for each in queries})
    return Beside(
        corpus=name,
        articles=len(documents),
        passages=len(passages),
        questions=len(queries),
        sides=[_side(each, whole, locales) for each in sides],
    )


def documents_of(base: KnowledgeBase) -> list[Document]:
    """The articles as the index holds them, cleaned: a rival is not to stumble over markup."""
    found = []
    for article in base.articles():
        passages = passages_of(article)
        headings = dict.fromkeys(heading for each in passages for heading in each.heading_path)
        body = "\n".join(each.text for each in passages)
        found.append(Document(article.id, article.locale, article.title, "\n".join(headings), body))
    return found


def _asking(search: Callable[[str, str, int], Found]) -> Callable[[LabelledQuery], Found]:
    return lambda query: search(query.query, query.locale, DEPTH)


def _whole(base: KnowledgeBase, query: LabelledQuery) -> Found:
    result = base.search(query.query, language=query.locale or None, limit=DEPTH)
    return Found(tuple(hit.article_id for hit in result.hits), result.confidence)


def _fused_by_rank(retrievers: Retrievers, query: LabelledQuery) -> Found:
    ranked = retrievers.rank(query.query, query.locale, by="rrf", limit=DEPTH)
    return Found(ranked.article_ids, ranked.score)


def _ask(side: _Contender, query: LabelledQuery) -> None:
    begun = time.perf_counter()
    found = side.ask(query)
    side.seconds.append(time.perf_counter() - begun)
    side.asked.append(Asked.of(query, found.article_ids, confidence=found.score))


def _side(side: _Contender, whole: Sequence[Asked], locales: Sequence[str]) -> Side:
    known = answerability(side.asked, decided=False, calibrated=False)
    hard, hard_whole = _few_shared(side.asked), _few_shared(whole)
    # The first question pays for loading.
    times = np.array(side.seconds[1:] or side.seconds) * 1000
    rival = side.asked is not whole
    return Side(
        name=side.name,
        all=retrieval(side.asked),
        by_locale={each: retrieval([one for one in side.asked if one.query.locale == each]) for each in locales},
        few_shared=retrieval(hard) if hard else None,
        auroc=known.auroc,
        answer_rate=known.answer_rate,
        p50=round(float(np.percentile(times, 50)), 3),
        p95=round(float(np.percentile(times, 95)), 3),
        build_seconds=None if side.build_seconds is None else round(side.build_seconds, 2),
        gains=difference(whole, side.asked) if rival else None,
        few_shared_gains=difference(hard_whole, hard) if rival and hard else None,
        answerability_gains=answerability_gain(whole, side.asked) if rival else None,
    )


def _few_shared(asked: Sequence[Asked]) -> list[Asked]:
    return [
        each
        for each in asked
        if each.query.relevant and each.query.overlap_head is not None and each.query.overlap_head <= FEW_SHARED
    ]
