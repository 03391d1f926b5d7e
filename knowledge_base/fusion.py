"""Score fusion with fixed weights: each retriever's best articles standardised per query, then added.

Weights tuned on one set of questions gained .02 there and lost .05 on another, so these are fixed round numbers within a
wide plateau: halving or adding half to any of them moved recall@5 by at most .03 on each of three unlike sets
(docs/benchmarks.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from knowledge_base.lexical import Scores

# Articles of each retriever that take part; the rest get nothing from it.
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Weights:
    """What each retriever counts; their names are those of `Evidence`'s scores."""

    bm25: float
    chars: float
    dense: float
    heads: float
    static: float

    @property
    def total(self) -> float:
        return self.bm25 + self.chars + self.dense + self.heads + self.static


# Within a language: the encoder leads (of other languages than English it reads a gloss), words correct it.
WITHIN = Weights(bm25=0.75, chars=0.5, dense=2.0, heads=0.5, static=1.0)
# A question in one language and articles in another share few stems, so BM25 hurts; names and cognates remain.
ACROSS = Weights(bm25=0.0, chars=0.5, dense=2.0, heads=0.5, static=1.0)


def weights_for(question_language: str, article_language: str) -> Weights:
    """The weights for a question and articles, each given by language (`es`, not `es-MX`)."""
    return WITHIN if question_language == article_language else ACROSS


def standardised(scores: Scores) -> Scores:
    """The `DEPTH` best scores in standard deviations above the least of them; 0 for the rest and for what scored nothing."""
    out = np.zeros_like(scores)
    positive = int(np.count_nonzero(scores > 0))
    if not positive:
        return out
    depth = min(DEPTH, positive)
    top = np.argpartition(scores, len(scores) - depth)[len(scores) - depth :]
    values = scores[top]
    # A list in which every other article scored nothing is measured from nothing.
    floor = float(values.min()) if positive > DEPTH or depth == len(scores) else 0.0
    above = values - np.float32(floor)
    # Of the list and its floor; by sums, as numpy's own costs as much as all the rest here.
    mean = float(above.sum()) / (depth + 1)
    spread = math.sqrt(max(float(above @ above) / (depth + 1) - mean * mean, 0.0))
    # The least of the list still ranks before what scored nothing.
    out[top] = above * np.float32(1 / spread) + np.float32(1e-4) if spread > 1e-6 else 1.0
    return out


def fused(scores: Mapping[str, Scores], weights: Weights) -> Scores:
    """One score an article, from each retriever's scores by article; a retriever that was not asked counts nothing."""
    asked = [(weight, scores[name]) for name, weight in asdict(weights).items() if weight and name in scores]
    size = len(next(iter(scores.values())))
    total = np.zeros(size, dtype=np.float32)
    for weight, each in asked:
        total += np.float32(weight) * standardised(each)
    return total
