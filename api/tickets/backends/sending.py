"""Sending what waits of one ticket, so that it arrives once whatever is cut off in between."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.database import utc_now
from api.files.storing import FileStore
from api.identity.models import Customer
from api.tickets.backends.base import (
    BackendLockedOut,
    RemoteBackend,
    RemoteGone,
    RemoteKeyReused,
    RemoteRefused,
    SeenComment,
    SeenTicket,
)
from api.tickets.backends.models import RemoteAct, RemoteComment, RemoteTicket
from api.tickets.backends.outbox import act_key, change_of, new_ticket_of, next_act, person_json
from api.tickets.backends.settling import note, refuse, settle
from api.tickets.models import Ticket

if TYPE_CHECKING:
    from api.services import Services

# Tokens of files hold for an hour.
_TOKENS_HOLD = dt.timedelta(minutes=50)
# The clock there may be off, and knows whole seconds.
_SLACK = dt.timedelta(minutes=10)
_MOST_ACTS = 50


@dataclass(frozen=True)
class Job:
    """An act and what belongs to it, read from the database, which is not held meanwhile."""

    act: RemoteAct
    row: RemoteTicket
    key: str
    files: list[Attachment]


class Sending:
    """One worker's errand for one ticket."""

    def __init__(self, services: Services, backend: RemoteBackend, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._backend = backend
        self._clock = clock

    async def send_all(self, ticket_id: int) -> bool:
        """Send what waits, in order. False where something still waits, so that nothing may be read yet."""
        database = self._services.database
        for _ in range(_MOST_ACTS):
            job = await database.writing(functools.partial(self._next, ticket_id))
            if job is None:
                return await database.reading(lambda session: next_act(session, ticket_id) is None)
            try:
                await self._send(job)
            except RemoteRefused as error:
                await self._refused(job, error.message)
            except BackendLockedOut as error:
                # 403 for this one alone is its own trouble; the worker finds out which by another question.
                if await self._backend.check():
                    raise
                await self._refused(job, error.message)
            except RemoteGone as error:
                if job.act.kind == "create":
                    # There is no such address: a matter of the settings, not of this ticket.
                    raise BackendLockedOut(error.message) from error
                await self._give_up(job, "its ticket there is gone")
                raise
        return False

    def _next(self, ticket_id: int, session: Session) -> Job | None:
        row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
        act = next_act(session, ticket_id)
        if act is None or row.push_at is None or row.push_at > self._clock():
            return None
        if act.kind == "create" and act.sent_at is None:
            act.body = {**act.body, "follows": act.body["follows"] or _closed_source(session, row)}
        files = _files(session, act)
        return Job(act, row, act_key(self._services.settings, act), files)

    async def _send(self, job: Job) -> None:
        act = job.act
        if act.sent_at is not None and await self._arrived(job):
            return
        await self._give_files(job)
        if act.sent_at is None:
            await self._note(act.id, sent_at=self._clock())
        try:
            seen = await self._post(job)
        except RemoteKeyReused:
            # Sent before in another form (the settings were changed since): it is there, or the key is spent.
            if not await self._arrived(job):
                await self._note(act.id, generation=act.generation + 1)
            return
        await self._settle(job, seen, None)

    async def _post(self, job: Job) -> SeenTicket:
        if job.act.kind == "create":
            return await self._backend.create(new_ticket_of(job.act), job.key)
        if job.row.remote_id is None:
            raise RemoteRefused("its ticket is not there")
        return await self._backend.update(job.row.remote_id, change_of(job.act, job.row.remote_requester_id), job.key)

    async def _arrived(self, job: Job) -> bool:
        """Whether an act that may have been sent is there; it is settled then."""
        act, row = job.act, job.row
        if act.kind == "create":
            gone = {*row.past_ids, row.remote_id}
            for seen in await self._backend.find(str(act.ticket_id)):
                if seen.id not in gone and seen.subject == act.body["subject"]:
                    await self._settle(job, seen, None)
                    return True
            return False
        if "comment" not in act.body or row.remote_id is None:
            # The same change once more is the same.
            return False
        known = await self._services.database.reading(functools.partial(_known, act.ticket_id))
        for comment in await self._backend.comments(row.remote_id):
            if comment.id not in known and self._is(job, comment):
                await self._settle(job, await self._backend.show(row.remote_id), comment.id)
                return True
        return False

    def _is(self, job: Job, comment: SeenComment) -> bool:
        said = job.act.body["comment"]
        if comment.mark is not None:
            return comment.mark == job.key
        if job.act.sent_at is None or comment.created_at < job.act.sent_at - _SLACK:
            return False
        return comment.public == said["public"] and comment.text.split() == str(said["text"]).split()

    async def _give_files(self, job: Job) -> None:
        """Give the files ahead. What is not taken is left out: the comment goes without it, and staff are told."""
        act = job.act
        if act.uploads and act.uploaded_at is not None and self._clock() - act.uploaded_at > _TOKENS_HOLD:
            # The same comment with other tokens is another body: it needs another key.
            act.uploads = {}
            await self._note(act.id, uploads={}, generation=act.generation + (1 if act.sent_at else 0))
        store = FileStore(self._services.settings.var)
        for file in job.files:
            if file.id in act.uploads:
                continue
            path = store.find(file.id)
            try:
                token = await self._backend.upload(file.name, file.media_type, path) if path is not None else ""
            except (RemoteRefused, RemoteGone):
                token = ""
            act.uploads = {**act.uploads, file.id: token}
            act.uploaded_at = act.uploaded_at or self._clock()
            await self._note(act.id, uploads=act.uploads, uploaded_at=act.uploaded_at)

    async def _refused(self, job: Job, reason: str) -> None:
        """Given up; but what a customer says on a ticket that is closed there goes on in a follow-up of it."""
        services, act, row = self._services, job.act, job.row
        if act.kind == "update" and row.remote_id is not None:
            seen = await self._backend.show(row.remote_id)
            if seen.status == "closed":
                await services.database.writing(functools.partial(self._follow_up, act.id, seen))
                return
        await self._give_up(job, reason)

    async def _give_up(self, job: Job, reason: str) -> None:
        services = self._services
        await services.database.writing(lambda session: refuse(session, services, job.act.id, reason))

    def _follow_up(self, act_id: int, seen: SeenTicket, session: Session) -> None:
        act = session.get_one(RemoteAct, act_id, with_for_update=True)
        row = session.get_one(RemoteTicket, act.ticket_id, with_for_update=True)
        said = act.body.get("comment")
        if said is None or not said["public"]:
            # Nobody's words: there is nothing left to change.
            act.status, act.finished_at, act.error = "done", utc_now(), "it is closed there"
            row.push_at = utc_now()
            row.check_at = utc_now()
            return
        ticket = session.get_one(Ticket, act.ticket_id)
        act.kind = "create"
        act.generation, act.sent_at, act.uploads, act.uploaded_at = act.id + 1, None, {}, None
        act.body = {
            "subject": ticket.subject,
            "text": said["text"],
            "type": ticket.type,
            "priority": ticket.priority,
            "status": None,
            "requester": None,
            "choices": {},
            "typed": {},
            "tags": list(ticket.tags),
            **_requester(session, ticket),
            "follows": seen.id,
        }
        row.push_at = utc_now()

    async def _settle(self, job: Job, seen: SeenTicket, comment_id: str | None) -> None:
        services, act = self._services, job.act
        lost = sum(not token for token in act.uploads.values())

        def write(session: Session) -> None:
            ticket = session.get_one(Ticket, act.ticket_id, with_for_update=True) if lost else None
            settle(session, act.id, seen, comment_id=comment_id)
            if ticket is not None:
                note(session, services, ticket, "files", backend=job.row.backend, count=str(lost))

        await services.database.writing(write)

    async def _note(self, act_id: int, **values: Any) -> None:
        def write(session: Session) -> None:
            act = session.get_one(RemoteAct, act_id, with_for_update=True)
            for name, value in values.items():
                setattr(act, name, value)

        await self._services.database.writing(write)


def _known(ticket_id: int, session: Session) -> set[str]:
    return set(session.scalars(select(RemoteComment.remote_id).where(RemoteComment.ticket_id == ticket_id)))


def _requester(session: Session, ticket: Ticket) -> dict[str, Any]:
    customer = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
    return {"requester": person_json(customer)}


def _closed_source(session: Session, row: RemoteTicket) -> str | None:
    """The ticket there that this one continues: it has to be closed there, too."""
    ticket = session.get_one(Ticket, row.ticket_id)
    source = session.get(RemoteTicket, ticket.followup_source_id) if ticket.followup_source_id is not None else None
    return source.remote_id if source is not None and source.remote_status == "closed" else None


def _files(session: Session, act: RemoteAct) -> list[Attachment]:
    """The files that came with the act's comment; what came with no comment of its own came with the description."""
    if act.comment_id is None:
        return []
    of_comment = Attachment.comment_id == act.comment_id
    if act.kind == "create" and act.body.get("follows") is None:
        of_comment = or_(of_comment, Attachment.comment_id.is_(None))
    query = select(Attachment).where(Attachment.ticket_id == act.ticket_id, of_comment)
    return list(session.scalars(query.order_by(Attachment.created_at, Attachment.id)))
