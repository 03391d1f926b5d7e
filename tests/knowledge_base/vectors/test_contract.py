"""What every kind of passage index promises."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.errors import VectorsInvalid
from knowledge_base.vectors import NO_ROW, PassageIndex, Vectors, read_index, write_index
from tests.knowledge_base.vectors.conftest import DIMENSIONS, Make, Store, unit_vectors

Reopen = Callable[[PassageIndex], PassageIndex]


@pytest.fixture
def reopened(store: Store, tmp_path: Path) -> Reopen:
    """An index as another process opens it: from the contents of its files."""

    def reopen(index: PassageIndex) -> PassageIndex:
        write_index(index, tmp_path, "dense")
        return read_index({path.name: path.read_bytes() for path in tmp_path.iterdir()}, "dense", store=store.setting)

    return reopen


def best_by_hand(vectors: Vectors, query: Vectors, k: int) -> list[int]:
    return [int(row) for row in np.argsort(-(vectors @ query), kind="stable")[:k]]


def test_an_index_answers_with_the_rows_of_the_highest_inner_product_best_first(make: Make) -> None:
    vectors, queries = unit_vectors(500), unit_vectors(5, seed=4)
    index = make(vectors)
    found = index.search(queries, 10)
    assert (index.size, index.dimensions) == (500, DIMENSIONS)
    assert found.rows.dtype == np.int64
    assert found.scores.dtype == np.float32
    assert found.rows.shape == found.scores.shape == (5, 10)
    for query, rows, scores in zip(queries, found.rows, found.scores, strict=True):
        assert rows.tolist() == best_by_hand(vectors, query, 10)
        assert scores == pytest.approx((vectors @ query)[rows], abs=1e-5)


def test_a_written_index_read_again_answers_the_same(make: Make, reopened: Reopen) -> None:
    index, queries = make(unit_vectors(300)), unit_vectors(3, seed=4)
    before = index.search(queries, 7)
    again = reopened(index)
    after = again.search(queries, 7)
    assert (again.kind, again.size, again.dimensions) == (index.kind, 300, DIMENSIONS)
    assert (after.rows == before.rows).all()
    assert (after.scores == before.scores).all()


def test_an_empty_index_finds_nothing(make: Make, reopened: Reopen) -> None:
    index = reopened(make(np.empty((0, DIMENSIONS), dtype=np.float32)))
    found = index.search(unit_vectors(2), 3)
    assert index.size == 0
    assert (found.rows == NO_ROW).all()
    assert found.rows.shape == (2, 3)
    assert np.isneginf(found.scores).all()
    assert index.scores(unit_vectors(2)).shape == (2, 0)


def test_one_row_is_found_and_the_rest_is_padding(make: Make, reopened: Reopen) -> None:
    vector = unit_vectors(1)
    found = reopened(make(vector)).search(vector, 4)
    assert found.rows.tolist() == [[0, NO_ROW, NO_ROW, NO_ROW]]
    assert found.scores[0, 0] == pytest.approx(1, abs=1e-5)
    assert np.isneginf(found.scores[0, 1:]).all()
    assert found.found(0).rows.tolist() == [[0]]


def test_more_neighbours_than_rows_gives_every_row_once(make: Make) -> None:
    vectors = unit_vectors(13)
    found = make(vectors).search(vectors[:2], 20)
    assert sorted(found.rows[0, :13].tolist()) == list(range(13))
    assert (found.rows[:, 13:] == NO_ROW).all()


def test_equal_scores_are_answered_lower_row_first(make: Make) -> None:
    one, other = unit_vectors(2)
    vectors = np.stack([other, *[one] * 30, other, one])
    index = make(vectors)
    if index.exact:
        assert index.search(one[None, :], 8).rows.tolist() == [list(range(1, 9))]
        assert index.search(one[None, :], 33).rows.tolist() == [[*range(1, 31), 32, 0, 31]]
    found = index.search(one[None, :], 8)
    assert set(found.rows[0].tolist()) <= {*range(1, 31), 32}
    assert found.scores[0] == pytest.approx(1, abs=1e-5)


def test_hidden_rows_are_as_if_they_did_not_exist(make: Make) -> None:
    vectors = unit_vectors(200)
    index, query = make(vectors), vectors[17:18]
    hidden = np.array([17, 3, 3, 199])
    rows = index.search(query, 200, hidden=hidden).rows[0]
    assert not set(rows.tolist()) & {17, 3, 199}
    assert len(set(rows.tolist()) - {NO_ROW}) == 197
    assert index.search(query, 1).rows.tolist() == [[17]]
    every = index.scores(query, hidden=hidden)
    assert (every[0, [3, 17, 199]] == 0).all()
    assert (index.search(query, 5, hidden=np.arange(200)).rows == NO_ROW).all()


def test_hiding_nearly_everything_still_finds_what_is_left(make: Make) -> None:
    vectors = unit_vectors(400)
    left = [5, 120, 399]
    hidden = np.setdiff1d(np.arange(400), left)
    found = make(vectors).search(vectors[:1], 10, hidden=hidden)
    assert sorted(found.found(0).rows[0].tolist()) == left


def test_scores_of_every_row_agree_with_the_search(make: Make) -> None:
    vectors, queries = unit_vectors(150), unit_vectors(20, seed=8)
    index = make(vectors)
    every = index.scores(queries)
    assert every.shape == (20, 150)
    assert every.dtype == np.float32
    assert every == pytest.approx(queries @ vectors.T, abs=1e-5)
    found = index.search(queries, 5)
    assert np.take_along_axis(every, found.rows, axis=1) == pytest.approx(found.scores, abs=1e-5)


def test_many_queries_at_once_are_answered_like_each_alone(make: Make) -> None:
    index, queries = make(unit_vectors(333)), unit_vectors(40, seed=5)
    together = index.search(queries, 6)
    for at, query in enumerate(queries):
        alone = index.search(query[None, :], 6)
        assert together.rows[at].tolist() == alone.rows[0].tolist()
        assert together.scores[at] == pytest.approx(alone.scores[0], abs=1e-5)


def test_no_query_gets_no_answer(make: Make) -> None:
    found = make(unit_vectors(9)).search(np.empty((0, DIMENSIONS), dtype=np.float32), 3)
    assert found.rows.shape == (0, 3)


@pytest.mark.parametrize("shape", [(1, DIMENSIONS - 1), (1, DIMENSIONS + 1), (DIMENSIONS,), (0,), (1, 1, DIMENSIONS)])
def test_a_query_of_the_wrong_shape_is_refused_with_both_numbers(make: Make, shape: tuple[int, ...]) -> None:
    index = make(unit_vectors(4))
    with pytest.raises(VectorsInvalid, match=rf"{DIMENSIONS}\).*another encoder"):
        index.search(np.zeros(shape, dtype=np.float32), 2)
    with pytest.raises(VectorsInvalid, match="another encoder"):
        index.scores(np.zeros(shape, dtype=np.float32))


def test_a_query_that_is_not_a_number_is_refused(make: Make) -> None:
    query = unit_vectors(1)
    query[0, 3] = np.nan
    with pytest.raises(VectorsInvalid, match="NaN"):
        make(unit_vectors(4)).search(query, 2)


def test_a_query_of_zeros_is_answered(make: Make) -> None:
    found = make(unit_vectors(6)).search(np.zeros((1, DIMENSIONS), dtype=np.float32), 2)
    assert found.scores.tolist() == [[0, 0]]


@pytest.mark.parametrize("k", [0, -1])
def test_less_than_one_neighbour_is_refused(make: Make, k: int) -> None:
    with pytest.raises(VectorsInvalid, match="At least one"):
        make(unit_vectors(4)).search(unit_vectors(1), k)


@pytest.mark.parametrize("hidden", [[4], [-1], [0, 99]])
def test_a_hidden_row_that_does_not_exist_is_refused(make: Make, hidden: list[int]) -> None:
    with pytest.raises(VectorsInvalid, match=r"0\.\.3"):
        make(unit_vectors(4)).search(unit_vectors(1), 2, hidden=np.array(hidden))


def test_vectors_that_are_not_of_unit_length_are_refused_by_their_row(make: Make) -> None:
    vectors = unit_vectors(6)
    vectors[4] *= 1.5
    with pytest.raises(VectorsInvalid, match=r"passage 4 has the length 1\.5"):
        make(vectors)
    vectors[4] = np.nan
    with pytest.raises(VectorsInvalid, match="passage 4"):
        make(vectors)
    with pytest.raises(VectorsInvalid, match="shape"):
        make(np.ones(4, dtype=np.float32))


def test_a_passage_without_a_known_word_has_a_vector_of_zeros_and_is_never_best(make: Make) -> None:
    vectors = unit_vectors(50)
    vectors[7] = 0
    found = make(vectors).search(vectors[20:21], 3)
    assert found.rows[0, 0] == 20
    assert 7 not in found.rows[0]


def test_vectors_in_another_layout_and_precision_are_taken(make: Make) -> None:
    vectors = unit_vectors(60)
    found = make(np.asfortranarray(vectors.astype(np.float64))).search(np.asfortranarray(vectors[::20]), 1)
    assert found.rows[:, 0].tolist() == [0, 20, 40]


def test_many_threads_may_search_at_once(make: Make) -> None:
    vectors = unit_vectors(600)
    index = make(vectors)

    def ask(row: int) -> bool:
        hidden = np.array([row]) if row % 3 == 0 else None
        first = int(index.search(vectors[row : row + 1], 5, hidden=hidden).rows[0, 0])
        return first != row if row % 3 == 0 else first == row

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(240)))
