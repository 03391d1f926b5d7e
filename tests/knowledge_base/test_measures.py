from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.measures import Asked, difference, retrieval, weights
from knowledge_base.queries import LabelledQuery


def asked(number: int, relevant: tuple[str, ...], found: list[str]) -> Asked:
    return Asked.of(LabelledQuery(id=str(number), query="?", relevant=relevant), found)


def test_figures_are_those_of_the_textbook() -> None:
    found = retrieval(
        [
            asked(1, ("a",), ["a", "b"]),
            asked(2, ("a", "c"), ["b", "a", "x", "c"]),
            asked(3, ("z",), [*"abcdefg", "z"]),
            asked(4, ("z",), [*"abcdefghij", "z"]),
            asked(5, (), ["a"]),
        ]
    )
    assert found.questions == 4
    assert (found.recall_at_1, found.recall_at_5, found.recall_at_10) == (0.25, 0.5, 0.75)
    assert found.mrr == round((1 + 1 / 2 + 1 / 8) / 4, 4)
    second = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert found.ndcg_at_10 == round((1 + second + 1 / np.log2(9)) / 4, 4)


def test_no_answerable_question_gives_no_figure() -> None:
    assert retrieval([asked(1, (), ["a"])]).model_dump(exclude_none=True) == {"questions": 0}


def test_an_interval_holds_its_figure_and_narrows_with_more_questions() -> None:
    def width(times: int) -> float:
        some = [asked(at, ("a",), ["a"] if at % 3 else ["b"]) for at in range(times)]
        found = retrieval(some)
        assert found.recall_at_1_interval is not None
        low, high = found.recall_at_1_interval
        assert low <= (found.recall_at_1 or 0) <= high
        return high - low

    assert width(300) < width(30) / 2


def test_a_difference_is_paired() -> None:
    """Both find half of the questions; the same half, so that nothing is uncertain about their being equal."""
    ours = [asked(at, ("a",), ["a"] if at % 2 else ["b"]) for at in range(40)]
    found = difference(ours, list(ours))
    assert (found.recall_at_1, found.recall_at_1_interval) == (0.0, (0.0, 0.0))
    worse = difference([asked(at, ("a",), ["b"]) for at in range(40)], ours)
    assert worse.recall_at_1 == -0.5
    assert worse.recall_at_1_interval[1] < 0
    with pytest.raises(ValueError, match="same questions"):
        difference(ours, ours[1:])


def test_every_resample_has_as_many_questions() -> None:
    drawn = weights(30, 5)
    assert drawn.shape == (5, 30)
    assert set(drawn.sum(axis=1)) == {30}
