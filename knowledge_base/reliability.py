"""Whether a confidence keeps what it promises: calibration, and how much may be answered at a wanted precision."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from knowledge_base.confidence import ANSWERS
from knowledge_base.measures import Asked, Figures, Interval, rounded, weights
from knowledge_base.options import WANTED_PRECISION

BINS = 10

Flags = npt.NDArray[np.bool_]


class Bin(BaseModel):
    """Questions whose confidence lies in [low, high)."""

    low: float
    high: float
    questions: int
    confidence: float
    """Their mean confidence."""
    right: float
    """The share whose first three articles hold an answer."""
    right_interval: Interval
    """95 %, by Wilson."""


class Calibration(BaseModel):
    """`expected_error`: the mean distance of a question's confidence, in its bin, from the share that was right (expected
    calibration error); `brier`: the mean squared distance of a confidence from what happened. Both 0 at best."""

    expected_error: float
    brier: float
    bins: list[Bin]


class Answerability(BaseModel):
    """Whether the confidence tells questions that are answered from those that are not. A question counts as answered
    rightly where one of the first three articles is relevant."""

    answerable: int
    unanswerable: int
    answerable_answered: float | None
    """Share of the answerable questions that the index answers with confidence."""
    unanswerable_answered: float | None
    """Share of the unanswerable ones answered with confidence; each of them is a false answer."""
    answered: float | None
    """Share of all questions answered with confidence, by the index's own threshold."""
    precision_at_3: float | None
    """Of all questions answered with confidence, the share answered rightly."""
    auroc: float | None
    """How often an answerable question has more confidence than an unanswerable one."""
    auroc_interval: Interval | None = None
    wanted_precision: float = WANTED_PRECISION
    answer_rate: float | None = None
    """The largest share of all questions that some threshold answers with at least the wanted precision. Chosen on these
    very questions, so it is what could be reached, not what a threshold set before would reach."""
    answer_rate_interval: Interval | None = None
    answer_rate_threshold: float | None = None
    calibration: Calibration | None = None


class AnswerabilityGain(BaseModel):
    """Ours minus another's over the same questions; None where there are no unanswerable ones."""

    auroc: float | None
    auroc_interval: Interval | None
    answer_rate: float
    answer_rate_interval: Interval


def answerability(
    asked: Sequence[Asked], *, wanted: float = WANTED_PRECISION, decided: bool = True, calibrated: bool = True
) -> Answerability:
    """`decided`: whether `confident` was set by a threshold; `calibrated`: whether confidences are meant as
    probabilities."""
    yes = [each for each in asked if each.query.relevant]
    no = [each for each in asked if not each.query.relevant]
    sure = [each for each in asked if each.confident]
    found = Answerability(
        answerable=len(yes),
        unanswerable=len(no),
        answerable_answered=_share([each.confident for each in yes]) if decided else None,
        unanswerable_answered=_share([each.confident for each in no]) if decided else None,
        answered=_share([each.confident for each in asked]) if decided else None,
        precision_at_3=_share([answered_rightly(each) for each in sure]),
        auroc=None,
        wanted_precision=wanted,
    )
    if not asked:
        return found
    scores, right, answerable = _arrays(asked)
    once = np.ones((1, len(asked)))
    drawn = weights(len(asked))
    if yes and no:
        found.auroc = rounded(_aurocs(scores, answerable, once)[0])
        found.auroc_interval = _interval(_aurocs(scores, answerable, drawn))
    found.answer_rate = rounded(_answer_rates(scores, right, once, wanted)[0])
    found.answer_rate_interval = _interval(_answer_rates(scores, right, drawn, wanted))
    answered = round(found.answer_rate * len(asked))
    found.answer_rate_threshold = rounded(np.sort(scores)[::-1][answered - 1]) if answered else None
    if calibrated:
        found.calibration = calibration(scores, right)
    return found


