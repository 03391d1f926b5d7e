"""`PassageIndex`: what every store of passage vectors promises, and what their callers are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import VectorsInvalid

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

NO_ROW = -1
# float16 encoders and int8 ones are this far from 1 after they have normalised.
UNIT_TOLERANCE = 5e-3
# Rows whose score is told by `scores` where not every row is looked at.
SPREAD = 1000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The best rows for each of q queries, best first.

    `rows`: int64 (q, k); `NO_ROW` (-1) where there are fewer than k. `scores`: float32 (q, k), the inner product (the
    cosine, for unit vectors); -inf where there is no row.
    """

    rows: Rows
    scores: Scores

    def found(self, query: int) -> Neighbours:
        """Of one query only the rows that exist, still two-dimensional: (1, number found)."""
        real = self.rows[query] != NO_ROW
        return Neighbours(self.rows[query][real][None, :], self.scores[query][real][None, :])


class PassageIndex(Protocol):
    """`size` unit vectors of `dimensions` float32 numbers each, in the order in which they were given (their rows).

    Never changed after it was made. Searching is safe from any number of threads at once. Every method raises
    `VectorsInvalid` where an argument's shape is wrong, and a store behind a network `VectorStoreUnavailable`.
    """

    @property
    def kind(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def exact(self) -> bool:
        """Whether every row is looked at: equal scores are then answered lower row first."""
        ...

    def search(self, query_vectors: Vectors, k: int, *, hidden: Rows | None = None) -> Neighbours:
        """The `k` rows with the highest inner product, for each of (q, dimensions) queries; rows in `hidden` are
        treated as if they did not exist."""
        ...

    def scores(self, query_vectors: Vectors, *, hidden: Rows | None = None) -> Scores:
        """(q, size): the inner product with every row. An index that does not look at every row, or keeps them
        elsewhere, gives those of the best 1,000 and 0 to the others; hidden rows have 0."""
        ...

    def write(self, folder: Path, name: str) -> None:
        """Writes one file, `name` and an ending of its own, from which `read_index` gives the same index again.
        Raises `OSError` where it cannot."""
        ...


def checked_vectors(vectors: Vectors) -> Vectors:
    """(n, d) float32, in one block of memory. Raises `VectorsInvalid` unless each row is of unit length (or all
    zeros: a text in which the encoder knows no word)."""
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise VectorsInvalid(f"Vectors have the shape {vectors.shape}, not (number of passages, dimensions)")
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = ~((np.abs(lengths - 1) <= UNIT_TOLERANCE) | (lengths == 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise VectorsInvalid(
            f"The vector of passage {row} has the length {lengths[row]:.4g}, not 1: normalise it first"
        )
    return vectors


def checked_queries(query_vectors: Vectors, dimensions: int) -> Vectors:
    """(q, dimensions) float32, in one block of memory. Raises `VectorsInvalid`."""
    queries = np.ascontiguousarray(query_vectors, dtype=np.float32)
    if queries.ndim != 2 or queries.shape[1] != dimensions:
        raise VectorsInvalid(
            f"A query has the shape {queries.shape}, this index wants (number of queries, {dimensions}). "
            "Was the index built with another encoder? Build it again"
        )
    if not np.isfinite(queries).all():
        raise VectorsInvalid("A query vector holds NaN or an infinity")
    return queries


def checked_hidden(hidden: Rows | None, size: int) -> Rows:
    """Distinct rows, int64. Raises `VectorsInvalid` for one that does not exist."""
    if hidden is None:
        return np.empty(0, dtype=np.int64)
    rows = np.unique(np.asarray(hidden, dtype=np.int64))
    if rows.size and not 0 <= rows[0] <= rows[-1] < size:
        raise VectorsInvalid(f"Hidden rows must lie in 0..{size - 1}, not {rows[0]}..{rows[-1]}")
    return rows


def checked_k(k: int) -> int:
    if k < 1:
        raise VectorsInvalid(f"At least one neighbour must be asked for, not {k}")
    return k


def padded(rows: Rows, scores: Scores, k: int) -> Neighbours:
    """(q, <= k) rows and scores, filled up to k with `NO_ROW` and -inf."""
    missing = k - rows.shape[1]
    if missing <= 0:
        return Neighbours(rows[:, :k], scores[:, :k])
    return Neighbours(
        np.pad(rows, ((0, 0), (0, missing)), constant_values=NO_ROW),
        np.pad(scores, ((0, 0), (0, missing)), constant_values=-np.inf),
    )


def spread_out(neighbours: Neighbours, size: int) -> Scores:
    """(q, size) scores from neighbours, 0 for rows that are none."""
    scores = np.zeros((neighbours.rows.shape[0], size), dtype=np.float32)
    query, at = np.nonzero(neighbours.rows != NO_ROW)
    scores[query, neighbours.rows[query, at]] = neighbours.scores[query, at]
    return scores
