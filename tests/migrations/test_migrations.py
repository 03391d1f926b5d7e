"""The migrations make what the models say, on both databases, up and down."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, select, text

from api.database import Database
from api.migrations import WORDS_TABLE, all_tables, current_revision, differences, downgrade, upgrade
from api.tickets.models import Ticket
from tests.support.databases import each_database


@each_database
def test_the_upgraded_database_is_what_the_models_say(empty_database: Database) -> None:
    upgrade(empty_database)
    assert differences(empty_database) == []
    found = {name for name in inspect(empty_database.engine).get_table_names() if not name.startswith(WORDS_TABLE)}
    assert found == {*all_tables().tables, "alembic_version"}


@each_database
def test_upgrading_twice_changes_nothing(empty_database: Database) -> None:
    assert current_revision(empty_database) is None
    upgrade(empty_database)
    first = current_revision(empty_database)
    upgrade(empty_database)
    assert current_revision(empty_database) == first


@each_database
def test_downgrading_to_the_base_leaves_nothing_and_can_be_undone(empty_database: Database) -> None:
    upgrade(empty_database)
    downgrade(empty_database, "base")
    assert inspect(empty_database.engine).get_table_names() == ["alembic_version"]
    upgrade(empty_database)
    assert differences(empty_database) == []


@each_database
def test_ticket_numbers_begin_at_1001(empty_database: Database) -> None:
    upgrade(empty_database)
    with empty_database.write() as session:
        for name in ("first", "second"):
            session.add(
                Ticket(subject=name, description=name, type="question", priority="low", language="es", via="api")
            )
            session.flush()
    with empty_database.read() as session:
        assert list(session.scalars(select(Ticket.id).order_by(Ticket.id))) == [1001, 1002]


def test_a_difference_is_found(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'copilot.db'}")
    upgrade(database)
    with database.write() as session:
        session.connection().exec_driver_sql("DROP INDEX ix_events_at")
    assert [each[0] for each in differences(database)] == ["add_index"]
    database.close()


@each_database
def test_the_notices_go_and_come_without_touching_the_rest(empty_database: Database) -> None:
    upgrade(empty_database, "0001")
    with empty_database.write() as session:
        # By hand: the class has columns that come later.
        session.execute(
            text(
                "INSERT INTO tickets (subject, description, type, status, priority, fields, tags, language, via, created_at,"
                " updated_at) VALUES ('a', 'b', 'question', 'new', 'low', '{}', '[]', 'es', 'api',"
                " '2026-01-05 10:00:00', '2026-01-05 10:00:00')"
            )
        )
    upgrade(empty_database, "0002")
    assert {"service_notices", "notice_updates", "notice_subscriptions"} < set(
        inspect(empty_database.engine).get_table_names()
    )
    downgrade(empty_database, "0001")
    assert not [each for each in inspect(empty_database.engine).get_table_names() if "notice" in each]
    with empty_database.read() as session:
        assert list(session.scalars(select(Ticket.id))) == [1001]
