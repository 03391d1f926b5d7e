"""The arithmetic of retrieval: recall, reciprocal rank, discounted gain, and how sure a figure or a difference is.

Intervals are 95 % ones of a bootstrap over the questions; differences are paired: both sides answer the same questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from knowledge_base.queries import LabelledQuery

DEPTH = 10
"""Articles that are looked at; a relevant one below counts as not found."""
RESAMPLES = 2000

Figures = npt.NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how one search answered it."""

    query: LabelledQuery
    ranks: tuple[int, ...]
    """Of the relevant articles found, from 1, in order."""
    confidence: float = 0.0
    confident: bool = False

    @classmethod
    def of(
        cls, query: LabelledQuery, found: Sequence[str], *, confidence: float = 0.0, confident: bool = False
    ) -> Asked:
        ranks = [at for at, article_id in enumerate(found[:DEPTH], start=1) if article_id in query.relevant]
        return cls(query, tuple(ranks), confidence, confident)

    @property
    def rank(self) -> int:
        """Of the first relevant article; 0 where none was found."""
        return self.ranks[0] if self.ranks else 0


class Retrieval(BaseModel):
    """Over the answerable questions only. Recall at k: the share of questions with an article that answers among the
    first k; nDCG: binary, every article that answers counts."""

    questions: int
    recall_at_1: float | None = None
    recall_at_5: float | None = None
    recall_at_10: float | None = None
    mrr: float | None = None
    ndcg_at_10: float | None = None
    recall_at_1_interval: Interval | None = None
    recall_at_5_interval: Interval | None = None


class Difference(BaseModel):
    """One search minus another over the same questions."""

    recall_at_1: float
    recall_at_1_interval: Interval
    recall_at_5: float
    recall_at_5_interval: Interval
    mrr: float
    mrr_interval: Interval
    ndcg_at_10: float
    ndcg_at_10_interval: Interval


_COLUMNS = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "ndcg_at_10")


def retrieval(asked: Sequence[Asked]) -> Retrieval:
    figures = _figures([each for each in asked if each.query.relevant])
    if not len(figures):
        return Retrieval(questions=0)
    means = {name: rounded(value) for name, value in zip(_COLUMNS, figures.mean(axis=0), strict=True)}
    low, high = np.percentile(_resampled(figures), [2.5, 97.5], axis=0)
    return Retrieval(
        questions=len(figures),
        **means,
        recall_at_1_interval=(rounded(low[0]), rounded(high[0])),
        recall_at_5_interval=(rounded(low[1]), rounded(high[1])),
    )


def difference(ours: Sequence[Asked], theirs: Sequence[Asked]) -> Difference:
    """Raises `ValueError` where the two did not answer the same questions."""
    if [each.query.id for each in ours] != [each.query.id for each in theirs]:
        raise ValueError("the two searches did not answer the same questions")
    gain = _figures([each for each in ours if each.query.relevant]) - _figures(
        [each for each in theirs if each.query.relevant]
    )
    if not len(gain):
        gain = np.zeros((1, len(_COLUMNS)))
    low, high = np.percentile(_resampled(gain), [2.5, 97.5], axis=0)
    found: dict[str, float | Interval] = {}
    for at, name in enumerate(_COLUMNS):
        found[name] = rounded(gain[:, at].mean())
        found[f"{name}_interval"] = (rounded(low[at]), rounded(high[at]))
    return Difference.model_validate(found)


def weights(questions: int, resamples: int = RESAMPLES, *, seed: int = 7) -> Figures:
    """(resamples, questions): how often each question is drawn in each resample."""
    chance = np.random.default_rng(seed)
    return chance.multinomial(questions, np.full(questions, 1 / questions), size=resamples).astype(np.float64)


def rounded(value: float) -> float:
    return round(float(value), 4)


def _figures(asked: Sequence[Asked]) -> Figures:
    """(questions, columns)."""
    rows = [_row(each) for each in asked]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(_COLUMNS))


def _row(asked: Asked) -> list[float]:
    rank = asked.rank
    gained = sum(1 / np.log2(at + 1) for at in asked.ranks)
    possible = sum(1 / np.log2(at + 1) for at in range(1, min(len(asked.query.relevant), DEPTH) + 1))
    return [
        float(rank == 1),
        float(1 <= rank <= 5),
        float(1 <= rank <= DEPTH),
        1 / rank if rank else 0.0,
        float(gained / possible),
    ]


def _resampled(figures: Figures) -> Figures:
    """(resamples, columns): the means of each resample."""
    means: Figures = weights(len(figures)) @ figures / len(figures)
    return means
