"""Vectors in PostgreSQL with pgvector, for an index that does not fit into each process that searches it.

A set of vectors is a table of its own, named by the SHA-256 of its content, so that a new index is written beside the
one that serves, and the same content is written once. The index directory holds the reference. Sets that no index
refers to any more go some time after (`forget_unused`), in one DROP TABLE (docs/decisions/0005-passage-index.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge_base.errors import VectorStoreUnusable
from knowledge_base.vectors.base import (
    NO_ROW,
    SPREAD,
    Neighbours,
    Rows,
    Scores,
    Vectors,
    checked_hidden,
    checked_k,
    checked_queries,
    checked_vectors,
    spread_out,
)
from knowledge_base.vectors.connections import SCHEMA, Connections, connections

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

REFERENCE = ".pgvector.json"
# Vectors beyond this many dimensions cannot be indexed by HNSW, nor lie within one page of 8 kB.
MOST_INDEXED = 2000
# Looked at by an HNSW scan before the k best are told: recall@10 .99 (defaults: 40, .90).
EF_SEARCH = 200
# How long a set that nothing refers to is kept: a process that serves it switches within seconds.
MINUTES_KEPT = 15
# One lock for everything that makes or drops tables.
_LOCK = 7_310_219_441
_ROWS_A_BLOCK = 4096


class Reference(BaseModel):
    """What the index directory holds instead of vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int
    dimensions: int
    hnsw: bool


class PgvectorIndex:
    """A set of vectors in a table of the server at `store`; nothing of it is held here."""

    def __init__(self, reference: Reference, store: str) -> None:
        """`build` and `read` make it."""
        self.reference = reference
        self.size = reference.size
        self.dimensions = reference.dimensions
        self.kind = "pgvector-hnsw" if reference.hnsw else "pgvector"
        self.exact = not reference.hnsw
        self._server = _server(store)

    @classmethod
    def build(cls, vectors: Vectors, store: str, *, hnsw: bool) -> PgvectorIndex:
        """Writes the vectors to the server unless it has them. Raises `VectorsInvalid`, `VectorStoreUnusable`, or
        `VectorStoreUnavailable`; the server has either all of them afterwards or none."""
        vectors = checked_vectors(vectors)
        hnsw = hnsw and vectors.shape[1] <= MOST_INDEXED
        reference = Reference(digest=_digest(vectors, hnsw), size=len(vectors), dimensions=vectors.shape[1], hnsw=hnsw)
        _server(store).run(lambda connection: _write(connection, reference, vectors))
        return cls(reference, store)

    @classmethod
    def read(cls, raw: bytes, store: str) -> PgvectorIndex:
        """The index that `write` described. Raises `ValueError` where the description is not valid or the server no
        longer has the vectors, else as `build`."""
        try:
            reference = Reference.model_validate_json(raw)
        except ValidationError as error:
            raise ValueError(f"the reference to vectors in PostgreSQL is not valid: {error}") from None
        if not is_postgresql(store):
            raise VectorStoreUnusable(
                "The vectors of this index are in PostgreSQL: set COPILOT_KB__VECTORS to its URL, or build the index again"
            )
        if not _server(store).run(lambda connection: _has(connection, reference)):
            raise ValueError(f"PostgreSQL no longer has its {reference.size} vectors")
        return cls(reference, store)

    def search(self, query_vectors: Vectors, k: int, *, hidden: Rows | None = None) -> Neighbours:
        queries = checked_queries(query_vectors, self.dimensions)
        gone = checked_hidden(hidden, self.size)
        rows = np.full((len(queries), checked_k(k)), NO_ROW, dtype=np.int64)
        scores = np.full(rows.shape, -np.inf, dtype=np.float32)
        statement = self._statement(k, bool(len(gone)))

        def ask(connection: Connection) -> None:
            if self.reference.hnsw:
                # Unknown until the extension's library is loaded, which the first statement with a vector does.
                connection.execute("SELECT '[1]'::vector")
                connection.execute(f"SET hnsw.ef_search = {EF_SEARCH}")
                connection.execute("SET hnsw.iterative_scan = strict_order")
            for at, query in enumerate(queries):
                values = {"query": _text(query), "hidden": gone.tolist()}
                found = connection.execute(statement, values).fetchall()
                # HNSW: of equal scores the lower row first, as far as both were found.
                found.sort(key=lambda each: (each[1], each[0]))
                rows[at, : len(found)] = [row for row, _ in found]
                scores[at, : len(found)] = [-distance for _, distance in found]

        if self.size and len(queries):
            self._server.run(ask)
        return Neighbours(rows, scores)

    def scores(self, query_vectors: Vectors, *, hidden: Rows | None = None) -> Scores:
        """Of the best 1,000, 0 for the others."""
        return spread_out(self.search(query_vectors, SPREAD, hidden=hidden), self.size)

    def write(self, folder: Path, name: str) -> None:
        (folder / f"{name}{REFERENCE}").write_text(self.reference.model_dump_json(), encoding="utf-8")

    def _statement(self, k: int, hiding: bool) -> Composed:
        from psycopg import sql

        return sql.SQL(
            "SELECT row, embedding <#> {query} FROM {table} {hidden} ORDER BY embedding <#> {query} {ties} LIMIT {k}"
        ).format(
            query=sql.SQL("%(query)s::vector"),
            table=_table(self.reference.digest),
            hidden=sql.SQL("WHERE row <> ALL(%(hidden)s::integer[])" if hiding else ""),
            # With a second key the planner would sort everything instead of walking the graph.
            ties=sql.SQL("" if self.reference.hnsw else ", row"),
            k=sql.Literal(k),
        )


