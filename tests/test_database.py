"""Transactions of readers and writers."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

import api.database as module
from api.database import Database, UtcDateTime
from api.identity.customers import customer_of_address
from api.identity.models import Customer
from tests.support.databases import each_database


@each_database
def test_a_writer_that_fails_leaves_the_next_one_a_clean_connection(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012 - the block is what fails
        customer_of_address(session, "eva@example.com")
        raise RuntimeError
    with pytest.raises(OperationalError if database.sqlite else Exception), database.write() as session:
        session.execute(text("SELECT no_such_column FROM customers"))
    with database.write() as session:
        assert session.query(Customer).count() == 0
        customer_of_address(session, "ana@example.com")
    with database.read() as session:
        assert [each.email for each in session.query(Customer)] == ["ana@example.com"]


@each_database
@pytest.mark.parametrize("idle", [0.0, 1000.0])
def test_a_connection_that_the_server_closed_meanwhile_is_not_used(
    database: Database, idle: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0: who was idle for any time is asked; 1000: nobody is, and the closed socket has to be seen.
    monkeypatch.setattr(module, "ASK_AFTER_SECONDS", idle)
    with database.write() as session:
        customer_of_address(session, "eva@example.com")
    if not database.sqlite:
        other = Database(database.url.render_as_string(hide_password=False))
        with other.write() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        other.close()
    with database.write() as session:
        assert customer_of_address(session, "eva@example.com").id == 1


def test_times_are_written_to_sqlite_as_sqlalchemy_writes_them(database: Database) -> None:
    write: Any = UtcDateTime().bind_processor(database.engine.dialect)
    own: Any = DATETIME().bind_processor(database.engine.dialect)  # type: ignore[no-untyped-call]
    zone = dt.timezone(dt.timedelta(hours=-5))
    for moment in (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), dt.datetime(999, 12, 31, 23, 0, tzinfo=zone)):
        assert write(moment) == own(moment.astimezone(dt.UTC))
    assert write(None) is None
    with pytest.raises(ValueError, match="zone"):
        write(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - without a zone is what is wrong with it


@each_database
def test_writers_keep_their_connections_and_a_crowd_of_them_gives_the_others_back(database: Database) -> None:
    def driver() -> Any:
        with database.write() as session:
            return session.connection().connection.dbapi_connection

    assert driver() is driver()
    if database.sqlite:
        return
    most = module.MOST_FREE_WRITERS
    with contextlib.ExitStack() as stack:
        found = {
            id(stack.enter_context(database.write()).connection().connection.dbapi_connection) for _ in range(most + 2)
        }
    assert len(found) == most + 2
    assert cast("QueuePool", database.engine.pool).checkedout() == most
    database.close()
    assert driver() is driver()
