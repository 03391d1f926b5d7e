"""How one retriever of an index, or one locale of it, answers a question: what evaluation compares with the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge_base.confidence import best_articles
from knowledge_base.errors import QueriesInvalid
from knowledge_base.fusion import weights_for
from knowledge_base.lexical import Scores
from knowledge_base.locale_index import Evidence, LocaleIndex, Question, normalise_question
from knowledge_base.results import SearchResult
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import language_of

# Rank at which reciprocal-rank fusion's weight has halved; the value of its authors (Cormack, Clarke, Buettcher 2009).
RRF_K = 60


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one retriever alone puts first, and the score of the first: the only confidence that it has."""

    article_ids: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Retrievers:
    """The retrievers of an opened index, each to be asked alone."""

    base: KnowledgeBase

    def search(
        self,
        text: str,
        *,
        language: str | None = None,
        limit: int = 3,
        all_languages: bool = False,
        articles_in: str | None = None,
    ) -> SearchResult:
        if articles_in is None:
            return self.base.search(text, language=language, limit=limit, all_languages=all_languages)
        text = normalise_question(text)
        index = self._index(articles_in)
        if index is None:
            raise QueriesInvalid(f"The index holds no article in {articles_in}; it has {', '.join(self.base.locales)}")
        found = self.base._ask(index, text, language_of(language) if language else index.language)
        return self.base._together([found], language or "", text, limit, language_of(language) if language else None)

    def names(self) -> tuple[str, ...]:
        """What `rank` takes; the whole is not among them."""
        return ("bm25", "minilm", "chars", "rrf")

    def rank(self, text: str, locale: str, *, by: str, articles_in: str | None = None, limit: int = 10) -> Ranked:
        """Asked of the articles of the question's own language, or of those in `articles_in`. Nothing where the index
        has none."""
        index = self._index(articles_in or locale)
        if index is None:
            return Ranked((), 0.0)
        weights = weights_for(language_of(locale), index.language)
        vector = self.base._vector(text) if by in ("minilm", "rrf") or weights.dense else None
        evidence = index.evidence(Question.of(normalise_question(text), index.language), vector, weights)
        scores = _scores(evidence, by)
        found = best_articles(scores, limit)
        return Ranked(tuple(index.article_ids[at] for at in found), float(scores[found[0]]) if found else 0.0)

    def _index(self, locale: str) -> LocaleIndex | None:
        indexes = self.base._indexes
        return indexes.get(locale) or next(
            (each for each in indexes.values() if each.language == language_of(locale)), None
        )


def _scores(evidence: Evidence, by: str) -> Scores:
    dense = evidence.dense if evidence.dense is not None else np.zeros_like(evidence.bm25)
    if by == "rrf":
        return sum((_reciprocal(each) for each in (evidence.bm25, evidence.chars, dense)), np.zeros_like(dense))
    return {"bm25": evidence.bm25, "chars": evidence.chars, "minilm": dense}[by]


def _reciprocal(scores: Scores) -> Scores:
    ranks = np.empty(len(scores), dtype=np.float32)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    found: Scores = np.where(scores > 0, 1 / (RRF_K + ranks), 0).astype(np.float32)
    return found
