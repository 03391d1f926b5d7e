"""How likely it is that one of the first three articles answers: a logistic regression learnt when the index is built.

Without labels it learns from questions made of the articles' own titles, headings and first sentences, some of their
words dropped and strange ones mixed in: once with their article present, once with it hidden, which makes a near-miss, once
with most words replaced by strange ones. Made questions are easier than people's, in ways that fit what is learnt from them
to themselves; so they only say on which scale each retriever's score lies and how probable each sum of them is, not which
features count. Those are the absolute scores of three unlike retrievers for the article that is put first: scores tell
whether there is an answer, margins between articles only which one (AUROC on people's questions about two help centers .92
and .92; with margins and agreement learnt from made questions .88 and .90).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from knowledge_base.articles import Passage
from knowledge_base.fusion import Weights
from knowledge_base.lexical import Scores
from knowledge_base.locale_index import Evidence, LocaleIndex, Retrieved
from knowledge_base.text import fold, stopwords

Features = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEATURES = (
    "bm25_top",
    "dense_first",
    "static_first",
    "heads_first",
    "fused_top",
    "agreement",
    "first_share",
    "known_share",
    "words",
)
WITHIN_PRIOR: Mapping[str, float] = {"bm25_top": 0.5, "dense_first": 0.5, "static_first": 0.5}
ACROSS_PRIOR: Mapping[str, float] = {"dense_first": 0.75, "static_first": 0.75}
"""What a standard deviation of each feature counts; the others count where labelled questions say so."""
ANSWERS = 3
"""Passages that a customer sees, and within which the answer has to be."""
# Precisions for which the threshold is worked out when the index is built.
PRECISIONS = tuple(round(0.5 + 0.01 * step, 2) for step in range(50))


def features(evidence: Evidence, weights: Weights) -> Features:
    """One number per entry of `FEATURES`."""
    three = np.argsort(-evidence.fused, kind="stable")[:ANSWERS]
    first = int(three[0])
    scores = evidence.scores
    return np.array(
        [
            np.log1p(scores["bm25"].max()),
            _of(scores, "dense", first),
            _of(scores, "static", first),
            _of(scores, "heads", first),
            evidence.fused[first] / weights.total,
            _agreement(scores, three),
            evidence.first_share,
            1 - evidence.unknown_share,
            np.log1p(evidence.words),
        ],
        dtype=np.float64,
    )


def _of(scores: Retrieved, name: str, article: int) -> float:
    return float(scores[name][article]) if name in scores else 0.0


def _agreement(scores: Retrieved, three: npt.NDArray[np.int64]) -> float:
    """The mean share of the answers that each retriever alone has among its own first."""
    shared = 0
    for each in scores.values():
        place = max(len(each) - ANSWERS, 0)
        shared += int(np.count_nonzero(each[three] >= np.partition(each, place)[place]))
    return shared / (ANSWERS * len(scores))


class ConfidenceModel(BaseModel):
    """Logistic regression over standardised `FEATURES`."""

    model_config = ConfigDict(frozen=True)

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    thresholds: tuple[float, ...]
    """For each of `PRECISIONS` the least probability from which the answers given are right that often; 2 for never."""
    examples: int
    learnt_from: str

    def probability(self, row: Features) -> float:
        """In [0, 1]."""
        return float(_sigmoid(self.standardised(row) @ np.array(self.coefficients) + self.intercept))

    def standardised(self, row: Features) -> Features:
        standard: Features = (row - np.array(self.mean)) / np.array(self.scale)
        return standard

    def threshold(self, precision: float) -> float:
        """Probability from which the copilot answers, to be right in `precision` of its answers."""
        at = int(np.searchsorted(PRECISIONS, round(precision, 2)))
        return self.thresholds[min(at, len(PRECISIONS) - 1)]


def person_below(precision: float) -> float:
    """Probability below which a person is offered at once: twice the share of answers that may be wrong. At .9, of 240 and
    120 people's questions 26 and 32 lay below it, of which 2 and 4 had their answer among the articles shown nearest."""
    return 2 * (1 - precision)


@dataclass(frozen=True, slots=True)
class Examples:
    """Made questions: `kinds` is 0 where the article is present, 1 where it is hidden, 2 where the question is strange."""

    rows: Features
    kinds: npt.NDArray[np.int64]
    right: Flags

    @property
    def weights(self) -> Features:
        """Half of what customers ask has an answer. Of the rest an eighth are near-misses: most is about something else."""
        share = np.where(self.right, 0.5 / max(int(self.right.sum()), 1), 0.0)
        wrong_strange = (self.kinds == 2) & ~self.right
        wrong = ~self.right & ~wrong_strange
        share += np.where(wrong_strange, 0.4375 / max(int(wrong_strange.sum()), 1), 0.0)
        share += np.where(wrong, 0.0625 / max(int(wrong.sum()), 1), 0.0)
        weights: Features = share / share.sum() * len(self.rows)
        return weights


