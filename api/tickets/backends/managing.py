"""What an operator sees of the mirror, and asking for another try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import NotFound
from api.identity.models import Customer
from api.tickets.backends.models import RemoteAct, RemoteLink, RemoteTicket
from api.tickets.backends.outbox import new_ticket_body, queue_comment, queue_new_ticket
from api.tickets.models import Ticket, TicketComment
from api.tickets.repository import first_comment_id

if TYPE_CHECKING:
    from api.services import Services


@dataclass(frozen=True)
class MirrorStatus:
    """How the mirror stands. `states`: how many tickets in each; `waiting`: acts that are still to be sent."""

    backend: str
    stopped_at: dt.datetime | None
    failing_since: dt.datetime | None
    reason: str | None
    paused_until: dt.datetime | None
    states: dict[str, int]
    waiting: int
    oldest: dt.datetime | None


@dataclass(frozen=True)
class TicketStatus:
    """How one ticket stands."""

    ticket_id: int
    state: str
    remote_id: str | None
    remote_status: str | None
    waiting: int
    failures: int
    error: str | None
    synced_at: dt.datetime | None
    url: str | None


def mirror_status(session: Session, backend: str) -> MirrorStatus:
    """Figures of a backend."""
    link = session.get(RemoteLink, backend)
    counted = select(RemoteTicket.state, func.count()).where(RemoteTicket.backend == backend)
    states = {state: count for state, count in session.execute(counted.group_by(RemoteTicket.state))}
    waiting = (
        select(func.count(), func.min(RemoteAct.created_at))
        .join(RemoteTicket, RemoteTicket.ticket_id == RemoteAct.ticket_id)
        .where(RemoteAct.status == "waiting", RemoteTicket.backend == backend)
    )
    count, oldest = session.execute(waiting).one()
    return MirrorStatus(
        backend=backend,
        stopped_at=link.stopped_at if link else None,
        failing_since=link.failing_since if link else None,
        reason=link.reason if link else None,
        paused_until=link.paused_until if link else None,
        states=dict(sorted(states.items())),
        waiting=count,
        oldest=oldest,
    )


def ticket_statuses(
    session: Session, backend: str, *, state: str | None = None, ticket_id: int | None = None, limit: int = 50
) -> list[TicketStatus]:
    """Mirrored tickets, newest first."""
    query = select(RemoteTicket).where(RemoteTicket.backend == backend).order_by(RemoteTicket.ticket_id.desc())
    if state is not None:
        query = query.where(RemoteTicket.state == state)
    if ticket_id is not None:
        query = query.where(RemoteTicket.ticket_id == ticket_id)
    rows = list(session.scalars(query.limit(limit)))
    waits = select(RemoteAct.ticket_id, func.count()).where(
        RemoteAct.status == "waiting", RemoteAct.ticket_id.in_([each.ticket_id for each in rows])
    )
    waiting = {number: count for number, count in session.execute(waits.group_by(RemoteAct.ticket_id))}
    return [
        TicketStatus(
            each.ticket_id,
            each.state,
            each.remote_id,
            each.remote_status,
            waiting.get(each.ticket_id, 0),
            each.failures,
            each.error,
            each.synced_at,
            each.url,
        )
        for each in rows
    ]


def retry(session: Session, services: Services, ticket_ids: Sequence[int] = ()) -> list[int]:
    """Try again what was refused, is gone there, or waits for its next try; all such tickets where none is named.

    What was refused is made anew from the ticket as it is now. Raises `NotFound` for a ticket that is not mirrored.
    """
    backend = services.settings.tickets.backend
    link = session.get(RemoteLink, backend)
    if link is not None:
        link.probe_at = link.paused_until = None
    query = select(RemoteTicket).where(RemoteTicket.backend == backend)
    if ticket_ids:
        query = query.where(RemoteTicket.ticket_id.in_(ticket_ids))
    rows = {each.ticket_id: each for each in session.scalars(query)}
    unknown = [str(each) for each in ticket_ids if each not in rows]
    if unknown:
        raise NotFound(f"Not mirrored: {', '.join(unknown)}.")
    tried = []
    for ticket_id in sorted(rows):
        # In the order in which everybody locks them: the ticket first.
        ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
        row = session.get_one(RemoteTicket, ticket_id, with_for_update=True, populate_existing=True)
        refused = session.scalars(
            select(RemoteAct)
            .where(RemoteAct.ticket_id == ticket_id, RemoteAct.status == "refused")
            .order_by(RemoteAct.id)
        ).all()
        if row.state == "gone":
            _anew(session, services, ticket, row)
        elif refused:
            for act in refused:
                _again(session, services, ticket, act)
            row.state = "mirrored" if row.remote_id is not None else "waiting"
        elif row.push_at is None:
            continue
        row.push_at, row.failures, row.error = utc_now(), 0, None
        tried.append(ticket_id)
    return tried


def _again(session: Session, services: Services, ticket: Ticket, act: RemoteAct) -> None:
    act.status, act.error, act.finished_at = "waiting", None, None
    act.generation += 1
    act.uploads, act.uploaded_at = {}, None
    if act.kind == "create" and act.body.get("follows") is None:
        act.body = new_ticket_body(services, ticket, _customer(session, ticket))


def _anew(session: Session, services: Services, ticket: Ticket, row: RemoteTicket) -> None:
    """The whole ticket once more: its description and every public comment."""
    past = len(row.past_ids) + 1
    if row.remote_id is not None:
        row.past_ids, row.remote_id = [*row.past_ids, row.remote_id], None
    row.state = "waiting"
    undone = RemoteAct.status.in_(("waiting", "refused"))
    for old in session.scalars(select(RemoteAct).where(RemoteAct.ticket_id == ticket.id, undone)):
        old.status, old.finished_at = "dropped", utc_now()
    first = first_comment_id(session, ticket.id)
    act = queue_new_ticket(session, services, ticket, first, _customer(session, ticket))
    act.generation = 1000 + past
    query = select(TicketComment).where(TicketComment.ticket_id == ticket.id, TicketComment.public)
    for comment in session.scalars(query.order_by(TicketComment.id)):
        if comment.id != first:
            queue_comment(session, ticket, comment)


def _customer(session: Session, ticket: Ticket) -> Customer | None:
    return session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
