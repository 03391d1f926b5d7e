"""Rows that are written and read often, past the ORM and past SQLAlchemy's execution, by `api.statements`.

They run in the session's own connection and transaction, so that nothing else changes: what a session has pending is flushed
before, errors are SQLAlchemy's. Opening a ticket called 4,500 functions with the ORM's inserts and reads (and its mail
written at once), and calls 460 like this, of which 175 are Python's. Only what is complete and known to be new belongs here
(docs/decisions/0013-plain-statements-for-new-tickets.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
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
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from api.database import Base
from api.statements import Statement, driver_of, execute, json_text, numbered

R = TypeVar("R", bound=Base)


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
        self._driver = driver = driver_of(session)
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
        sql, given = numbered(tuple(self._parts)), self._given
        self._parts, self._given = [], []
        execute(self._driver, sql, given)

    def _add(self, statement: Statement, values: Mapping[str, Any]) -> None:
        part, given = statement.part(self._driver.dialect, values)
        self._parts.append(part)
        self._given += given


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
    cursor = kind.inserting(values, unless_known, returning=True).ran(driver_of(session), values)
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
    text = value if isinstance(value, str) else json_text(value)
    return literal_column("'" + text.replace("'", "''") + "'")


def _makes(column: Any) -> Callable[[], Any] | None:
    default = column.default
    if default is None or not default.is_callable:
        return None
    make: Callable[[Any], Any] = default.arg
    return lambda: make(None)
