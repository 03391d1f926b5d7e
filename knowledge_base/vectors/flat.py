"""Every vector is looked at: exact, and quick enough up to some 200,000 passages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.vectors.base import (
    NO_ROW,
    Neighbours,
    Rows,
    Scores,
    Vectors,
    checked_hidden,
    checked_k,
    checked_queries,
    checked_vectors,
    padded,
)

# A core waits for memory less where it reads from several places in turn; docs/benchmarks.md sets one stream and eight
# beside the quickest plain read of the same bytes.
STREAMS = 8
# From so many queries on, one matrix product reads the vectors once for all of them.
TOGETHER = 16
# Rows that are folded into one when the best are looked for.
FOLDED = 64
# Scores that are held at once, of queries asked together: 64 MB.
HELD_SCORES = 1 << 24


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS computes in the calling thread alone. One query gains nothing by others, and on a busy machine it waits for
    them: 13.7 ms instead of 0.6 for 10,000 rows. The number that is set is each thread's own."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


class FlatIndex:
    """A FAISS `IndexFlatIP`, whose vectors are read where they lie, by FAISS's own inner product, eight rows in turn."""

    kind = "flat"
    exact = True

    def __init__(self, index: Any) -> None:
        """`index`: a `faiss.IndexFlatIP`; `build` and `read_index` make it. `vectors` is its memory, not a copy."""
        import faiss

        self.faiss_index = index
        self.size = int(index.ntotal)
        self.dimensions = int(index.d)
        self.vectors = (
            faiss.rev_swig_ptr(index.get_xb(), self.size * self.dimensions).reshape(self.size, self.dimensions)
            if self.size
            else np.empty((0, self.dimensions), dtype=np.float32)
        )
        self._even = self.size - self.size % STREAMS
        order = np.arange(self._even).reshape(STREAMS, -1).T.ravel()
        self._order = np.ascontiguousarray(np.append(order, np.arange(self._even, self.size)), dtype=np.int64)

    @classmethod
    def build(cls, vectors: Vectors) -> FlatIndex:
        """Raises `VectorsInvalid` unless they are (n, d) unit vectors."""
        import faiss

        vectors = checked_vectors(vectors)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index)

    def search(self, query_vectors: Vectors, k: int, *, hidden: Rows | None = None) -> Neighbours:
        queries = checked_queries(query_vectors, self.dimensions)
        checked_k(k)
        gone = checked_hidden(hidden, self.size)
        rows = np.empty((len(queries), min(k, self.size)), dtype=np.int64)
        scores = np.empty(rows.shape, dtype=np.float32)
        step = max(1, HELD_SCORES // max(1, self.size))
        for begin in range(0, len(queries), step):
            every = self._every(queries[begin : begin + step])
            if len(gone):
                every[:, gone] = -np.inf
            for at, each in enumerate(every, start=begin):
                rows[at] = best = best_rows(each, rows.shape[1])
                scores[at] = each[best]
        if len(gone):
            rows[np.isneginf(scores)] = NO_ROW
        return padded(rows, scores, k)

    def scores(self, query_vectors: Vectors, *, hidden: Rows | None = None) -> Scores:
        """Exact for every row."""
        every = self._every(checked_queries(query_vectors, self.dimensions))
        every[:, checked_hidden(hidden, self.size)] = 0
        return every

    def scores_of(self, query: Vectors, rows: Rows) -> Scores:
        """The inner products of one query, contiguous float32 (d,), with some rows."""
        import faiss

        found = np.empty(len(rows), dtype=np.float32)
        pointer = faiss.swig_ptr
        if len(rows):
            with one_thread():
                faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined]  # faiss's stubs leave it out
                    pointer(found), pointer(query), pointer(self.vectors), pointer(rows), self.dimensions, 1, len(rows)
                )
        return found

    def write(self, folder: Path, name: str) -> None:
        import faiss

        # Not faiss.write_index: it tells of a full disk in a RuntimeError without the reason.
        (folder / f"{name}.faiss").write_bytes(faiss.serialize_index(self.faiss_index).data)

    def _every(self, queries: Vectors) -> Scores:
        if len(queries) >= TOGETHER:
            product: Scores = queries @ self.vectors.T
            return product
        every = np.empty((len(queries), self.size), dtype=np.float32)
        for query, scores in zip(queries, every, strict=True):
            self._one(query, scores)
        return every

    def _one(self, query: Vectors, scores: Scores) -> None:
        """The inner products of one query (d,) with every row, written to `scores` (size,)."""
        found = self.scores_of(query, self._order)
        scores[: self._even].reshape(STREAMS, -1)[:] = found[: self._even].reshape(-1, STREAMS).T
        scores[self._even :] = found[self._even :]


def best_rows(scores: Scores, k: int) -> Rows:
    """The `k` (at most as many as there are) rows of the highest scores, best first, of equal ones the lower row."""
    columns = len(scores) // FOLDED
    if columns > 4 * k > 0:
        # The k-th best of the columns' best is not above the k-th best of all: few rows are left to be put in order, and
        # 100,000 take 0.1 ms instead of 1.
        tops = scores[: FOLDED * columns].reshape(FOLDED, columns).max(axis=0)
        among = np.flatnonzero(scores >= np.partition(tops, columns - k)[columns - k])
        left: Rows = among[_ordered(scores[among], k)]
        return left
    return _ordered(scores, k)


def _ordered(scores: Scores, k: int) -> Rows:
    if k == 0:
        return np.empty(0, dtype=np.int64)
    if k == len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    above = np.flatnonzero(scores > least)
    level = np.flatnonzero(scores == least)[: k - len(above)]
    chosen = np.concatenate((above, level))
    ordered: Rows = chosen[np.lexsort((chosen, -scores[chosen]))]
    return ordered
