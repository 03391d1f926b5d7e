"""From the confirmed outage to the alert at a listener, with the mail server down: it takes connections and never answers.

The api's endpoints, its workers of alerts and of mail, a listener on a real socket and an SMTP port that swallows everything
run in one process. Customers confirm outages one after the other with uneven pauses, then many at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
from pydantic import BaseModel, SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.alerts.worker import AlertWorker
from api.app import create_app
from api.chat.models import Conversation, Turn
from api.chat.streams import Streams
from api.database import Database, utc_now
from api.identity.customers import customer_of_address
from api.identity.tokens import hash_token
from api.identity.turn_tokens import issue_turn_token
from api.migrations import upgrade
from api.notifications.models import OutboxMail
from api.notifications.worker import OutboxWorker
from api.services import Services
from api.settings import AlertLevel, AlertSettings, DatabaseSettings, MailSettings, Settings
from bot.catalog import load_catalog

ALONE = 220
AT_ONCE = 40
PATIENCE = 60.0


class AlertsMeasured(BaseModel):
    """Milliseconds from sending the confirmed outage to the listener's having its alert; None for one that never came.

    `alone`: outages with pauses between. `at_once`: all sent at the same moment. `mails_sent` has to be 0.
    """

    alone: list[float | None]
    at_once: list[float | None]
    mails_waiting: int
    mails_sent: int


class _Arrivals:
    """When each ticket's alert arrived."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}
        self._changed = threading.Condition()

    def came(self, ticket_id: int) -> None:
        with self._changed:
            self.at.setdefault(ticket_id, time.perf_counter())
            self._changed.notify_all()

    def wait(self, count: int, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self.at) >= count, seconds)


@contextlib.contextmanager
def _listening(arrivals: _Arrivals) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrivals.came(body["data"]["ticket"]["id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to the console."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/alerts"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def _black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(512)
        yield hole.getsockname()[1]


def measure(alone: int = ALONE, at_once: int = AT_ONCE) -> AlertsMeasured:
    arrivals = _Arrivals()
    with tempfile.TemporaryDirectory() as folder, _listening(arrivals) as url, _black_hole() as smtp:
        settings = Settings(
            var=Path(folder),
            secret_key=SecretStr("s" * 32),
            gateway_secret=SecretStr("g" * 32),
            database=DatabaseSettings(url=f"sqlite:///{folder}/copilot.db"),
            mail=MailSettings(host="127.0.0.1", port=smtp, starttls=False),
            alerts=AlertSettings(levels=[AlertLevel(mail=["oncall@bench.example"], webhook=url)], repeat=3600),
        )
        database = Database(settings.database.url)
        upgrade(database)
        absent = cast("Any", None)
        services = Services(
            settings=settings,
            database=database,
            catalog=load_catalog(),
            help_center=absent,
            dialogue=absent,
            streams=Streams(),
        )
        try:
            return asyncio.run(_measured(services, arrivals, alone, at_once))
        finally:
            database.close()


async def _measured(services: Services, arrivals: _Arrivals, alone: int, at_once: int) -> AlertsMeasured:
    app = create_app(services.settings)
    app.state.services = services
    stop = asyncio.Event()
    workers = [
        asyncio.create_task(AlertWorker(services).run(stop)),
        asyncio.create_task(OutboxWorker(services).run(stop)),
    ]
    sent: dict[int, float] = {}
    pauses = random.Random(7)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench") as client:
        for number in range(alone):
            await _outage(client, services, number, sent)
            await asyncio.sleep(pauses.uniform(0.0, 0.3))
        await asyncio.to_thread(arrivals.wait, alone, PATIENCE)
        first = [_milliseconds(sent, arrivals, ticket) for ticket in sorted(sent)]
        before = set(sent)
        await asyncio.gather(*(_outage(client, services, alone + number, sent) for number in range(at_once)))
        await asyncio.to_thread(arrivals.wait, alone + at_once, PATIENCE)
        second = [_milliseconds(sent, arrivals, ticket) for ticket in sorted(set(sent) - before)]
    waiting, gone = await services.database.reading(_mails)
    stop.set()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    return AlertsMeasured(alone=first, at_once=second, mails_waiting=waiting, mails_sent=gone)


def _mails(session: Session) -> tuple[int, int]:
    def count(*statuses: str) -> int:
        query = select(func.count()).where(OutboxMail.status.in_(statuses), OutboxMail.template == "alert")
        return int(session.scalar(query) or 0)

    return count("pending", "sending"), count("sent")


async def _outage(client: httpx.AsyncClient, services: Services, number: int, sent: dict[int, float]) -> None:
    token = await services.database.writing(lambda session: _turn(session, services, number))
    fields = [{"id": "category", "value": "outage"}]
    body = {"subject": "Nada carga", "comment": {"body": "No abre para nadie."}, "custom_fields": fields}
    began = time.perf_counter()
    answer = await client.post(
        "/api/v2/requests", json={"request": body}, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    )
    sent[int(answer.raise_for_status().json()["request"]["id"])] = began


def _turn(session: Session, services: Services, number: int) -> str:
    """The token of a running turn of a verified conversation: what the dialogue opens a ticket with."""
    name = f"{number:032x}"
    customer = customer_of_address(session, f"customer{number}@bench.example", language="es")
    session.add(
        Conversation(
            id=name,
            token_hash=hash_token(name),
            channel="widget",
            language="es",
            customer_id=customer.id,
            verified_at=utc_now(),
        )
    )
    session.flush()
    session.add(Turn(id=name, conversation_id=name, client_message_id=name, body_digest="", status="pending"))
    return issue_turn_token(services.settings, name, name)


def _milliseconds(sent: dict[int, float], arrivals: _Arrivals, ticket: int) -> float | None:
    at = arrivals.at.get(ticket)
    return None if at is None else round((at - sent[ticket]) * 1000, 1)
