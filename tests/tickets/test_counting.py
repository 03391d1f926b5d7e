"""Counts of long lists, and the indexes that answer lists, on SQLite."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Select, insert

from api.database import Database, utc_now
from api.tickets import counting, repository
from api.tickets.models import Ticket

NEWEST = (Ticket.updated_at.desc(), Ticket.id.desc())
UNSOLVED = repository.tickets(status="new,open,pending,hold")


def fill(database: Database, count: int) -> None:
    """Every tenth ticket is open, the others are closed."""
    common = {"subject": "x", "description": "x", "type": "question", "priority": "low", "language": "es", "via": "api"}
    now = utc_now()
    rows = [
        {**common, "status": "closed" if number % 10 else "open", "created_at": now, "updated_at": now}
        for number in range(count)
    ]
    with database.write() as session:
        session.execute(insert(Ticket), rows)


@pytest.mark.parametrize(
    ("query", "value", "exact"),
    [
        (repository.tickets(), 4000, False),
        (repository.tickets(status="closed"), 3600, False),
        (repository.tickets(status="open"), 400, True),
        (repository.tickets(status="hold"), 0, True),
    ],
)
def test_a_count_is_exact_up_to_a_limit_and_near_beyond_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, query: Select[Ticket], value: int, exact: bool
) -> None:
    monkeypatch.setattr(counting, "EXACT_UP_TO", 500)
    fill(database, 4000)
    with database.read() as session:
        found = counting.bounded_count(session, query, Ticket.id)
    assert found.exact is exact
    assert found.value == value if exact else abs(found.value - value) <= value / 10


def test_few_numbers_with_large_gaps_are_counted_as_they_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "EXACT_UP_TO", 5)
    fill(database, 8)
    with database.read() as session:
        assert counting.bounded_count(session, repository.tickets(), Ticket.id).value == 8


@pytest.mark.parametrize(
    "query",
    [
        repository.tickets().order_by(*NEWEST),
        repository.tickets(status="closed").order_by(*NEWEST),
        UNSOLVED.order_by(*NEWEST),
        repository.tickets(status="closed").order_by(Ticket.id.desc()),
        UNSOLVED.order_by(Ticket.id.desc()),
    ],
)
def test_a_page_is_read_in_its_order_and_nothing_is_sorted_for_it(database: Database, query: Select[Ticket]) -> None:
    assert "TEMP B-TREE" not in plan_of(database, query.limit(25))


@pytest.mark.parametrize("query", [repository.tickets(), UNSOLVED, repository.tickets(status="open")])
def test_tickets_are_counted_in_an_index_without_reading_them(database: Database, query: Select[Ticket]) -> None:
    assert "COVERING INDEX" in plan_of(database, query.with_only_columns(Ticket.id).limit(10_001))


def plan_of(database: Database, query: Select[Any]) -> str:
    """What SQLite is going to do."""
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.engine.connect() as connection:
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
