"""Every outcome and every rate beside a recount in SQL over the raw events (tests/metrics/recount.py), with events that come
late, twice and out of order, and are decided a few at a time as they come."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database
from api.identity.models import Customer
from api.metrics.choice import DIMENSIONS, Choice
from api.metrics.counting import differences, measures_of, table_of
from api.metrics.deciding import catch_up, note_everything
from api.metrics.definitions import DEFINITIONS
from api.metrics.demo import decide_all, read_topics
from api.metrics.events import Event, EventType
from api.metrics.filling import write_customers, write_events, write_scripts
from api.metrics.listing import articles, curve
from api.metrics.models import AnswerArticle, DayCount, DecidedAnswer, Decision
from api.metrics.queries import by, by_hour, funnel, leaving, rates, series, totals
from api.metrics.rules import Outcome
from api.metrics.scripts import Writer, disturbed
from api.metrics.terms import Terms
from bot.catalog import load_catalog
from tests.metrics.recount import rate_sql, recount_all
from tests.support.databases import each_database

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
SINCE = NOW - dt.timedelta(days=60)
# Five hours behind UTC all year: a day that SQL can tell without knowing of time zones, and another one than the database's.
TERMS = Terms(ZoneInfo("America/Bogota"))
CHOICE = Choice(SINCE.date(), NOW.date())
PORTIONS = 6


# What may happen to a conversation afterwards, and the scripts do not draw.
AFTERWARDS: tuple[tuple[EventType, dict[str, Any]], ...] = (
    (EventType.TICKET_OPENED, {"category": "incident", "subcategory": None}),
    (EventType.TICKET_OPENED, {}),
    (EventType.TICKET_COMMENTED, {"public": True, "by": "agent"}),
    (EventType.TICKET_COMMENTED, {"public": False, "by": "lead"}),
    (EventType.TICKET_COMMENTED, {"public": True, "by": "customer"}),
    (EventType.TICKET_CHANGED, {}),
    (EventType.SOLVED_YES, {}),
    (EventType.SOLVED_NO, {}),
    (EventType.NOTICE_SUBSCRIBED, {"notice_id": 1}),
    (EventType.FORM_CANCELLED, {}),
    (EventType.STATUS_ASKED, {}),
    (EventType.RATED, {"score": "bad"}),
    (EventType.ANSWER_SHOWN, {"confident": False, "confidence": 0.2, "article_ids": ["roles", "export-sales-report"]}),
)


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
    """What is done to rows by hand: another category, traffic that turns out to be a test, and what happens afterwards."""
    with database.write() as session:
        names = sorted(session.scalars(select(Conversation.id)))
        for name in draw.sample(names, len(names) // 100):
            session.execute(
                update(Conversation).where(Conversation.id == name).values(category="incident", subcategory=None)
            )
        # Somebody signs in only now, or turns out to be somebody else.
        everybody = session.scalars(select(Customer.id).order_by(Customer.id)).all()
        for name in draw.sample(names, len(names) // 50):
            whose = draw.choice(everybody)
            session.execute(update(Conversation).where(Conversation.id == name).values(customer_id=whose))
        for name in draw.sample(names, len(names) // 200):
            session.execute(update(Conversation).where(Conversation.id == name).values(is_test=True))
        for name, at in session.execute(select(Conversation.id, Conversation.created_at)).all():
            if draw.random() < 0.05:
                for kind, data in draw.choices(AFTERWARDS, k=draw.randint(1, 3)):
                    later = at + dt.timedelta(seconds=round(draw.expovariate(1 / 40_000)))
                    session.add(Event(type=kind, conversation_id=name, data=data, at=later))


# Of a decision, as the recount names it and in its order.
COLUMNS = {
    "kind": Decision.kind, "outcome": Decision.outcome, "provisional": Decision.provisional, "soon": Decision.within_day,
    "replied": Decision.replied, "shown": Decision.answered, "tickets": Decision.tickets, "day": Decision.day,
    "hour": Decision.hour, "language": Decision.language, "channel": Decision.channel, "scenario": Decision.scenario,
    "category": Decision.category, "subcategory": Decision.subcategory, "stage": Decision.stage,
    "stopped_at": Decision.stopped_at, "helped": Decision.helped, "wrong": Decision.wrong, "in_form": Decision.in_form,
    "person": Decision.person, "rating": Decision.rating,
}  # fmt: skip
# The measures of a day, each as a condition or a number of the recount, of conversations that asked for help.
MEASURES = {
    "conversations": "1", "replied": "replied", "answered": "shown", "in_form": "in_form", "person": "person",
    "within_day": "soon", "tickets": "tickets", "helped": "helped", "wrong": "wrong",
    "ticketed": "CASE WHEN tickets > 0 THEN 1 ELSE 0 END", "rated_good": "CASE WHEN rating = 'good' THEN 1 ELSE 0 END",
    "rated_bad": "CASE WHEN rating = 'bad' THEN 1 ELSE 0 END",
    "answers": "(SELECT count(*) FROM answers_again AS a WHERE a.conversation_id = recount.id AND a.shown = 1)",
    "confident_answers":
        "(SELECT count(*) FROM answers_again AS a WHERE a.conversation_id = recount.id AND a.shown = 1 AND a.confident = 1)",
    "confident": "CASE WHEN EXISTS (SELECT 1 FROM answers_again AS a WHERE a.conversation_id = recount.id AND a.shown = 1"
        " AND a.confident = 1) THEN 1 ELSE 0 END",
}  # fmt: skip


# What hours are kept by.
HOURS: tuple[tuple[str, ...], ...] = (
    (),
    *((each,) for each in DIMENSIONS),
    ("language", "channel"),
    ("category", "subcategory"),
)


def reconcile(database: Database, conversations: int) -> None:
    micro = 1_000_000
    given = {
        "now_us": round(NOW.timestamp() * micro),
        "quiet_us": round(TERMS.quiet.total_seconds() * micro),
        "window_us": round(TERMS.recontact.total_seconds() * micro),
        "soon_us": round(TERMS.soon.total_seconds() * micro),
        "zone_us": -5 * 3600 * micro,
    }
    with database.write() as session:
        for statement in recount_all(database.url.get_backend_name(), given):
            session.execute(text(statement))
        right = counted(session, f"SELECT id, {', '.join(COLUMNS)} FROM recount")  # noqa: S608
        ours = {row[0]: plain(row)[1:] for row in session.execute(select(Decision.id, *COLUMNS.values()))}
        assert_same(ours, right)
        assert len(right) >= conversations * 0.98
        _answers_are_the_recount(session)
        _outcomes_are_exclusive_and_exhaustive(session)
        _rates_are_the_recount(session)
        _sums_are_the_recount(session)
        _parts_and_places_are_the_recount(session)
        _hours_are_the_recount(session)
        _people_are_the_recount(session)
        assert differences(session) == []


def plain(row: Sequence[Any]) -> tuple[object, ...]:
    """As both databases and our columns say it: no booleans, days as texts."""
    return tuple(
        int(value) if isinstance(value, bool) else value.isoformat() if isinstance(value, dt.date) else value
        for value in row
    )


def counted(session: Session, sql: str) -> dict[Any, tuple[object, ...]]:
    """Rows by their first column."""
    return {row[0]: plain(row)[1:] for row in session.execute(text(sql))}


def assert_same(ours: dict[Any, Any], right: dict[Any, Any]) -> None:
    unlike = [(name, right.get(name), ours.get(name)) for name in {*right, *ours} if right.get(name) != ours.get(name)]
    assert unlike == [], f"{len(unlike)} of {len(right)}: {unlike[:3]}"


def _answers_are_the_recount(session: Session) -> None:
    table = DecidedAnswer
    query = select(table.id, table.decision_id, table.confident, table.confidence, table.shown, table.verdict)
    ours = {row[0]: plain(row)[1:] for row in session.execute(query)}
    columns = "id, conversation_id, confident, confidence, shown, verdict"
    assert_same(ours, counted(session, f"SELECT {columns} FROM answers_again"))  # noqa: S608
    assert {verdict for *_, verdict in ours.values()} == {"", "yes", "no", "ticket"}
    ended = (
        "SELECT sum(CASE WHEN resolved <> (outcome IN ('confirmed', 'assumed')) THEN 1 ELSE 0 END), count(*)"
        " FROM decided_answers JOIN decisions ON decisions.id = decided_answers.decision_id"
    )
    assert tuple(session.execute(text(ended)).one()) == (0, len(ours))
    placed = AnswerArticle
    rows = session.execute(
        select(placed.answer_id, placed.article_id, placed.place, placed.shown, placed.opened, placed.verdict)
    )
    right = session.execute(text("SELECT answer_id, article_id, place, shown, opened, verdict FROM articles_again"))
    assert_same({row[:2]: plain(row)[2:] for row in rows}, {tuple(row[:2]): plain(row)[2:] for row in right})
    league = {
        (each.article_id, each.language): (each.found, each.shown, each.opened, each.helped, each.wrong)
        for each in articles(session, CHOICE)
    }
    sums = (
        "count(*), sum(shown), sum(opened), sum(CASE WHEN verdict = 'yes' THEN 1 ELSE 0 END),"
        " sum(CASE WHEN verdict IN ('no', 'ticket') THEN 1 ELSE 0 END)"
    )
    sql = f"SELECT article_id, language, {sums} FROM articles_again GROUP BY article_id, language"  # noqa: S608
    assert_same(league, {tuple(row[:2]): tuple(row[2:]) for row in session.execute(text(sql))})
    for point in curve(session, CHOICE, [0.0, 0.31, 0.5, 0.787, 1.0]):
        over = f"confidence >= {point.threshold}"
        judged = f"{over} AND verdict <> ''"
        sql = f"""SELECT count(confidence), sum(CASE WHEN {over} THEN 1 ELSE 0 END),
            sum(CASE WHEN {judged} THEN 1 ELSE 0 END), sum(CASE WHEN {over} AND verdict = 'yes' THEN 1 ELSE 0 END)
            FROM answers_again"""  # noqa: S608
        found = session.execute(text(sql)).one()
        # Confidences lie in steps of a thousandth here: what rounds to the threshold counts.
        assert abs(point.answered - found[1]) <= len(ours) / 100
        assert (point.searches, point.right <= point.judged <= point.answered) == (found[0], True)


def _outcomes_are_exclusive_and_exhaustive(session: Session) -> None:
    found = totals(session, CHOICE)
    asked = session.execute(text("SELECT count(*) FROM recount WHERE kind = 'help'")).scalar_one()
    assert found.asked == asked == sum(found.outcomes.values())
    assert all(found.outcomes[each] > 0 for each in Outcome)
    by_outcome = "SELECT outcome, count(*), sum(provisional) FROM recount WHERE kind = 'help' GROUP BY outcome"
    ours = {name: (number, found.provisional[name]) for name, number in found.outcomes.items()}
    assert_same(ours, counted(session, by_outcome))
    kinds = "SELECT kind, count(*) FROM recount WHERE kind NOT IN ('test', 'staff') GROUP BY kind"
    assert_same({kind: (number,) for kind, number in found.kinds.items() if number}, counted(session, kinds))
    alone = "SELECT count(*) FROM recount WHERE kind NOT IN ('test', 'staff')"
    assert found.conversations + found.apart == session.execute(text(alone)).scalar_one()
    over = Counter[tuple[str, str]]()
    for day, outcome, number in session.execute(
        text("SELECT day, outcome, count(*) FROM recount WHERE kind = 'help' GROUP BY day, outcome")
    ):
        over[str(day), outcome] = number
    for step in ("day", "week", "month"):
        buckets = series(session, CHOICE, step)
        starts = [each.start.isoformat() for each in buckets]
        wanted: Counter[tuple[str, str]] = Counter()
        for (day, outcome), number in over.items():
            wanted[max(each for each in starts if each <= day), outcome] += number
        made = {
            (each.start.isoformat(), name): number
            for each in buckets
            for name, number in each.totals.outcomes.items()
            if number
        }
        assert_same(made, dict(wanted))


def _rates_are_the_recount(session: Session) -> None:
    for made in rates(session, CHOICE, totals(session, CHOICE), DEFINITIONS):
        above, below = session.execute(text(rate_sql(made.definition.id, "recount"))).one()
        assert (made.numerator, made.denominator) == (above, below), made.definition.id
        assert made.denominator > 0, made.definition.id
    for dimension in DIMENSIONS:
        for definition in DEFINITIONS:
            if definition.ratio:
                # By a dimension and over time people are counted by their conversations.
                continue
            for group in by(session, CHOICE, dimension, definition.id):
                where = f"{dimension} = '{group.value}'"
                above, below = session.execute(text(rate_sql(definition.id, "recount", where))).one()
                assert (group.rate.numerator, group.rate.denominator) == (above, below), (definition.id, where)


def _sums_are_the_recount(session: Session) -> None:
    """What the cards show, by several filters at once, too."""
    assert set(MEASURES) == set(measures_of(DayCount))
    columns = ", ".join(f"coalesce(sum({sql}), 0) AS {name}" for name, sql in MEASURES.items())
    some = session.execute(
        text("SELECT language, category FROM recount WHERE kind = 'help' AND category <> '' ORDER BY id LIMIT 1")
    ).one()
    for choice, where in (
        (CHOICE, "1 = 1"),
        (replace(CHOICE, language=some.language), f"language = '{some.language}'"),
        (
            replace(CHOICE, language=some.language, category=some.category),
            f"language = '{some.language}' AND category = '{some.category}'",
        ),
    ):
        right = session.execute(text(f"SELECT {columns} FROM recount WHERE kind = 'help' AND {where}")).one()  # noqa: S608
        found = totals(session, choice)
        assert found.sums == dict(right._mapping), where
        sql = f"""SELECT coalesce(sum(tickets), 0), coalesce(sum(CASE WHEN rating = 'good' THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN rating = 'bad' THEN 1 ELSE 0 END), 0)
            FROM recount WHERE kind NOT IN ('test', 'staff', 'ticket') AND {where}"""  # noqa: S608
        assert (found.tickets, found.rated_good, found.rated_bad) == tuple(session.execute(text(sql)).one()), where


def _parts_and_places_are_the_recount(session: Session) -> None:
    """The funnel, and where people leave."""
    found = totals(session, CHOICE)
    solved = "kind = 'help' AND outcome IN ('confirmed', 'assumed')"
    sure = MEASURES["confident"]
    steps = {
        "opened": "kind NOT IN ('test', 'staff', 'ticket')", "asked": "kind = 'help'",
        "replied": "kind = 'help' AND replied = 1", "answered": "kind = 'help' AND shown = 1",
        "confident": f"kind = 'help' AND {sure} = 1", "resolved": solved,
    }  # fmt: skip
    for step in funnel(found):
        sql = f"SELECT count(*) FROM recount WHERE {steps[step.id]}"  # noqa: S608
        assert step.conversations == session.execute(text(sql)).scalar_one(), step.id
    sql = """SELECT stage, stopped_at, outcome, count(*) FROM recount
        WHERE kind = 'help' AND outcome IN ('abandoned', 'unanswered') GROUP BY stage, stopped_at, outcome"""
    left = {(each.stage, each.stopped_at, each.outcome): each.conversations for each in leaving(session, CHOICE)}
    assert_same(left, {tuple(row[:3]): row[3] for row in session.execute(text(sql))})


def _hours_are_the_recount(session: Session) -> None:
    """Of every dimension that hours are kept by, each row of every value; and as they are shown, by weekday."""
    numbers = """count(*), sum(CASE WHEN outcome IN ('confirmed', 'assumed') AND provisional = 0 THEN 1 ELSE 0 END),
        sum(CASE WHEN outcome = 'escalated' THEN 1 ELSE 0 END)"""
    stored_as = (
        "SELECT value, day, hour, asked, resolved, escalated FROM decision_hour_parts WHERE dimension = :dimension"
    )
    for names in HOURS:
        columns = ", ".join(("day", "hour", *names))
        sql = f"SELECT {columns}, {numbers} FROM recount WHERE kind = 'help' GROUP BY {columns}"  # noqa: S608
        right: dict[tuple[str, str, int], tuple[int, ...]] = {}
        for day, hour, *rest in session.execute(text(sql)):
            right[" ".join(rest[: len(names)]), day, hour] = tuple(rest[len(names) :])
        rows = map(plain, session.execute(text(stored_as), {"dimension": "+".join(names)}))
        assert_same({row[:3]: row[3:] for row in rows}, right)
        weeks: dict[str, dict[tuple[int, int], list[int]]] = {}
        for (value, day, hour), counts in right.items():
            hours = weeks.setdefault(value, {(number // 24, number % 24): [0, 0, 0] for number in range(168)})
            place = hours[dt.date.fromisoformat(day).weekday(), hour]
            place[:] = [one + other for one, other in zip(place, counts, strict=True)]
        for value, hours in list(weeks.items())[:3]:
            chosen: dict[str, Any] = {
                name: one or "none" for name, one in zip(names, value.split(" ") if names else [], strict=True)
            }
            found = by_hour(session, replace(CHOICE, **chosen))
            assert_same(
                {(each.weekday, each.hour): [each.asked, each.resolved, each.escalated] for each in found}, hours
            )


def _people_are_the_recount(session: Session) -> None:
    """In ranges that begin and end anywhere: whoever came in several of their days counts once."""
    score = [each for each in DEFINITIONS if each.id == "self_service"]
    for start in range(0, 60, 9):
        for length in (1, 2, 7, 30, 61):
            choice = replace(CHOICE, since=CHOICE.since + dt.timedelta(days=start))
            choice = replace(choice, until=choice.since + dt.timedelta(days=length - 1))
            where = f"day >= '{choice.since}' AND day <= '{choice.until}'"
            above, below = session.execute(text(rate_sql("self_service", "recount", where))).one()
            (made,) = rates(session, choice, totals(session, choice), score)
            assert (made.numerator, made.denominator) == (above, below), where


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
    fill(database, number, seed=int(os.environ.get("RECONCILE_SEED", "11")))
    reconcile(database, number)
