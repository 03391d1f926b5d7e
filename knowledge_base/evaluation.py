"""How good a search is on labelled questions: recall, reciprocal rank, and whether it knows when it has no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from pydantic import BaseModel

from knowledge_base.confidence import ANSWERS, best_articles
from knowledge_base.queries import LabelledQuery
from knowledge_base.search import KnowledgeBase

DEPTH = 10
RESAMPLES = 2000


class Retrieval(BaseModel):
    """Over the answerable questions only."""

    questions: int
    recall_at_1: float | None = None
    recall_at_5: float | None = None
    mrr: float | None = None


class Answerability(BaseModel):
    """Whether confidence tells questions that are answered from those that are not."""

    answerable: int
    unanswerable: int
    answerable_answered: float | None
    """Share of the answerable questions that are answered with confidence."""
    unanswerable_answered: float | None
    """Share of the unanswerable ones answered with confidence; each of them is a false answer."""
    precision_at_3: float | None
    """Of all questions answered with confidence, the share whose first three articles hold an answer."""
    auroc: float | None


class Difference(BaseModel):
    """Fusion minus one retriever alone, with a 95 % interval from a bootstrap over the same questions."""

    recall_at_1: float
    recall_at_1_interval: tuple[float, float]
    recall_at_5: float
    recall_at_5_interval: tuple[float, float]


class Rival(BaseModel):
    """One retriever alone, on the same index in the same run."""

    name: str
    all: Retrieval
    by_locale: dict[str, Retrieval]
    fusion_gains: Difference


class Evaluation(BaseModel):
    all: Retrieval
    by_locale: dict[str, Retrieval]
    by_kind: dict[str, Retrieval]
    answerability: Answerability
    answerability_by_locale: dict[str, Answerability]
    search_ms_p50: float
    search_ms_p95: float
    rivals: list[Rival] = []


@dataclass(frozen=True, slots=True)
class _Asked:
    query: LabelledQuery
    rank: int
    """Of the first relevant article, from 1; 0 where none of the first `DEPTH` is."""
    confidence: float = 0.0
    confident: bool = False


def evaluate(
    base: KnowledgeBase,
    queries: Sequence[LabelledQuery],
    *,
    compare: bool = False,
    all_languages: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Asks every question as a customer would. `compare` asks each retriever alone as well. The first question of a run
    pays for loading the encoder and is not in the times."""
    asked: list[_Asked] = []
    seconds: list[float] = []
    for done, query in enumerate(queries):
        begun = perf_counter()
        result = base.search(query.query, language=query.locale or None, limit=DEPTH, all_languages=all_languages)
        seconds.append(perf_counter() - begun)
        rank = _rank([hit.article_id for hit in result.hits], query)
        asked.append(_Asked(query, rank, result.confidence, result.confident))
        if progress:
            progress(done + 1, len(queries))
    times = np.array(seconds[1:] or seconds) * 1000
    locales = sorted({query.locale for query in queries})
    return Evaluation(
        all=_retrieval(asked),
        by_locale={each: _retrieval([one for one in asked if one.query.locale == each]) for each in locales},
        by_kind={
            kind: _retrieval([one for one in asked if one.query.kind == kind])
            for kind in sorted({query.kind for query in queries if query.relevant})
        },
        answerability=_answerability(asked),
        answerability_by_locale={
            each: _answerability([one for one in asked if one.query.locale == each]) for each in locales
        },
        search_ms_p50=round(float(np.percentile(times, 50)), 3),
        search_ms_p95=round(float(np.percentile(times, 95)), 3),
        rivals=[_rival(name, base, asked, locales) for name in ("bm25", "minilm", "chars")] if compare else [],
    )


def _rank(found: Sequence[str], query: LabelledQuery) -> int:
    return next((at for at, article_id in enumerate(found, start=1) if article_id in query.relevant), 0)


def _retrieval(asked: Sequence[_Asked]) -> Retrieval:
    ranks = np.array([each.rank for each in asked if each.query.relevant])
    if not len(ranks):
        return Retrieval(questions=0)
    reciprocal = np.where(ranks > 0, 1 / np.maximum(ranks, 1), 0)
    return Retrieval(
        questions=len(ranks),
        recall_at_1=round(float(_within(ranks, 1).mean()), 4),
        recall_at_5=round(float(_within(ranks, 5).mean()), 4),
        mrr=round(float(reciprocal.mean()), 4),
    )


def _within(
    ranks: np.ndarray[tuple[int], np.dtype[np.int64]], depth: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return (ranks >= 1) & (ranks <= depth)


def _answerability(asked: Sequence[_Asked]) -> Answerability:
    yes = [each for each in asked if each.query.relevant]
    no = [each for each in asked if not each.query.relevant]
    answered = [each for each in asked if each.confident]
    auroc = None
    if yes and no:
        a, b = np.array([each.confidence for each in yes]), np.array([each.confidence for each in no])
        auroc = round(float(((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean()), 4)
    return Answerability(
        answerable=len(yes),
        unanswerable=len(no),
        answerable_answered=_share([each.confident for each in yes]),
        unanswerable_answered=_share([each.confident for each in no]),
        precision_at_3=_share([1 <= each.rank <= ANSWERS for each in answered]),
        auroc=auroc,
    )


def _share(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _rival(name: str, base: KnowledgeBase, asked: Sequence[_Asked], locales: Sequence[str]) -> Rival:
    alone = [_Asked(each.query, _rank(_alone(name, base, each.query), each.query)) for each in asked]
    return Rival(
        name=name,
        all=_retrieval(alone),
        by_locale={each: _retrieval([one for one in alone if one.query.locale == each]) for each in locales},
        fusion_gains=_difference(asked, alone),
    )


def _alone(name: str, base: KnowledgeBase, query: LabelledQuery) -> list[str]:
    found = base.evidence(query.query, query.locale, dense=name == "minilm")
    if found is None:
        return []
    index, evidence = found
    scores = {"bm25": evidence.bm25, "chars": evidence.chars, "minilm": evidence.dense}[name]
    return [] if scores is None else [index.article_ids[at] for at in best_articles(scores, DEPTH)]


def _difference(fusion: Sequence[_Asked], alone: Sequence[_Asked], *, seed: int = 7) -> Difference:
    pairs = [(one.rank, other.rank) for one, other in zip(fusion, alone, strict=True) if one.query.relevant]
    ranks = np.array(pairs or [(0, 0)])
    draws = np.random.default_rng(seed).integers(0, len(ranks), size=(RESAMPLES, len(ranks)))
    found: dict[int, tuple[float, tuple[float, float]]] = {}
    for depth in (1, 5):
        gain = _within(ranks[:, 0], depth).astype(float) - _within(ranks[:, 1], depth)
        low, high = np.percentile(gain[draws].mean(axis=1), [2.5, 97.5])
        found[depth] = round(float(gain.mean()), 4), (round(float(low), 4), round(float(high), 4))
    return Difference(
        recall_at_1=found[1][0],
        recall_at_1_interval=found[1][1],
        recall_at_5=found[5][0],
        recall_at_5_interval=found[5][1],
    )
