"""What one locale found for a question, and the candidates that become hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge_base.articles import Passage
from knowledge_base.fusion import Weights
from knowledge_base.lexical import Scores
from knowledge_base.locale_index import Evidence, LocaleIndex, dense_text
from knowledge_base.reranking import RERANKED, Reranker
from knowledge_base.results import Related, SearchHit

# Rank at which reciprocal-rank fusion's weight has halved; the value of its authors (Cormack, Clarke, Buettcher 2009).
RRF_K = 60
ALONE = {"bm25": "bm25", "chars": "chars", "glossed": "dense", "titles": "heads", "static": "static"}
"""Retrievers by the name that people know, and that of their scores."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question asked of one locale."""

    index: LocaleIndex
    evidence: Evidence
    weights: Weights
    words: str
    """The question as the articles' language may say it."""
    confidence: float
    threshold: float

    @property
    def has_words(self) -> bool:
        """Whether a word of the question stands in these articles; vectors are always somewhat alike."""
        return bool(self.evidence.scores["bm25"].any())

    @property
    def confident(self) -> bool:
        return self.confidence >= self.threshold and bool(self.evidence.fused.max() > 0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article (by its number in `found`'s index) that may become a hit."""

    found: Found
    article: int
    score: float

    @property
    def passage(self) -> Passage:
        index = self.found.index
        return index.passages[index.best_passage(self.article, self.found.evidence, self.found.weights)]


def bare_hit(passage: Passage, score: float) -> SearchHit:
    """Without an excerpt, which costs as much as everything else of it."""
    return SearchHit(
        article_id=passage.article_id,
        title=passage.title,
        heading=passage.heading,
        url=passage.url,
        locale=passage.locale,
        snippet="",
        score=round(score, 4),
        passage_id=passage.id,
        heading_path=passage.heading_path,
    )


def reranked(reranker: Reranker, text: str, order: Sequence[Candidate]) -> list[Candidate]:
    """The first `RERANKED` in the order of a cross-encoder, whose scores become probabilities; the rest after them."""
    first, rest = order[:RERANKED], order[RERANKED:]
    scores = reranker.scores(text, [dense_text(each.passage) for each in first])
    probable = 1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -30, 30)))
    again = [replace(first[at], score=float(probable[at])) for at in np.argsort(-probable, kind="stable")]
    return [*again, *(replace(each, score=0.0) for each in rest)]


def named(candidate: Candidate) -> Related:
    index = candidate.found.index
    passage = index.passages[index.starts[candidate.article]]
    return Related(passage.article_id, passage.title, passage.url.partition("#")[0], passage.locale)


def alone(evidence: Evidence, by: str) -> Scores:
    if by == "fusion":
        return evidence.fused
    if by == "rrf":
        total = np.zeros_like(evidence.fused)
        for each in evidence.scores.values():
            ranks = np.empty(len(each), dtype=np.float32)
            ranks[np.argsort(-each, kind="stable")] = np.arange(1, len(each) + 1)
            total += np.where(each > 0, 1 / (RRF_K + ranks), 0).astype(np.float32)
        return total
    return evidence.scores.get(ALONE[by], np.zeros_like(evidence.fused))
