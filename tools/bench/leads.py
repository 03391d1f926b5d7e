"""The dashboard at size: every page of it as a lead opens it, with a million conversations in PostgreSQL and a hundred
thousand in SQLite, and what one more event costs there."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from pydantic import BaseModel, SecretStr
from sqlalchemy.orm import Session

from api.app import create_app
from api.chat.models import Conversation
from api.chat.streams import Streams
from api.database import Database
from api.identity import accounts
from api.leads.filters import NARROWING
from api.leads.pages import PAGES
from api.metrics.deciding import catch_up, catch_up_wholly
from api.metrics.events import Event, EventType
from api.metrics.listing import answer_cursor, row_cursor
from api.metrics.models import DecidedAnswer, Decision
from api.metrics.terms import Terms, terms_of
from api.migrations import upgrade
from api.services import Services
from api.settings import Settings
from bot.catalog import Catalog, load_catalog
from knowledge_base import Article
from tools.bench.leads_fill import ARTICLES, DAYS, LEAD, fill
from tools.bench.machine import ROOT
from tools.bench.tickets import postgresql

CONVERSATIONS = {"sqlite": 100_000, "postgresql": 1_000_000}
REPEATS = 12
FOLDER = ROOT / "var" / "bench" / "leads"
# Ranges in days that each page is opened with.
RANGES = (28, 91, DAYS)


class PageMeasured(BaseModel):
    """Milliseconds until a page was whole, or until a file's `first_byte`, each time; its length in bytes."""

    name: str
    address: str
    first_byte: bool
    bytes: int
    timings: list[float]


class LeadsDatabase(BaseModel):
    """`counts`: rows of `decision_days`. `event`: milliseconds until one more event is decided and counted."""

    kind: str
    conversations: int
    counts: int
    seconds_to_fill: float
    pages: list[PageMeasured]
    event: list[float]


class LeadsMeasured(BaseModel):
    databases: list[LeadsDatabase]


@dataclass(frozen=True)
class Case:
    """What is opened: `name` says it, `file` is measured until its first byte."""

    name: str
    path: str
    query: dict[str, str]
    file: bool = False


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


def measure_kind(kind: str, url: str, conversations: int | None = None, repeats: int = REPEATS) -> LeadsDatabase:
    """Fill one database and open every page on it."""
    number = conversations or CONVERSATIONS[kind]
    database = Database(url)
    upgrade(database)
    board = Board(database)
    began = time.monotonic()
    fill(database, number, dt.datetime.now(dt.UTC), board.terms, board.catalog)
    seconds = time.monotonic() - began
    pages = asyncio.run(board.open_all(repeats))
    with database.read() as session:
        counts = int(session.execute(sa.text("SELECT count(*) FROM decision_days")).scalar_one())
    event = one_more_event(database, board.terms)
    database.close()
    return LeadsDatabase(
        kind=kind, conversations=number, counts=counts, seconds_to_fill=seconds, pages=pages, event=event
    )


