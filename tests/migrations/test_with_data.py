"""Every migration goes down and up with rows in every table, and what both sides know keeps its values."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import api.migrations
from api.database import Database, UtcDateTime
from api.metrics.models import Undecided
from api.migrations import all_tables, downgrade, upgrade
from api.privacy.auditing import forget
from api.privacy.models import AuditEntry, AuditGate
from tests.support.databases import each_database

ROWS = 3
MOMENT = dt.datetime(2026, 10, 25, 1, 30, 15, 123456, tzinfo=dt.UTC)
LATER_THAN_ALL = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)

Rows = list[tuple[Any, ...]]


def revisions() -> list[str]:
    """The chain from its head to its first revision."""
    folder = api.migrations.__path__[0]
    return [script.revision for script in ScriptDirectory(folder).walk_revisions()]


def value_for(column: sa.Column[Any], number: int) -> Any:
    """Something that this column takes, another for each row."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {"number": number, "words": ["Año", "ação", None]}
    if isinstance(kind, UtcDateTime | sa.DateTime):
        return MOMENT + dt.timedelta(days=number)
    if isinstance(kind, sa.Date):
        return MOMENT.date() + dt.timedelta(days=number)
    if isinstance(kind, sa.Boolean):
        return bool(number % 2)
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Numeric | sa.Float):
        return number + 0.5
    if isinstance(kind, sa.LargeBinary):
        return bytes([number])
    text = f"{number} {column.name} ñ"
    return text[: kind.length] if isinstance(kind, sa.String) and kind.length else text


def fill(session: Session) -> None:
    """Rows for every table, those that others point to first, and what the database writes by itself last."""
    noted = [all_tables().tables[each.__tablename__] for each in (Undecided, AuditEntry, AuditGate)]
    for table in all_tables().sorted_tables:
        for number in range(1, ROWS + 1) if table not in noted else ():
            insert_somehow(session, table, number)
    # What the database itself noted of these rows gives way to ours: the audit log as retention does it, the only way.
    session.execute(sa.delete(Undecided))
    forget(session, LATER_THAN_ALL, limit=1000)
    for table in noted:
        for number in range(1, ROWS + 1):
            insert_somehow(session, table, number)


def insert_somehow(session: Session, table: sa.Table, number: int) -> None:
    """As full a row as the table's checks allow: with everything, else without one of what may be missing."""
    row = {column.name: target_of(session, column, number) for column in table.columns}
    optional = [column.name for column in table.columns if column.nullable]
    for without in (None, *optional):
        values = {name: value for name, value in row.items() if name != without}
        try:
            with session.begin_nested():
                session.execute(sa.insert(table).values(values))
        except IntegrityError:
            if without == (optional[-1] if optional else None):
                raise
        else:
            return


def target_of(session: Session, column: sa.Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        keys = session.scalars(sa.select(key.column).order_by(key.column)).all()
        return keys[number - 1]
    return value_for(column, number)


def known_columns(database: Database) -> dict[str, list[str]]:
    """The columns of our tables, as the database has them now."""
    inspector = sa.inspect(database.engine)
    tables = set(inspector.get_table_names()) & set(all_tables().tables)
    return {name: sorted(column["name"] for column in inspector.get_columns(name)) for name in sorted(tables)}


def rows_of(database: Database, table: str, columns: list[str]) -> Rows:
    """What stands in these columns, in the order of the table's key."""
    keys: list[sa.ColumnClause[Any]] = [sa.column(column.name) for column in all_tables().tables[table].primary_key]
    wanted: list[Any] = [sa.column(name) for name in columns]
    query = sa.select(*wanted).select_from(sa.table(table)).order_by(*keys)
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def contents(database: Database) -> dict[tuple[str, str], Rows]:
    """Every column of ours that the database has now, with its values."""
    return {
        (table, name): rows_of(database, table, [name])
        for table, columns in known_columns(database).items()
        for name in columns
    }


def changed(before: dict[tuple[str, str], Rows], database: Database, only: set[tuple[str, str]]) -> list[str]:
    after = contents(database)
    return [".".join(place) for place in sorted(only) if after.get(place) != before[place]]


@each_database
def test_every_revision_goes_down_and_up_and_down_with_data_and_loses_only_what_it_brought(
    empty_database: Database,
) -> None:
    upgrade(empty_database)
    with empty_database.write() as session:
        fill(session)
    assert {len(rows) for rows in contents(empty_database).values()} == {ROWS}
    chain = [*revisions(), "base"]
    for revision, below in itertools.pairwise(chain):
        columns, before = known_columns(empty_database), contents(empty_database)
        downgrade(empty_database, below)
        shared = set(contents(empty_database)) & set(before)
        assert changed(before, empty_database, shared) == [], f"down from {revision}"
        if below == "base":
            break
        upgrade(empty_database, revision)
        assert known_columns(empty_database) == columns, f"{revision} does not come back as it was"
        assert changed(before, empty_database, shared) == [], f"{revision}, down and up"
        downgrade(empty_database, below)
    upgrade(empty_database)
