"""The arithmetic behind docs/benchmarks.md."""

from __future__ import annotations

import random

import pytest

from tools.bench.stats import ratio_interval, spread


def test_a_spread_tells_percentiles_mean_and_slowest() -> None:
    found = spread([float(n) for n in range(1, 101)])
    assert (found.count, found.p50, found.mean, found.slowest) == (100, 50.5, 50.5, 100.0)
    assert found.p95 == pytest.approx(95.05)


def test_no_timings_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


def test_the_ratio_is_that_of_all_turns_together() -> None:
    ratio = ratio_interval([[10.0, 20.0], [30.0]], [[20.0, 40.0], [60.0]], 50)
    assert ratio.value == pytest.approx(0.5)
    assert ratio.low == pytest.approx(0.5)
    assert ratio.high == pytest.approx(0.5)


def test_the_interval_holds_the_true_ratio_of_noisy_pairs() -> None:
    noise = random.Random(3)
    weather = [noise.uniform(1.0, 2.0) for _ in range(60)]  # what else the machine did hits both of a pair alike
    ours = [[8.0 * heat * noise.uniform(0.9, 1.1) for _ in range(9)] for heat in weather]
    theirs = [[10.0 * heat * noise.uniform(0.9, 1.1) for _ in range(9)] for heat in weather]
    ratio = ratio_interval(ours, theirs, 50)
    assert ratio.low < 0.8 < ratio.high
    assert ratio.high - ratio.low < 0.1


def test_the_same_turns_give_the_same_interval() -> None:
    ours, theirs = [[1.0, 4.0], [2.0, 2.5], [3.0]], [[2.0, 3.0], [2.0, 2.0], [2.0]]
    assert ratio_interval(ours, theirs, 95) == ratio_interval(ours, theirs, 95)


@pytest.mark.parametrize(("ours", "theirs"), [([[1.0]], []), ([], [])])
def test_what_is_not_in_pairs_is_refused(ours: list[list[float]], theirs: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="not pairs"):
        ratio_interval(ours, theirs, 50)
