"""Mail both ways over real SMTP on loopback, for tests."""

from __future__ import annotations

import asyncio
import smtplib
import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import select

from api.mail_in.listener import MailListener
from api.mail_in.models import InboundMail
from api.notifications.worker import OutboxWorker
from api.settings import MailSettings
from tests.support.rest import Rest
from tests.support.stack import free_port

SUPPORT = "support@help.example"


class Mailboxes:
    """What arrives at the customers' server, in the order of arrival."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.senders.append(envelope.mail_from)
        return "250 OK"


class Post:
    """One copilot and the outside world."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.mailboxes = Mailboxes()
        self.listener = MailListener(rest.services)
        self._controller = Controller(self.mailboxes, hostname="127.0.0.1", port=free_port())
        rest.settings.mail = MailSettings(
            host="127.0.0.1", port=self._controller.port, starttls=False, sender=f"Soporte <{SUPPORT}>"
        )

    async def start(self) -> None:
        self._controller.start()
        await self.listener.start(0)

    async def stop(self) -> None:
        await self.listener.close()
        self._controller.stop()

    async def deliver(self) -> list[EmailMessage]:
        """Send everything that is due; what arrived by it."""
        before = len(self.mailboxes.mails)
        worker = OutboxWorker(self.rest.services)
        while await worker.deliver_next():
            pass
        return self.mailboxes.mails[before:]

    async def send(
        self, message: EmailMessage | bytes, *, mail_from: str = "ana@example.com", to: str | list[str]
    ) -> Any:
        """Bring a mail to the copilot. Raises what smtplib raises for a refusal."""
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=policy.SMTP)
        recipients = [to] if isinstance(to, str) else to

        def bring() -> Any:
            with smtplib.SMTP("127.0.0.1", self.listener.port, timeout=20) as client:
                return client.sendmail(mail_from, recipients, raw)

        return await asyncio.to_thread(bring)

    def received(self) -> list[InboundMail]:
        with self.rest.database.read() as session:
            return list(session.scalars(select(InboundMail).order_by(InboundMail.id)))


def letter(text: str = "Hola, sigue igual.", *, sender: str = "Ana <ana@example.com>", **headers: str) -> EmailMessage:
    """A mail that a person might write."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = headers.pop("To", SUPPORT)
    message["Subject"] = headers.pop("Subject", "No cargan los reportes")
    message["Message-ID"] = headers.pop("Message_ID", f"<{uuid.uuid4().hex}@example.com>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def answer_to(mail: EmailMessage, text: str, *, sender: str = "Ana <ana@example.com>", **headers: str) -> EmailMessage:
    """An answer as mail programs make one: above the text it answers, with its ids."""
    body = mail.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in body.get_content().splitlines())
    return letter(
        f"{text}\n\nEl sáb, 21 nov 2026 a las 10:00, Soporte (<{SUPPORT}>) escribió:\n\n{quoted}\n",
        sender=sender,
        To=mail["Reply-To"],
        Subject=f"Re: {mail['Subject']}",
        In_Reply_To=mail["Message-ID"],
        References=f"{mail['References']} {mail['Message-ID']}",
        **headers,
    )
