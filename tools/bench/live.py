"""From an agent's reply to the customer's open chat and portal, over real sockets: in the process that took the reply, and at
another replica of the api, which learns of it by looking.

Two whole applications share one SQLite database; each has its own engine, its own streams and its own `StreamWatch`. The
reply is sent to the first; on both, one customer listens to the events of the chat and of the ticket.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from pydantic import BaseModel, SecretStr
from sqlalchemy import insert
from sqlalchemy.orm import Session

from api.app import create_app
from api.chat.models import Conversation, Message
from api.chat.streams import Streams
from api.chat.watching import StreamWatch
from api.database import Database, utc_now
from api.identity import accounts
from api.identity.customers import customer_of_address
from api.identity.models import StaffUser
from api.identity.tokens import hash_token
from api.migrations import upgrade
from api.services import Services
from api.settings import DatabaseSettings, Settings
from bot.catalog import load_catalog
from tools.bench.processes import BenchError

REPLIES = 30
LOOKS = 200
MESSAGES = 100_000
PATIENCE = 20.0
CONVERSATION = "c" * 32


class LiveMeasured(BaseModel):
    """Milliseconds from sending a reply until a listener has its event; `looks`: of one look at what others wrote, with
    `messages` messages in the table."""

    chat_here: list[float]
    portal_here: list[float]
    chat_elsewhere: list[float]
    portal_elsewhere: list[float]
    looks: list[float]
    messages: int


class _Listener:
    """An open event stream, and what came when."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._came: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self.open = asyncio.Event()

    async def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(PATIENCE, read=None)) as client,
            client.stream("GET", self._url, headers=headers) as answer,
        ):
            answer.raise_for_status()
            self.open.set()
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    self._came.put_nowait((time.perf_counter(), line))

    async def heard(self, what: str) -> float:
        """The moment at which the event came that holds these words. Raises `BenchError`."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    at, line = await self._came.get()
                    if what in line:
                        return at
        except TimeoutError as error:
            raise BenchError(f"a reply did not arrive within {PATIENCE:.0f} s") from error


def measure(replies: int = REPLIES, messages: int = MESSAGES, looks: int = LOOKS) -> LiveMeasured:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            var=Path(folder),
            secret_key=SecretStr("s" * 32),
            gateway_secret=SecretStr("g" * 32),
            database=DatabaseSettings(url=f"sqlite:///{folder}/copilot.db"),
        )
        database = Database(settings.database.url)
        upgrade(database)
        with database.write() as session:
            staff = _people(session)
        try:
            return asyncio.run(_measured(settings, database, staff, replies, messages, looks))
        finally:
            database.close()


async def _measured(
    settings: Settings, database: Database, staff: str, replies: int, messages: int, looks: int
) -> LiveMeasured:
    async with (
        _replica(settings) as here,
        _replica(settings) as elsewhere,
        httpx.AsyncClient(timeout=PATIENCE) as client,
    ):
        customer = {"Authorization": f"Bearer {CONVERSATION}"}
        outage = [{"id": "category", "value": "outage"}]
        body = {"request": {"subject": "Nada carga", "description": "No abre.", "custom_fields": outage}}
        opened = await client.post(f"{here}/api/v2/requests", json=body, headers=customer)
        number = opened.raise_for_status().json()["request"]["id"]
        chat, portal = f"/chat/conversations/{CONVERSATION}/events", f"/api/v2/requests/{number}/events"
        listeners = [
            _Listener(f"{address}{path}", CONVERSATION) for address in (here, elsewhere) for path in (chat, portal)
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run()) for each in listeners]
            for each in listeners:
                await asyncio.wait_for(each.open.wait(), PATIENCE)
            timings: list[list[float]] = [[] for _ in listeners]
            pauses = random.Random(7)
            for reply in range(replies):
                text = f"Lo miramos ({reply})."
                change = {"ticket": {"comment": {"body": text}}}
                began = time.perf_counter()
                answer = await client.put(
                    f"{here}/api/v2/tickets/{number}", json=change, headers={"Authorization": f"Bearer {staff}"}
                )
                audit = f'"audit_id":{answer.raise_for_status().json()["audit"]["id"]},'
                for each, found, what in zip(listeners, timings, (text, audit) * 2, strict=True):
                    found.append(round((await each.heard(what) - began) * 1000, 1))
                await asyncio.sleep(pauses.uniform(0.0, 1.2))
            for task in tasks:
                task.cancel()
    return LiveMeasured(
        chat_here=timings[0],
        portal_here=timings[1],
        chat_elsewhere=timings[2],
        portal_elsewhere=timings[3],
        looks=await _looks(settings, database, messages, looks),
        messages=messages,
    )


@contextlib.asynccontextmanager
async def _replica(settings: Settings) -> AsyncIterator[str]:
    """One application on a port of its own, with an engine and a watch of its own."""
    database = Database(settings.database.url)
    services = _services(settings, database)
    app = create_app(settings)
    app.state.services = services
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )
    stop = asyncio.Event()
    watch = asyncio.create_task(StreamWatch(services).run(stop))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        app.state.stopping = server.should_exit = True
        services.streams.close()
        stop.set()
        await asyncio.gather(watch, serving, return_exceptions=True)
        listening.close()
        database.close()


async def _looks(settings: Settings, database: Database, messages: int, looks: int) -> list[float]:
    """How long one look takes, in a table of many messages."""
    rows = [
        {"conversation_id": CONVERSATION, "seq": 1000 + each, "role": "customer", "kind": "text", "text": "Hola",
         "language": "es", "choices": []}
        for each in range(messages)
    ]  # fmt: skip
    with database.write() as session:
        session.execute(insert(Message), rows)
    watch, found = StreamWatch(_services(settings, database)), []
    for _ in range(looks):
        began = time.perf_counter()
        await watch.look()
        found.append(round((time.perf_counter() - began) * 1000, 3))
    return found


def _services(settings: Settings, database: Database) -> Services:
    absent = cast("Any", None)
    return Services(
        settings=settings,
        database=database,
        catalog=load_catalog(),
        help_center=absent,
        dialogue=absent,
        streams=Streams(),
    )


def _people(session: Session) -> str:
    """The customer's verified conversation, whose token is its id, and an agent, whose token this returns."""
    customer = customer_of_address(session, "customer@bench.example", language="es")
    session.add(
        Conversation(
            id=CONVERSATION,
            token_hash=hash_token(CONVERSATION),
            channel="widget",
            language="es",
            customer_id=customer.id,
            verified_at=utc_now(),
        )
    )
    session.add(StaffUser(email="agent@bench.example", name="", role="agent", password_hash="!", active=True))  # noqa: S106 - a hash that fits no password
    session.flush()
    return accounts.create_api_token(session, email="agent@bench.example").token
