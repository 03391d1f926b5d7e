"""Erasing a person takes them out of every table and file, leaves everybody else and every figure, and survives a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import api.privacy.erasing as erasing
from api.database import Database
from api.errors import Conflict, NotFound
from api.identity.models import Customer, StaffUser
from api.metrics.gap_models import GapCluster
from api.migrations import all_tables
from api.privacy.columns import COLUMNS, Kind, columns_of, holds_people
from api.privacy.erasing import erase, resume
from api.privacy.models import Erasure
from api.privacy.rules import COPIES, MARK, RULES
from api.settings import Settings
from api.tickets.models import Ticket, TicketAudit, TicketComment
from bot.catalog import Catalog, load_catalog
from tests.privacy.people import Planted, found_in_files, found_in_tables, plant
from tests.support.databases import each_database

ANA, LEO = Planted(71, "quetzalina"), Planted(72, "barbarroja")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    """Those of a deployment whose folder, where the database is a file, holds that as well."""
    folder = Path(str(database.url.database)).parent if database.sqlite else tmp_path
    return Settings(var=folder)


def test_every_column_of_every_table_is_declared() -> None:
    tables = {table.name: set(table.columns.keys()) for table in all_tables().sorted_tables}
    missing = {name: sorted(columns - COLUMNS.get(name, {}).keys()) for name, columns in tables.items()}
    assert {name: columns for name, columns in missing.items() if columns} == {}, (
        "declare them in api/privacy/columns.py"
    )
    unknown = {name: sorted(COLUMNS[name].keys() - tables.get(name, set())) for name in COLUMNS}
    assert {name: columns for name, columns in unknown.items() if columns} == {}


def test_every_table_with_something_of_a_person_has_a_rule() -> None:
    known = {rule.table.name for rule in RULES} | set(COPIES)
    assert [name for name in COLUMNS if holds_people(name) and name not in known] == []


def test_what_is_emptied_has_a_value_to_hold() -> None:
    for rule in RULES:
        if not rule.delete:
            for name in columns_of(rule.table.name, Kind.PERSON, Kind.HASHED):
                assert name in rule.put or erasing._blank(rule.table.c[name]) in (None, "", [], {}, False)


@each_database
def test_nothing_of_an_erased_person_is_left_and_everything_of_others_is(
    database: Database, settings: Settings, catalog: Catalog
) -> None:
    plant(database, settings.var, ANA, LEO)
    with database.read() as session:
        planted = found_in_tables(session, ANA.canary)
        others = found_in_tables(session, LEO.canary)
        figures = _figures(session)
    personal = {name for name in COLUMNS if columns_of(name, Kind.PERSON)}
    assert sorted(personal - planted.keys() - {"audit_log"}) == []

    report = erase(settings, database, catalog, ANA.email)

    with database.read() as session:
        assert found_in_tables(session, ANA.canary) == {}
        assert found_in_tables(session, LEO.canary) == others
        assert _figures(session) == figures
    assert report.finished
    assert report.files == {"attachments": 2, "mail": 1}
    assert sorted(personal - report.removed.keys()) == []
    assert ANA.canary not in str(report.as_dict())
    if database.sqlite:
        assert found_in_files(settings.var, ANA.canary) == []
    assert len(found_in_files(settings.var, LEO.canary)) >= 3


@each_database
def test_a_ticket_keeps_its_number_category_and_times(database: Database, settings: Settings, catalog: Catalog) -> None:
    plant(database, settings.var, ANA)
    kept = columns_of("tickets", Kind.PLAIN, Kind.FIGURE)
    with database.read() as session:
        before = _row(session, "tickets", ANA.ticket)
    erase(settings, database, catalog, str(ANA.number))
    with database.read() as session:
        after = _row(session, "tickets", ANA.ticket)
        ticket = session.get_one(Ticket, ANA.ticket)
        said = session.scalars(select(TicketComment.body)).all()
        audit = session.scalars(select(TicketAudit.events)).one()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (ticket.subject, ticket.description, said) == (MARK, MARK, [MARK])
    assert "typed" not in ticket.fields
    assert audit[1] == {"type": "Create", "field_name": "priority", "value": "high"}
    assert [audit[0]["body"], audit[2]["value"]] == [MARK, MARK]


def test_erasing_again_changes_nothing(database: Database, settings: Settings, catalog: Catalog) -> None:
    plant(database, settings.var, ANA)
    erase(settings, database, catalog, ANA.email)
    again = erase(settings, database, catalog, str(ANA.number))
    assert again.removed == {}
    with pytest.raises(NotFound):
        erase(settings, database, catalog, ANA.email)
    with database.read() as session:
        assert session.scalar(select(func.count(Erasure.id))) == 1


def test_a_dry_run_says_the_same_and_changes_nothing(database: Database, settings: Settings, catalog: Catalog) -> None:
    plant(database, settings.var, ANA)
    with database.read() as session:
        before = found_in_tables(session, ANA.canary)
    told = erase(settings, database, catalog, ANA.email, dry_run=True)
    with database.read() as session:
        assert found_in_tables(session, ANA.canary) == before
    assert not told.finished
    assert len(found_in_files(settings.var / "attachments", ANA.canary)) == 2
    assert erase(settings, database, catalog, ANA.email).as_dict() == told.as_dict()


def test_what_a_crash_left_is_finished_later(
    database: Database, settings: Settings, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(database, settings.var, ANA)

    def crash(*_: object) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "remove_file", crash)
        with pytest.raises(OSError, match="stopped"):
            erase(settings, database, catalog, ANA.email)
    assert found_in_files(settings.var / "attachments", ANA.canary) != []
    with database.read() as session:
        assert found_in_tables(session, ANA.canary) == {}
    assert resume(settings, database) == 1
    assert found_in_files(settings.var, ANA.canary) == []
    assert resume(settings, database) == 0


def test_gaps_keep_the_words_that_others_used(database: Database, settings: Settings, catalog: Catalog) -> None:
    plant(database, settings.var, ANA)
    erase(settings, database, catalog, ANA.email)
    with database.read() as session:
        cluster = session.scalars(select(GapCluster)).one()
    assert cluster.terms == ["invoices"]
    assert cluster.gone_at is not None


def test_an_address_that_others_wrote_is_replaced_there(
    database: Database, settings: Settings, catalog: Catalog
) -> None:
    plant(database, settings.var, ANA, LEO)
    with database.write() as session:
        session.get_one(Ticket, LEO.ticket).description = f"My colleague {ANA.email.upper()} cannot sign in"
    erase(settings, database, catalog, ANA.email)
    with database.read() as session:
        assert session.get_one(Ticket, LEO.ticket).description == f"My colleague {MARK} cannot sign in"


def test_an_address_of_staff_and_one_that_two_share_are_refused(
    database: Database, settings: Settings, catalog: Catalog
) -> None:
    with database.write() as session:
        session.add_all(
            [
                Customer(email="boss@shop.example"),
                StaffUser(email="boss@shop.example", role="lead", password_hash="!"),
                Customer(contact_email="info@shop.example", external_id="a"),
                Customer(contact_email="info@shop.example", external_id="b"),
            ]
        )
    with pytest.raises(Conflict, match="somebody of staff"):
        erase(settings, database, catalog, "boss@shop.example")
    with pytest.raises(Conflict, match="Several customers"):
        erase(settings, database, catalog, "info@shop.example")
    assert erase(settings, database, catalog, "b").removed == {"customers": 1}
    with database.read() as session:
        kept = session.scalars(select(Customer).where(Customer.external_id == "a")).one()
    assert kept.contact_email == "info@shop.example"


def test_somebody_who_never_became_a_customer_can_be_erased(
    database: Database, settings: Settings, catalog: Catalog
) -> None:
    plant(database, settings.var, ANA)
    with database.write() as session:
        session.execute(Customer.__table__.update().values(email=None, contact_email=None, external_id=None))  # type: ignore[attr-defined]
    removed = erase(settings, database, catalog, ANA.email).removed
    assert {"inbound_mails", "undeliverable_addresses", "outbox_mails", "jobs"} <= removed.keys()


def _figures(session: Any) -> dict[str, list[Any]]:
    """Every column that figures are made of."""
    found = {}
    for name in COLUMNS:
        columns = [all_tables().tables[name].c[each] for each in columns_of(name, Kind.FIGURE)]
        if columns and name != "erasures":
            found[name] = sorted(map(str, session.execute(select(*columns)).all()))
    return found


def _row(session: Any, table: str, key: int) -> dict[str, Any]:
    chosen = all_tables().tables[table]
    return dict(session.execute(select(chosen).where(chosen.c.id == key)).mappings().one())
