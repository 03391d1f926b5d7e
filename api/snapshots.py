"""Reading much of the database as it stands at one moment, a page at a time, for files that are sent while they are read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import anyio
import anyio.to_thread
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.database import Database
from api.errors import Unavailable

T = TypeVar("T")

# Each holds a connection, of the twenty that a process may have.
MOST_AT_ONCE = 4
_COME_BACK = 20
_open: WeakKeyDictionary[Database, int] = WeakKeyDictionary()


class Snapshot:
    """A reader to whom the database stays as it was at the first look, however long it reads: PostgreSQL's REPEATABLE READ,
    and SQLite's WAL. It blocks no writer, and holds a thread only while a page is read.

    As long as it is open SQLite's log grows and PostgreSQL keeps old rows: whoever opens one closes it within minutes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Session | None = None
        self._driver: Any = None
        self._reading = threading.Lock()

    async def reading(self, work: Callable[[Session], T]) -> T:
        """What `work` finds, in a worker thread. Cancelled, it returns at once; `close` ends the statement that runs."""
        return await anyio.to_thread.run_sync(self._run, work, abandon_on_cancel=True)

    def _run(self, work: Callable[[Session], T]) -> T:
        with self._reading:
            if self._session is None:
                engine = self._database.engine
                if not self._database.sqlite:
                    engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                self._session = Session(engine, expire_on_commit=False)
                self._driver = self._session.connection().connection.dbapi_connection
            found = work(self._session)
            # Whoever reads a million rows keeps none of them.
            self._session.expunge_all()
            return found

    async def close(self) -> None:
        """Give the connection back; a statement that still runs is ended."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        # Between two statements of a page there is nothing to end: its next one is.
        while not self._reading.acquire(timeout=0.05):
            self._interrupt()
        try:
            if self._session is not None:
                # What was ended may have left the connection unusable: the pool sees to it.
                with contextlib.suppress(DBAPIError):
                    self._session.close()
        finally:
            self._session = self._driver = None
            self._reading.release()

    def _interrupt(self) -> None:
        driver = self._driver
        if driver is not None:
            # It may have ended by itself just now, or the server with it.
            with contextlib.suppress(self._database.engine.dialect.loaded_dbapi.Error):
                driver.interrupt() if self._database.sqlite else driver.cancel()


@contextlib.asynccontextmanager
async def snapshot_of(database: Database) -> AsyncIterator[Snapshot]:
    """A snapshot, closed at the end. Raises `Unavailable` where `MOST_AT_ONCE` are open already."""
    if _open.get(database, 0) >= MOST_AT_ONCE:
        raise Unavailable(
            f"{MOST_AT_ONCE} files are being made at this moment: ask again in a minute",
            code="exports_busy",
            retry_after=_COME_BACK,
        )
    _open[database] = _open.get(database, 0) + 1
    snapshot = Snapshot(database)
    try:
        yield snapshot
    finally:
        try:
            await snapshot.close()
        finally:
            _open[database] -= 1
