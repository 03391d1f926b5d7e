"""A year of conversations with all that the dashboard reads of them, filled fast: rows are made in bulk, past the rules, as a
year of work would leave them. The counts are made by the rebuild that a deployment has."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import Base, Database
from api.identity.models import Customer, StaffUser
from api.leads.models import AnswerReview, BlockedPassage, LeadAct, PinnedArticle
from api.metrics.counting import recount
from api.metrics.gap_models import ContentChange, GapCluster, GapQuestion, GapRun
from api.metrics.models import AnswerArticle, DecidedAnswer, Decision, LedgerState, badness_of
from api.metrics.rules import RESOLVED
from api.metrics.terms import Terms
from api.ratings.models import SatisfactionRating
from api.tickets.models import FIRST_TICKET_ID, Ticket
from bot.catalog import Catalog

DAYS = 365
# Of a help center, in each language.
ARTICLES = 800
LEAD = "lead@example.com"
_AT_ONCE = 20_000
# Of a hundred that asked for help.
_SHARES = {"confirmed": 27, "assumed": 33, "abandoned": 8, "escalated": 15, "unanswered": 15, "recontacted": 2}
_OUTCOMES = [name for name, share in _SHARES.items() for _ in range(share)]
_KINDS = ["help"] * 82 + ["greeting"] * 10 + ["status"] * 4 + ["ticket"] * 4
_RULES = {
    "confirmed": "said_yes", "assumed": "quiet", "abandoned": "no_reply", "escalated": "ticket",
    "unanswered": "not_confident", "recontacted": "came_back",
}  # fmt: skip
_STOPS = {"abandoned": ("email", "category", "problem", "reply"), "unanswered": ("solved", "problem")}
_VERDICTS = {"confirmed": "yes", "unanswered": "no", "escalated": "ticket", "recontacted": "yes"}
_PRIORITIES = ("low",) * 40 + ("normal",) * 40 + ("high",) * 15 + ("urgent",) * 5
_STATUSES = ("closed",) * 80 + ("solved",) * 8 + ("open",) * 7 + ("pending",) * 4 + ("new",)
_WORDS = [
    "order",
    "report",
    "invoice",
    "plugin",
    "export",
    "role",
    "error",
    "slow",
    "login",
    "catalogue",
    "price",
    "stock",
    "shipping",
    "label",
]

Row = tuple[Any, ...]


def fill(database: Database, number: int, now: dt.datetime, terms: Terms, catalog: Catalog) -> None:
    """Fill a migrated, empty database with so many conversations of the year until `now`."""
    draw = random.Random(20261122)
    writer = _Sqlite(database) if database.sqlite else _Postgresql(database)
    year = _Year(draw, number, now, terms.zone, catalog)
    begin = _text(now - dt.timedelta(days=DAYS + 30))
    writer.begin()
    writer.write(Customer, "id email contact_email name platforms created_at", [
        (each, f"customer{each}@example.com", f"customer{each}@example.com", f"Customer {each}", "[]", begin)
        for each in range(1, year.customers + 1)
    ])  # fmt: skip
    writer.write(
        StaffUser,
        "id email name password_hash role active created_at",
        [(1, LEAD, "Lead", "!", "lead", 1, begin)],
    )
    for start in range(0, number, _AT_ONCE):
        made = _Batch()
        for each in range(start, min(start + _AT_ONCE, number)):
            year.write(each, made)
        for model, columns in _COLUMNS.items():
            writer.write(model, columns, made.rows[model])
    writer.end()
    with database.write() as session:
        # Decided by these terms: nothing of it is to be decided again.
        session.execute(sa.text("DELETE FROM undecided"))
        session.add(LedgerState(id=1, made_by=terms.told()))
        _beside(session, draw, now, year)
        recount(session)
    if database.sqlite:
        with database.write() as session:
            session.execute(sa.text("ANALYZE"))
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


_COLUMNS: dict[type[Base], str] = {
    Conversation: "id token_hash channel language customer_id scenario category subcategory last_seq is_test created_at"
    " last_activity_at silence",
    Message: "conversation_id turn_id seq role kind text language choices answer attachments created_at",
    Ticket: "id requester_id conversation_id subject description type status priority category subcategory fields tags"
    " language via created_at updated_at first_response_at first_response_breached_at resolution_breached_at"
    " reopened_count",
    SatisfactionRating: "conversation_id score comment created_at updated_at",
    Decision: "id conversation_id ticket_id customer_id started_at day hour language channel scenario category subcategory"
    " kind outcome provisional rule first_outcome within_day asked_at asks last_at answers confident_answers helped wrong"
    " opened tickets replied answered in_form person rating stage stopped_at confidence articles decided_at changes",
    DecidedAnswer: "id decision_id turn_id at day language channel scenario category subcategory confidence confident"
    " decision shown verdict badness resolved",
    AnswerArticle: "answer_id article_id place day language shown opened verdict",
}


@dataclass
class _Batch:
    rows: dict[type[Base], list[Row]] = field(default_factory=lambda: defaultdict(list))


class _Year:
    """Draws one conversation after the other."""

    def __init__(self, draw: random.Random, number: int, now: dt.datetime, zone: ZoneInfo, catalog: Catalog) -> None:
        self._draw, self._zone = draw, zone
        self.customers = max(number // 5, 2)
        today = now.astimezone(zone).date()
        first = dt.datetime.combine(today - dt.timedelta(days=DAYS - 1), dt.time(), zone)
        self._since = first.timestamp()
        self._seconds = now.timestamp() - self._since
        # Few matters are frequent, most are rare, and each is mostly asked in one way.
        self._matters = (
            [("", "")]
            + [(each.id, one) for each in catalog.categories for one in (each.subcategories or ("",))]
            + [("", "")] * 9
        )
        self._scenarios = [each.id for each in catalog.scenarios]
        self._languages = [
            catalog.languages[min(each, len(catalog.languages) - 1)] for each in (0, 0, 0, 0, 0, 1, 1, 1, 2, 2)
        ]
        self._answers = [_answer(each) for each in range(ARTICLES)]
        self._ticket = FIRST_TICKET_ID

    def write(self, number: int, made: _Batch) -> None:
        """All rows of one conversation, or of a ticket that came without one."""
        draw, rows = self._draw, made.rows
        chance = draw.random
        at = dt.datetime.fromtimestamp(self._since + self._seconds * chance(), self._zone)
        local_day, hour = at.date().isoformat(), at.hour
        moment, later, last = (_text(at + dt.timedelta(seconds=each)) for each in (0, 3, 200))
        place = min(int(draw.paretovariate(0.9)) - 1, len(self._matters) - 1)
        category, subcategory = self._matters[place]
        language = self._languages[int(chance() * 10)]
        scenario = self._scenarios[place % len(self._scenarios) if chance() < 0.9 else 0]
        kind = _KINDS[int(chance() * 100)]
        outcome = _OUTCOMES[int(chance() * 100)] if kind == "help" else ""
        customer = 1 + int(chance() * self.customers) if kind == "ticket" or chance() < 0.5 else None
        opened = kind == "ticket" or outcome == "escalated"
        ticket = None
        if opened:
            ticket, self._ticket = self._ticket, self._ticket + 1
        if kind == "ticket":
            id, channel, scenario = f"ticket-{ticket}", ("api", "mail", "web")[int(chance() * 3)], ""
        else:
            id, channel = (
                f"{number * 2654435761 % 2**32:08x}{number:024x}",
                ("widget", "widget", "admin", "helpcenter")[int(chance() * 4)],
            )
        shown = outcome not in ("", "abandoned")
        confidence = round(chance(), 4) if shown else None
        verdict = _VERDICTS.get(outcome, "") if shown and chance() < 0.6 else ""
        rating = ("good" if chance() < 0.7 else "bad") if kind != "ticket" and chance() < 0.1 else ""
        stops = _STOPS.get(outcome, ("",))
        first = int(chance() * ARTICLES)
        second = (first + 1 + int(chance() * 20)) % ARTICLES
        dimensions = (language, channel, scenario, category, subcategory)
        conversation = None if kind == "ticket" else id
        rows[Decision].append((
            id, conversation, ticket, customer, moment, local_day, hour, *dimensions, kind, outcome, 0,
            _RULES.get(outcome, ""), outcome, int(outcome == "recontacted"), moment if outcome else None, "[]", last,
            int(shown), int(shown and outcome != "unanswered"), int(verdict == "yes"), int(verdict == "no"), 0, int(opened),
            int(shown), int(shown), int(outcome in ("abandoned", "escalated")), 0, rating,
            "ticket" if opened else "answered" if shown else "asked" if outcome else "opened",
            stops[int(chance() * len(stops))], confidence, "[]", last, 0,
        ))  # fmt: skip
        if opened:
            rows[Ticket].append(self._opened(ticket, customer, conversation, channel, at, dimensions))
        if conversation is None:
            return
        turn = f"{number:032x}"
        rows[Conversation].append((
            id, "", channel, language, customer, scenario or None, category or None, subcategory or None,
            2, 0, moment, last, 3,
        ))  # fmt: skip
        words = f"{_WORDS[first % 14]} {_WORDS[second % 14]} {number}"
        rows[Message] += (
            (id, None, 1, "customer", "text", words, language, "[]", None, "[]", moment),
            (id, turn, 2, "copilot", "answer" if shown else "text", "This may help.", language, "[]",
             self._answers[first].replace("?", words) if shown else None, "[]", later),
        )  # fmt: skip
        if rating:
            comment = f"It was {words}" if chance() < 0.3 else None
            rows[SatisfactionRating].append((id, rating, comment, last, last))
        if shown:
            rows[DecidedAnswer].append((
                number + 1, id, turn, later, local_day, *dimensions, confidence, int(outcome != "unanswered"),
                "answer" if outcome != "unanswered" else "clarify", 1, verdict, badness_of(verdict, confidence, True),
                int(outcome in RESOLVED),
            ))  # fmt: skip
            rows[AnswerArticle] += (
                (number + 1, f"article-{first}", 0, local_day, language, 1, int(verdict == "yes"), verdict),
                (number + 1, f"article-{second}", 1, local_day, language, 1, 0, ""),
            )

    def _opened(
        self, number: int | None, customer: int | None, conversation: str | None, channel: str, at: dt.datetime,
        dimensions: tuple[str, ...],
    ) -> Row:  # fmt: skip
        draw = self._draw
        chance = draw.random
        language, _, _, category, subcategory = dimensions
        moment, answered = _text(at), _text(at + dt.timedelta(seconds=600 + 40_000 * chance()))
        status = _STATUSES[int(chance() * 93)]
        return (
            number, customer, conversation, f"{_WORDS[int(chance() * 14)]} does not work", " ".join(_WORDS * 4), "incident",
            status, _PRIORITIES[int(chance() * 100)], category or None, subcategory or None, '{"platform": "store"}', "[]",
            language, "chat" if conversation else channel, moment, answered, None if status == "new" else answered,
            answered if chance() < 0.1 else None, answered if chance() < 0.05 else None, int(chance() < 0.06),
        )  # fmt: skip


def _answer(number: int) -> str:
    """What a message keeps of an answer; `?` stands for the question."""
    passages = [
        {
            "article_id": f"article-{each % ARTICLES}",
            "title": f"How to handle matter {each % ARTICLES}",
            "locale": "en",
            "url": f"/help/en/article-{each % ARTICLES}#steps",
            "snippet": "Open the settings, choose what is concerned, and confirm. " * 3,
        }
        for each in (number, number + 1)
    ]
    return json.dumps({"confident": True, "query": "?", "passages": passages})


def _beside(session: Session, draw: random.Random, now: dt.datetime, year: _Year) -> None:
    """What leads did, what was published, and the gaps as last gathered."""
    day = dt.timedelta(days=1)
    answers = session.execute(sa.select(DecidedAnswer.id, DecidedAnswer.decision_id).limit(2_000)).all()
    session.add_all(
        AnswerReview(answer_id=id, conversation_id=name, right=draw.random() < 0.5, by=LEAD) for id, name in answers
    )
    for each in range(20):
        session.add(
            PinnedArticle(language="en", words=f"word{each}", question="?", article_id="a", locale="en", by=LEAD)
        )
        session.add(BlockedPassage(passage_id=f"/help/en/{each}", article_id="a", locale="en", title="T", by=LEAD))
        at = now - each * 14 * day
        session.add(LeadAct(what="threshold", by=LEAD, data={"before": 0.9, "after": 0.85}, at=at))
        session.add(ContentChange(digest=f"{each:064x}", at=at - 5 * day, added=["en/a"], changed=["en/b"], gone=[]))
    run = GapRun(since=now - 28 * day, until=now, questions=5_000, alone=900, answered=20, seconds=9.0)
    session.add(run)
    asked = session.execute(
        sa.select(Message.id, Message.conversation_id).where(Message.kind == "answer").limit(3_000)
    ).all()
    for number in range(300):
        id = f"{number:032x}"
        session.add(GapCluster(
            id=id, topic=id, language=("es", "en", "pt")[number % 3], terms=["stock", "price"], size=300 - number, before=9,
            nearest=None, first_at=now - 20 * day, last_at=now,
        ))  # fmt: skip
        for place, (message, conversation) in enumerate(asked[number * 10 : number * 10 + 10]):
            session.add(GapQuestion(
                message_id=message, cluster_id=id, conversation_id=conversation, at=now, place=place, example=place < 3
            ))  # fmt: skip


def _text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


class _Sqlite:
    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection()
        self._cursor = self._connection.cursor()

    def begin(self) -> None:
        self._cursor.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        self._cursor.execute("COMMIT")
        self._connection.close()

    def write(self, model: type[Base], columns: str, rows: Sequence[Row]) -> None:
        names = columns.split()
        places = ",".join("?" * len(names))
        self._cursor.executemany(
            f"INSERT INTO {model.__tablename__} ({','.join(names)}) VALUES ({places})",  # noqa: S608 - our own names
            rows,
        )


class _Postgresql:
    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection()
        self._cursor = cast("Any", self._connection.cursor())
        self._indexes: list[tuple[str, str]] = []

    def begin(self) -> None:
        # No triggers and no look at what each row points to: the rows are made to fit, and the server is one of our own.
        for setting in ("session_replication_role = replica", "timezone = 'UTC'", "maintenance_work_mem = '512MB'"):
            self._cursor.execute(f"SET {setting}")
        # Row by row into the indexes it would take three times as long.
        self._cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND NOT indexdef LIKE '%%UNIQUE%%'",
            ([each.__tablename__ for each in _COLUMNS],),
        )
        self._indexes = self._cursor.fetchall()
        for name, _ in self._indexes:
            self._cursor.execute(f"DROP INDEX {name}")

    def end(self) -> None:
        for _, definition in self._indexes:
            self._cursor.execute(definition)
        # Rows with numbers of their own do not count as drawn.
        for model in (Ticket, Customer, StaffUser):
            largest = f"(SELECT max(id) FROM {model.__tablename__})"  # noqa: S608 - our own names
            self._cursor.execute(f"SELECT setval(pg_get_serial_sequence('{model.__tablename__}', 'id'), {largest})")
        for setting in ("session_replication_role", "timezone", "maintenance_work_mem"):
            self._cursor.execute(f"RESET {setting}")
        self._connection.commit()
        self._connection.close()

    def write(self, model: type[Base], columns: str, rows: Sequence[Row]) -> None:
        with self._cursor.copy(f"COPY {model.__tablename__} ({','.join(columns.split())}) FROM STDIN") as copy:
            for part in _lines(rows):
                copy.write(part)


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    """As COPY reads them: there is no tab, backslash or line break in any of it."""
    for start in range(0, len(rows), 1_000):
        yield "".join(
            "\t".join(["\\N" if cell is None else str(cell) for cell in row]) + "\n"
            for row in rows[start : start + 1_000]
        )
