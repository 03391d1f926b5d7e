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

# Where a session that writes keeps the driver's connection, in its transaction, and the dialect.
DRIVER = "api.database.driver"
NO_ZONE = "times need a zone: use datetime.now(datetime.UTC)"
# A connection to PostgreSQL that nobody used for so long is tried before it is used.
ASK_AFTER_SECONDS = 30.0

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
    # Without the zone, which is six characters.
    return value.astimezone(dt.UTC).isoformat(" ", "microseconds")[:-6]


def utc_now() -> dt.datetime:
    """The time now, in UTC."""
    return dt.datetime.now(dt.UTC)


# A connection, the session on it, and the driver's own connection.
_Writer = tuple[Connection, Session, Any]


class Database:
    """Sessions for readers and writers of one database.

    `read()` and `write()` give a session for a short block; `write()` commits at its end and rolls back on an
    exception. Neither may be held while waiting for another process. `reading(f)` and `writing(f)` do the same from
    async code, in a worker thread. Objects stay readable after the block (`expire_on_commit` is off).
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._lock: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self.sqlite else contextlib.nullcontext()
        )
        self.engine = _sqlite_engine(url) if self.sqlite else _postgresql_engine(url)
        self._writing = self.engine.execution_options(immediate=True)
        # SQLite has one writer at a time, and `_lock` sees to it: its connection stays, and its session is closed but kept.
        self._writer: _Writer | None = None

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        with self._lock:
            connection, session, driver = self._writer or self._new_writer()
            try:
                if self.sqlite:
                    _begin_immediate(driver, connection.dialect)
                session.info[DRIVER] = driver, connection.dialect
                try:
                    yield session
                    self._commit(session, driver)
                except BaseException:
                    self._roll_back(session, driver)
                    raise
                finally:
                    session.close()
                    session.info.clear()
            finally:
                self._writer = (connection, session, driver) if self._reusable(connection, driver) else None
                if self._writer is None:
                    connection.close()

    def _new_writer(self) -> _Writer:
        connection = self._writing.connect()
        return connection, Session(connection, expire_on_commit=False), connection.connection.dbapi_connection

    @staticmethod
    def _commit(session: Session, driver: Any) -> None:
        if session.in_transaction():
            # What was written past it is committed with it.
            session.connection()
            session.commit()
            return
        # Nobody used the session: what was written went by `api.rows`, past SQLAlchemy, which took 60 µs to begin and commit.
        try:
            driver.commit()
        except session.get_bind().dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(error, session.get_bind().dialect, "COMMIT") from error
        session.dispatch.after_commit(session)

    @staticmethod
    def _roll_back(session: Session, driver: Any) -> None:
        # A connection that broke cannot: the pool sees that, and whoever waits gets the error that came before.
        with contextlib.suppress(session.get_bind().dialect.loaded_dbapi.Error):
            if session.in_transaction():
                session.rollback()
            else:
                session.dispatch.after_rollback(session)
            driver.rollback()

    def _reusable(self, connection: Connection, driver: Any) -> bool:
        if not self.sqlite or connection.closed or connection.invalidated:
            return False
        return not (driver.in_transaction or connection.in_transaction())

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
        with self._lock:
            if self._writer is not None:
                self._writer[0].close()
                self._writer = None
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
