"""The database: one class, short transactions, one writer at a time on SQLite.

Measured on two cores: read-then-write under a deferred BEGIN with four writers lost 620 of 800 transactions to
"database is locked" despite a timeout of 5 s; with BEGIN IMMEDIATE none. So `Database.write` takes the write lock
first, and a lock in the process keeps waiting writers out of SQLite's polling.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import anyio.to_thread
from sqlalchemy import JSON, DateTime, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from api.folding import SQLITE_FUNCTION, fold_for_sqlite

T = TypeVar("T")

# Where a session that writes keeps its `Driver`.
DRIVER = "api.database.driver"
NO_ZONE = "times need a zone: use datetime.now(datetime.UTC)"
# A connection to PostgreSQL that nobody used for so long is tried before it is used.
ASK_AFTER_SECONDS = 30.0
# So many writers of PostgreSQL keep their connection, of the twenty that the pool gives: to take it from there and to give it
# back took as long as two statements.
MOST_FREE_WRITERS = 4
# psycopg's TransactionStatus.IDLE, which is not loaded where SQLite is used.
_IDLE = 0

# Constraint names must be the same on every database, or a migration cannot drop what another one made.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A time with a zone, stored as UTC; SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(NO_ZONE)
        return value.astimezone(dt.UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """On SQLite the same text as SQLAlchemy writes, by one call instead of three."""
        return _sqlite_time if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _sqlite_time(value: dt.datetime | None) -> str | None:
    return None if value is None else time_text(value)


# What is written together happened at one moment: a new ticket's eleven times are five.
@lru_cache(maxsize=64)
def time_text(value: dt.datetime) -> str:
    """A time as SQLite keeps it."""
    if value.tzinfo is None:
        raise ValueError(NO_ZONE)
    if value.tzinfo is not dt.UTC:
        value = value.astimezone(dt.UTC)
    # Without the zone, which is six characters.
    return value.isoformat(" ", "microseconds")[:-6]


def text_time(text: str | None) -> dt.datetime | None:
    """The time that SQLite keeps so."""
    return None if text is None else dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def utc_now() -> dt.datetime:
    """The time now, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Driver:
    """The driver's own connection in a session's transaction, and one cursor for whoever reads all that it finds at once."""

    connection: Any
    dialect: Dialect
    cursor: Any
    sqlite: bool


@dataclass
class _Writer:
    """A connection, the session on it, and the driver's own connection. `poll`: PostgreSQL's socket, `used` when it was
    used last (monotonic)."""

    connection: Connection
    session: Session
    driver: Driver
    poll: select.poll | None
    used: float


class _Writing(contextlib.AbstractContextManager[Session]):
    """A transaction that writes. A class, as a generator's calls through `contextlib` took as long as an INSERT."""

    __slots__ = ("_begin", "_end", "_writer")

    def __init__(self, begin: Callable[[], _Writer], end: Callable[[_Writer, bool], None]) -> None:
        self._begin, self._end = begin, end

    def __enter__(self) -> Session:
        self._writer = self._begin()
        return self._writer.session

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._end(self._writer, error is None)


