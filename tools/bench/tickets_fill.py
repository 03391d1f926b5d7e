"""A database with so many tickets, filled fast: rows are made in bulk, past the rules, as years of work would leave them."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import text

from api.database import Database, utc_now
from api.tickets.search_index import document, tsvector
from api.tickets.words import key_words

STATUSES = ("closed",) * 80 + ("solved",) * 8 + ("open",) * 5 + ("pending",) * 4 + ("new",) * 2 + ("hold",)
PRIORITIES = ("low",) * 40 + ("normal",) * 40 + ("high",) * 15 + ("urgent",) * 5
SUBCATEGORIES = ("reports", "slowness", "error_message", "authentication", "integrations")
# One customer has about so many tickets, whatever the size.
TICKETS_A_CUSTOMER = 20
STAFF = 20
# Texts are drawn from so many; what tells tickets apart is the order number in their title.
TEXTS = 2000
# A word of the vocabulary that stands in about one ticket of twenty.
COMMON_WORD = "facturacion"
_VOCABULARY = 20_000
_BATCH = 5000


@dataclass(frozen=True)
class Filled:
    """A filled database: how many tickets, and the first and the last number."""

    tickets: int
    first: int
    last: int


def order_word(number: int) -> str:
    """The word that only one ticket has."""
    return f"orden{number}x"


def fill(database: Database, tickets: int) -> Filled:
    """Fill a migrated, empty database."""
    draw = random.Random(20261121)
    texts = [_text(draw) for _ in range(TEXTS)]
    begin = utc_now() - dt.timedelta(days=730)
    step = dt.timedelta(days=729) / tickets
    writer = _Sqlite(database) if database.sqlite else _Postgresql(database)
    with writer as write:
        write.rows("customers", ("id", "email", "contact_email", "name", "platforms", "created_at"), (
            (n, f"customer{n}@example.com", f"customer{n}@example.com", f"Customer {n}", "[]", begin)
            for n in range(1, tickets // TICKETS_A_CUSTOMER + 2)
        ))  # fmt: skip
        write.rows("staff_users", ("id", "email", "name", "password_hash", "role", "active", "created_at"), (
            (n, f"agent{n}@example.com", f"Agent {n}", "!", "agent", True, begin) for n in range(1, STAFF + 1)
        ))  # fmt: skip
        for start in range(1001, 1001 + tickets, _BATCH):
            numbers = range(start, min(start + _BATCH, 1001 + tickets))
            made = [_Ticket(number, draw, texts, begin + (number - 1000) * step) for number in numbers]
            write.rows("tickets", _TICKET, (each.row for each in made))
            write.rows("ticket_comments", _COMMENT, (row for each in made for row in each.comments))
            write.rows("ticket_audits", _AUDIT, (each.audit for each in made))
            write.words(made)
    return Filled(tickets, 1001, 1000 + tickets)


@dataclass(frozen=True)
class _Text:
    body: str
    words: list[str]
    places: str


def _text(draw: random.Random) -> _Text:
    # Few words are frequent, most are rare, as in any language.
    words = [f"palabra{min(int(draw.paretovariate(0.7)), _VOCABULARY)}" for _ in range(40)]
    if draw.random() < 0.05:
        words[draw.randrange(40)] = COMMON_WORD
    found = document(cast("Any", SimpleNamespace(id=0, subject="", description=" ".join(words), tags=[], fields={},
                     support_type=None, category=None, subcategory=None)), ())  # fmt: skip
    return _Text(" ".join(words), found.description, tsvector(found).rsplit(" '#", 1)[0])


_TICKET = (
    "id", "requester_id", "assignee_id", "subject", "description", "type", "status", "priority", "team", "support_type",
    "category", "subcategory", "fields", "tags", "language", "via", "created_at", "updated_at", "solved_at", "reopened_count",
)  # fmt: skip
_COMMENT = ("ticket_id", "customer_id", "staff_id", "body", "public", "via", "created_at")
_AUDIT = ("ticket_id", "customer_id", "via", "events", "created_at")


class _Ticket:
    """One ticket's rows."""

    def __init__(self, number: int, draw: random.Random, texts: Sequence[_Text], at: dt.datetime) -> None:
        self.number, self.text = number, draw.choice(texts)
        status = draw.choice(STATUSES)
        customer = 1 + (number - 1001) // TICKETS_A_CUSTOMER
        staff = 1 + draw.randrange(STAFF)
        subcategory = draw.choice(SUBCATEGORIES)
        tags = ["vip"] if draw.random() < 0.05 else []
        fields = {"platform": "store"}
        self.subject = f"{order_word(number)} no carga"
        solved = at + dt.timedelta(hours=5) if status in ("solved", "closed") else None
        self.row = (
            number, customer, None if status == "new" else staff, self.subject, self.text.body, "incident", status,
            draw.choice(PRIORITIES), "support", "technical", "incident", subcategory, json.dumps(fields), json.dumps(tags),
            "es", "api", at, solved or at, solved, 0,
        )  # fmt: skip
        self.comments: list[tuple[Any, ...]] = [(number, customer, None, self.text.body, True, "api", at)]
        if status != "new":
            self.comments.append((number, None, staff, "Lo miramos.", True, "api", at))
        self.audit = (
            number,
            customer,
            "api",
            json.dumps([{"type": "Create", "field_name": "status", "value": "new"}]),
            at,
        )
        self.keys = key_words(number, tags, [("category", "incident"), ("subcategory", subcategory), *fields.items()])


