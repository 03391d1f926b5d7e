"""What only vectors in PostgreSQL can do or suffer, on a real server."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest

from knowledge_base.errors import VectorStoreUnavailable, VectorStoreUnusable
from knowledge_base.publishing import (
    FORMAT_VERSION,
    Manifest,
    previous_of,
    read_verified,
    write_manifest,
    written_aside,
)
from knowledge_base.vectors import PgvectorIndex, forget_old_vectors, read_index, write_index
from knowledge_base.vectors.connections import MOST, connections
from knowledge_base.vectors.pgvector import forget_unused
from tests.knowledge_base.vectors.conftest import DIMENSIONS, unit_vectors


@pytest.fixture
def own(vectors_database: str) -> Iterator[str]:
    """A store whose tables nobody else has."""
    name = f"own_{uuid.uuid4().hex}"
    with psycopg.connect(vectors_database, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    store = re.sub("/vectors_[0-9a-f]+", f"/{name}", vectors_database)
    yield store
    connections(store).close()
    with psycopg.connect(vectors_database, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(store: str) -> int:
    with psycopg.connect(store) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'copilot_vectors' AND tablename LIKE 'set\\_%'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_the_same_vectors_are_written_once_and_others_beside_them(own: str) -> None:
    first = PgvectorIndex.build(unit_vectors(50), own, hnsw=False)
    again = PgvectorIndex.build(unit_vectors(50), own, hnsw=False)
    assert first.reference == again.reference
    assert tables(own) == 1
    newer = PgvectorIndex.build(unit_vectors(60), own, hnsw=False)
    assert tables(own) == 2
    assert first.search(unit_vectors(50)[7:8], 1).rows.tolist() == [[7]]
    assert newer.search(unit_vectors(60)[59:60], 1).rows.tolist() == [[59]]


def test_sets_that_no_index_refers_to_go_after_a_while_and_the_others_stay(own: str) -> None:
    older, old, new = (PgvectorIndex.build(unit_vectors(count), own, hnsw=False) for count in (10, 20, 30))
    digest = {each: each.reference.digest for each in (older, old, new)}
    assert forget_unused(own, "one", {digest[older], digest[old]}, minutes=0) == 1
    new = PgvectorIndex.build(unit_vectors(30), own, hnsw=False)
    assert forget_unused(own, "two", {digest[older]}) == 0
    assert tables(own) == 3, "one that was just written is not referred to yet"
    assert forget_unused(own, "one", {digest[old], new.reference.digest}, minutes=0) == 0
    assert forget_unused(own, "two", set()) == 0
    assert forget_unused(own, "two", set(), minutes=0) == 1
    assert tables(own) == 2
    assert old.search(unit_vectors(20)[:1], 1).rows.tolist() == [[0]]
    with pytest.raises(VectorStoreUnusable, match="build it again"):
        older.search(unit_vectors(1), 1)
    with pytest.raises(ValueError, match="no longer has its 10 vectors"):
        read_index({"dense.pgvector.json": older.reference.model_dump_json().encode()}, "dense", store=own)


def test_publishing_keeps_the_vectors_of_the_index_and_of_the_previous_one(
    own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge_base.vectors.pgvector.forget_unused.__kwdefaults__", {"minutes": 0})
    index = tmp_path / "index"
    for count in (10, 20, 30):
        built = PgvectorIndex.build(unit_vectors(count), own, hnsw=False)
        with written_aside(index) as folder:
            write_index(built, folder, "dense")
            write_manifest(folder, a_manifest())
        forget_old_vectors(index, own)
    assert tables(own) == 2
    for place, size in ((index, 30), (previous_of(index), 20)):
        _, files = read_verified(place)
        assert read_index(files, "dense", store=own).size == size
    assert forget_old_vectors(index, "faiss") == 0


def a_manifest() -> Manifest:
    return Manifest(
        format_version=FORMAT_VERSION, created_at=datetime.now(UTC), source="here", encoder="none", encoder_digest="",
        locales={}, skipped=(), files={},
    )  # fmt: skip


def test_two_builds_at_once_do_not_meet(own: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda n: PgvectorIndex.build(unit_vectors(100 + n % 2), own, hnsw=False), range(8)))
    assert tables(own) == 2
    assert {each.size for each in built} == {100, 101}


def test_a_build_that_fails_leaves_nothing(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(vectors: object) -> Iterator[bytes]:
        yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
        yield b"\0\2 and nonsense"

    monkeypatch.setattr("knowledge_base.vectors.pgvector._binary", torn)
    with pytest.raises(VectorStoreUnusable, match="refuses"):
        PgvectorIndex.build(unit_vectors(5), own, hnsw=False)
    monkeypatch.undo()
    assert PgvectorIndex.build(unit_vectors(5), own, hnsw=False).size == 5
    assert tables(own) == 1


def test_many_vectors_are_found_by_their_graph_with_and_without_hidden_rows(own: str) -> None:
    random = np.random.default_rng(2)
    topics = random.standard_normal((60, DIMENSIONS))
    drawn = topics[random.integers(0, 60, 6050)] + 0.7 * random.standard_normal((6050, DIMENSIONS))
    drawn = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    vectors, queries = drawn[:6000], drawn[6000:]
    index = PgvectorIndex.build(vectors, own, hnsw=True)
    with psycopg.connect(own) as connection:
        statement = index._statement(10, hiding=False)
        plan = connection.execute(
            b"EXPLAIN " + statement.as_bytes(None), {"query": str(queries[0].tolist())}
        ).fetchall()
        assert any("using set_" in line for (line,) in plan), plan
    expected = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :10]
    found = index.search(queries, 10).rows
    assert np.mean([len(set(a) & set(b)) for a, b in zip(expected.tolist(), found.tolist(), strict=True)]) >= 9.5
    hidden = np.flatnonzero(vectors @ queries[0] > 0)
    left = index.search(queries[:1], 10, hidden=hidden)
    assert (left.rows >= 0).all()
    assert (left.scores <= 0).all()


def test_vectors_too_long_for_the_graph_are_looked_at_one_by_one(own: str) -> None:
    vectors = unit_vectors(30, 2100)
    index = PgvectorIndex.build(vectors, own, hnsw=True)
    assert index.exact
    assert index.search(vectors[11:12], 1).rows.tolist() == [[11]]


def test_a_connection_that_the_server_ended_is_replaced(own: str) -> None:
    index = PgvectorIndex.build(unit_vectors(20), own, hnsw=False)
    for _ in range(2):
        with psycopg.connect(own, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert index.search(unit_vectors(20)[4:5], 1).rows.tolist() == [[4]]


def test_no_more_connections_are_opened_than_said(own: str) -> None:
    index = PgvectorIndex.build(unit_vectors(20), own, hnsw=False)
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: index.search(unit_vectors(1), 1).rows[0, 0] == 0, range(60)))
    with psycopg.connect(own) as admin:
        count = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert count is not None
    assert 1 <= count[0] <= MOST


def test_a_server_that_does_not_answer_may_be_asked_again(tmp_path: Path) -> None:
    store = f"postgresql://copilot:not-told@/name?host={tmp_path}"
    with pytest.raises(VectorStoreUnavailable, match=r"does not answer.*COPILOT_KB__VECTORS=faiss") as caught:
        PgvectorIndex.build(unit_vectors(3), store, hnsw=False)
    assert caught.value.try_again
    assert "not-told" not in str(caught.value)


def test_a_user_without_the_right_is_told_what_an_administrator_has_to_do(own: str) -> None:
    role = f"role_{uuid.uuid4().hex}"
    with psycopg.connect(own, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN")
    try:
        store = own.replace("postgresql://postgres:", f"postgresql://{role}:", 1)
        assert store != own
        with pytest.raises(VectorStoreUnusable, match="CREATE EXTENSION vector") as caught:
            PgvectorIndex.build(unit_vectors(3), store, hnsw=False)
        assert not caught.value.try_again
        connections(store).close()
    finally:
        with psycopg.connect(own, autocommit=True) as admin:
            admin.execute(f"DROP ROLE {role}")


def test_an_index_in_postgresql_is_not_read_without_its_url(own: str) -> None:
    index = PgvectorIndex.build(unit_vectors(3), own, hnsw=False)
    raw = index.reference.model_dump_json().encode()
    with pytest.raises(VectorStoreUnusable, match="set COPILOT_KB__VECTORS to its URL"):
        read_index({"dense.pgvector.json": raw}, "dense")
    with pytest.raises(ValueError, match="not valid"):
        read_index({"dense.pgvector.json": b"{}"}, "dense", store=own)
    assert read_index({"dense.pgvector.json": raw}, "dense", store=own).size == 3
