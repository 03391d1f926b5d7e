"""The figures at size: what each page of the dashboard reads with a million conversations in PostgreSQL and a hundred
thousand in SQLite, and what one more event costs there."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database
from api.metrics.choice import DIMENSIONS, Choice
from api.metrics.counting import recount, table_of
from api.metrics.deciding import catch_up, catch_up_wholly
from api.metrics.definitions import DEFINITIONS
from api.metrics.events import Event, EventType
from api.metrics.listing import answers, articles, curve, rows
from api.metrics.models import AnswerArticle, DecidedAnswer, Decision, LedgerState
from api.metrics.queries import by, by_hour, leaving, rates, series, totals
from api.metrics.terms import Terms
from api.migrations import upgrade
from bot.catalog import load_catalog
from tools.bench.machine import ROOT
from tools.bench.tickets import postgresql

CONVERSATIONS = {"sqlite": 100_000, "postgresql": 1_000_000}
DAYS = 365
REPEATS = 20
FOLDER = ROOT / "var" / "bench" / "leads"
TERMS = Terms()
_AT_ONCE = 20_000
# Of a hundred that asked for help.
_SHARES = {"confirmed": 27, "assumed": 33, "abandoned": 8, "escalated": 15, "unanswered": 15, "recontacted": 2}
_OUTCOMES = [name for name, share in _SHARES.items() for _ in range(share)]
_ARTICLES = 800


class PageMeasured(BaseModel):
    """Milliseconds that the queries of one page took, each time."""

    name: str
    days: int
    timings: list[float]


class LeadsDatabase(BaseModel):
    """`counts`: rows of `decision_days`. `event`: milliseconds until one more event is decided and counted."""

    kind: str
    conversations: int
    counts: int
    pages: list[PageMeasured]
    event: list[float]


class LeadsMeasured(BaseModel):
    databases: list[LeadsDatabase]


PAGES: dict[str, Callable[[Session, Choice], object]] = {
    "overview": lambda session, choice: _overview(session, choice),
    "answers": lambda session, choice: (
        articles(session, choice),
        curve(session, choice, [each / 20 for each in range(20)]),
    ),
    "review, worst first": lambda session, choice: answers(session, choice),
    "rows of a rate": lambda session, choice: rows(session, choice, "resolved"),
    "one category": lambda session, choice: _overview(session, Choice(choice.since, choice.until, category="incident")),
}


def _overview(session: Session, choice: Choice) -> None:
    found = totals(session, choice)
    totals(session, choice.previous())
    series(session, choice, "day" if choice.days < 100 else "week")
    rates(session, choice, found, DEFINITIONS)
    for dimension in DIMENSIONS:
        by(session, choice, dimension)
    by_hour(session, choice)
    leaving(session, choice)


def measure() -> LeadsMeasured:
    """Fill and measure both kinds of database, in a folder of its own that goes afterwards."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        found = [measure_kind("sqlite", f"sqlite:///{FOLDER / 'leads'}.db")]
        with postgresql(FOLDER / "postgresql") as url_of:
            found.append(measure_kind("postgresql", url_of("leads")))
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return LeadsMeasured(databases=found)


def measure_kind(kind: str, url: str, conversations: int | None = None) -> LeadsDatabase:
    """Fill one database and read it as the pages do."""
    number = conversations or CONVERSATIONS[kind]
    database = Database(url)
    upgrade(database)
    today = dt.datetime.now(dt.UTC).date()
    counts = fill(database, number, today)
    pages = []
    for days in (30, DAYS):
        choice = Choice(today - dt.timedelta(days=days - 1), today)
        for name, page in PAGES.items():
            timings = []
            for _ in range(REPEATS):
                with database.read() as session:
                    began = time.perf_counter()
                    page(session, choice)
                    timings.append((time.perf_counter() - began) * 1000)
            pages.append(PageMeasured(name=name, days=days, timings=timings))
    event = one_more_event(database)
    database.close()
    return LeadsDatabase(kind=kind, conversations=number, counts=counts, pages=pages, event=event)


def one_more_event(database: Database) -> list[float]:
    """What it takes to decide one conversation again among all these, and to move the counts."""
    timings = []
    now = dt.datetime.now(dt.UTC)
    with database.write() as session:
        # The first time it is noted by which rules all was decided.
        catch_up_wholly(session, TERMS)
    for number in range(REPEATS):
        with database.write() as session:
            name = f"bench{number}"
            session.add(Conversation(id=name, token_hash="", channel="widget", language="es", customer_id=None))
            session.flush()
            session.add(Event(type=EventType.ASKED_FOR_HELP, conversation_id=name, data={}, at=now))
        began = time.perf_counter()
        with database.write() as session:
            catch_up(session, TERMS, now)
        timings.append((time.perf_counter() - began) * 1000)
    return timings


