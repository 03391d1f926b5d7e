"""Writing the mails of tickets: text, HTML and headers, made of the facts in the outbox when a mail is delivered.

A mail's row is part of the transaction of what it tells of; its wording need not be: filling two templates and asking for the
expected first response took a third of opening a ticket. Whoever shows a mail before it is delivered writes it to look at it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.mail_in.addresses import mail_host, reply_address
from api.notifications.mail import MailDraft, compose, one_line_each
from api.notifications.models import OutboxMail
from api.settings import Settings
from api.tickets.expected import expected_for
from api.tickets.shapes import page_address
from bot.catalog import Catalog


@dataclass(frozen=True)
class Written:
    """What a mail says; its subject is known from the beginning."""

    text: str
    html: str | None
    headers: dict[str, str]


def thread_id(settings: Settings, ticket_id: int) -> str:
    """The message id that every mail of a ticket refers to, so that readers show them as one thread."""
    return f"<ticket-{ticket_id}@{mail_host(settings)}>"


def written(session: Session, settings: Settings, catalog: Catalog, mail: OutboxMail) -> Written:
    """What the mail says, whether or not it is in its row yet; the row stays as it is."""
    if mail.facts is None or mail.ticket_id is None:
        return Written(mail.text, mail.html, mail.headers)
    facts, number = mail.facts, mail.ticket_id
    answer_to = reply_address(settings, number, mail.recipient)
    values: dict[str, Any] = {
        "id": number,
        "subject": facts["subject"],
        "status": catalog.label("statuses", facts["status"], mail.language),
        "priority": catalog.label("priorities", facts["priority"], mail.language),
        "url": page_address(settings, number),
        "expected": _expected(session, catalog, facts, mail.language),
        **facts["values"],
    }
    draft = MailDraft(mail.recipient, mail.template, mail.language, values, answerable=answer_to is not None)
    text, html = compose(catalog, draft, mail.subject)
    headers = _headers(settings, number, facts["came_in"]) | ({"Reply-To": answer_to} if answer_to else {})
    return Written(text, html, one_line_each(headers))


def write(session: Session, settings: Settings, catalog: Catalog, mail: OutboxMail) -> None:
    """Put into the row of a mail what it says; from then on it stays that."""
    if mail.facts is None:
        return
    found = written(session, settings, catalog, mail)
    mail.text, mail.html, mail.headers, mail.facts = found.text, found.html, found.headers, None


def _expected(session: Session, catalog: Catalog, facts: dict[str, Any], language: str) -> str:
    """How soon a new ticket is answered, for its confirmation."""
    waits = facts.get("waits")
    if waits is None:
        return ""
    since = dt.datetime.fromisoformat(waits["since"])
    return expected_for(session, catalog, facts["priority"], waits["category"], since).text_in(language)


def _headers(settings: Settings, ticket_id: int, came_in: list[str | None]) -> dict[str, str]:
    thread = thread_id(settings, ticket_id)
    return {
        "In-Reply-To": came_in[0] if came_in and came_in[0] else thread,
        "References": " ".join([thread, *(each for each in reversed(came_in) if each)]),
        "List-Id": f"<tickets.{mail_host(settings)}>",
        "X-Ticket-Id": str(ticket_id),
    }
