"""How likely it is that one of the first three articles answers: a logistic regression learnt when the index is built.

Without labels it learns from questions made of the articles' own titles, headings and first sentences, some of their
words dropped and strange ones mixed in; once with their article present, once with it hidden, which makes a near-miss.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from knowledge_base.articles import Passage
from knowledge_base.fusion import Weights
from knowledge_base.lexical import BM25_K1, Scores
from knowledge_base.locale_index import Evidence, LocaleIndex, Retrieved
from knowledge_base.text import fold, stopwords

Features = npt.NDArray[np.float64]

FEATURES = (
    "passage_share",
    "article_share",
    "article_share_first",
    "title_share",
    "known_share",
    "bm25_top",
    "bm25_of_possible",
    "chars_top",
    "fused_top",
    "fused_margin",
    "agreement",
    "length",
    "dense_top",
    "dense_margin",
    "heads_top",
    "static_top",
    "static_margin",
)
ANSWERS = 3
"""Passages that a customer sees, and within which the answer has to be."""


def features(evidence: Evidence, weights: Weights) -> Features:
    """One number per entry of `FEATURES`."""
    order = np.argsort(-evidence.fused, kind="stable")[: ANSWERS + 1]
    three = order[:ANSWERS]
    top = evidence.fused[order]
    scores = evidence.scores
    bm25 = float(scores["bm25"].max())
    possible = evidence.total_idf * (BM25_K1 + 1)
    return np.array(
        [
            evidence.passage_share[three].max(),
            evidence.article_share[three].max(),
            evidence.article_share[three[0]],
            evidence.title_share[three].max(),
            1 - evidence.unknown_share,
            np.log1p(bm25),
            bm25 / possible if possible else 0.0,
            scores["chars"].max(),
            top[0] / weights.total,
            (top[0] - top[-1]) / weights.total,
            _agreement(scores, three),
            np.log1p(evidence.total_idf),
            _best_of(scores, "dense", three),
            _margin(scores, "dense"),
            _best_of(scores, "heads", three),
            _best_of(scores, "static", three),
            _margin(scores, "static"),
        ],
        dtype=np.float64,
    )


def _agreement(scores: Retrieved, three: npt.NDArray[np.int64]) -> float:
    """The mean share of the answers that each retriever alone has among its own first."""
    shown = set(three.tolist())
    shares = [
        len(shown & set(np.argpartition(-each, min(ANSWERS, len(each)) - 1)[:ANSWERS].tolist())) / ANSWERS
        for each in scores.values()
    ]
    return sum(shares) / len(shares)


def _best_of(scores: Retrieved, name: str, three: npt.NDArray[np.int64]) -> float:
    return float(scores[name][three].max()) if name in scores else 0.0


def _margin(scores: Retrieved, name: str) -> float:
    """How far the best stands above those that are not shown."""
    if name not in scores:
        return 0.0
    best = np.sort(scores[name])[::-1][: 2 * ANSWERS]
    return float(best[0] - best[-1])


class ConfidenceModel(BaseModel):
    """Logistic regression over standardised `FEATURES`."""

    model_config = ConfigDict(frozen=True)

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    threshold: float
    """Probability from which the copilot answers with confidence."""
    person_below: float = 0.15
    """Probability below which nothing near is known, so that asking back would only cost time."""
    examples: int
    learnt_from: str

    def probability(self, row: Features) -> float:
        """In [0, 1]."""
        standard = (row - np.array(self.mean)) / np.array(self.scale)
        value = float(standard @ np.array(self.coefficients)) + self.intercept
        return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))

    @classmethod
    def fit(cls, rows: Features, answered: npt.NDArray[np.bool_], *, threshold: float, learnt_from: str) -> Self:
        """Both classes weigh the same, whatever their share of the examples. Every feature speaks for an answer, so no
        coefficient is negative: made questions are not quite like people's, and correlated features of opposite signs
        fitted only the difference (AUROC on people's questions .54 instead of .85 and more)."""
        mean, scale = rows.mean(axis=0), rows.std(axis=0)
        scale = np.where(scale > 1e-9, scale, 1.0)
        standard = (rows - mean) / scale
        used = list(range(rows.shape[1]))
        weights = _logistic(standard[:, used], answered)
        while used and weights[:-1].min() < 0:
            used.pop(int(np.argmin(weights[:-1])))
            weights = _logistic(standard[:, used], answered)
        coefficients = np.zeros(rows.shape[1])
        coefficients[used] = weights[:-1]
        return cls(
            mean=tuple(mean.tolist()),
            scale=tuple(scale.tolist()),
            coefficients=tuple(coefficients.tolist()),
            intercept=float(weights[-1]),
            threshold=threshold,
            examples=len(rows),
            learnt_from=learnt_from,
        )


# Every feature counts alike (in standard deviations) unless the made questions say otherwise, and they are believed only
# slowly: they are not people's. AUROC on people's questions about two help centers: .84 and .86, with no such prior
# .80 and .85.
_PRIOR = 0.3
_PRIOR_STRENGTH = 400.0


def _logistic(x: Features, answered: npt.NDArray[np.bool_]) -> Features:
    """Coefficients and, last, the intercept, drawn towards `_PRIOR`; Newton's method."""
    varies = x.std(axis=0) > 1e-9
    x = np.hstack([x, np.ones((len(x), 1))])
    y = answered.astype(np.float64)
    share = min(max(float(y.mean()), 1e-3), 1 - 1e-3)
    # As if there were 1,200 examples, whatever there are: the prior must not outweigh those of a small help center more.
    importance = np.where(answered, 0.5 / share, 0.5 / (1 - share)) * (1200 / len(x))
    penalty = np.diag([_PRIOR_STRENGTH] * len(varies) + [1e-6])
    prior = np.append(np.where(varies, _PRIOR, 0.0), 0.0)
    weights: Features = prior.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (importance * (p - y)) + penalty @ (weights - prior)
        curve = (x * (importance * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(curve, gradient)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A question made from an article: its number in the locale's index, and those to hide to make it a near-miss."""

    text: str
    article: int
    twins: frozenset[int]
    strange: str
    """The same with most of its words replaced by ones that no article holds: a question about something else."""


_WORDS = re.compile(r"[^\W_][\w.\-]*")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s|\n")


def made_questions(index: LocaleIndex, *, most: int = 600, seed: int = 20) -> list[MadeQuestion]:
    """At most `most` questions, the same for the same articles."""
    chance = random.Random(seed)
    stop = stopwords(index.language)

    def content(text: str) -> list[str]:
        return [word for word in _WORDS.findall(text) if fold(word) not in stop]

    titles = [frozenset(fold(word) for word in content(index.passages[at].title)) for at in index.starts]
    everything = [word for passage in index.passages for word in content(passage.text)[:40]] or ["x"]
    places = list(range(len(index.passages)))
    chance.shuffle(places)
    made: list[MadeQuestion] = []
    for place in places * max(1, min(4, most // max(len(places), 1))):
        if len(made) >= most:
            break
        passage, article = index.passages[place], int(index.owners[place])
        # Small words stay where they are: the n-grams and the encoder read them too.
        words = _WORDS.findall(_seed_text(passage, chance))
        telling = [at for at, word in enumerate(words) if fold(word) not in stop]
        if len(telling) < 2:
            continue
        kept = min(max(2, round(len(telling) * chance.uniform(0.3, 0.9))), 8)
        first = chance.randrange(max(1, len(telling) - 12))
        dropped = set(telling) - set(
            chance.sample(telling[first : first + 12], min(kept, len(telling[first : first + 12])))
        )
        start, end = telling[first], telling[min(first + 11, len(telling) - 1)]
        chosen = [word for at, word in enumerate(words) if at not in dropped and start - 2 <= at <= end]
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
            word = chance.choice(everything)
            # Half of what customers add is nowhere in the help center.
            chosen.insert(chance.randrange(len(chosen) + 1), word if chance.random() < 0.5 else _strange(word))
        twins = frozenset(
            other for other, title in enumerate(titles) if other == article or _alike(title, titles[article])
        )
        foreign = [_strange(word) if chance.random() < 0.7 and fold(word) not in stop else word for word in chosen]
        made.append(MadeQuestion(text=" ".join(chosen), article=article, twins=twins, strange=" ".join(foreign)))
    return made


def _strange(word: str) -> str:
    return word[::-1].lower() + "q"


def _seed_text(passage: Passage, chance: random.Random) -> str:
    first = next((each for each in _SENTENCE_END.split(passage.text) if len(each.split()) >= 4), passage.text)
    kinds = [passage.title, first]
    if passage.heading:
        kinds += [passage.heading, f"{passage.title} {passage.heading}"]
    return chance.choice(kinds)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= 0.6 * len(one | other)


def best_articles(scores: Scores, count: int) -> list[int]:
    """Numbers of the `count` best articles that scored at all, best first."""
    order = np.argsort(-scores, kind="stable")[:count]
    return [int(at) for at in order if scores[at] > 0]
