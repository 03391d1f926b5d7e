from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.confidence import (
    FEATURES,
    PRECISIONS,
    WITHIN_PRIOR,
    ConfidenceModel,
    Examples,
    Features,
    fit,
    out_of_fold,
    refined,
    thresholds,
)


def examples(count: int = 400, *, noise: tuple[str, ...] = (), seed: int = 3) -> Examples:
    """Right ones score two standard deviations higher in every feature but those that are `noise`."""
    chance = np.random.default_rng(seed)
    kinds = np.arange(count) % 3
    right = (kinds == 0) & (chance.random(count) < 0.9)
    rows = chance.normal(size=(count, len(FEATURES))) + 2 * right[:, None]
    for name in noise:
        rows[:, FEATURES.index(name)] = chance.normal(size=count)
    return Examples(rows, kinds, right)


def model(*, noise: tuple[str, ...] = ()) -> ConfidenceModel:
    made = fit(examples(noise=noise), WITHIN_PRIOR, "made")
    assert made is not None
    return made


def row(value: float) -> Features:
    return np.full(len(FEATURES), value)


def test_the_probability_rises_with_the_scores_that_count_and_with_no_other() -> None:
    made = model()
    assert made.probability(row(-2)) < 0.1 < 0.9 < made.probability(row(3))
    counted = {name for name, each in zip(FEATURES, made.coefficients, strict=True) if each}
    assert counted == set(WITHIN_PRIOR)


def test_a_feature_that_tells_nothing_about_made_questions_does_not_count() -> None:
    made = model(noise=("dense_first",))
    assert abs(made.coefficients[FEATURES.index("dense_first")]) < 0.2 * made.coefficients[FEATURES.index("bm25_top")]


def test_half_of_the_weight_has_an_answer_and_near_misses_weigh_less_than_strangers() -> None:
    found = examples()
    weights = found.weights
    assert weights.sum() == pytest.approx(len(weights))
    assert weights[found.right].sum() == pytest.approx(len(weights) / 2)
    strange, near = weights[found.kinds == 2].sum(), weights[(found.kinds != 2) & ~found.right].sum()
    assert strange == pytest.approx(7 * near)


def test_nothing_is_learnt_where_there_is_nothing_to_tell_apart() -> None:
    one_kind = Examples(np.zeros((5, len(FEATURES))), np.zeros(5, dtype=np.int64), np.ones(5, dtype=bool))
    assert fit(one_kind, WITHIN_PRIOR, "made") is None
    flat = Examples(np.zeros((6, len(FEATURES))), np.arange(6) % 3, np.arange(6) % 3 == 0)
    assert fit(flat, {"fused_top": 0.0}, "made") is None


def test_more_precision_needs_more_probability_and_what_cannot_be_reached_is_never_answered() -> None:
    probabilities = np.linspace(0, 1, 100)
    right = probabilities > 0.4
    right[95:] = False
    found = dict(zip(PRECISIONS, thresholds(probabilities, right, np.ones(100)), strict=True))
    assert found[0.5] <= found[0.8] <= found[0.9] <= 1
    assert found[0.99] == 2.0
    assert all(one <= other for one, other in zip(found.values(), list(found.values())[1:], strict=False))


def test_the_wanted_precision_chooses_the_threshold() -> None:
    made = model()
    assert made.threshold(0.6) <= made.threshold(0.9) <= made.threshold(0.99)
    assert made.threshold(0.3) == made.threshold(0.5)


def test_labels_teach_features_that_made_questions_could_not() -> None:
    made = model()
    chance = np.random.default_rng(1)
    right = np.arange(120) % 2 == 0
    rows = [chance.normal(size=len(FEATURES)) for _ in right]
    words = FEATURES.index("words")
    for each, answered in zip(rows, right, strict=True):
        each[words] = 3.0 * answered
    better = refined([made], rows, [0] * len(rows), right)[0]
    assert better.coefficients[words] > 0.5 > made.coefficients[words]
    judged = out_of_fold([made], rows, [0] * len(rows), right)
    assert judged[right].mean() > 0.7 > 0.3 > judged[~right].mean()
    assert "120 labelled" in better.learnt_from
