"""For more passages than can be looked at one by one: 4-bit codes of every vector are scanned, and the best thousand
compared exactly.

A quarter of a byte for a number: 250,000 vectors of 384 are scanned from the processor's cache. Unlike a graph (HNSW) or
cells (IVF) the scan leaves nothing out that its codes rank high, builds in seconds, and needs no tuning to the content
(measured side by side: docs/decisions/0005-passage-index.md).
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.errors import VectorsInvalid
from knowledge_base.vectors.base import (
    SPREAD,
    Neighbours,
    Rows,
    Scores,
    Vectors,
    checked_hidden,
    checked_k,
    checked_queries,
    checked_vectors,
    padded,
    spread_out,
)
from knowledge_base.vectors.flat import FlatIndex, best_rows, one_thread

# Rows that are compared exactly: recall@10 >= .99 with 500 of 60,000 (both kinds of content that were tried).
CANDIDATES = 1000
CANDIDATES_EACH = 4
# Of which the codes are learnt; more changes nothing but the time. Fewer are filled up: FAISS wants 39 for each of 16.
LEARNT_FROM = 50_000
LEAST_LEARNT_FROM = 1000
# From so many hidden rows on every vector that is left is looked at.
MANY_HIDDEN = 1000


class ApproximateIndex:
    """A FAISS `IndexPQFastScan` with an `IndexFlatIP` behind it, in one `IndexRefineFlat`."""

    kind = "approximate"
    exact = False

    def __init__(self, index: Any) -> None:
        """`index`: a `faiss.IndexRefineFlat`; `build` and `read_index` make it."""
        import faiss

        self._index = index
        self._codes = faiss.downcast_index(index.base_index)
        self._flat = FlatIndex(faiss.downcast_index(index.refine_index))
        self.size = self._flat.size
        self.dimensions = self._flat.dimensions

    @classmethod
    def build(cls, vectors: Vectors) -> ApproximateIndex:
        """Raises `VectorsInvalid` unless they are (n, d) unit vectors with an even d. The same vectors give the same
        index."""
        import faiss

        vectors = checked_vectors(vectors)
        count, dimensions = vectors.shape
        if dimensions % 2:
            raise VectorsInvalid(f"An approximate index wants an even number of dimensions, not {dimensions}")
        codes = faiss.IndexPQFastScan(dimensions, dimensions // 2, 4, faiss.METRIC_INNER_PRODUCT)
        index = faiss.IndexRefineFlat(codes)
        # Learning 192 codes of two numbers each with more threads waits longer for the threads than it computes: 27 s
        # instead of 3 on a busy machine.
        with one_thread():
            index.train(_sample(vectors))
            if count:
                index.add(vectors)
        return cls(index)

    def search(self, query_vectors: Vectors, k: int, *, hidden: Rows | None = None) -> Neighbours:
        queries = checked_queries(query_vectors, self.dimensions)
        gone = checked_hidden(hidden, self.size)
        wanted = max(CANDIDATES, CANDIDATES_EACH * checked_k(k)) + len(gone)
        if not self.size or not len(queries) or len(gone) > MANY_HIDDEN:
            return self._flat.search(queries, k, hidden=gone)
        with one_thread() if len(queries) == 1 else nullcontext():
            _, candidates = self._codes.search(queries, min(wanted, self.size))
        rows = np.full((len(queries), min(k, self.size)), -1, dtype=np.int64)
        scores = np.full(rows.shape, -np.inf, dtype=np.float32)
        for at, (query, held) in enumerate(zip(queries, candidates, strict=True)):
            # In ascending order, so that of equal scores the lower row comes first here too.
            real = np.setdiff1d(held[held >= 0], gone, assume_unique=True)
            real.sort()
            if len(real) < min(rows.shape[1], self.size - len(gone)):
                # A query of zeros has no best codes.
                every = self._flat.search(query[None, :], rows.shape[1], hidden=gone)
                rows[at], scores[at] = every.rows[0], every.scores[0]
                continue
            exact = self._flat.scores_of(query, real)
            best = best_rows(exact, min(rows.shape[1], len(real)))
            rows[at, : len(best)] = real[best]
            scores[at, : len(best)] = exact[best]
        return padded(rows, scores, k)

    def scores(self, query_vectors: Vectors, *, hidden: Rows | None = None) -> Scores:
        """Exact for the best 1,000 that are found, 0 for the others."""
        return spread_out(self.search(query_vectors, SPREAD, hidden=hidden), self.size)

    def write(self, folder: Path, name: str) -> None:
        import faiss

        (folder / f"{name}.faiss").write_bytes(faiss.serialize_index(self._index).data)


def _sample(vectors: Vectors) -> Vectors:
    """Vectors to learn codes from, always the same; random directions where there are too few."""
    random = np.random.default_rng(0)
    if len(vectors) >= LEARNT_FROM:
        return np.ascontiguousarray(vectors[np.sort(random.permutation(len(vectors))[:LEARNT_FROM])])
    missing = max(0, LEAST_LEARNT_FROM - len(vectors))
    made = random.standard_normal((missing, vectors.shape[1]), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return np.concatenate([vectors, made])