class Database:
    """Sessions for readers and writers of one database.

    `read()` and `write()` give a session for a short block; `write()` commits at its end and rolls back on an
    exception. Neither may be held while waiting for another process. `reading(f)` and `writing(f)` do the same from
    async code, in a worker thread. Objects stay readable after the block (`expire_on_commit` is off).
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = threading.Lock() if self.sqlite else None
        self.engine = _sqlite_engine(url) if self.sqlite else _postgresql_engine(url)
        self._writing = self.engine.execution_options(immediate=True)
        # Writers who are done: their connections stay, their sessions are closed and used again. SQLite has one writer at a
        # time, and `_lock` sees to it.
        self._writers: list[_Writer] = []

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def write(self) -> contextlib.AbstractContextManager[Session]:
        return _Writing(self._begin, self._end)

    def _begin(self) -> _Writer:
        if self._lock is not None:
            self._lock.acquire()
        try:
            writer = self._free_writer() or self._new_writer()
            if self.sqlite:
                try:
                    _begin_immediate(writer.driver.cursor, writer.driver.dialect)
                except BaseException:
                    self._put_back(writer)
                    raise
        except BaseException:
            if self._lock is not None:
                self._lock.release()
            raise
        writer.session.info[DRIVER] = writer.driver
        return writer

    def _end(self, writer: _Writer, well: bool) -> None:
        session = writer.session
        # Nobody used the session: what was written went by `api.rows`, past SQLAlchemy, which took 60 µs to begin and commit.
        untouched = not session.in_transaction() and not len(session.identity_map)
        committed = False
        try:
            try:
                if well:
                    self._commit(writer, untouched)
                    committed = True
            finally:
                if not committed:
                    self._roll_back(writer)
        finally:
            try:
                if not (untouched and committed):
                    session.close()
                session.info.clear()
            finally:
                self._put_back(writer, known_free=untouched and committed)
                if self._lock is not None:
                    self._lock.release()

    def _free_writer(self) -> _Writer | None:
        """One that is done and whose server did not go meanwhile."""
        while self._writers:
            try:
                writer = self._writers.pop()
            except IndexError:
                # Another thread took the last.
                break
            if writer.poll is None or self._is_there(writer):
                return writer
        return None

    def _is_there(self, writer: _Writer) -> bool:
        now = time.monotonic()
        idle, writer.used = now - writer.used, now
        try:
            if idle > ASK_AFTER_SECONDS:
                self.engine.dialect.do_ping(writer.driver.connection)
                return True
            # A server that went has closed the socket.
            if writer.poll is None or not writer.poll.poll(0):
                return True
        except self.engine.dialect.loaded_dbapi.Error:
            pass
        writer.connection.invalidate()
        writer.connection.close()
        return False

    def _new_writer(self) -> _Writer:
        connection = self._writing.connect()
        driver: Any = connection.connection.dbapi_connection
        poll = None
        if self.sqlite:
            cursor = driver.cursor()
        else:
            cursor = raw_cursor(driver)
            poll = select.poll()
            poll.register(driver.fileno(), select.POLLIN)
        known = Driver(driver, connection.dialect, cursor, self.sqlite)
        return _Writer(connection, Session(connection, expire_on_commit=False), known, poll, time.monotonic())

    @staticmethod
    def _commit(writer: _Writer, untouched: bool) -> None:
        session, driver = writer.session, writer.driver
        if not untouched:
            # What was written past it is committed with it.
            session.connection()
            session.commit()
            return
        try:
            if driver.sqlite:
                # A statement that is ready; the driver's `commit` has it read anew.
                driver.cursor.execute("COMMIT")
            else:
                driver.connection.commit()
        except driver.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(error, driver.dialect, "COMMIT") from error
        session.dispatch.after_commit(session)

    @staticmethod
    def _roll_back(writer: _Writer) -> None:
        session, driver = writer.session, writer.driver
        # A connection that broke cannot: the pool sees that, and whoever waits gets the error that came before.
        with contextlib.suppress(driver.dialect.loaded_dbapi.Error):
            if session.in_transaction():
                session.rollback()
            else:
                session.dispatch.after_rollback(session)
            driver.connection.rollback()

    def _put_back(self, writer: _Writer, *, known_free: bool = False) -> None:
        """Keep the writer for the next one; `known_free`: it is connected and in no transaction for certain."""
        if len(self._writers) < MOST_FREE_WRITERS and (known_free or self._is_free(writer)):
            self._writers.append(writer)
        else:
            writer.connection.close()

    def _is_free(self, writer: _Writer) -> bool:
        connection, driver = writer.connection, writer.driver.connection
        if connection.closed or connection.invalidated or connection.in_transaction():
            return False
        return (
            not driver.in_transaction if self.sqlite else not driver.closed and driver.info.transaction_status == _IDLE
        )

    async def reading(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with self.read() as session:
                return work(session)

        return await anyio.to_thread.run_sync(run)

    async def writing(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with self.write() as session:
                return work(session)

        return await anyio.to_thread.run_sync(run)

    def close(self) -> None:
        with self._lock or contextlib.nullcontext():
            while self._writers:
                self._writers.pop().connection.close()
            self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    # hide_parameters: an error must not carry a customer's words into the log.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 10.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins late and deferred; ours is in `_begin`.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
        connection.create_function(SQLITE_FUNCTION, 1, fold_for_sqlite, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        if driver.in_transaction:
            # `Database.write` began it.
            return
        if connection.get_execution_options().get("immediate", False):
            _begin_immediate(driver, connection.dialect)
        else:
            driver.execute("BEGIN")

    return engine


def _begin_immediate(driver: Any, dialect: Dialect) -> None:
    try:
        # By the driver itself: SQLAlchemy's way took a fifth of an empty transaction.
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise as_sqlalchemy(error, dialect, "BEGIN IMMEDIATE") from error


def as_sqlalchemy(error: Exception, dialect: Dialect, statement: str) -> BaseException:
    """An error of the driver as SQLAlchemy raises it, without the statement's values."""
    base = dialect.loaded_dbapi.Error
    return DBAPIError.instance(statement, None, error, base, hide_parameters=True, dialect=dialect)


def raw_cursor(connection: Any) -> Any:
    """A cursor of psycopg that takes statements as they stand: it would look for %s in those with fifty parameters anew each
    time."""
    # Whoever uses SQLite does not wait for psycopg to load.
    from psycopg import RawCursor

    return RawCursor(connection)


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)

    @event.listens_for(engine, "checkout")
    def _still_there(connection: Any, record: Any, _proxy: Any) -> None:
        """Instead of a question to the server at each transaction: a server that went has closed the socket, which makes it
        readable though nobody asked; who was idle for long asks all the same, as routers forget without closing."""
        now = time.monotonic()
        idle, record.info["used"] = now - record.info.get("used", now), now
        try:
            if idle > ASK_AFTER_SECONDS:
                engine.dialect.do_ping(connection)
            elif _readable(connection.fileno()):
                raise DisconnectionError("the server closed the connection")
        except (engine.dialect.loaded_dbapi.Error, OSError, ValueError) as error:
            raise DisconnectionError("the connection is gone") from error

    return engine
