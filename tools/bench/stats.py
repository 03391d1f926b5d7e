"""The arithmetic of the measures: percentiles, and how sure a ratio of percentiles is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

REPLICATES = 2000


@dataclass(frozen=True)
class Spread:
    """What a number of timings (milliseconds, or any one unit) look like."""

    count: int
    p50: float
    p95: float
    mean: float
    slowest: float


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds between which 95 % of its bootstrap replicates lie."""

    value: float
    low: float
    high: float


def spread(timings: Sequence[float]) -> Spread:
    """Raises `ValueError` for no timings."""
    if not timings:
        raise ValueError("no timings: nothing was measured")
    values = np.asarray(timings, dtype=np.float64)
    return Spread(
        count=len(timings),
        p50=float(np.percentile(values, 50)),
        p95=float(np.percentile(values, 95)),
        mean=float(values.mean()),
        slowest=float(values.max()),
    )


def ratio_interval(
    ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], percentile: float, *, seed: int = 7
) -> Interval:
    """The ratio of a percentile of all of `ours` to that of all of `theirs`, with its bootstrap interval.

    Each inner sequence is one conversation's turns, and `ours[i]` and `theirs[i]` are the pair that was driven one
    after the other: pairs are drawn together, because turns of a conversation, and what else the machine did at that
    time, are not independent. Raises `ValueError` where the two are not pairs or there are none.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"{len(ours)} conversations of ours and {len(theirs)} of theirs are not pairs")
    left, right = [np.asarray(each) for each in ours], [np.asarray(each) for each in theirs]
    value = _ratio(left, right, percentile)
    random = np.random.default_rng(seed)
    replicates = []
    for _ in range(REPLICATES):
        drawn = random.integers(0, len(left), len(left))
        replicates.append(_ratio([left[i] for i in drawn], [right[i] for i in drawn], percentile))
    return Interval(value, float(np.percentile(replicates, 2.5)), float(np.percentile(replicates, 97.5)))


def _ratio(
    left: Sequence[npt.NDArray[np.float64]], right: Sequence[npt.NDArray[np.float64]], percentile: float
) -> float:
    return float(np.percentile(np.concatenate(left), percentile) / np.percentile(np.concatenate(right), percentile))
