"""What deciding costs is what changed, not what is there: counted in statements and rows, never in time."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from api.database import Database
from api.metrics.choice import Choice
from api.metrics.counting import MONTHS, differences, table_of
from api.metrics.deciding import catch_up
from api.metrics.definitions import DEFINITIONS
from api.metrics.demo import decide_all, read_topics
from api.metrics.events import Event, EventType
from api.metrics.filling import write_customers, write_scripts
from api.metrics.listing import articles
from api.metrics.models import Decision
from api.metrics.queries import by, by_hour, leaving, rates, series, totals
from api.metrics.scripts import Writer
from api.metrics.terms import Terms
from bot.catalog import load_catalog
from tests.support.databases import each_database

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(days=80)
TERMS = Terms()


@dataclass
class Work:
    """Statements, rows that were read of the decisions' tables and rows that were written, until now."""

    statements: int = 0
    read: int = 0
    written: int = 0
    tables: set[str] = field(default_factory=set)


@contextmanager
def watched(database: Database) -> Iterator[Work]:
    found = Work()

    def ran(_connection: Any, cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        found.statements += 1
        if statement.startswith("SELECT"):
            return
        found.written += len(given) if many else max(cursor.rowcount, 0)

    def loaded(row_count: int) -> None:
        found.read += row_count

    event.listen(database.engine, "after_cursor_execute", ran)
    fetchall = _counting(database, loaded)
    try:
        yield found
    finally:
        fetchall()
        event.remove(database.engine, "after_cursor_execute", ran)


def _counting(database: Database, told: Any) -> Any:
    """Have every result say how many rows it gave: by the hook through which SQLAlchemy makes results of cursors."""
    from sqlalchemy.engine import cursor as engine_cursor

    strategy = engine_cursor.CursorFetchStrategy
    before = strategy.fetchall

    def fetchall(self: Any, result: Any, dbapi_cursor: Any) -> Any:
        rows = before(self, result, dbapi_cursor)
        told(len(rows))
        return rows

    strategy.fetchall = fetchall  # type: ignore[method-assign]

    def undo() -> None:
        strategy.fetchall = before  # type: ignore[method-assign]

    return undo


def fill(database: Database, conversations: int) -> None:
    draw = random.Random(3)
    catalog = load_catalog()
    writer = Writer(draw, catalog.languages, read_topics(DATA, catalog, SINCE, NOW), conversations // 4)
    scripts = [writer.write(at) for at in writer.moments(SINCE, NOW, conversations)]
    with database.write() as session:
        write_customers(session, conversations // 4, catalog.languages, SINCE)
        write_scripts(session, scripts, draw, NOW, messages=False)
    decide_all(database, TERMS, NOW)


def touch(database: Database, number: int) -> Work:
    """Let one customer say of the last answer that it did not help, and decide what that changes."""
    with database.write() as session:
        solved = select(Decision.conversation_id).where(Decision.outcome == "confirmed").order_by(Decision.id)
        name = session.scalars(solved.offset(number).limit(1)).one()
        session.add(Event(type=EventType.SOLVED_NO, conversation_id=name, data={}, at=NOW))
    with watched(database) as work, database.write() as session:
        assert catch_up(session, TERMS, NOW) < 5
    return work


def test_one_event_costs_the_same_among_two_thousand_conversations_as_among_a_hundred(database: Database) -> None:
    fill(database, 100)
    few = [touch(database, number) for number in range(3)]
    fill_more(database, 1_900)
    many = [touch(database, number) for number in range(3)]
    for work in (*few, *many):
        # One decision with its change; each of its days, months, parts and hours once down and once up.
        assert work.written <= 80
        assert work.read <= 150
        assert work.statements <= 45
    assert max(each.statements for each in many) <= max(each.statements for each in few) + 10
    with database.read() as session:
        assert differences(session) == []


def fill_more(database: Database, conversations: int) -> None:
    draw = random.Random(5)
    catalog = load_catalog()
    writer = Writer(draw, catalog.languages, read_topics(DATA, catalog, SINCE, NOW), 50)
    scripts = [writer.write(at) for at in writer.moments(SINCE, NOW, conversations)]
    for each in scripts:
        # Of nobody that is known: what one customer did is read whole.
        each.customer = None
    with database.write() as session:
        write_scripts(session, scripts, draw, NOW, messages=False)
    decide_all(database, TERMS, NOW)


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, 250)
    return database


def by_moments(choice: Choice) -> Choice:
    """The same range by its moments, which is read from the decisions themselves."""
    first = dt.datetime.combine(choice.since, dt.time(), dt.UTC)
    last = dt.datetime.combine(choice.until + dt.timedelta(days=1), dt.time(), dt.UTC)
    return replace(choice, moments=(first, last))


RANGES = (
    (dt.date(2026, 5, 1), dt.date(2026, 5, 31)),
    (dt.date(2026, 4, 20), dt.date(2026, 6, 10)),
    (dt.date(2026, 4, 30), dt.date(2026, 6, 1)),
    (dt.date(2026, 5, 2), dt.date(2026, 5, 30)),
    (dt.date(2026, 6, 30), dt.date(2026, 6, 30)),
    (dt.date(2025, 12, 31), dt.date(2026, 12, 31)),
)
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"language": "es"},
    {"category": "incident"},
    {"subcategory": "none"},
    {"language": "es", "channel": "widget"},
    {"category": "incident", "subcategory": "none"},
    {"language": "en", "category": "incident", "scenario": "incident"},
)


@each_database
def test_months_days_and_stops_add_up_to_the_decisions_in_every_range_and_filter(filled: Database) -> None:
    with filled.read() as session:
        for since, until in RANGES:
            for chosen in FILTERS:
                choice = Choice(since, until, **chosen)
                counted, decided = figures(session, choice), figures(session, by_moments(choice))
                assert counted == decided, (since, until, chosen)


def figures(session: Session, choice: Choice) -> list[Any]:
    found = totals(session, choice)
    return [
        found,
        [each.totals for each in series(session, choice, "week")],
        [(each.value, each.totals) for each in by(session, choice, "category")],
        [(each.value, each.totals) for each in by(session, choice, "language")],
        by_hour(session, choice),
        leaving(session, choice),
        [(each.numerator, each.denominator) for each in rates(session, choice, found, DEFINITIONS)],
    ]


def test_the_league_of_months_is_that_of_their_days(filled: Database) -> None:
    day = dt.timedelta(days=1)
    with filled.read() as session:
        for since, until in RANGES[:4]:
            sums: dict[tuple[str, str], int] = {}
            for number in range((until - since).days + 1):
                at = since + number * day
                for each in articles(session, Choice(at, at)):
                    sums[each.article_id, each.language] = sums.get((each.article_id, each.language), 0) + each.shown
            found = {(each.article_id, each.language): each.shown for each in articles(session, Choice(since, until))}
            assert found == sums
            assert found


def test_months_take_no_more_rows_than_their_days(filled: Database) -> None:
    with filled.read() as session:
        for daily, monthly in MONTHS.items():
            days, months = (
                session.scalar(select(func.count()).select_from(table_of(each))) for each in (daily, monthly)
            )
            assert days is not None
            assert months is not None
            assert 0 < months <= days
