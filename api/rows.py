"""Statements that run often, past the ORM and past SQLAlchemy's execution: compiled once, then the driver's own cursor.

They run in the session's own connection and transaction, so that nothing else changes: what a session has pending is flushed
before, errors are SQLAlchemy's. Opening a ticket called 4,500 functions with the ORM's inserts and reads (and its mail
written at once), and calls 460 like this, of which 175 are Python's. Only what is complete and known to be new belongs here
(docs/decisions/0013-plain-statements-for-new-tickets.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, TypeVar, cast

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Table,
    false,
    inspect,
    literal_column,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from api.database import DRIVER, Base, Driver, UtcDateTime, as_sqlalchemy, raw_cursor, text_time, time_text

R = TypeVar("R", bound=Base)
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
        self.ran(_driver(session), values)

    def ran(self, driver: Driver, values: Mapping[str, Any]) -> Any:
        """The driver's cursor, after it ran: what it found is read before another statement runs."""
        compiled = self._compiled.get(driver.dialect.name) or self._compile(driver.dialect)
        return _execute(driver, compiled.sql, compiled.given(values))

    def part(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Its text and its parameters, to be made a part of another one."""
        compiled = self._of(dialect)
        return compiled.sql, compiled.given(values)

    def _of(self, dialect: Dialect) -> _Compiled:
        return self._compiled.get(dialect.name) or self._compile(dialect)

    def first(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first of the (few) rows that it finds, as Python knows its values."""
        driver = _driver(session)
        compiled = self._of(driver.dialect)
        # All of them: SQLite goes on reading at this moment of the database until it has given the last.
        rows = _execute(driver, compiled.sql, compiled.given(values)).fetchall()
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
        return _json
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

    return Jsonb(value, _json)


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


def _json(value: Any) -> str:
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


def _execute(driver: Driver, sql: str, given: list[Any]) -> Any:
    """The connection's cursor, after it ran."""
    if not driver.sqlite and "$1" not in sql:
        sql = _numbered((sql,))
    cursor = driver.cursor
    try:
        cursor.execute(sql, given)
    except driver.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(error, driver.dialect, sql) from error
    return cursor


def _driver(session: Session) -> Driver:
    """The driver's connection in the session's transaction: that of `Database.write`, or of any other session."""
    known: Driver | None = session.info.get(DRIVER)
    if known is not None:
        return known
    connection = session.connection()
    own: Any = connection.connection.dbapi_connection
    sqlite = connection.dialect.name == "sqlite"
    return Driver(own, connection.dialect, own.cursor() if sqlite else raw_cursor(own), sqlite)


def flush(session: Session) -> None:
    """What the session has pending is written. One that has anything is in a transaction of its own: to look for it in one
    that is in none took as long as a statement."""
    if session.in_transaction():
        session.flush()


def fresh(of: type[R], values: dict[str, Any]) -> R:
    """A new object with these attributes and its columns' defaults, but without a key.

    The class's own `__init__` notes each attribute as a change, which takes three times as long.
    """
    kind = _kind(of)
    kind.add_moments(values)
    return cast("R", kind.object(values))


def store(session: Session, row: Base, *, unless_known: str | None = None, attach: bool = True) -> bool:
    """Insert an object that is in no session yet, with its columns' defaults; afterwards it has its key, and the session
    (unless it is not to `attach` it: to be read, not to be changed).

    `unless_known` names columns that are unique, with commas between: False, and nothing is stored, where a row has these
    values already. What the session had pending is flushed before. Raises `IntegrityError` like a flush.
    """
    kind = _kind(type(row))
    given = instance_dict(row)
    # What an object lacks is read from the database when it is next asked for.
    kind.complete(given)
    key = _insert(session, kind, {name: given[name] for name in kind.blank}, unless_known)
    if key is None:
        return False
    given[kind.key] = key
    if attach:
        attach_row(session, row)
    return True


def attach_row(session: Session, row: Base) -> None:
    """Make an object that was stored without it one of the session's, whose changes are written. Takes 30 µs."""
    make_transient_to_detached(row)
    session.add(row)


def insert_row(session: Session, of: type[Base], values: dict[str, Any], *, unless_known: str | None = None) -> bool:
    """Insert a row that nobody looks at in this transaction: like `store`, without an object of it."""
    return _insert(session, _kind(of), values, unless_known) is not None


def load(session: Session, of: type[R], values: Iterable[Any], *, attach: bool = True) -> R:
    """The session's object of a row that was read: the values of all columns of its table, in order. Where the session has
    none and is not to `attach` it, a `readable` one."""
    kind = _kind(of)
    found = dict(zip(kind.attributes, values, strict=True))
    known = session.identity_map.get(kind.identity(found[kind.key])) if len(session.identity_map) else None
    row: R
    if known is not None:
        row = known
    elif not attach:
        row = kind.readable(found)
    else:
        row = kind.new()
        instance_dict(row).update(found)
        attach_row(session, row)
    return row


class Along:
    """A question (an expression in SQL, of ours) that is asked along with something else, as each statement less is a round
    trip less. `answer`: None until it is."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.answer: bool | None = None


class Together:
    """Rows that PostgreSQL writes by one statement: each statement less is a round trip less. SQLite, which has none, writes
    them one after the other, at once.

    What is written must not ask for what is not sent yet; foreign keys may point to a row of the same statement. `kinds`:
    those of which a row each is going to be stored. `along`: what is asked as well, unless it is answered already;
    PostgreSQL tells it along with their keys.
    """

    def __init__(self, session: Session, *kinds: type[Base], along: Along | None = None) -> None:
        self._session = session
        self._driver = driver = _driver(session)
        self.at_once = driver.sqlite
        self._keys: dict[type[Base], Any] = {}
        question = along.question if along is not None and along.answer is None else ""
        answer: Any = None
        if kinds and not self.at_once:
            known = _reserving(kinds, question).first(session, {}) or ()
            self._keys = dict(zip(kinds, known, strict=False))
            answer = known[-1] if question else None
        elif question:
            answer = driver.cursor.execute(f"SELECT {question}").fetchall()[0][0]
        if along is not None and answer is not None:
            along.answer = bool(answer)
        self._parts: list[str] = []
        self._given: list[Any] = []

    def store(self, of: type[R], values: dict[str, Any], *, attach: bool = True) -> R:
        """Insert a row with these values and its columns' defaults; its object, which has its key at once. It is the
        session's, unless it is not to `attach` it: then it is a `readable` one."""
        kind = _kind(of)
        if self.at_once:
            key = kind.inserting(values).ran(self._driver, values).lastrowid
            values = {**values, kind.key: key}
        else:
            values = {**values, kind.key: self._keys[of]}
            self._add(kind.inserting(values), values)
        row: R = kind.object(values) if attach else kind.readable(values)
        if attach:
            attach_row(self._session, row)
        return row

    def insert(self, of: type[Base], values: dict[str, Any], *, unless_known: str | None = None) -> None:
        """A row that nobody looks at in this transaction."""
        self.run(_kind(of).inserting(values, unless_known), values)

    def run(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """A statement that changes rows."""
        if self.at_once:
            statement.ran(self._driver, values)
        else:
            self._add(statement, values)

    def send(self) -> None:
        """Write what is not written yet. Raises `IntegrityError` like a flush."""
        if not self._parts:
            return
        flush(self._session)
        sql, given = _numbered(tuple(self._parts)), self._given
        self._parts, self._given = [], []
        _execute(self._driver, sql, given)

    def _add(self, statement: Statement, values: Mapping[str, Any]) -> None:
        part, given = statement.part(self._driver.dialect, values)
        self._parts.append(part)
        self._given += given


@lru_cache(maxsize=256)
def _numbered(parts: tuple[str, ...]) -> str:
    """One statement of several, with parameters as PostgreSQL knows them."""
    named = [f"part{number} AS ({part})" for number, part in enumerate(parts[:-1])]
    whole = f"WITH {', '.join(named)} {parts[-1]}" if named else parts[-1]
    texts = whole.split("%s")
    return "".join(f"{each}${number}" for number, each in enumerate(texts[:-1], 1)) + texts[-1]


@cache
def _reserving(kinds: tuple[type[Base], ...], question: str) -> Statement:
    """The next key of each, of PostgreSQL's sequences, and the answer to the question."""
    tables = [(_kind(each).table.name, _kind(each).key) for each in kinds]
    wanted = [f"nextval(pg_get_serial_sequence('{table}', '{key}'))" for table, key in tables]
    wanted += [question] if question else []
    return Statement(text(f"SELECT {', '.join(wanted)}"), columns=[Integer()] * len(wanted))


def _insert(session: Session, kind: _Kind, values: dict[str, Any], unless_known: str | None) -> Any:
    """Insert; its key, or None where it is known."""
    flush(session)
    cursor = kind.inserting(values, unless_known, returning=True).ran(_driver(session), values)
    if cursor.description is None:
        return cursor.lastrowid
    rows = cursor.fetchall()
    return rows[0][0] if rows else None


class _Kind:
    """How rows of one class are stored: its attributes have their columns' names, and the database gives its key."""

    def __init__(self, of: type[Base]) -> None:
        self.mapper = inspect(of)
        self.new: Callable[[], Any] = self.mapper.class_manager.new_instance
        self.table = cast("Table", self.mapper.local_table)
        (key,) = self.table.primary_key
        self.key = key.name
        self.attributes = tuple(column.name for column in self.table.columns)
        if any(self.mapper.get_property_by_column(each).key != each.name for each in self.table.columns):
            raise TypeError(f"{of.__name__}: an attribute is called otherwise than its column")
        columns = [each for each in self.table.columns if each is not key]
        # What a column holds unless it is given: always the same; made anew, as no two objects share a list; or a time.
        self.blank = {each.name: None if _makes(each) else _constant(each) for each in columns}
        makes = {each.name: make for each in columns if (make := _makes(each)) is not None}
        empty = {name: type(made) for name, make in makes.items() if (made := make()) in ({}, [])}
        self._empty = tuple(empty.items())
        self._moments = tuple((name, make) for name, make in makes.items() if name not in empty)
        constants = {**self.blank, **{name: make() for name, make in empty.items()}}
        self._written = {name: _literal(value) for name, value in constants.items() if value is not None}
        self._inserts: dict[tuple[tuple[str, ...], str | None, bool], Statement] = {}
        own = {name: value for name, value in vars(of).items() if isinstance(value, property)}
        self._readable: type[Any] = type(of.__name__, (), {**self.blank, **own})

    def identity(self, key: Any) -> Any:
        return self.mapper.identity_key_from_primary_key((key,))

    def add_moments(self, values: dict[str, Any]) -> None:
        """Add the times that are missing. All other defaults are the same for each row."""
        for name, make in self._moments:
            if name not in values:
                values[name] = make()

    def complete(self, values: dict[str, Any]) -> None:
        """Add the defaults of what is missing."""
        self.add_moments(values)
        for name, value in self._defaults().items():
            values.setdefault(name, value)

    def object(self, values: Mapping[str, Any]) -> Any:
        """A new object of no session with these attributes, and the defaults that are the same for each row."""
        row = self.new()
        given = instance_dict(row)
        given.update(self._defaults())
        given.update(values)
        return row

    def readable(self, values: Mapping[str, Any]) -> Any:
        """What a row holds, with the class's own properties: an object to be read that no session can take. To make one of
        the class and to read it costs five times as much."""
        row = self._readable()
        given = row.__dict__
        given.update(values)
        for name, make in self._empty:
            if name not in given:
                given[name] = make()
        return row

    def _defaults(self) -> dict[str, Any]:
        found = self.blank.copy()
        for name, make in self._empty:
            found[name] = make()
        return found

    def inserting(
        self, values: dict[str, Any], unless_known: str | None = None, *, returning: bool = False
    ) -> Statement:
        """The INSERT of these values, and of the times that are missing, which are added to them. Defaults of other columns
        stand in it as they are: what is bound takes longer. `returning` the key, but where SQLite's driver knows it."""
        found = self._inserts.get((tuple(values), unless_known, returning))
        if found is not None:
            return found
        given = len(values)
        self.add_moments(values)
        if len(values) > given:
            return self.inserting(values, unless_known, returning=returning)
        names = tuple(values)
        self._inserts[names, unless_known, returning] = found = Statement(
            lambda dialect: self._insert(dialect, names, unless_known, returning), values=names
        )
        return found

    def _insert(self, dialect: str, names: tuple[str, ...], unless_known: str | None, returning: bool) -> Executable:
        made = (sqlite if dialect == "sqlite" else postgresql).insert(self.table)
        made = made.values({name: value for name, value in self._written.items() if name not in names})
        if unless_known is not None:
            made = made.on_conflict_do_nothing(index_elements=unless_known.split(","))
        if not returning or (dialect == "sqlite" and unless_known is None):
            return cast("Executable", made.inline())
        return cast("Executable", made.returning(*self.table.primary_key))


@cache
def _kind(of: type[Base]) -> _Kind:
    return _Kind(of)


def _constant(column: Any) -> Any:
    return column.default.arg if column.default is not None else None


def _literal(value: Any) -> ColumnElement[Any]:
    """A default (of ours) as it stands in a statement."""
    if isinstance(value, bool):
        return true() if value else false()
    if isinstance(value, int):
        return literal_column(str(value))
    text = value if isinstance(value, str) else _json(value)
    return literal_column("'" + text.replace("'", "''") + "'")


def _makes(column: Any) -> Callable[[], Any] | None:
    default = column.default
    if default is None or not default.is_callable:
        return None
    make: Callable[[Any], Any] = default.arg
    return lambda: make(None)
