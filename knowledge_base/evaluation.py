"""How good a search is on labelled questions: what it finds, in its own language and across languages, and whether it
knows when it has no answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np
from pydantic import BaseModel

from knowledge_base.errors import QueriesInvalid
from knowledge_base.measures import DEPTH, Asked, Difference, Retrieval, difference, retrieval
from knowledge_base.options import WANTED_PRECISION
from knowledge_base.queries import LabelledQuery
from knowledge_base.ranking import Retrievers
from knowledge_base.reliability import (
    Answerability,
    AnswerabilityGain,
    answerability,
    answerability_gain,
)
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import language_of

# Questions that share at most so much of their words with their article's title and headings are hard for word search.
FEW_SHARED = 0.2

Progress = Callable[[int, int], None]


class Rival(BaseModel):
    """One retriever alone, on the same index in the same run. Its confidence is the score of what it puts first."""

    name: str
    all: Retrieval
    by_locale: dict[str, Retrieval]
    few_shared: Retrieval | None = None
    auroc: float | None = None
    answer_rate: float | None = None
    fusion_gains: Difference
    """The whole minus this retriever."""
    few_shared_gains: Difference | None = None
    answerability_gains: AnswerabilityGain | None = None


class Across(BaseModel):
    """Questions in other languages, asked of the articles of one locale only: those whose article exists there."""

    articles_in: str
    all: Retrieval
    by_locale: dict[str, Retrieval]


class Candidate(BaseModel):
    """The same questions asked of another index."""

    index: str
    all: Retrieval
    by_locale: dict[str, Retrieval]
    answerability: Answerability
    gains: Difference
    """The candidate minus the index."""
    answerability_gains: AnswerabilityGain | None


class Evaluation(BaseModel):
    all: Retrieval
    by_locale: dict[str, Retrieval]
    by_kind: dict[str, Retrieval]
    few_shared: Retrieval | None = None
    """Questions that share at most a fifth of their words with the article's head, where the file says so."""
    across: list[Across] = []
    articles_in: str | None = None
    """Only articles of this locale were searched."""
    answerability: Answerability
    answerability_by_locale: dict[str, Answerability]
    cross_validated: Answerability | None = None
    """With a confidence fitted to the other questions' labels, fold by fold."""
    search_ms_p50: float
    search_ms_p95: float
    rivals: list[Rival] = []
    candidates: list[Candidate] = []