class _Writer(contextlib.AbstractContextManager["_Writer"]):
    def rows(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        raise NotImplementedError

    def words(self, tickets: Sequence[_Ticket]) -> None:
        raise NotImplementedError


class _Sqlite(_Writer):
    def __init__(self, database: Database) -> None:
        self._connection = database.engine.raw_connection()
        self._cursor = self._connection.cursor()

    def __enter__(self) -> _Sqlite:
        self._cursor.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *error: object) -> None:
        self._cursor.execute("COMMIT")
        self._connection.close()

    def rows(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        places = ",".join("?" * len(columns))
        self._cursor.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({places})", list(_plain(rows)))  # noqa: S608

    def words(self, tickets: Sequence[_Ticket]) -> None:
        self.rows(
            "ticket_words",
            ("rowid", "subject", "description", "comments", "notes", "keys"),
            ((each.number, each.subject, each.text.body, "lo miramos", "", " ".join(each.keys)) for each in tickets),
        )


def _plain(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(
            cell.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(cell, dt.datetime) else cell
            for cell in row
        )


class _Postgresql(_Writer):
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.engine.raw_connection()
        self._cursor = cast("Any", self._connection.cursor())

    def __enter__(self) -> _Postgresql:
        # Row by row into the index it would take five times as long.
        self._cursor.execute("DROP INDEX ix_ticket_words_words")
        # No look at what each row points to: the rows are made to fit, and the server is one of our own.
        self._cursor.execute("SET session_replication_role = replica")
        return self

    def __exit__(self, *error: object) -> None:
        self._cursor.execute("CREATE INDEX ix_ticket_words_words ON ticket_words USING gin (words)")
        # Rows with numbers of their own do not count as drawn; those of the other tables were drawn.
        for table in ("tickets", "customers", "staff_users"):
            largest = f"(SELECT max(id) FROM {table})"  # noqa: S608
            self._cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {largest})")
        self._cursor.execute("SET session_replication_role = DEFAULT")
        self._connection.commit()
        self._connection.close()
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def rows(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        with self._cursor.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def words(self, tickets: Sequence[_Ticket]) -> None:
        self.rows(
            "ticket_words",
            ("ticket_id", "words"),
            (
                (
                    each.number,
                    " ".join([
                        f"'{order_word(each.number)}':1B 'no':2B 'carga':3B",
                        each.text.places,
                        *(f"'#{key}'" for key in each.keys),
                    ]),
                )
                for each in tickets
            ),
        )  # fmt: skip
