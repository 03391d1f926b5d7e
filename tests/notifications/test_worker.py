"""Delivery: to a real SMTP server, again where it was away, once where it was there."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from api.database import Database
from api.mail_in.addresses import read_address
from api.metrics.events import Event
from api.notifications.mail import MailDraft, enqueue_mail
from api.notifications.models import OutboxMail, UndeliverableAddress
from api.notifications.worker import OutboxWorker
from api.settings import MailSettings, SettingsError
from tests.support.databases import each_database
from tests.support.rest import Rest
from tests.support.stack import free_port


class Inbox:
    """An SMTP server's handler that keeps what it gets; `answers` says what it replies to the next mails."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.answers: list[str] = []
        self.unknown: set[str] = set()
        self.senders: list[str] = []
        self.arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            parsed = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.senders.append(envelope.mail_from)
            self.mails.append((list(envelope.rcpt_tos), parsed))
            # The server has a thread and a loop of its own.
            self._loop.call_soon_threadsafe(self.arrived.set)
        return answer


@pytest.fixture
async def inbox(rest: Rest) -> AsyncIterator[Inbox]:
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    rest.settings.mail = MailSettings(
        host="127.0.0.1", port=controller.port, starttls=False, sender="Soporte <support@help.example>"
    )
    yield handler
    controller.stop()


def enqueue(rest: Rest, template: str = "code", **extra: Any) -> None:
    values = {
        "code": "123456",
        "minutes": 10,
        "expected": "La primera respuesta suele llegar en unos 20 minutos.",
        "id": 1001,
        "subject": "Ñandú",
        "status": "x",
        "priority": "y",
        "url": "z",
    }
    draft = MailDraft(to="ana@example.com", template=template, language="es", values=values)
    with rest.database.write() as session:
        enqueue_mail(session, rest.catalog, dataclasses.replace(draft, **extra))


def stored(database: Database) -> OutboxMail:
    with database.read() as session:
        return session.scalars(select(OutboxMail)).one()


def due_now(database: Database) -> None:
    with database.write() as session:
        session.execute(update(OutboxMail).values(next_attempt_at=dt.datetime.now(dt.UTC)))


