"""One fixture that holds every kind of passage index to the same tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
import pytest

from knowledge_base.vectors import FAISS, Kind, PassageIndex, Vectors, build_passage_index
from knowledge_base.vectors.connections import connections

DIMENSIONS = 24

Make = Callable[[Vectors], PassageIndex]


def unit_vectors(count: int, dimensions: int = DIMENSIONS, seed: int = 3) -> Vectors:
    """Random directions; with a seed of its own each call gives others."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


@pytest.fixture(scope="session")
def vectors_database(postgresql_url: str) -> Iterator[str]:
    """The URL of a database for vectors, on a real server."""
    url = postgresql_url.replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"vectors_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    store = url.replace("/postgres?", f"/{name}?", 1)
    assert store != url
    yield store
    connections(store).close()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class Store:
    """A kind of index, and the setting under which it is built and read."""

    kind: Kind
    setting: str


@pytest.fixture(params=list(Kind))
def store(request: pytest.FixtureRequest) -> Store:
    kind: Kind = request.param
    remote = kind in (Kind.PGVECTOR, Kind.PGVECTOR_HNSW)
    return Store(kind, request.getfixturevalue("vectors_database") if remote else FAISS)


@pytest.fixture
def make(store: Store) -> Make:
    return lambda vectors: build_passage_index(vectors, store=store.setting, kind=store.kind)
