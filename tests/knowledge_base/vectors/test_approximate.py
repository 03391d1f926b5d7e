from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.errors import VectorsInvalid
from knowledge_base.vectors import ApproximateIndex, FlatIndex, Vectors, build_passage_index
from knowledge_base.vectors import approximate as module
from tests.knowledge_base.vectors.conftest import unit_vectors

COUNT, DIMENSIONS = 20_000, 96


@pytest.fixture(scope="module")
def content() -> tuple[Vectors, Vectors]:
    """Vectors in topics, as texts have them, and queries drawn like them."""
    random = np.random.default_rng(6)
    topics = random.standard_normal((400, DIMENSIONS))
    drawn = topics[random.integers(0, 400, COUNT + 100)] + 0.8 * random.standard_normal((COUNT + 100, DIMENSIONS))
    drawn = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return drawn[:COUNT], drawn[COUNT:]


@pytest.fixture(scope="module")
def index(content: tuple[Vectors, Vectors]) -> ApproximateIndex:
    return ApproximateIndex.build(content[0])


def test_it_finds_nearly_all_of_the_ten_best(index: ApproximateIndex, content: tuple[Vectors, Vectors]) -> None:
    vectors, queries = content
    exact, found = FlatIndex.build(vectors).search(queries, 10), index.search(queries, 10)
    shared = [len(set(left) & set(right)) for left, right in zip(exact.rows.tolist(), found.rows.tolist(), strict=True)]
    assert np.mean(shared) >= 9.5
    best = found.rows[:, 0] == exact.rows[:, 0]
    assert best.mean() >= 0.95
    assert found.scores[best, 0] == pytest.approx(exact.scores[best, 0], abs=1e-6)
    assert (np.diff(found.scores, axis=1) <= 0).all()


def test_scores_are_exact_for_the_best_and_zero_for_the_rest(
    index: ApproximateIndex, content: tuple[Vectors, Vectors]
) -> None:
    vectors, queries = content
    scores = index.scores(queries[:2])
    assert ((scores != 0).sum(axis=1) == 1000).all()
    exact = queries[:2] @ vectors.T
    assert scores[scores != 0] == pytest.approx(exact[scores != 0], abs=1e-5)


def test_hidden_rows_make_room_for_others(index: ApproximateIndex, content: tuple[Vectors, Vectors]) -> None:
    vectors, queries = content
    first = index.search(queries[:1], 20).rows[0]
    left = index.search(queries[:1], 10, hidden=first).rows[0]
    expected = np.argsort(-np.where(np.isin(np.arange(COUNT), first), -np.inf, vectors @ queries[0]), kind="stable")[
        :10
    ]
    assert len(set(left.tolist()) & set(expected.tolist())) >= 9


def test_with_very_many_hidden_rows_every_vector_is_looked_at(
    index: ApproximateIndex, content: tuple[Vectors, Vectors]
) -> None:
    vectors, queries = content
    left = np.arange(7, COUNT, 1000)
    hidden = np.setdiff1d(np.arange(COUNT), left)
    assert len(hidden) > module.MANY_HIDDEN
    found = index.search(queries[:1], 3, hidden=hidden)
    assert found.rows[0].tolist() == left[np.argsort(-(vectors[left] @ queries[0]), kind="stable")[:3]].tolist()


def test_the_same_vectors_give_the_same_index(index: ApproximateIndex, content: tuple[Vectors, Vectors]) -> None:
    vectors, queries = content
    again = ApproximateIndex.build(vectors)
    assert (again.search(queries, 10).rows == index.search(queries, 10).rows).all()


def test_an_odd_number_of_dimensions_is_looked_at_one_by_one() -> None:
    with pytest.raises(VectorsInvalid, match="even number"):
        ApproximateIndex.build(unit_vectors(20, 7))
    from knowledge_base.vectors import Kind

    assert build_passage_index(unit_vectors(20, 7), kind=Kind.APPROXIMATE).kind == "flat"