@each_database
async def test_mail_arrives_whole(rest: Rest, inbox: Inbox) -> None:
    enqueue(rest, "ticket_opened", headers={"X-Ticket-Id": "1001", "References": "<ticket-1001@help.example>"})
    worker = OutboxWorker(rest.services)
    assert await worker.deliver_next()
    assert not await worker.deliver_next()
    [(recipients, message)] = inbox.mails
    assert recipients == ["ana@example.com"]
    assert "1001" in message["Subject"]
    assert "Ñandú" in message["Subject"]
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "Ñandú" in part.get_content()
    assert message["From"] == "Soporte <support@help.example>"
    assert message["X-Ticket-Id"] == "1001"
    assert message["References"] == "<ticket-1001@help.example>"
    assert message["Message-ID"].endswith("@help.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    mail = stored(rest.database)
    assert (mail.status, mail.attempts) == ("sent", 1)
    with rest.database.read() as session:
        assert [event.data for event in session.scalars(select(Event))] == [{"template": "ticket_opened"}]


async def test_a_code_is_forgotten_once_it_is_delivered(rest: Rest, inbox: Inbox) -> None:
    enqueue(rest)
    await OutboxWorker(rest.services).deliver_next()
    for kind in ("plain", "html"):
        part = inbox.mails[0][1].get_body((kind,))
        assert part is not None
        assert "123456" in part.get_content()
    mail = stored(rest.database)
    assert "123456" not in mail.text
    assert "123456" not in mail.subject


@each_database
async def test_what_somebody_waits_for_passes_the_rest(rest: Rest, inbox: Inbox) -> None:
    for template in ("ticket_opened", "ticket_status", "code"):
        enqueue(rest, template)
    worker = OutboxWorker(rest.services)
    while await worker.deliver_next():
        pass
    assert "123456" in inbox.mails[0][1]["Subject"]
    assert len(inbox.mails) == 3


async def test_a_server_that_is_away_is_tried_again_with_growing_pauses(rest: Rest, inbox: Inbox) -> None:
    enqueue(rest, "ticket_opened")
    inbox.answers = ["451 later", "451 later"]
    worker = OutboxWorker(rest.services)
    for least, most in ((4, 6), (16, 24)):
        before = dt.datetime.now(dt.UTC)
        assert await worker.deliver_next()
        after = dt.datetime.now(dt.UTC)
        mail = stored(rest.database)
        assert mail.status == "pending"
        assert before + dt.timedelta(seconds=least) <= mail.next_attempt_at <= after + dt.timedelta(seconds=most)
        with rest.database.write() as session:
            session.execute(update(OutboxMail).values(next_attempt_at=after + dt.timedelta(hours=1)))
        assert not await worker.deliver_next(), "not before its time"
        due_now(rest.database)
    assert await worker.deliver_next()
    assert len(inbox.mails) == 1


async def test_a_server_that_is_not_there_costs_nothing_but_time(rest: Rest) -> None:
    rest.settings.mail = MailSettings(host="127.0.0.1", port=free_port(), starttls=False)
    enqueue(rest)
    assert await OutboxWorker(rest.services).deliver_next()
    mail = stored(rest.database)
    assert mail.status == "pending"
    assert mail.last_error is not None
    assert "ana@example.com" not in mail.last_error


async def test_a_final_refusal_is_not_tried_again(rest: Rest, inbox: Inbox) -> None:
    enqueue(rest)
    inbox.answers = ["554 no such user"]
    worker = OutboxWorker(rest.services)
    await worker.deliver_next()
    due_now(rest.database)
    assert not await worker.deliver_next()
    assert stored(rest.database).status == "failed"


@each_database
async def test_two_workers_send_a_mail_once(rest: Rest, inbox: Inbox) -> None:
    for number in range(6):
        enqueue(rest, values={"code": str(number), "minutes": 10})
    workers = [OutboxWorker(rest.services) for _ in range(3)]

    async def drain(worker: OutboxWorker) -> None:
        while await worker.deliver_next():
            pass

    await asyncio.gather(*(drain(worker) for worker in workers))
    assert sorted(message["Subject"].split()[-1] for _, message in inbox.mails) == list("012345")


async def test_without_a_server_mail_is_kept_in_the_database_and_as_a_file(rest: Rest) -> None:
    enqueue(rest)
    assert await OutboxWorker(rest.services).deliver_next()
    mail = stored(rest.database)
    assert mail.status == "kept"
    assert "123456" in mail.text
    [path] = (rest.settings.var / "mail").iterdir()
    assert path.name == f"{mail.id:08d}-code.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["To"] == "ana@example.com"
    assert "123456" in message["Subject"]


async def test_a_disk_that_takes_no_file_does_not_stop_the_mail(rest: Rest) -> None:
    rest.settings.var.mkdir(parents=True, exist_ok=True)
    (rest.settings.var / "mail").write_text("no folder")
    enqueue(rest)
    enqueue(rest, to="eva@example.com")
    worker = OutboxWorker(rest.services)
    assert await worker.deliver_next()
    assert await worker.deliver_next()
    with rest.database.read() as session:
        assert set(session.scalars(select(OutboxMail.status))) == {"kept"}


@each_database
async def test_a_mailbox_that_is_not_there_gets_no_further_mail_but_codes(rest: Rest, inbox: Inbox) -> None:
    inbox.unknown.add("ana@example.com")
    for _ in range(2):
        enqueue(rest, "ticket_opened")
    worker = OutboxWorker(rest.services)
    while await worker.deliver_next():
        pass
    enqueue(rest)
    await worker.deliver_next()
    with rest.database.read() as session:
        mails = session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        marks = session.scalars(select(UndeliverableAddress)).all()
    assert [(mail.template, mail.status, mail.attempts) for mail in mails] == [
        ("ticket_opened", "failed", 1),
        ("ticket_opened", "suppressed", 0),
        ("code", "failed", 1),
    ]
    assert [mark.address for mark in marks] == ["ana@example.com"]
    assert inbox.mails == []


async def test_each_mail_comes_back_to_an_address_of_its_own(rest: Rest, inbox: Inbox) -> None:
    for _ in range(2):
        enqueue(rest, "ticket_opened")
    worker = OutboxWorker(rest.services)
    while await worker.deliver_next():
        pass
    assert len(set(inbox.senders)) == 2
    for sender in inbox.senders:
        target = read_address(rest.settings, sender)
        assert target is not None
        assert target.kind == "bounce"


async def test_the_worker_runs_until_it_is_told_to_stop(rest: Rest, inbox: Inbox) -> None:
    worker, stop = OutboxWorker(rest.services), asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    enqueue(rest)
    worker.wake()
    async with asyncio.timeout(60):
        await inbox.arrived.wait()
        stop.set()
        await running


async def test_production_refuses_to_keep_its_mail(rest: Rest) -> None:
    rest.settings.mode = "production"
    with pytest.raises(SettingsError, match="COPILOT_MAIL__HOST"):
        OutboxWorker(rest.services)
