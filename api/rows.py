"""Storing one new row by one plain INSERT.

A flush of the ORM sorts, groups and checks everything that a session holds, anew for each: opening a ticket spent a third of
its time in seven of them. What is a single row, complete and known to be new, needs none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from api.database import Base


def store(session: Session, row: Base, *, unless_known: str | None = None) -> bool:
    """Insert an object that is in no session yet, with its columns' defaults; afterwards it has its key, and the session.

    `unless_known` names a column that is unique: False, and nothing is stored, where a row has that value already. What the
    session had pending is flushed before. Raises `IntegrityError` like a flush.
    """
    session.flush()
    kind = _kind(type(row))
    given = instance_dict(row)
    values: dict[str, Any] = {}
    for name, column, default in kind.columns:
        if name in given:
            values[column] = given[name]
        else:
            # Set, too: what an object lacks is read from the database when it is next asked for.
            values[column] = default() if default is not None else None
            set_committed_value(row, name, values[column])
    connection = session.connection()
    if unless_known is None:
        key = connection.execute(kind.insert, values).inserted_primary_key
    else:
        key = connection.execute(kind.insert_unless(connection.dialect.name, unless_known), values).first()
    if key is None:
        return False
    set_committed_value(row, kind.key, key[0])
    make_transient_to_detached(row)
    session.add(row)
    return True


@dataclass(frozen=True)
class _Kind:
    """How rows of one class are stored. `columns`: attribute, column, default; all but the key, which the database gives."""

    table: Table
    key: str
    columns: tuple[tuple[str, str, Callable[[], Any] | None], ...]
    insert: Executable

    def insert_unless(self, dialect: str, column: str) -> Executable:
        return _insert_unless(self.table, dialect, column)


@cache
def _insert_unless(table: Table, dialect: str, column: str) -> Executable:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing(index_elements=[column]).returning(*table.primary_key)


@cache
def _kind(of: type[Base]) -> _Kind:
    mapper = inspect(of)
    table = cast("Table", mapper.local_table)
    (key,) = table.primary_key
    columns = tuple(
        (each.key, each.columns[0].name, _default(each.columns[0]))
        for each in mapper.column_attrs
        if each.columns[0] is not key
    )
    return _Kind(table, mapper.get_property_by_column(key).key, columns, insert(table))


def _default(column: Any) -> Callable[[], Any] | None:
    default = column.default
    if default is None:
        return None
    if default.is_callable:
        return lambda: default.arg(None)
    return lambda: default.arg
