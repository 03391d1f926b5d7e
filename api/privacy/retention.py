"""How long each kind of data is kept, and the sweep that lets go of what is older. Figures are untouched by it.

What a figure or another row hangs on is emptied as if its person had been erased (api/privacy/rules.py); the rest is
deleted. A sweep works in short transactions, may be interrupted anywhere, and finds nothing more where it is run again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from api.chat.models import Attachment, Conversation
from api.database import Base, Database, utc_now
from api.files.storing import FileStore
from api.identity.models import HostTokenUse, LimitHit, OneTimeCode, PasswordLink, SignInSession
from api.mail_in.models import InboundMail
from api.notifications.models import OutboxMail
from api.privacy.auditing import forget
from api.privacy.erasing import remove_file, take_out
from api.privacy.logs import rotate_logs
from api.privacy.person import Person, among
from api.privacy.rules import MARK
from api.settings import Settings
from api.tickets.models import IdempotencyKey, Job, Ticket
from bot.catalog import Catalog

BATCH = 200
_DONE_MAILS = ("sent", "kept", "failed", "suppressed", "bounced")


@dataclass(frozen=True)
class Kept:
    """A kind of data: `days` it is kept (0: for ever), and what lets go of up to `BATCH` of what is older, within the
    caller's transaction: how many there were, and files to delete after it."""

    name: str
    days: int
    let_go: Callable[[Session, dt.datetime], tuple[int, list[str]]]


def kinds(settings: Settings, catalog: Catalog) -> list[Kept]:
    """Every kind that the sweep of rows looks at."""
    keep = settings.privacy

    def conversations(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        # One that led to a ticket goes with it: whoever works on that reads it.
        ticket = exists(select(Ticket.id).where(Ticket.conversation_id == Conversation.id, Ticket.subject != MARK))
        ids = session.scalars(
            select(Conversation.id)
            .where(Conversation.last_activity_at < before, Conversation.token_hash.not_like("erased:%"), ~ticket)
            .limit(BATCH)
        ).all()
        _, files = take_out(session, settings, catalog, Person(conversations=list(ids)))
        return len(ids), files

    def tickets(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        closed = func.coalesce(Ticket.closed_at, Ticket.updated_at)
        ids = session.scalars(
            select(Ticket.id).where(Ticket.status == "closed", closed < before, Ticket.subject != MARK).limit(BATCH)
        ).all()
        person = Person(tickets=list(ids))
        for some in among(InboundMail.ticket_id, person.tickets):
            person.mails_in += session.scalars(select(InboundMail.id).where(some))
        _, files = take_out(session, settings, catalog, person)
        return len(ids), files

    def attachments(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        open_ticket = exists(select(Ticket.id).where(Ticket.id == Attachment.ticket_id, Ticket.status != "closed"))
        ids = session.scalars(
            select(Attachment.id).where(Attachment.created_at < before, ~open_ticket).limit(BATCH)
        ).all()
        for some in among(Attachment.id, ids):
            session.execute(delete(Attachment).where(some))
        store = FileStore(settings.var)
        paths = [path for each in ids for path in (store.path(each), store.thumbnail(each))]
        return len(ids), [str(path.relative_to(settings.var)) for path in paths]

    def mail(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        old = and_(OutboxMail.created_at < before, OutboxMail.status.in_(_DONE_MAILS))
        rows = session.execute(select(OutboxMail.id, OutboxMail.template).where(old).limit(BATCH)).all()
        for some in among(OutboxMail.id, [each.id for each in rows]):
            session.execute(delete(OutboxMail).where(some))
        return len(rows), [f"mail/{each.id:08d}-{each.template}.eml" for each in rows]

    def mail_in(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        # What waits for staff waits on.
        filled = or_(InboundMail.sender != "", InboundMail.text != "", InboundMail.subject != "")
        ids = session.scalars(
            select(InboundMail.id)
            .where(InboundMail.created_at < before, InboundMail.outcome != "quarantined", filled)
            .limit(BATCH)
        ).all()
        _, files = take_out(session, settings, catalog, Person(mails_in=list(ids)))
        return len(ids), files

    codes = (
        _deletes(OneTimeCode, OneTimeCode.expires_at),
        _deletes(PasswordLink, PasswordLink.expires_at),
        _deletes(HostTokenUse, HostTokenUse.expires_at),
        _deletes(LimitHit, LimitHit.at),
    )
    answers = (_deletes(IdempotencyKey, IdempotencyKey.created_at), _deletes(Job, Job.created_at))
    return [
        Kept("tickets", keep.tickets_days, tickets),
        Kept("conversations", keep.conversations_days, conversations),
        Kept("attachments", keep.attachments_days, attachments),
        Kept("mail", keep.mail_days, mail),
        Kept("mail_in", keep.mail_in_days, mail_in),
        *(Kept("codes", keep.codes_days, each) for each in codes),
        Kept("sessions", keep.sessions_days, _deletes(SignInSession, SignInSession.expires_at)),
        *(Kept("answers", keep.answers_days, each) for each in answers),
        Kept("audit", keep.audit_days, lambda session, before: (forget(session, before, BATCH), [])),
    ]


def sweep(
    settings: Settings,
    database: Database,
    catalog: Catalog,
    now: dt.datetime | None = None,
    *,
    dry_run: bool = False,
) -> dict[str, int]:
    """Let go of what is older than it is kept: how many of each kind. With `dry_run` nothing is changed."""
    moment = now or utc_now()
    found: dict[str, int] = {}
    for kind in kinds(settings, catalog):
        found.setdefault(kind.name, 0)
        if kind.days:
            before = moment - dt.timedelta(days=kind.days)
            found[kind.name] += _all(settings, database, kind, before, dry_run=dry_run)
    logs = settings.privacy.logs_days
    found["logs"] = rotate_logs(settings.var / "logs", moment, logs, dry_run=dry_run) if logs else 0
    return found


class _Undone(Exception):
    """Rolls back a dry run."""


def _all(settings: Settings, database: Database, kind: Kept, before: dt.datetime, *, dry_run: bool) -> int:
    total = 0
    try:
        with database.write() as session:
            count, files = _batch(session, database, kind, before)
            while dry_run and count:
                total += count
                count, _ = _batch(session, database, kind, before)
            if dry_run:
                raise _Undone
    except _Undone:
        return total
    while count:
        total += count
        for name in files:
            remove_file(settings.var, name)
        with database.write() as session:
            count, files = _batch(session, database, kind, before)
    return total


def _batch(session: Session, database: Database, kind: Kept, before: dt.datetime) -> tuple[int, list[str]]:
    if database.sqlite:
        # What is deleted is written over at once: the file is not written anew each night.
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        return kind.let_go(session, before)
    finally:
        session.flush()
        if database.sqlite:
            session.connection().exec_driver_sql("PRAGMA secure_delete = OFF")


def _deletes(model: type[Base], column: Any) -> Callable[[Session, dt.datetime], tuple[int, list[str]]]:
    """Rows are deleted once `column` is past the time that they are kept."""
    table = Base.metadata.tables[model.__tablename__]
    keys: Sequence[Any] = list(table.primary_key)

    def let_go(session: Session, before: dt.datetime) -> tuple[int, list[str]]:
        rows = session.execute(select(*keys).where(column < before).limit(BATCH)).all()
        for row in rows:
            where: list[ColumnElement[bool]] = [key == value for key, value in zip(keys, row, strict=True)]
            session.execute(delete(table).where(*where))
        return len(rows), []

    return let_go