def is_postgresql(store: str) -> bool:
    return store.startswith(("postgresql://", "postgres://", "postgresql+psycopg://"))


def forget_unused(store: str, owner: str, digests: set[str], *, minutes: float = MINUTES_KEPT) -> int:
    """Says that `owner` (an index directory) refers to the sets `digests` and no others, and drops the sets to which
    no owner has referred for `minutes`. Returns how many were dropped."""

    def forget(connection: Connection) -> int:
        with connection.transaction():
            _prepare(connection)
            connection.execute(
                f"DELETE FROM {SCHEMA}.users WHERE owner = %s AND digest <> ALL(%s)",  # noqa: S608
                (owner, sorted(digests)),
            )
            connection.execute(
                f"INSERT INTO {SCHEMA}.users (owner, digest) SELECT %s, digest FROM {SCHEMA}.sets "  # noqa: S608
                "WHERE digest = ANY(%s) ON CONFLICT DO NOTHING",
                (owner, sorted(digests)),
            )
            connection.execute(
                f"UPDATE {SCHEMA}.sets SET unused_since = CASE WHEN EXISTS "  # noqa: S608
                f"(SELECT FROM {SCHEMA}.users WHERE users.digest = sets.digest) THEN NULL "
                "ELSE coalesce(unused_since, now()) END"
            )
            gone = connection.execute(
                f"DELETE FROM {SCHEMA}.sets WHERE unused_since <= now() - make_interval(secs => %s) RETURNING digest",  # noqa: S608
                (minutes * 60,),
            ).fetchall()
            from psycopg import sql

            for (digest,) in gone:
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_table(digest)))
        return len(gone)

    return _server(store).run(forget)


def _server(store: str) -> Connections:
    return connections(store.replace("postgresql+psycopg://", "postgresql://", 1))


def _table(digest: str) -> Composed:
    from psycopg import sql

    return sql.SQL("{}").format(sql.Identifier(SCHEMA, f"set_{digest[:32]}"))


def _digest(vectors: Vectors, hnsw: bool) -> str:
    digest = hashlib.sha256(f"{vectors.shape} {hnsw}\n".encode())
    digest.update(vectors.view(np.uint8).data)
    return digest.hexdigest()