class Board:
    """The whole app in this process, on one database, and a lead who looks at it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = Settings(secret_key=SecretStr("s" * 32), gateway_secret=SecretStr("g" * 32))
        self.catalog: Catalog = load_catalog()
        self.terms: Terms = terms_of(self.settings, self.catalog)
        self._app = create_app(self.settings)
        self._app.state.services = Services(
            settings=self.settings,
            database=database,
            catalog=self.catalog,
            help_center=cast("Any", _HelpCenter(self.catalog)),
            dialogue=cast("Any", None),
            streams=Streams(),
        )

    async def open_all(self, repeats: int = REPEATS, only: str = "") -> list[PageMeasured]:
        """Every case so many times, once before that uncounted. `only`: those whose name begins so."""
        with self.database.write() as session:
            self._token = accounts.create_api_token(session, email=LEAD).token
        with self.database.read() as session:
            wanted = [each for each in cases(session, self.catalog, self.terms) if each.name.startswith(only)]
        found = []
        for case in wanted:
            address = f"{case.path}?{urlencode(case.query)}"
            timings, length = [], 0
            for number in range(-1, repeats):
                whole, first, length = await self.open(case)
                if number >= 0:
                    timings.append(first if case.file else whole)
            found.append(
                PageMeasured(name=case.name, address=address, first_byte=case.file, bytes=length, timings=timings)
            )
        return found

    async def open(self, case: Case) -> tuple[float, float, int]:
        """Milliseconds until all of it was there and until the first of it was, and its length. Raises for a refusal."""
        began, first, length, status = time.perf_counter(), 0.0, 0, 0

        async def send(message: Any) -> None:
            nonlocal first, length, status
            status = message.get("status", status)
            body = message.get("body", b"")
            if body and not length:
                first = (time.perf_counter() - began) * 1000
            length += len(body)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        headers = [(b"host", b"bench"), (b"authorization", f"Bearer {self._token}".encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": case.path, "raw_path": case.path.encode(), "root_path": "", "headers": headers,
            "query_string": urlencode(case.query).encode(), "server": ("bench", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        await self._app(scope, receive, send)
        if status != 200:
            raise RuntimeError(f"{case.path}?{urlencode(case.query)}: {status}")
        return (time.perf_counter() - began) * 1000, first, length


def cases(session: Session, catalog: Catalog, terms: Terms) -> list[Case]:
    """Every page with every range; then what a lead narrows, compares, follows down to the rows, and keeps as a file."""
    today = dt.datetime.now(terms.zone).date()
    found = []
    for page in PAGES:
        path = "/leads" if page == "overview" else f"/leads/{page}"
        found += [Case(f"{page}, {days} days", path, {"range": str(days)}) for days in RANGES]
    year = {"range": str(DAYS)}
    chosen = _values(catalog)
    narrowed: dict[str, dict[str, str]] = {name: {name: chosen[name]} for name in NARROWING}
    narrowed["language and channel"] = {name: chosen[name] for name in ("language", "channel")}
    narrowed["language, scenario, category"] = {name: chosen[name] for name in ("language", "scenario", "category")}
    for name, values in narrowed.items():
        found += [
            Case(f"{page}, a year, by {name}", "/leads" if page == "overview" else f"/leads/{page}", {**year, **values})
            for page in ("overview", "answers", "review", "conversations", "value")
        ]
    for page in ("tickets", "satisfaction"):
        found += [
            Case(f"{page}, a year, by {name}", f"/leads/{page}", {**year, **narrowed[name]})
            for name in ("language", "category")
        ]
    half = {"from": (today - dt.timedelta(days=181)).isoformat(), "to": today.isoformat()}
    found += [
        Case("overview, half a year beside the half before", "/leads", half),
        Case("overview, 28 days beside those of a year ago", "/leads", {"compare": "year"}),
        Case("overview, a year beside nothing", "/leads", {**year, "compare": "none"}),
        Case("overview, a year, by self-service score", "/leads", {**year, "definition": "self_service"}),
        Case("overview, three years", "/leads", {"from": (today - dt.timedelta(days=1099)).isoformat()}),
        Case("what if: another precision", "/leads/answers", {**year, "precision": "0.7"}),
        Case("articles, a later page", "/leads/answers", {**year, "league": "400"}),
        Case("gaps that are answered", "/leads/gaps", {"state": "answered"}),
    ]
    found += list(_down_to_rows(session, year, chosen, today))
    for page, section in (
        ("overview", "outcomes"), ("overview", "by-subcategory"), ("overview", "definitions"), ("answers", "articles"),
        ("answers", "threshold"), ("gaps", "topics"), ("review", "answers"), ("tickets", "volume"),
        ("satisfaction", "comments"), ("value", "months"), ("conversations", "rows"),
    ):  # fmt: skip
        for kind in ("csv", "json") if section in ("rows", "answers", "comments") else ("csv",):
            found.append(Case(f"{page}-{section}.{kind}, a year", f"/leads/{page}/{section}.{kind}", year, file=True))
    return found


def _values(catalog: Catalog) -> dict[str, str]:
    """One value of each dimension: of the category and below the most frequent one."""
    category = catalog.categories[0]
    return {
        "language": catalog.languages[0],
        "channel": "widget",
        "scenario": catalog.scenarios[0].id,
        "category": category.id,
        "subcategory": category.subcategories[0] if category.subcategories else "none",
    }


def _down_to_rows(session: Session, year: dict[str, str], chosen: dict[str, str], today: dt.date) -> Iterator[Case]:
    """The rows behind figures: sets that are frequent, rare and of several conditions, far down the list, and one row."""
    path = "/leads/conversations"
    for rows in ("all", "resolved", "recontacted", "abandoned", "ticket_people", "rated_bad", "apart_tickets"):
        yield Case(f"rows of {rows}", path, {**year, "rows": rows})
    rare = {"language": chosen["language"], "subcategory": "none", "rows": "recontacted", "hour": "3", "weekday": "6"}
    yield Case("rows of an hour, by language, without a subcategory", path, {**year, **rare})
    yield Case("rows left at a step", path, {**year, "rows": "abandoned", "stopped_at": "email"})
    yield Case("rows that there are none of", path, {**year, "rows": "recontacted", "stopped_at": "nothing"})
    old = (today - dt.timedelta(days=DAYS - 1)).isoformat()
    yield Case("rows of a day a year ago", path, {"from": old, "to": old})
    newest = sa.select(Decision.started_at, Decision.id).order_by(Decision.started_at.desc(), Decision.id.desc())
    number = session.scalar(sa.select(sa.func.count()).select_from(Decision)) or 0
    for share in (0.5, 0.99):
        at, name = session.execute(newest.offset(int(number * share)).limit(1)).one()
        yield Case(f"rows, {share:.0%} down", path, {**year, "rows": "all", "cursor": row_cursor(at, name)})
    for verdict in ("no", "none", "yes"):
        yield Case(f"review, {verdict}", "/leads/review", {**year, "verdict": verdict})
    for article in ("article-0", "article-7"):
        yield Case(f"review of {article}", "/leads/review", {**year, "article": article})
    yield Case("review of an article, 28 days", "/leads/review", {"article": "article-7"})
    query = sa.select(DecidedAnswer).where(DecidedAnswer.shown.is_(True), DecidedAnswer.verdict == "")
    middle = session.scalars(query.where(DecidedAnswer.confidence < 0.5).limit(1)).one()
    yield Case("review, half way down", "/leads/review", {**year, "cursor": answer_cursor(middle)})
    for name in session.scalars(sa.select(Decision.id).where(Decision.outcome == "escalated").limit(1)):
        yield Case("transcript", f"{path}/{name}", {})


def one_more_event(database: Database, terms: Terms) -> list[float]:
    """What it takes to decide one conversation again among all these, and to move the counts."""
    timings = []
    now = dt.datetime.now(dt.UTC)
    with database.write() as session:
        catch_up_wholly(session, terms)
    for number in range(REPEATS):
        with database.write() as session:
            name = f"bench{number}"
            session.add(Conversation(id=name, token_hash="", channel="widget", language="es", customer_id=None))
            session.flush()
            session.add(Event(type=EventType.ASKED_FOR_HELP, conversation_id=name, data={}, at=now))
        began = time.perf_counter()
        with database.write() as session:
            catch_up(session, terms, now)
        timings.append((time.perf_counter() - began) * 1000)
    return timings


class _HelpCenter:
    """Articles and thresholds, without the index that they would come from: the pages search nothing."""

    precision = 0.9

    def __init__(self, catalog: Catalog) -> None:
        now = dt.datetime.now(dt.UTC)
        self._articles = {
            language: [
                Article(
                    id=f"article-{number}",
                    locale=language,
                    title=f"How to handle matter {number}",
                    url=f"/help/{language}/article-{number}",
                    body_markdown="",
                    path=f"{language}/article-{number}.md",
                    updated_at=now - dt.timedelta(days=number),
                )
                for number in range(ARTICLES)
            ]
            for language in catalog.languages
        }

    def articles(self, language: str) -> list[Article]:
        return self._articles[language]

    def thresholds(self, precision: float | None = None) -> dict[str, float]:
        return dict.fromkeys(self._articles, round((precision or self.precision) - 0.3, 4))
