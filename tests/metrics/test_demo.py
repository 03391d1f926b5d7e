"""The demonstration: alive, marked, and never beside real rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.database import Database
from api.errors import Conflict
from api.metrics.choice import Choice
from api.metrics.content_changes import content_changes
from api.metrics.deciding import is_demo
from api.metrics.demo import check_apart, fill_demo
from api.metrics.listing import articles
from api.metrics.queries import by, totals
from api.metrics.rules import Outcome
from api.metrics.terms import Terms
from bot.catalog import load_catalog
from tests.metrics.test_outcomes import ASKED, tell
from tests.support.databases import each_database

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = dt.datetime(2026, 6, 30, 12, 30, tzinfo=dt.UTC)


@each_database
def test_half_a_year_in_three_languages_is_drawn_the_same_again_and_marked(database: Database) -> None:
    catalog = load_catalog()
    filled = fill_demo(database, catalog, DATA, Terms(), NOW, conversations=400)
    choice = Choice(filled.since, filled.until)
    with database.read() as session:
        assert is_demo(session)
        found = totals(session, choice)
        assert all(found.outcomes[each] for each in Outcome)
        assert (found.conversations + found.apart, found.asked) == (390, 315)
        assert {each.value for each in by(session, choice, "language")} == {"es", "en", "pt"}
        assert articles(session, choice)[0].shown > 5
        brought = content_changes(session, NOW - dt.timedelta(days=10), NOW)
        assert [each.added for each in brought] == [["es/remind-of-carts", "en/remind-of-carts", "pt/remind-of-carts"]]
    with pytest.raises(Conflict, match="demonstration already"):
        check_apart(database, "sqlite:///other.db")


def test_a_database_with_real_rows_or_the_one_in_use_is_never_filled(database: Database) -> None:
    real = database.url.render_as_string(hide_password=False)
    with pytest.raises(Conflict, match="database in use"):
        check_apart(database, real)
    check_apart(database, "sqlite:///other.db")
    with database.write() as session:
        tell(session, ASKED)
    with pytest.raises(Conflict, match="no demonstration's"):
        check_apart(database, "sqlite:///other.db")
    with database.read() as session:
        assert not is_demo(session)