def evaluate(
    base: KnowledgeBase,
    queries: Sequence[LabelledQuery],
    *,
    compare: bool = False,
    all_languages: bool = False,
    articles_in: str | None = None,
    across: bool = True,
    precision: float = WANTED_PRECISION,
    folds: int = 0,
    candidates: Sequence[tuple[str, KnowledgeBase]] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Asks every question as a customer would. The first question of a run pays for loading the encoder and is not in the
    times.

    `compare` asks each retriever alone as well. `articles_in`: only the articles of one locale are searched, whatever the
    question's language. `across` asks the answerable questions of every other locale's articles too (not with
    `all_languages` or `articles_in`). `folds`, from 2: the confidence is learnt again with the labels of all folds but one,
    and judged on that one, in turn (seconds to a minute a fold). `candidates`: other indexes, named, that are asked the same.
    """
    begun = _Run(base, all_languages, articles_in)
    asked = begun.ask(queries, progress)
    locales = sorted({query.locale for query in queries})
    cross = _across(base, queries) if across and not all_languages and articles_in is None else []
    return Evaluation(
        all=retrieval(asked),
        by_locale=_by_locale(asked, locales),
        by_kind={
            kind: retrieval([one for one in asked if one.query.kind == kind])
            for kind in sorted({query.kind for query in queries if query.relevant})
        },
        few_shared=_of_some(_few_shared(asked)),
        across=cross,
        articles_in=articles_in,
        answerability=answerability(asked, wanted=precision),
        answerability_by_locale={
            each: answerability([one for one in asked if one.query.locale == each], wanted=precision)
            for each in locales
        },
        cross_validated=_cross_validated(base, asked, folds, precision, all_languages, articles_in) if folds else None,
        search_ms_p50=begun.percentile(50),
        search_ms_p95=begun.percentile(95),
        rivals=_rivals(base, asked, locales, articles_in, precision) if compare else [],
        candidates=[
            _candidate(name, _Run(each, all_languages, articles_in).ask(queries), asked, locales, precision)
            for name, each in candidates
        ],
    )


class _Run:
    """The questions asked of one index, with the time that each took."""

    def __init__(self, base: KnowledgeBase, all_languages: bool, articles_in: str | None) -> None:
        self._base = base
        self._all_languages = all_languages
        self._articles_in = articles_in
        self._seconds: list[float] = []

    def ask(self, queries: Sequence[LabelledQuery], progress: Progress | None = None) -> list[Asked]:
        asked: list[Asked] = []
        for done, query in enumerate(queries):
            begun = perf_counter()
            asked.append(self._ask(query))
            self._seconds.append(perf_counter() - begun)
            if progress:
                progress(done + 1, len(queries))
        return asked

    def percentile(self, of: float) -> float:
        """Milliseconds."""
        times = np.array(self._seconds[1:] or self._seconds) * 1000
        return round(float(np.percentile(times, of)), 3)

    def _ask(self, query: LabelledQuery) -> Asked:
        result = Retrievers(self._base).search(
            query.query,
            language=query.locale or None,
            limit=DEPTH,
            all_languages=self._all_languages,
            articles_in=self._articles_in,
        )
        found = [hit.article_id for hit in result.hits]
        return Asked.of(query, found, confidence=result.confidence, confident=result.confident)


def _cross_validated(
    base: KnowledgeBase,
    asked: Sequence[Asked],
    folds: int,
    precision: float,
    all_languages: bool,
    articles_in: str | None,
) -> Answerability:
    """Raises `QueriesInvalid` where there are fewer questions than folds."""
    if not 2 <= folds <= len(asked):
        raise QueriesInvalid(f"{len(asked)} questions cannot be cross-validated in {folds} folds")
    judged: list[Asked] = []
    for number in range(folds):
        held = [each.query for each in _fold(asked, folds, number)]
        kept = {each.id for each in held}
        relearnt = base.relearnt([each.query for each in asked if each.query.id not in kept])
        judged += _Run(relearnt, all_languages, articles_in).ask(held)
    return answerability(judged, wanted=precision)


def _fold(asked: Sequence[Asked], folds: int, number: int) -> list[Asked]:
    """Every fold has its share of each language's answerable and unanswerable questions."""
    chance = random.Random(7)
    strata: dict[tuple[str, bool], list[Asked]] = {}
    for each in asked:
        strata.setdefault((each.query.locale, bool(each.query.relevant)), []).append(each)
    dealt = [each for key in sorted(strata) for each in chance.sample(strata[key], len(strata[key]))]
    return dealt[number::folds]


def _across(base: KnowledgeBase, queries: Sequence[LabelledQuery]) -> list[Across]:
    found: list[Across] = []
    for locale in base.locales:
        held = {article.id for article in base.articles(locale)}
        foreign = [
            query
            for query in queries
            if query.locale and language_of(query.locale) != language_of(locale) and held.intersection(query.relevant)
        ]
        if foreign:
            asked = _Run(base, False, locale).ask(foreign)
            locales = sorted({query.locale for query in foreign})
            found.append(Across(articles_in=locale, all=retrieval(asked), by_locale=_by_locale(asked, locales)))
    return found


def _rivals(
    base: KnowledgeBase, asked: Sequence[Asked], locales: Sequence[str], articles_in: str | None, precision: float
) -> list[Rival]:
    retrievers = Retrievers(base)
    return [_rival(name, retrievers, asked, locales, articles_in, precision) for name in retrievers.names()]


def _rival(
    name: str,
    retrievers: Retrievers,
    asked: Sequence[Asked],
    locales: Sequence[str],
    articles_in: str | None,
    precision: float,
) -> Rival:
    alone: list[Asked] = []
    for each in asked:
        query = each.query
        ranked = retrievers.rank(query.query, query.locale, by=name, articles_in=articles_in, limit=DEPTH)
        alone.append(Asked.of(query, ranked.article_ids, confidence=ranked.score))
    known = answerability(alone, wanted=precision, decided=False, calibrated=False)
    hard = _few_shared(alone)
    return Rival(
        name=name,
        all=retrieval(alone),
        by_locale=_by_locale(alone, locales),
        few_shared=_of_some(hard),
        auroc=known.auroc,
        answer_rate=known.answer_rate,
        fusion_gains=difference(asked, alone),
        few_shared_gains=difference(_few_shared(asked), hard) if hard else None,
        answerability_gains=answerability_gain(asked, alone, wanted=precision),
    )


def _candidate(
    name: str, theirs: Sequence[Asked], ours: Sequence[Asked], locales: Sequence[str], precision: float
) -> Candidate:
    return Candidate(
        index=name,
        all=retrieval(theirs),
        by_locale=_by_locale(theirs, locales),
        answerability=answerability(theirs, wanted=precision),
        gains=difference(theirs, ours),
        answerability_gains=answerability_gain(theirs, ours, wanted=precision),
    )


def _by_locale(asked: Sequence[Asked], locales: Sequence[str]) -> dict[str, Retrieval]:
    return {each: retrieval([one for one in asked if one.query.locale == each]) for each in locales}


def _few_shared(asked: Sequence[Asked]) -> list[Asked]:
    return [
        each
        for each in asked
        if each.query.relevant and each.query.overlap_head is not None and each.query.overlap_head <= FEW_SHARED
    ]


def _of_some(asked: Sequence[Asked]) -> Retrieval | None:
    return retrieval(asked) if asked else None