def fit(examples: Examples, prior: Mapping[str, float], learnt_from: str) -> ConfidenceModel | None:
    """A model without labels; None where there is nothing to tell apart."""
    if len(set(examples.right.tolist())) < 2:
        return None
    mean, scale = examples.rows.mean(axis=0), examples.rows.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standard = (examples.rows - mean) / scale
    counts = np.array([prior.get(name, 0.0) for name in FEATURES])
    counts *= [_worth(standard[:, at], examples.right) if counts[at] else 0.0 for at in range(len(FEATURES))]
    if not counts.any():
        return None
    weights = examples.weights
    total = standard @ counts
    steepness, intercept = logistic(total[:, None], examples.right, weights, np.ones(1), 1e-3)
    probabilities = _sigmoid(steepness * total + intercept)
    return ConfidenceModel(
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
        coefficients=tuple((steepness * counts).tolist()),
        intercept=float(intercept),
        thresholds=thresholds(probabilities, examples.right, weights),
        examples=len(examples.rows),
        learnt_from=learnt_from,
    )


# How strongly labelled questions are held to what was known without them, in questions.
_LABEL_PRIOR = 10.0


def refined(
    models: Sequence[ConfidenceModel], rows: Sequence[Features], of_model: Sequence[int], right: Flags
) -> list[ConfidenceModel]:
    """The models with what labelled questions teach: coefficients that they share, each with its own scale.
    `rows[i]` are the features of a question of `models[of_model[i]]`. Thresholds come from probabilities that each
    question was given by the others."""
    standard = np.array([models[at].standardised(row) for row, at in zip(rows, of_model, strict=True)])
    held_out = out_of_fold(models, rows, of_model, right)
    learnt = _refit(models, standard, right)
    limits = thresholds(held_out, right, np.ones(len(right)))
    return [
        each.model_copy(
            update={
                "coefficients": tuple(learnt[:-1].tolist()),
                "intercept": float(learnt[-1]),
                "thresholds": limits,
                "examples": each.examples + len(rows),
                "learnt_from": f"{each.learnt_from}, {len(rows)} labelled ones",
            }
        )
        for each in models
    ]


def out_of_fold(
    models: Sequence[ConfidenceModel],
    rows: Sequence[Features],
    of_model: Sequence[int],
    right: Flags,
    *,
    folds: int = 5,
    seed: int = 5,
) -> Features:
    """The probability of each labelled question by a model that learnt from the other folds only."""
    standard = np.array([models[at].standardised(row) for row, at in zip(rows, of_model, strict=True)])
    fold = np.empty(len(rows), dtype=np.int64)
    fold[np.random.default_rng(seed).permutation(len(rows))] = np.arange(len(rows)) % folds
    found = np.zeros(len(rows))
    for held in range(folds):
        outside = fold != held
        learnt = _refit(models, standard[outside], right[outside])
        found[~outside] = _sigmoid(standard[~outside] @ learnt[:-1] + learnt[-1])
    return found


def _refit(models: Sequence[ConfidenceModel], standard: Features, right: Flags) -> Features:
    prior = np.mean([each.coefficients for each in models], axis=0)
    return logistic(standard, right, np.ones(len(right)), prior, _LABEL_PRIOR)


def thresholds(probabilities: Features, right: Flags, weights: Features) -> tuple[float, ...]:
    """For each of `PRECISIONS` the least probability at and above which that share of the examples is right."""
    order = np.argsort(-probabilities, kind="stable")
    sums = np.cumsum(weights[order])
    precision = np.cumsum(weights[order] * right[order]) / sums
    # The first few prove nothing.
    precision = np.where(np.arange(len(order)) < min(9, len(order) - 1), 0.0, precision)
    found = []
    for wanted in PRECISIONS:
        enough = np.flatnonzero(precision >= wanted)
        found.append(float(probabilities[order[enough[-1]]]) if len(enough) else 2.0)
    return tuple(found)


def _worth(values: Features, right: Flags) -> float:
    """0 for a feature that tells made questions apart no better than chance, 1 from an AUROC of .7 on."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    positives = int(right.sum())
    area = (ranks[right].sum() - positives * (positives - 1) / 2) / (positives * (len(values) - positives))
    return float(np.clip((area - 0.5) / 0.2, 0.0, 1.0))


def logistic(x: Features, right: Flags, importance: Features, prior: Features, strength: float) -> Features:
    """Coefficients, drawn towards `prior` with the weight of `strength` examples, and last the intercept; by Newton's
    method."""
    x = np.hstack([x, np.ones((len(x), 1))])
    y = right.astype(np.float64)
    penalty = np.diag([strength] * len(prior) + [1e-6])
    centre = np.append(prior, 0.0)

    def loss(weights: Features) -> float:
        value = np.clip(x @ weights, -30, 30)
        apart = weights - centre
        return float(importance @ (np.logaddexp(0, value) - y * value) + apart @ penalty @ apart / 2)

    weights: Features = centre.copy()
    for _ in range(50):
        p = _sigmoid(x @ weights)
        gradient = x.T @ (importance * (p - y)) + penalty @ (weights - centre)
        curve = (x * (importance * p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(curve, gradient)
        # Where labels are told apart with ease a whole step leads past the best and never back.
        before = loss(weights)
        while loss(weights - step) > before and float(np.abs(step).max()) > 1e-9:
            step = step / 2
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _sigmoid(value: Features) -> Features:
    result: Features = 1 / (1 + np.exp(-np.clip(value, -30, 30)))
    return result


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
