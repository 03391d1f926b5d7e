"""Writing mail: templates of the wording files become rows of the outbox."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.catalog_notes import once_for_catalog
from api.notifications.html import render_mail
from api.notifications.models import OutboxMail
from api.rows import Together, store

if TYPE_CHECKING:
    from bot.catalog import Catalog

# RFC 5322 allows 998; a subject of this length is cut by every reader anyway.
LONGEST_SUBJECT = 200
_NOT_IN_A_HEADER = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True)
class MailDraft:
    """A mail to be written: ``mail.<template>.subject`` and ``.text`` of the wording, filled with `values`.

    `event` names what it tells of (``ticket:1001:opened``); one recipient gets one mail for an event. None: always.
    Its HTML is made from the same sentences (`api.notifications.html`). `answerable`: an answer to it comes back to us, so
    that it says so and begins with the line above which to answer.
    """

    to: str
    template: str
    language: str
    values: dict[str, Any] = field(default_factory=dict)
    event: str | None = None
    conversation_id: str | None = None
    ticket_id: int | None = None
    comment_id: int | None = None
    answerable: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def enqueue_mail(session: Session, catalog: Catalog, draft: MailDraft) -> OutboxMail | None:
    """Put a mail into the outbox within the caller's transaction; None where that event was already told."""
    subject = subject_of(catalog, draft.template, draft.language, draft.values)
    text, html = compose(catalog, draft, subject)
    mail = OutboxMail(
        template=draft.template,
        recipient=header_text(draft.to),
        subject=subject,
        text=text,
        html=html,
        token=uuid.uuid4().hex,
        headers=one_line_each(draft.headers),
        language=draft.language,
        dedupe_key=_dedupe_key(draft.to, draft.event),
        conversation_id=draft.conversation_id,
        ticket_id=draft.ticket_id,
        comment_id=draft.comment_id,
    )
    # PostgreSQL waits for a transaction that is about to write the same key, and then sees what it did.
    return mail if store(session, mail, unless_known="dedupe_key") else None


def enqueue_facts(
    session: Session,
    *,
    to: str,
    template: str,
    language: str,
    subject: str,
    event: str,
    facts: dict[str, Any],
    conversation_id: str | None,
    ticket_id: int,
    comment_id: int | None,
    at: dt.datetime | None = None,
    together: Together | None = None,
) -> None:
    """Put a ticket's mail into the outbox that is written when it is delivered (`api.tickets.mail_text`), unless that event
    was already told; with the rows of `together`. `at`: the moment, where the caller knows it."""
    values: dict[str, Any] = {
        "template": template,
        "recipient": header_text(to),
        "subject": subject,
        "text": "",
        "facts": facts,
        "token": os.urandom(16).hex(),
        "language": language,
        "dedupe_key": _dedupe_key(to, event),
        "conversation_id": conversation_id,
        "ticket_id": ticket_id,
        "comment_id": comment_id,
    }
    if at is not None:
        values["next_attempt_at"] = values["created_at"] = at
    batch = together or Together(session)
    batch.insert(OutboxMail, values, unless_known="dedupe_key")
    if together is None:
        batch.send()


def subject_of(catalog: Catalog, template: str, language: str, values: Mapping[str, Any]) -> str:
    """The subject of a mail, on one line and not too long. KeyError where a value that it names is missing."""
    return filled_subject(subject_wording(catalog, template, language), values)


def filled_subject(wording: str, values: Mapping[str, Any]) -> str:
    """`subject_of`, of what the wording says."""
    return header_text(wording.format_map(values))[:LONGEST_SUBJECT]


def subject_wording(catalog: Catalog, template: str, language: str) -> str:
    """What the wording says for a subject, with a placeholder for each value."""
    known = _subjects(catalog)
    found = known.get((template, language))
    if found is None:
        found = known[template, language] = catalog.wording(language).section(f"mail.{template}")["subject"]
    return found


@once_for_catalog
def _subjects(catalog: Catalog) -> dict[tuple[str, str], str]:
    return {}


def compose(catalog: Catalog, draft: MailDraft, subject: str) -> tuple[str, str]:
    """The text and the HTML of a mail."""
    wording = catalog.wording(draft.language)
    text = wording.text(f"mail.{draft.template}.text", **draft.values)
    template = wording.section(f"mail.{draft.template}")["text"]
    line = ""
    if draft.answerable:
        line = wording.text("mail.answering.line")
        hint = wording.text("mail.answering.hint")
        text = f"{line}\n\n{_with_hint(text, hint)}"
        template = _with_hint(template, hint)
    html = render_mail(
        language=draft.language,
        vendor=wording.vendor,
        subject=subject,
        template=template,
        values=draft.values,
        reply_line=line,
    )
    return text, html


def _dedupe_key(to: str, event: str | None) -> str | None:
    return hashlib.sha256(f"{to}\x1f{event}".encode()).hexdigest() if event else None


def one_line_each(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, of which none begins another one."""
    return {header_text(name): header_text(value) for name, value in headers.items()}


def _with_hint(text: str, hint: str) -> str:
    """The text with a paragraph more, before the one that signs it."""
    before, gap, last = text.rstrip("\n").rpartition("\n\n")
    return f"{before}{gap}{hint}\n\n{last}\n"


def header_text(value: str) -> str:
    """The value on one line: a line break in a header would begin a header of the writer's choice."""
    return (value if value.isprintable() else _NOT_IN_A_HEADER.sub(" ", value)).strip()


def mails_to(session: Session, address: str | None, *, limit: int = 100) -> list[OutboxMail]:
    """The newest mails, newest first; of one recipient where `address` is given."""
    query = select(OutboxMail).order_by(OutboxMail.id.desc()).limit(limit)
    if address:
        query = query.where(OutboxMail.recipient == address.strip().lower())
    return list(session.scalars(query))
