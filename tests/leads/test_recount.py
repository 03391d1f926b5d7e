"""The figures about tickets and satisfaction, counted anew in SQL over the tables themselves: nothing of their own code is
imported here."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import uuid
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.ratings.models import SatisfactionRating
from api.tickets.models import Ticket
from tests.leads.conftest import Opener
from tests.support.databases import each_database
from tests.support.rest import Rest

# Bogotá's, five hours behind all year.
FIRST, LAST = "2026-03-02", "2026-03-29"
SINCE = dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 3, 30, 5, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = {
    "sqlite": "date({}, '-5 hours')",
    "postgresql": "to_char({} AT TIME ZONE 'UTC' - interval '5 hours', 'YYYY-MM-DD')",
}
SECONDS = {
    "sqlite": "strftime('%s', first_response_at) - strftime('%s', created_at)",
    "postgresql": "CAST(extract(epoch FROM first_response_at - created_at) AS integer)",
}


@pytest.fixture
def filled(rest: Rest) -> None:
    """Tickets and ratings at random, at the very ends of the range, too; deleted ones and those of tests among them."""
    draw = random.Random(5)
    span = int((UNTIL - SINCE).total_seconds())
    moments = [SINCE - SECOND, SINCE, UNTIL - SECOND, UNTIL]
    moments += [SINCE + draw.randrange(-span // 4, span) * SECOND for _ in range(120)]
    with rest.database.write() as session:
        for at in moments:
            late = draw.random() < 0.3
            ticket = Ticket(
                subject="s", description="d", type="question", status=draw.choice(("new", "open", "solved", "closed")),
                priority=draw.choice(("low", "normal", "high", "urgent")), language=draw.choice(("es", "en", "pt")),
                via=draw.choice(("chat", "web", "mail", "api")), category=draw.choice((None, "incident", "request")),
                created_at=at, reopened_count=draw.choice((0, 0, 1, 3)),
                first_response_at=draw.choice((None, at + draw.randrange(60, 90_000) * SECOND)),
                first_response_breached_at=at if late else None,
                resolution_breached_at=at if draw.random() < 0.2 else None,
                deleted_at=at if draw.random() < 0.1 else None,
            )  # fmt: skip
            id = uuid.uuid4().hex
            talk = Conversation(
                id=id, token_hash=id, channel="widget", language=draw.choice(("es", "en", "pt")), created_at=at,
                last_activity_at=at, category=draw.choice((None, "incident")), is_test=draw.random() < 0.2,
            )  # fmt: skip
            session.add_all((ticket, talk))
            session.flush()
            of = {"ticket_id": ticket.id} if draw.random() < 0.5 else {"conversation_id": id}
            session.add(
                SatisfactionRating(**of, score=draw.choice(("good", "good", "bad")), created_at=at, updated_at=at)
            )


def ask(session: Session, sql: str) -> list[tuple[Any, ...]]:
    given = {"since": stored(session, SINCE), "until": stored(session, UNTIL)}
    return [tuple(row) for row in session.execute(text(sql), given)]


def stored(session: Session, at: dt.datetime) -> object:
    return at.strftime("%Y-%m-%d %H:%M:%S.000000") if session.get_bind().dialect.name == "sqlite" else at


def file(look: Opener, path: str) -> list[dict[str, Any]]:
    answer = look(f"/leads/{path}.json", **{"from": FIRST, "to": LAST, "compare": "none"})
    return list(json.loads(answer.text)["rows"])


def card(page: str, name: str) -> str:
    found = re.search(rf'<div id="card-{name}".*?<dd class="value">(?:<a [^>]*>)?([^<]*)<', page, re.DOTALL)
    assert found, name
    return found[1]


OURS = "created_at >= :since AND created_at < :until AND deleted_at IS NULL"
COUNTED = {
    "responded": "first_response_at IS NOT NULL", "late_response": "first_response_breached_at IS NOT NULL",
    "late_solution": "resolution_breached_at IS NOT NULL", "reopened": "reopened_count > 0",
    "solved": "status IN ('solved', 'closed')",
}  # fmt: skip


@each_database
def test_tickets_are_counted_as_sql_counts_them(rest: Rest, look: Opener, filled: None) -> None:
    kind = rest.database.url.get_backend_name()
    page = look("/leads/tickets", **{"from": FIRST, "to": LAST, "compare": "none"}).text
    sums = ", ".join(f"sum(CASE WHEN {each} THEN 1 ELSE 0 END)" for each in COUNTED.values())
    with rest.database.read() as session:
        ((total, *numbers),) = ask(session, f"SELECT count(*), {sums} FROM tickets WHERE {OURS}")  # noqa: S608
        named = dict(zip(COUNTED, numbers, strict=True))
        assert card(page, "opened") == str(total)
        for name in ("late_response", "late_solution", "reopened", "solved"):
            assert card(page, name) == f"{named[name] / total * 100:.1f}%", name
        sql = f"SELECT {SECONDS[kind]} FROM tickets WHERE {OURS} AND {COUNTED['responded']}"  # noqa: S608
        times = sorted(row[0] for row in ask(session, sql))
        minutes = round(times[len(times) // 2] / 60)
        assert card(page, "response") == f"{minutes // 60} h {minutes % 60} min"
        by_priority = ask(session, f"SELECT priority, count(*), {sums} FROM tickets WHERE {OURS} GROUP BY priority")  # noqa: S608
        targets = {
            row["priority"]: tuple(row[name] for name in ("tickets", *list(COUNTED)[:4]))
            for row in file(look, "tickets/targets")
        }
        assert targets == {row[0]: row[1:6] for row in by_priority}
        for name in ("category", "language", "via", "status"):
            right = ask(session, f"SELECT {name}, count(*) FROM tickets WHERE {OURS} GROUP BY {name}")  # noqa: S608
            found = [(row[name], row["tickets"]) for row in file(look, f"tickets/by-{name}")]
            assert sorted(found, key=str) == sorted(right, key=str), name
        day = DAY[kind].format("created_at")
        right = ask(session, f"SELECT {day}, priority, count(*) FROM tickets WHERE {OURS} GROUP BY 1, 2")  # noqa: S608
    over = file(look, "tickets/volume")
    periods = [row["period"] for row in over]
    assert (periods[0], sum(row["tickets"] for row in over)) == (FIRST, total)
    wanted: Counter[tuple[str, str]] = Counter()
    for moment, priority, count in right:
        wanted[max(each for each in periods if each <= moment), priority] += count
    made = {(row["period"], name): row[name] for row in over for name in ("low", "normal", "high", "urgent")}
    assert {key: count for key, count in made.items() if count} == dict(wanted)


RATED = """satisfaction_ratings AS r LEFT JOIN conversations AS c ON c.id = r.conversation_id
    LEFT JOIN tickets AS t ON t.id = r.ticket_id
    WHERE r.created_at >= :since AND r.created_at < :until AND (c.id IS NULL OR NOT c.is_test)"""
GOOD = "sum(CASE WHEN score = 'good' THEN 1 ELSE 0 END), sum(CASE WHEN score = 'bad' THEN 1 ELSE 0 END)"


@each_database
def test_satisfaction_is_counted_as_sql_counts_it(rest: Rest, look: Opener, filled: None) -> None:
    kind = rest.database.url.get_backend_name()
    page = look("/leads/satisfaction", **{"from": FIRST, "to": LAST, "compare": "none"}).text
    with rest.database.read() as session:
        for name, of in (("all", ""), ("chat", "AND r.ticket_id IS NULL"), ("ticket", "AND r.ticket_id IS NOT NULL")):
            ((good, bad),) = ask(session, f"SELECT {GOOD} FROM {RATED} {of}")  # noqa: S608
            assert card(page, name) == f"{good / (good + bad) * 100:.1f}%", name
        for name in ("language", "category"):
            right = ask(session, f"SELECT coalesce(c.{name}, t.{name}), {GOOD} FROM {RATED} GROUP BY 1")  # noqa: S608
            found = [(row[name], row["ratings"], row["share"]) for row in file(look, f"satisfaction/by-{name}")]
            wanted = [(value, good + bad, pytest.approx(good / (good + bad), abs=1e-4)) for value, good, bad in right]
            assert sorted(found, key=lambda row: str(row[0])) == sorted(wanted, key=lambda row: str(row[0])), name
        day = DAY[kind].format("r.created_at")
        right = ask(session, f"SELECT {day}, {GOOD} FROM {RATED} GROUP BY 1")  # noqa: S608
    over = file(look, "satisfaction/ratings")
    periods = [row["period"] for row in over]
    wanted_over = {each: [0, 0] for each in periods}
    for moment, good, bad in right:
        place = wanted_over[max(each for each in periods if each <= moment)]
        place[0] += good
        place[1] += bad
    assert {row["period"]: [row["good"], row["bad"]] for row in over} == wanted_over
