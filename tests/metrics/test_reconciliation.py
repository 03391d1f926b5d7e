"""Every outcome and every rate beside a recount in SQL over the raw events (tests/metrics/recount.py), with events that come
late, twice and out of order, and are decided a few at a time as they come."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database
from api.metrics.choice import Choice
from api.metrics.counting import differences, table_of
from api.metrics.deciding import catch_up, note_everything
from api.metrics.definitions import DEFINITIONS
from api.metrics.demo import decide_all, read_topics
from api.metrics.filling import write_customers, write_events, write_scripts
from api.metrics.models import Decision
from api.metrics.queries import by, rates, series, totals
from api.metrics.rules import Outcome
from api.metrics.scripts import Writer, disturbed
from api.metrics.terms import Terms
from bot.catalog import load_catalog
from tests.metrics.recount import rate_sql, recount_sql
from tests.support.databases import each_database

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(days=60)
TERMS = Terms()
CHOICE = Choice(SINCE.date(), NOW.date())
PORTIONS = 6


def fill(database: Database, conversations: int, seed: int) -> None:
    """Conversations whose events are written in portions, each decided when it has come."""
    draw = random.Random(seed)
    catalog = load_catalog()
    customers = conversations // 6
    writer = Writer(draw, catalog.languages, read_topics(DATA, catalog, SINCE, NOW), customers)
    scripts = [writer.write(at) for at in writer.moments(SINCE, NOW, conversations)]
    with database.write() as session:
        write_customers(session, customers, catalog.languages, SINCE)
        numbers: dict[int, int] = {}
        for start in range(0, len(scripts), 1_000):
            numbers |= write_scripts(session, scripts[start : start + 1_000], draw, NOW, events=False, messages=False)
    order = disturbed(scripts, draw)
    size = len(order) // PORTIONS + 1
    for number, start in enumerate(range(0, len(order), size), 1):
        with database.write() as session:
            write_events(session, order[start : start + size], numbers)
        # The time goes on, too: what is quiet settles in between and is woken by what comes late.
        moment = SINCE + (NOW - SINCE) * (number / PORTIONS)
        decide_all(database, TERMS, moment if number < PORTIONS else NOW)
        if number == PORTIONS // 2:
            _amend(database, draw)


def _amend(database: Database, draw: random.Random) -> None:
    """What staff do to rows by hand: another category, and traffic that turns out to be a test."""
    with database.write() as session:
        names = sorted(session.scalars(select(Conversation.id)))
        for name in draw.sample(names, len(names) // 100):
            session.execute(
                update(Conversation).where(Conversation.id == name).values(category="incident", subcategory=None)
            )
        for name in draw.sample(names, len(names) // 200):
            session.execute(update(Conversation).where(Conversation.id == name).values(is_test=True))


def reconcile(database: Database, conversations: int) -> None:
    dialect = database.url.get_backend_name()
    micro = 1_000_000
    given = {
        "now_us": round(NOW.timestamp() * micro),
        "quiet_us": round(TERMS.quiet.total_seconds() * micro),
        "window_us": round(TERMS.recontact.total_seconds() * micro),
        "soon_us": round(TERMS.soon.total_seconds() * micro),
    }
    with database.write() as session:
        sql = recount_sql(dialect)
        for name, value in given.items():
            # Bound values are not allowed where a table is made.
            sql = sql.replace(f":{name}", str(value))
        session.execute(text(f"CREATE TEMPORARY TABLE recount AS {sql}"))
        columns = "id, kind, outcome, provisional, soon, replied, shown, tickets, category, subcategory"
        right = {
            row.id: tuple(row)[1:]
            for row in session.execute(text(f"SELECT {columns} FROM recount"))  # noqa: S608
        }
        ours = {
            row.id: tuple(int(value) if isinstance(value, bool) else value for value in row[1:])
            for row in session.execute(
                select(
                    Decision.id,
                    Decision.kind,
                    Decision.outcome,
                    Decision.provisional,
                    Decision.within_day,
                    Decision.replied,
                    Decision.answered,
                    Decision.tickets,
                    Decision.category,
                    Decision.subcategory,
                )
            )
        }
        unlike = [
            (name, right.get(name), ours.get(name)) for name in {*right, *ours} if right.get(name) != ours.get(name)
        ]
        assert unlike == [], f"{len(unlike)} of {len(right)}: {unlike[:3]}"
        assert len(right) >= conversations * 0.98
        _outcomes_are_exclusive_and_exhaustive(session)
        _rates_are_the_recount(session)
        assert differences(session) == []


def _outcomes_are_exclusive_and_exhaustive(session: Session) -> None:
    found = totals(session, CHOICE)
    asked = session.execute(text("SELECT count(*) FROM recount WHERE kind = 'help'")).scalar_one()
    assert found.asked == asked == sum(found.outcomes.values())
    assert all(found.outcomes[each] > 0 for each in Outcome)
    assert sum(each.totals.asked for each in series(session, CHOICE)) == asked
    assert sum(each.totals.asked for each in series(session, CHOICE, "week")) == asked
    counted = session.execute(text("SELECT count(*) FROM recount WHERE kind NOT IN ('test', 'staff')")).scalar_one()
    assert found.conversations + found.apart == counted


def _rates_are_the_recount(session: Session) -> None:
    for made in rates(session, CHOICE, totals(session, CHOICE), DEFINITIONS):
        above, below = session.execute(text(rate_sql(made.definition.id, "recount"))).one()
        assert (made.numerator, made.denominator) == (above, below), made.definition.id
        assert made.denominator > 0, made.definition.id
    for dimension in ("language", "channel", "category"):
        for group in by(session, CHOICE, dimension, "deflection"):
            where = f"{dimension} = '{group.value}'"
            above, below = session.execute(text(rate_sql("deflection", "recount", where))).one()
            assert (group.rate.numerator, group.rate.denominator) == (above, below), where


def stored(session: Session) -> dict[str, tuple[object, ...]]:
    """Every decision, without when it was made and how often."""
    table = table_of(Decision)
    columns = [each for each in table.columns if each.name not in ("decided_at", "changes")]
    return {str(row[0]): tuple(str(each) for each in row) for row in session.execute(select(*columns))}


@each_database
def test_five_thousand_conversations_reconcile_to_the_row_and_a_rebuild_changes_none(database: Database) -> None:
    fill(database, 5_000, seed=7)
    reconcile(database, 5_000)
    with database.read() as session:
        before = stored(session)
    with database.write() as session:
        note_everything(session)
    decide_all(database, TERMS, NOW)
    with database.write() as session:
        assert stored(session) == before
        assert differences(session) == []
        assert catch_up(session, TERMS, NOW) == 0


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@each_database
def test_a_hundred_thousand_conversations_reconcile_to_the_row(database: Database) -> None:
    number = int(os.environ.get("RECONCILE", "100000"))
    fill(database, number, seed=11)
    reconcile(database, number)