def answerability_gain(
    ours: Sequence[Asked], theirs: Sequence[Asked], *, wanted: float = WANTED_PRECISION
) -> AnswerabilityGain | None:
    """None where there is no question."""
    if not ours:
        return None
    drawn = weights(len(ours))
    once = np.ones((1, len(ours)))
    (scores, right, answerable), (other, other_right, _) = _arrays(ours), _arrays(theirs)

    def rates(draws: Figures) -> Figures:
        return _answer_rates(scores, right, draws, wanted) - _answer_rates(other, other_right, draws, wanted)

    def areas(draws: Figures) -> Figures:
        return _aurocs(scores, answerable, draws) - _aurocs(other, answerable, draws)

    both = bool(answerable.any()) and not bool(answerable.all())
    return AnswerabilityGain(
        auroc=rounded(areas(once)[0]) if both else None,
        auroc_interval=_interval(areas(drawn)) if both else None,
        answer_rate=rounded(rates(once)[0]),
        answer_rate_interval=_interval(rates(drawn)),
    )


def answered_rightly(asked: Asked) -> bool:
    return 1 <= asked.rank <= ANSWERS


def calibration(confidences: Figures, right: Flags) -> Calibration:
    """Bins of equal width; empty ones are left out. Raises `ValueError` for no questions."""
    if not len(confidences):
        raise ValueError("no questions: nothing to calibrate")
    at = np.clip((confidences * BINS).astype(np.int64), 0, BINS - 1)
    bins: list[Bin] = []
    error = 0.0
    for number in range(BINS):
        held = at == number
        count = int(held.sum())
        if not count:
            continue
        mean, share = float(confidences[held].mean()), float(right[held].mean())
        error += count / len(confidences) * abs(mean - share)
        bins.append(
            Bin(
                low=number / BINS,
                high=(number + 1) / BINS,
                questions=count,
                confidence=rounded(mean),
                right=rounded(share),
                right_interval=wilson(int(right[held].sum()), count),
            )
        )
    brier = float(np.mean((confidences - right) ** 2))
    return Calibration(expected_error=rounded(error), brier=rounded(brier), bins=bins)


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % score interval of a share (E. B. Wilson, 1927): honest also at 0 and 1, and for few trials."""
    z = 1.959964
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return rounded(max(0.0, middle - half)), rounded(min(1.0, middle + half))


def _arrays(asked: Sequence[Asked]) -> tuple[Figures, Flags, Flags]:
    return (
        np.array([each.confidence for each in asked], dtype=np.float64),
        np.array([answered_rightly(each) for each in asked], dtype=np.bool_),
        np.array([bool(each.query.relevant) for each in asked], dtype=np.bool_),
    )


def _aurocs(scores: Figures, positive: Flags, drawn: Figures) -> Figures:
    """The area under the ROC curve of every resample; ties count half. A resample of one class only gives 0.5."""
    order = np.argsort(scores, kind="stable")
    starts = _first_of_ties(scores[order])
    yes = np.add.reduceat(drawn[:, order] * positive[order], starts, axis=1)
    no = np.add.reduceat(drawn[:, order] * ~positive[order], starts, axis=1)
    below = np.cumsum(no, axis=1) - no
    won = (yes * (below + 0.5 * no)).sum(axis=1)
    pairs = yes.sum(axis=1) * no.sum(axis=1)
    areas: Figures = np.where(pairs > 0, won / np.maximum(pairs, 1), 0.5)
    return areas


def _answer_rates(scores: Figures, right: Flags, drawn: Figures, wanted: float) -> Figures:
    """Of every resample the largest share of questions, the most confident first and ties together, that is answered
    with at least the wanted precision."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(_first_of_ties(-scores[order])[1:], len(order)) - 1
    answered = np.cumsum(drawn[:, order], axis=1)[:, ends]
    rightly = np.cumsum(drawn[:, order] * right[order], axis=1)[:, ends]
    allowed = rightly >= wanted * answered - 1e-9
    rates: Figures = np.where(allowed, answered, 0).max(axis=1) / drawn.sum(axis=1)
    return rates


def _first_of_ties(ordered: Figures) -> npt.NDArray[np.int64]:
    changes = np.flatnonzero(np.diff(ordered) != 0) + 1
    return np.concatenate(([0], changes)).astype(np.int64)


def _interval(values: Figures) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return rounded(low), rounded(high)


def _share(values: Sequence[bool]) -> float | None:
    return rounded(sum(values) / len(values)) if values else None