def _text(vector: Vectors) -> str:
    return f"[{','.join(map(repr, vector.tolist()))}]"


def _prepare(connection: Connection) -> None:
    """Within a transaction: what every set needs, and until its end nobody else makes or drops one."""
    connection.execute("SET LOCAL client_min_messages = warning")
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    if connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.users",)).fetchone() == (None,):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute(
            f"CREATE TABLE {SCHEMA}.sets (digest text PRIMARY KEY, size integer NOT NULL, "
            "made_at timestamptz NOT NULL DEFAULT now(), unused_since timestamptz DEFAULT now())"
        )
        connection.execute(
            f"CREATE TABLE {SCHEMA}.users (owner text, digest text REFERENCES {SCHEMA}.sets ON DELETE CASCADE, "
            "PRIMARY KEY (owner, digest))"
        )


def _has(connection: Connection, reference: Reference) -> bool:
    with connection.transaction():
        known = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.sets",)).fetchone() != (None,)
        if not known:
            return False
        found = connection.execute(
            f"SELECT size FROM {SCHEMA}.sets WHERE digest = %s",  # noqa: S608
            (reference.digest,),
        ).fetchone()
    return found == (reference.size,)


def _write(connection: Connection, reference: Reference, vectors: Vectors) -> None:
    from psycopg import sql

    with connection.transaction():
        _prepare(connection)
        if _has(connection, reference):
            # A build that is under way holds it back from `forget_unused` as if it were new.
            connection.execute(
                f"UPDATE {SCHEMA}.sets SET unused_since = now() WHERE digest = %s AND unused_since IS NOT NULL",  # noqa: S608
                (reference.digest,),
            )
            return
        table = _table(reference.digest)
        connection.execute(
            sql.SQL("CREATE TABLE {} (row integer PRIMARY KEY, embedding vector({}) NOT NULL)").format(
                table, sql.Literal(reference.dimensions)
            )
        )
        if reference.dimensions <= MOST_INDEXED:
            # Longer than 2 kB they would be moved out of the table, and each fetched on its own.
            connection.execute(sql.SQL("ALTER TABLE {} ALTER embedding SET STORAGE PLAIN").format(table))
        with connection.cursor() as cursor:
            statement = sql.SQL("COPY {} (row, embedding) FROM STDIN (FORMAT BINARY)").format(table)
            with cursor.copy(statement) as copy:
                for block in _binary(vectors):
                    copy.write(block)
        if reference.hnsw:
            connection.execute("SET LOCAL maintenance_work_mem = '1GB'")
            connection.execute(sql.SQL("CREATE INDEX ON {} USING hnsw (embedding vector_ip_ops)").format(table))
        connection.execute(sql.SQL("ANALYZE {}").format(table))
        connection.execute(
            f"INSERT INTO {SCHEMA}.sets (digest, size) VALUES (%s, %s)",  # noqa: S608
            (reference.digest, reference.size),
        )


def _binary(vectors: Vectors) -> Iterator[bytes]:
    """PostgreSQL's binary COPY format; a vector is its dimensions, a zero and big-endian float32 (pgvector's `vector_recv`).
    Ten times as quick as text."""
    dimensions = vectors.shape[1]
    shape = np.dtype(
        [("fields", ">i2"), ("row_length", ">i4"), ("row", ">i4"), ("length", ">i4"), ("dimensions", ">i2"),
         ("zero", ">i2"), ("vector", ">f4", (dimensions,))]
    )  # fmt: skip
    yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
    for start in range(0, len(vectors), _ROWS_A_BLOCK):
        part = vectors[start : start + _ROWS_A_BLOCK]
        block = np.zeros(len(part), dtype=shape)
        block["fields"] = 2
        block["row_length"] = 4
        block["row"] = np.arange(start, start + len(part))
        block["length"] = 4 + 4 * dimensions
        block["dimensions"] = dimensions
        block["vector"] = part
        yield block.tobytes()
    yield b"\xff\xff"