def fill(database: Database, number: int, today: dt.date) -> int:
    """Decisions and answers as a year of work would leave them, then the counts. Returns how many counts there are."""
    draw = random.Random(20261122)
    since = today - dt.timedelta(days=DAYS - 1)
    made = _rows(draw, number, since)
    while batch := [row for _, row in zip(range(_AT_ONCE), made, strict=False)]:
        decisions, answered, placed = zip(*batch, strict=True)
        store(database, Decision, list(decisions))
        store(database, DecidedAnswer, [each for each in answered if each])
        store(database, AnswerArticle, [one for each in placed for one in each])
    with database.write() as session:
        # Decided by these terms: nothing of it is to be decided again.
        session.add(LedgerState(id=1, made_by=TERMS.told()))
        recount(session)
    with database.write() as session:
        session.execute(sa.text("ANALYZE"))
    with database.read() as session:
        return int(session.execute(sa.text("SELECT count(*) FROM decision_days")).scalar_one())


Row = dict[str, object]


def _rows(draw: random.Random, number: int, since: dt.date) -> Iterator[tuple[Row, Row | None, list[Row]]]:
    catalog = load_catalog()
    languages = ["es"] * 5 + ["en"] * 3 + ["pt"] * 2
    categories = (
        [("", "")]
        + [(each.id, one) for each in catalog.categories for one in (each.subcategories or ("",))]
        + [("", "")] * 9
    )
    scenarios = [each.id for each in catalog.scenarios]
    blank: Row = {
        **{column.name: None for column in table_of(Decision).columns},
        **dict.fromkeys(("provisional", "within_day", "in_form", "person"), False),
        **dict.fromkeys(("helped", "wrong", "opened", "changes"), 0),
        **dict.fromkeys(("rule", "rating"), ""),
        **dict.fromkeys(("asks", "articles"), "[]"),
    }
    channels = ["widget"] * 7 + ["admin"] * 2 + ["helpcenter"]
    for each in range(number):
        started = dt.datetime.combine(since, dt.time(), dt.UTC) + dt.timedelta(seconds=draw.randrange(DAYS * 86_400))
        # Few matters are frequent, most are rare, and each is mostly asked in one way.
        place = min(int(draw.paretovariate(0.9)) - 1, len(categories) - 1)
        category, subcategory = categories[place]
        kind = "help" if draw.random() < 0.85 else "greeting"
        outcome = draw.choice(_OUTCOMES) if kind == "help" else ""
        shown = outcome not in ("", "abandoned")
        dimensions: Row = {
            "day": started.date(),
            "language": draw.choice(languages),
            "channel": draw.choice(channels),
            "scenario": scenarios[place % len(scenarios)] if draw.random() < 0.9 else scenarios[0],
            "category": category,
            "subcategory": subcategory,
        }
        decision: Row = {
            **blank,
            **dimensions,
            "id": f"{each:032x}",
            "conversation_id": f"{each:032x}",
            "customer_id": each % (number // 5) + 1 if draw.random() < 0.5 else None,
            "started_at": started,
            "hour": started.hour,
            "kind": kind,
            "outcome": outcome,
            "first_outcome": outcome,
            "last_at": started,
            "decided_at": started,
            "answers": int(shown),
            "confident_answers": int(shown),
            "tickets": int(outcome == "escalated"),
            "replied": shown,
            "answered": shown,
            "stage": "answered" if shown else "asked",
            "stopped_at": "solved" if shown else "reply",
            "confidence": 0.7,
        }
        if not shown:
            yield decision, None, []
            continue
        verdict = draw.choice(("yes", "no", "", "", ""))
        answer: Row = {
            **dimensions, "id": each + 1, "decision_id": decision["id"], "turn_id": None, "at": started,
            "confidence": round(draw.random(), 4), "confident": True, "decision": "answer", "shown": True, "verdict": verdict,
        }  # fmt: skip
        first, second = draw.sample(range(_ARTICLES), 2)
        placed: list[Row] = [
            {"answer_id": each + 1, "article_id": f"article-{one}", "place": place, "day": started.date(),
             "language": dimensions["language"], "shown": True, "opened": False, "verdict": verdict if place == 0 else ""}
            for place, one in enumerate((first, second))
        ]  # fmt: skip
        yield decision, answer, placed


def store(database: Database, model: type[Decision | DecidedAnswer | AnswerArticle], given: list[Row]) -> None:
    """Rows in bulk."""
    table = table_of(model)
    names = [each.name for each in table.columns]
    lists = [each for each in ("asks", "articles") if each in names]
    if database.sqlite:
        with database.write() as session:
            session.execute(sa.insert(table), [{**row, **{each: [] for each in lists}} for row in given])
        return
    connection = database.engine.raw_connection()
    try:
        with (
            cast("Any", connection.cursor()) as cursor,
            cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy,
        ):
            for row in given:
                copy.write_row([row[name] for name in names])
        connection.commit()
    finally:
        connection.close()
