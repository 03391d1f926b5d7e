"""Two copilots whose support addresses write to each other: however it begins, it ends by itself."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from api.database import Database
from api.mail_in.listener import MailListener
from api.mail_in.receiving import MOST_NEW_TICKETS, MOST_ON_A_TICKET
from api.notifications.worker import OutboxWorker
from api.settings import MailSettings
from tests.mail_in.post import letter
from tests.mail_in.test_conversation import open_ticket, reply_as_staff
from tests.support.databases import each_database
from tests.support.rest import Rest, rest_of
from tests.support.stack import free_port

HOSTS = ("one.example", "two.example")
# What tells a mail server or us that nobody wrote it; some systems on the way drop all of it.
SIGNS = ("Auto-Submitted", "X-Auto-Response-Suppress", "List-Id", "Precedence")


@dataclass
class Town:
    """Both copilots, and the mail server between them, which may take every sign of a machine out of what it passes on."""

    copilots: dict[str, Rest]
    listeners: dict[str, MailListener]
    carried: list[str] = field(default_factory=list)
    dropped: tuple[str, ...] = ()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        [recipient] = envelope.rcpt_tos
        message = message_from_bytes(envelope.content, policy=policy.SMTP)
        for name in self.dropped:
            del message[name]
        self.carried.append(recipient)
        port = self.listeners[recipient.partition("@")[2]].port

        def bring() -> str:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                    client.sendmail(envelope.mail_from or "", [recipient], message.as_bytes())
            except smtplib.SMTPRecipientsRefused as refused:
                code, text = refused.recipients[recipient]
                return f"{code} {text.decode()}"
            except smtplib.SMTPResponseException as refused:
                return f"{refused.smtp_code} refused"
            return "250 OK"

        return await asyncio.to_thread(bring)

    async def until_silent(self) -> int:
        """Let both send what they have until neither has anything; how many mails that were."""
        before, workers = len(self.carried), [OutboxWorker(each.services) for each in self.copilots.values()]
        while any([await each.deliver_next() for each in workers]):
            assert len(self.carried) - before < 1000, "it does not end"
        return len(self.carried) - before


@pytest.fixture
async def town(database: Database, tmp_path: Path, migrated_file: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated_file, tmp_path / "two.db")
    second = Database(f"sqlite:///{tmp_path / 'two.db'}")
    copilots = {host: rest_of(each, var=tmp_path / host) for host, each in zip(HOSTS, (database, second), strict=True)}
    made = Town(copilots, {})
    between = Controller(made, hostname="127.0.0.1", port=free_port())
    for host, rest in copilots.items():
        rest.settings.mail = MailSettings(
            host="127.0.0.1", port=between.port, starttls=False, sender=f"Support <support@{host}>"
        )
        # The most open of all settings: whoever writes gets a ticket and a confirmation.
        rest.settings.mail_in.unknown_senders = "open"
        made.listeners[host] = MailListener(rest.services)
        await made.listeners[host].start(0)
    between.start()
    yield made
    between.stop()
    for listener in made.listeners.values():
        await listener.close()
    for rest in copilots.values():
        rest.http.close()
    second.close()


@each_database
async def test_a_confirmation_is_not_answered_by_the_other(town: Town) -> None:
    ticket = open_ticket(town.copilots["one.example"], "support@two.example")
    assert await town.until_silent() == 1
    reply_as_staff(town.copilots["one.example"], ticket["id"], "Is anybody there?")
    reply_as_staff(town.copilots["one.example"], ticket["id"], "Then we close it.", status="solved")
    assert await town.until_silent() <= 3
    assert await town.until_silent() == 0


async def test_with_every_sign_of_a_machine_taken_out_it_ends_as_well(town: Town) -> None:
    town.dropped = SIGNS
    one = town.copilots["one.example"]
    open_ticket(one, "support@two.example")
    # Each takes the other's confirmation for somebody's words. A ticket of the other's answers every one of them.
    assert 1 < await town.until_silent() <= 2 * (MOST_NEW_TICKETS + MOST_ON_A_TICKET)
    assert await town.until_silent() == 0


async def test_mail_in_both_names_to_addresses_that_are_not_there_comes_back_once(town: Town) -> None:
    town.dropped = SIGNS
    open_ticket(town.copilots["one.example"], "nobody@two.example")
    assert await town.until_silent() == 1, "it is refused at the door, and nobody is told by mail"
    lost = letter("Delivery failed", sender="support@two.example", Subject="Undelivered mail")
    await _carry(town, lost, "", "support@one.example")
    assert await town.until_silent() == 0


async def _carry(town: Town, mail: EmailMessage, mail_from: str, to: str) -> None:
    def bring() -> None:
        with smtplib.SMTP("127.0.0.1", town.listeners[to.partition("@")[2]].port, timeout=20) as client:
            client.sendmail(mail_from, [to], mail.as_bytes(policy=policy.SMTP))

    await asyncio.to_thread(bring)
