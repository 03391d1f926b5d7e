"""Delivering the outbox: by SMTP where a server is set, else the mail is kept where `copilot mail list` shows it.

A mail is claimed in a transaction of its own before the SMTP conversation, so no database connection is held meanwhile
and two replicas never send the same row. A process killed between the server's 250 and our commit sends again when the claim
runs out, under the same Message-ID, by which mail readers drop the second copy.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import ssl

import aiosmtplib
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.metrics.events import EventType, record
from api.notifications.kept import keep_file
from api.notifications.message import build_message, envelope_sender
from api.notifications.models import OutboxMail
from api.notifications.undeliverable import is_undeliverable, mark_undeliverable
from api.rounds import rounds
from api.services import Services
from api.settings import SettingsError
from api.tickets.mail_text import write

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
CLAIM = dt.timedelta(minutes=2)
SMTP_TIMEOUT = 20.0
# About two days of attempts: 5 s, 20 s, 80 s ... then hourly.
FIRST_WAIT = 5.0
LONGEST_WAIT = 3600.0
MAX_ATTEMPTS = 50
# The text of these holds a secret, which has no business in a database once it is delivered.
_SECRET_TEMPLATES = frozenset({"code"})
# Somebody waits for these: they pass everything else that is due.
_FIRST_TEMPLATES = ("alert", "alert_again", "code")


class OutboxWorker:
    """Sends what is due, one at a time, until told to stop. Raises `SettingsError` in production without a server."""

    def __init__(self, services: Services) -> None:
        if services.settings.production and not services.settings.mail.host:
            raise SettingsError("production mode sends its mail: set COPILOT_MAIL__HOST to an SMTP server")
        self._database = services.database
        self._settings = services.settings
        self._catalog = services.catalog
        self._mail = services.settings.mail
        self._more = asyncio.Event()

    def wake(self) -> None:
        """Look at once instead of at the next poll (once a second)."""
        self._more.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set. Errors of one mail are logged (without its text) and tried again later."""
        if not self._mail.host:
            log.warning(
                "No SMTP server is set (COPILOT_MAIL__HOST): mail is kept. Read it with `copilot mail list`, in the agents' "
                "view of its ticket, or as files in %s.",
                self._settings.var / "mail",
            )

        async def look() -> None:
            while not stop.is_set() and await self.deliver_next():
                pass

        failure = "The outbox could not be read"
        await rounds(look, stop, every=POLL_SECONDS, failure=failure, woken=self._more)

    async def deliver_next(self) -> bool:
        """Deliver one mail that is due; False where none is."""
        mail = await self._database.writing(self._claim)
        if mail is None:
            return False
        if mail.status == "kept":
            await self._keep(mail)
        if mail.status != "sending":
            return True
        try:
            await self._send(mail)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            problem = error
            await self._database.writing(lambda session: self._postpone(session, mail.id, problem))
        else:
            await self._database.writing(lambda session: self._sent(session, mail.id))
        return True

    def _claim(self, session: Session) -> OutboxMail | None:
        now = utc_now()
        mail = session.scalar(
            select(OutboxMail)
            .where(
                or_(OutboxMail.status == "pending", OutboxMail.status == "sending"), OutboxMail.next_attempt_at <= now
            )
            .order_by(OutboxMail.template.not_in(_FIRST_TEMPLATES), OutboxMail.next_attempt_at, OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None:
            return None
        if not self._write(session, mail):
            return mail
        if mail.template not in _SECRET_TEMPLATES and is_undeliverable(session, mail.recipient):
            mail.status = "suppressed"
            return mail
        if not self._mail.host:
            mail.status = "kept"
            return mail
        mail.status = "sending"
        mail.attempts += 1
        mail.next_attempt_at = now + CLAIM
        return mail

    def _write(self, session: Session, mail: OutboxMail) -> bool:
        """Put a ticket's mail into words; False where that cannot be done: it is given up, or it would stop all others."""
        if mail.facts is None:
            return True
        try:
            write(session, self._settings, self._catalog, mail)
        except (KeyError, ValueError, TypeError) as error:
            mail.status, mail.last_error = "failed", f"It could not be written: {type(error).__name__}"
            log.exception("Mail %s could not be written, and is given up.", mail.id)
            return False
        return True

    async def _keep(self, mail: OutboxMail) -> None:
        """As a file, too: any mail reader opens it. The row is what counts, so a full disk stops nothing."""
        try:
            await asyncio.to_thread(keep_file, self._settings, mail)
        except OSError as error:
            log.warning("Mail %s could not be written to %s: %s", mail.id, self._settings.var / "mail", error)

    async def _send(self, mail: OutboxMail) -> None:
        message = build_message(mail, self._mail.sender)
        await aiosmtplib.send(
            message,
            hostname=self._mail.host,
            port=self._mail.port,
            username=self._mail.username or None,
            password=self._mail.password.get_secret_value() or None,
            start_tls=self._mail.starttls,
            tls_context=ssl.create_default_context() if self._mail.starttls else None,
            sender=envelope_sender(self._settings, mail),
            recipients=[mail.recipient],
            timeout=SMTP_TIMEOUT,
        )

    def _sent(self, session: Session, mail_id: int) -> None:
        mail = session.get_one(OutboxMail, mail_id)
        mail.status, mail.sent_at, mail.last_error = "sent", utc_now(), None
        if mail.template in _SECRET_TEMPLATES:
            mail.subject, mail.text, mail.html = "", "", None
        record(
            session,
            EventType.MAIL_SENT,
            conversation_id=mail.conversation_id,
            ticket_id=mail.ticket_id,
            template=mail.template,
        )

    def _postpone(self, session: Session, mail_id: int, error: Exception) -> None:
        mail = session.get_one(OutboxMail, mail_id)
        refused = isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600
        refused = refused or isinstance(error, aiosmtplib.SMTPRecipientsRefused)
        mail.last_error = f"{type(error).__name__}: {error}"[:255]
        if _no_such_mailbox(error):
            mark_undeliverable(session, mail.recipient, mail.last_error, mail.id)
        if refused or mail.attempts >= MAX_ATTEMPTS:
            mail.status = "failed"
            log.error("Mail %s was given up after %s attempts: %s", mail.id, mail.attempts, type(error).__name__)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 4 ** min(mail.attempts - 1, 10)) * random.uniform(0.8, 1.2)
        mail.status = "pending"
        mail.next_attempt_at = utc_now() + dt.timedelta(seconds=wait)
        log.warning("Mail %s could not be sent (%s); trying again in %.0f s.", mail.id, type(error).__name__, wait)


def _no_such_mailbox(error: Exception) -> bool:
    """Whether the server says that the recipient is not there, not just that it does not want this mail."""
    if not isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return False
    return any(each.code in (550, 551, 553) and "5.7." not in each.message for each in error.recipients)
