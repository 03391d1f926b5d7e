"""What became of an act, written down: each function is one short transaction of the worker's."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.models import StaffUser
from api.identity.principal import SYSTEM
from api.notifications.mail import MailDraft, enqueue_mail
from api.tickets.backends.base import VIA, SeenTicket
from api.tickets.backends.models import RemoteAct, RemoteComment, RemoteLink, RemoteTicket
from api.tickets.backends.outbox import next_act
from api.tickets.changing import TicketChange
from api.tickets.models import Ticket

if TYPE_CHECKING:
    from api.services import Services

# Exports there leave out the last minute: what we just did, and what its own rules made of it, is read after that.
CHECK_AFTER = dt.timedelta(seconds=90)
# However well the looks for changes go, every mirrored ticket is read again after this.
CHECK_ANYHOW = dt.timedelta(hours=6)
# Pauses between tries of one ticket, in seconds; the last one again and again: a ticket is never given up for an outage.
PAUSES = (5, 30, 120, 600, 1800, 3600)
PROBE_AFTER = dt.timedelta(minutes=15)
# Failing for so long, the admins are told.
TELL_AFTER = dt.timedelta(hours=1)
ENDED = frozenset({"closed", "merged", "gone"})


def link_of(session: Session, backend: str) -> RemoteLink:
    """The row of a backend, locked; made at its first use."""
    found = session.get(RemoteLink, backend, with_for_update=True)
    if found is None:
        found = RemoteLink(backend=backend)
        session.add(found)
        session.flush()
    return found


def note_seen(row: RemoteTicket, seen: SeenTicket) -> None:
    """Remember how a ticket is there."""
    row.remote_status, row.remote_priority = seen.status, seen.priority
    row.remote_requester_id, row.remote_updated_at = seen.requester_id, seen.updated_at
    row.synced_at = utc_now()


def settle(session: Session, act_id: int, seen: SeenTicket, *, comment_id: str | None = None) -> None:
    """An act has arrived. `comment_id`: of its comment there, where another answer than its own said so."""
    act = session.get_one(RemoteAct, act_id, with_for_update=True)
    row = session.get_one(RemoteTicket, act.ticket_id, with_for_update=True)
    if act.status == "waiting":
        act.status, act.finished_at = "done", utc_now()
    if act.kind == "create":
        if row.remote_id is not None and row.remote_id != seen.id:
            row.past_ids = [*row.past_ids, row.remote_id]
        row.remote_id, row.url = seen.id, seen.url
        row.state = "mirrored"
    note_seen(row, seen)
    know_comment(session, act.ticket_id, comment_id or seen.comment_id, act.comment_id)
    row.failures = 0
    row.error = " ".join(filter(None, [_refused_files(act)])) or None
    session.flush()
    row.push_at = utc_now() if next_act(session, act.ticket_id) is not None else None
    if row.state not in ENDED:
        row.check_at = utc_now() + CHECK_AFTER
    recovered(session, row.backend)


def _refused_files(act: RemoteAct) -> str | None:
    lost = [file_id for file_id, token in act.uploads.items() if not token]
    return f"{len(lost)} files were not taken" if lost else None


def know_comment(session: Session, ticket_id: int, remote_id: str | None, comment_id: int | None) -> None:
    """Remember that a comment there is one of ours, or was taken over already."""
    if remote_id is None:
        return
    known = session.scalar(
        select(RemoteComment.id).where(RemoteComment.ticket_id == ticket_id, RemoteComment.remote_id == remote_id)
    )
    if known is None:
        session.add(RemoteComment(ticket_id=ticket_id, remote_id=remote_id, comment_id=comment_id))
        session.flush()


def refuse(session: Session, services: Services, act_id: int, reason: str) -> None:
    """An act is given up: staff read why in a note on the ticket, and `copilot tickets remote retry` tries again."""
    act = session.get_one(RemoteAct, act_id)
    ticket = session.get_one(Ticket, act.ticket_id, with_for_update=True)
    row = session.get_one(RemoteTicket, act.ticket_id, with_for_update=True)
    act = session.get_one(RemoteAct, act_id, with_for_update=True)
    act.status, act.error, act.finished_at = "refused", reason, utc_now()
    row.error, row.failures = reason, 0
    if act.kind == "create":
        # What comes after it waits for it.
        row.state, row.push_at, row.check_at = "refused", None, None
    else:
        session.flush()
        row.push_at = utc_now() if next_act(session, ticket.id) is not None else None
    note(session, services, ticket, "refused", backend=row.backend, reason=reason)


def note(session: Session, services: Services, ticket: Ticket, name: str, **values: str) -> None:
    """Tell staff, by an internal note on the ticket."""
    catalog = services.catalog
    text = catalog.wording(catalog.default_language).text(f"mail.remote.{name}", **values)
    change = TicketChange(session, services, ticket, SYSTEM, VIA)
    change.say(text, public=False)
    change.finish()


def failed(session: Session, services: Services, ticket_id: int, reason: str, retry_after: int | None) -> None:
    """A try came to nothing: the ticket pauses, longer every time."""
    row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
    pause = PAUSES[min(row.failures, len(PAUSES) - 1)]
    row.failures += 1
    row.error = reason
    moment = utc_now() + dt.timedelta(seconds=max(pause, retry_after or 0))
    if row.push_at is not None:
        row.push_at = moment
    if row.check_at is not None:
        row.check_at = max(row.check_at, moment)
    link_failed(session, services, row.backend, reason)


def link_failed(session: Session, services: Services, backend: str, reason: str) -> None:
    """The other side does not answer; after an hour of it the admins are told, once."""
    link = link_of(session, backend)
    link.failing_since = link.failing_since or utc_now()
    if link.told_at is None and utc_now() - link.failing_since >= TELL_AFTER:
        link.told_at = utc_now()
        tell_admins(session, services, link, reason)


def recovered(session: Session, backend: str) -> None:
    """It answers."""
    link = session.get(RemoteLink, backend)
    if link is not None and (link.failing_since or link.stopped_at):
        link.failing_since = link.stopped_at = link.reason = link.told_at = link.probe_at = None


def stop_link(session: Session, services: Services, backend: str, reason: str) -> None:
    """It does not let us in: nothing more is sent, the admins are told, and every quarter of an hour it is looked at."""
    link = link_of(session, backend)
    link.probe_at = utc_now() + PROBE_AFTER
    link.reason = reason
    if link.stopped_at is None:
        link.stopped_at = link.told_at = utc_now()
        tell_admins(session, services, link, reason)


def tell_admins(session: Session, services: Services, link: RemoteLink, reason: str) -> None:
    """Mail every admin that tickets do not go through."""
    catalog = services.catalog
    since = link.stopped_at or link.failing_since or utc_now()
    admins = session.scalars(select(StaffUser.email).where(StaffUser.active, StaffUser.role == "admin"))
    for address in admins:
        values = {"backend": link.backend, "reason": reason, "since": since.strftime("%Y-%m-%d %H:%M UTC")}
        event = f"remote:{link.backend}:{since:%Y%m%d%H%M%S}"
        draft = MailDraft(address, "remote_stopped", catalog.default_language, values, event=event)
        enqueue_mail(session, catalog, draft)
