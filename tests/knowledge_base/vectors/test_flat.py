from __future__ import annotations

import faiss
import numpy as np
import pytest

from knowledge_base.vectors.flat import FlatIndex, best_rows, one_thread
from tests.knowledge_base.vectors.conftest import unit_vectors

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize("count", [1, 5, 63, 64, 700, 5000, 30_000])
@pytest.mark.parametrize("k", [1, 3, 10, 100])
def test_the_best_rows_are_those_of_a_stable_sort_whatever_the_ties(count: int, k: int) -> None:
    drawn = RANDOM.standard_normal(count).astype(np.float32)
    for scores in (
        drawn,
        np.round(drawn),
        np.zeros_like(drawn),
        np.where(RANDOM.random(count) < 0.999, -np.inf, drawn).astype(np.float32),
        np.full_like(drawn, -np.inf),
    ):
        expected = np.argsort(-scores, kind="stable")[:k]
        assert best_rows(scores, min(k, count)).tolist() == expected.tolist()


@pytest.mark.parametrize("count", [1, 7, 8, 9, 1001])
def test_every_row_has_its_own_score_whatever_the_number_of_streams_leaves_over(count: int) -> None:
    vectors, query = unit_vectors(count), unit_vectors(1, seed=9)
    assert FlatIndex.build(vectors).scores(query)[0] == pytest.approx(vectors @ query[0], abs=1e-6)


def test_it_finds_what_faiss_finds() -> None:
    vectors, queries = unit_vectors(3000, 384), unit_vectors(30, 384, seed=9)
    plain = faiss.IndexFlatIP(384)
    plain.add(vectors)
    scores, rows = plain.search(queries, 10)
    index = FlatIndex.build(vectors)
    for few in (queries[:3], queries):
        found = index.search(few, 10)
        assert (found.rows == rows[: len(few)]).all()
        assert found.scores == pytest.approx(scores[: len(few)], abs=1e-6)


def test_the_number_of_threads_is_given_back() -> None:
    before = faiss.omp_get_max_threads()
    with one_thread():
        assert faiss.omp_get_max_threads() == 1
    assert faiss.omp_get_max_threads() == before
