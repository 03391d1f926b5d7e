"""Statements compiled once with SQLAlchemy, and run on the driver's own cursor in the session's connection and transaction.

Errors are SQLAlchemy's, without the values (docs/decisions/0013-plain-statements-for-new-tickets.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import JSON, Boolean, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from api.database import DRIVER, Driver, UtcDateTime, as_sqlalchemy, raw_cursor, text_time, time_text

Process = Callable[[Any], Any]

_NAMED = re.compile(r"%\((\w+)\)s")


class Statement:
    """A statement with named parameters; of a SELECT, `columns` are the types of what it finds.

    Text of one's own (`sqlalchemy.text`) is taken as well, where its parameters are numbers and strings.
    """

    def __init__(
        self,
        statement: Executable | Callable[[str], Executable],
        *,
        columns: Iterable[TypeEngine[Any]] = (),
        values: Iterable[str] | None = None,
    ) -> None:
        """`statement`: itself, or one for each name of a dialect; `values`: the columns that an INSERT fills."""
        self._statement = statement
        self._columns = tuple(columns)
        self._values = list(values) if values is not None else None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Raises `DBAPIError` like SQLAlchemy, without the values."""
        self.ran(driver_of(session), values)

    def ran(self, driver: Driver, values: Mapping[str, Any]) -> Any:
        """The driver's cursor, after it ran: what it found is read before another statement runs."""
        compiled = self._compiled.get(driver.dialect.name) or self._compile(driver.dialect)
        return execute(driver, compiled.sql, compiled.given(values))

    def part(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Its text and its parameters, to be made a part of another one."""
        compiled = self._of(dialect)
        return compiled.sql, compiled.given(values)

    def _of(self, dialect: Dialect) -> _Compiled:
        return self._compiled.get(dialect.name) or self._compile(dialect)

    def first(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first of the (few) rows that it finds, as Python knows its values."""
        driver = driver_of(session)
        compiled = self._of(driver.dialect)
        # All of them: SQLite goes on reading at this moment of the database until it has given the last.
        rows = execute(driver, compiled.sql, compiled.given(values)).fetchall()
        if not rows:
            return None
        found = list(rows[0])
        for place, process in compiled.results:
            found[place] = process(found[place])
        return tuple(found)

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement: Any = self._statement(dialect.name) if callable(self._statement) else self._statement
        made = cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=self._values))
        sql = made.string
        # SQLite's are in order already; psycopg's are named, which costs it a dictionary each time.
        names = made.positiontup if made.positiontup is not None else _NAMED.findall(sql)
        parameters = []
        for name in names:
            kind = made.binds[name].type.dialect_impl(dialect)
            process: Process | None = kind.bind_processor(dialect)
            none = process(None) if process is not None else None
            if dialect.name == "sqlite":
                process = _for_sqlite(made.binds[name].type, kind, process)
            elif isinstance(kind, JSON):
                process = _for_psycopg
            parameters.append((name, process, none))
        kinds = [each.dialect_impl(dialect) for each in self._columns]
        made_by = [
            (_from_sqlite(named, kind) if dialect.name == "sqlite" else None) or kind.result_processor(dialect, None)
            for named, kind in zip(self._columns, kinds, strict=True)
        ]
        results = [(place, process) for place, process in enumerate(made_by) if process is not None]
        self._compiled[dialect.name] = found = _Compiled(_NAMED.sub("%s", sql), parameters, results)
        return found


def _for_sqlite(named: Any, kind: Any, process: Process | None) -> Process | None:
    """How a value other than None goes to SQLite, by one call where SQLAlchemy's way takes three."""
    if isinstance(kind, JSON):
        return json_text
    if isinstance(named, UtcDateTime):
        return time_text
    return int if isinstance(kind, Boolean) else process


def _from_sqlite(named: Any, kind: Any) -> Process | None:
    """The same in the other direction."""
    if isinstance(kind, JSON):
        return _json_read
    return text_time if isinstance(named, UtcDateTime) else None


def _for_psycopg(value: Any) -> Any:
    # Whoever uses SQLite does not wait for psycopg to load.
    from psycopg.types.json import Jsonb

    return Jsonb(value, json_text)


def _json_read(text: Any) -> Any:
    """What SQLite keeps as JSON, in a fifth of the time that `json.loads` takes."""
    if text is None:
        return None
    if text == "[]":
        return []
    try:
        return from_json(text)
    except ValueError:
        # Half a surrogate pair, say.
        return json.loads(text)


def json_text(value: Any) -> str:
    """JSON in a fifth of the time that `json.dumps` takes."""
    try:
        return to_json(value).decode()
    except (PydanticSerializationError, UnicodeError, ValueError):
        # Half a surrogate pair, say.
        return json.dumps(value)


class _Compiled:
    """`parameters` in order: name, how a value goes to the driver, and what None is there."""

    def __init__(
        self, sql: str, parameters: Sequence[tuple[str, Process | None, Any]], results: Sequence[tuple[int, Process]]
    ) -> None:
        self.sql, self.results = sql, results
        names = [name for name, _, _ in parameters]
        # All of them at once, and then only those of which the driver must not have the value itself.
        self._pick: Callable[[Mapping[str, Any]], Iterable[Any]] = (
            itemgetter(*names) if len(names) > 1 else lambda values: [values[name] for name in names]
        )
        self._processes = [(n, made, none) for n, (_, made, none) in enumerate(parameters) if made is not None]

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        found = list(self._pick(values))
        for place, process, none in self._processes:
            value = found[place]
            found[place] = none if value is None else process(value)
        return found


def execute(driver: Driver, sql: str, given: list[Any]) -> Any:
    """The connection's cursor, after it ran."""
    if not driver.sqlite and "$1" not in sql:
        sql = numbered((sql,))
    cursor = driver.cursor
    try:
        cursor.execute(sql, given)
    except driver.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(error, driver.dialect, sql) from error
    return cursor


def driver_of(session: Session) -> Driver:
    """The driver's connection in the session's transaction: that of `Database.write`, or of any other session."""
    known: Driver | None = session.info.get(DRIVER)
    if known is not None:
        return known
    connection = session.connection()
    own: Any = connection.connection.dbapi_connection
    sqlite = connection.dialect.name == "sqlite"
    return Driver(own, connection.dialect, own.cursor() if sqlite else raw_cursor(own), sqlite)


@lru_cache(maxsize=256)
def numbered(parts: tuple[str, ...]) -> str:
    """One statement of several, with parameters as PostgreSQL knows them."""
    named = [f"part{number} AS ({part})" for number, part in enumerate(parts[:-1])]
    whole = f"WITH {', '.join(named)} {parts[-1]}" if named else parts[-1]
    texts = whole.split("%s")
    return "".join(f"{each}${number}" for number, each in enumerate(texts[:-1], 1)) + texts[-1]
