"""Connections to the PostgreSQL that keeps vectors, and what its errors mean."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from knowledge_base.errors import KnowledgeBaseError, VectorStoreUnavailable, VectorStoreUnusable

if TYPE_CHECKING:
    from psycopg import Connection, Error

T = TypeVar("T")

# The api asks with two threads at a time; a build has one more.
MOST = 4
SECONDS_TO_CONNECT = 5
MILLISECONDS_TO_ANSWER = 15_000
SCHEMA = "copilot_vectors"
_FAISS_INSTEAD = "or set COPILOT_KB__VECTORS=faiss and build the index again"


class Connections:
    """At most `MOST` connections to one server, kept open between uses. Safe to use from any number of threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._room = threading.BoundedSemaphore(MOST)
        self._idle: deque[Connection] = deque()

    def run(self, work: Callable[[Connection], T]) -> T:
        """`work` with a connection in autocommit mode. One that the server has closed since its last use is replaced,
        and `work` done again. Raises `VectorStoreUnavailable` or `VectorStoreUnusable`."""
        import psycopg

        with self._room:
            try:
                connection = self._idle.pop()
            except IndexError:
                pass
            else:
                try:
                    with self._returned(connection):
                        return work(connection)
                except psycopg.Error as error:
                    if not connection.closed:
                        raise _explained(error) from error
            try:
                connection = self._connect()
                with self._returned(connection):
                    return work(connection)
            except psycopg.Error as error:
                raise _explained(error) from error

    def close(self) -> None:
        """Closes the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> Connection:
        import psycopg

        connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=SECONDS_TO_CONNECT,
            # Plans made for no value in particular forget the HNSW index, and poolers forget prepared statements.
            prepare_threshold=None,
            application_name="support-copilot",
        )
        connection.execute(f"SET statement_timeout = {MILLISECONDS_TO_ANSWER}")
        return connection

    @contextmanager
    def _returned(self, connection: Connection) -> Iterator[None]:
        """Kept for the next use, unless it broke."""
        try:
            yield
        finally:
            if not connection.closed:
                if connection.info.transaction_status == 0:
                    self._idle.append(connection)
                else:
                    connection.close()


@cache
def connections(url: str) -> Connections:
    """Those of this process to a server: an index that is opened again, or beside another, shares them."""
    return Connections(url)


def _explained(error: Error) -> KnowledgeBaseError:
    from psycopg import OperationalError, errors

    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    match error:
        case errors.FeatureNotSupported() | errors.UndefinedFile() | errors.UndefinedObject():
            return VectorStoreUnusable(
                f"PostgreSQL has no pgvector ({said}). Install the extension pgvector 0.8 or newer there, {_FAISS_INSTEAD}"
            )
        case errors.InsufficientPrivilege():
            return VectorStoreUnusable(
                f"PostgreSQL does not let this user keep vectors ({said}). As an administrator of the database: "
                f"CREATE EXTENSION vector; CREATE SCHEMA {SCHEMA} AUTHORIZATION <user>"
            )
        case errors.UndefinedTable():
            return VectorStoreUnusable("PostgreSQL no longer has the vectors of this index: build it again")
        case errors.DiskFull():
            return VectorStoreUnavailable(f"PostgreSQL has no space left ({said}). Free some there and try again")
        case OperationalError():
            return VectorStoreUnavailable(
                f"PostgreSQL, which keeps the vectors, does not answer: {said}. Start it, {_FAISS_INSTEAD}"
            )
        case _:
            return VectorStoreUnusable(f"PostgreSQL, which keeps the vectors, refuses: {said}")
