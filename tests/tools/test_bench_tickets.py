"""The measure of many tickets, with few."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text

from api.database import Database
from api.tickets.models import Ticket, TicketAudit, TicketComment
from tests.support.databases import each_database
from tools.bench.machine import Machine
from tools.bench.results import Result
from tools.bench.tickets import (
    OPERATIONS,
    REPLAYED,
    CreateMeasured,
    DatabaseMeasured,
    OperationMeasured,
    Side,
    TicketsMeasured,
    measure_create,
    measure_sides,
)
from tools.bench.tickets_fill import fill
from tools.bench.tickets_page import tickets_section


@each_database
def test_every_operation_and_both_creations_work_on_what_was_filled(database: Database) -> None:
    filled = fill(database, 60)
    side = Side(database, filled)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 60
        assert (session.scalar(select(func.count()).select_from(TicketComment)) or 0) > 60
        assert session.scalar(text("SELECT count(*) FROM ticket_words")) == 60
    created = measure_create(side, 1)
    assert created.rows >= 6
    with database.read() as session:
        # Those to read back, then eight of each of three in two blocks; what is replayed is a ticket like any other.
        assert session.scalar(select(func.count()).select_from(Ticket)) == 60 + REPLAYED + 6 * 8
        assert session.scalar(text("SELECT count(*) FROM ticket_words")) == 60 + REPLAYED + 6 * 8
        assert session.scalar(select(func.count()).select_from(TicketAudit)) == 60 + REPLAYED + 6 * 8
    measured = measure_sides("x", side, Side(database, filled), 0.0, 1)
    assert [each.name for each in measured.operations] == list(OPERATIONS)


@pytest.mark.parametrize(("large", "bare", "missed"), [(10.0, 9.0, 0), (30.0, 2.0, 2)])
def test_the_page_says_what_was_missed(large: float, bare: float, missed: int) -> None:
    machine = Machine(
        cpu="x", cores=2, memory_gib=1, system="x", python="3", rasa_python="3", commit="x", changed_files=0,
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), load=0.0,
    )  # fmt: skip
    found = DatabaseMeasured(
        kind="sqlite",
        small=1000,
        large=100_000,
        seconds_to_fill=1.0,
        operations=[
            OperationMeasured(name="list", small=[[10.0] * 8] * 3, large=[[large] * 8] * 3),
            OperationMeasured(name="create", small=[[23.0] * 8] * 3, large=[[23.0] * 8] * 3),
        ],
        create=CreateMeasured(ours=[[10.0] * 8] * 3, bare=[[bare] * 8] * 3, core=[[20.0] * 8] * 3, rows=7),
    )
    section = "\n".join(tickets_section(Result(machine=machine, measured=TicketsMeasured(databases=[found]))))
    assert section.count("**missed**") == missed
    assert "100,000 tickets" in section
    assert "| speed beside that, p50 [95 % interval] | 2.00" in section
    assert "| the whole request, p50 / p95 in ms | 23" in section
