"""Taking over what happened there: public comments, status, priority; and where a ticket there has come to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal
from api.tickets.backends.base import VIA, SeenComment, SeenTicket
from api.tickets.backends.models import RemoteComment, RemoteTicket
from api.tickets.backends.outbox import next_act
from api.tickets.backends.settling import CHECK_ANYHOW, know_comment, note, note_seen, recovered
from api.tickets.changing import TicketChange
from api.tickets.models import Ticket
from api.tickets.repository import first_comment_id
from api.tickets.rules import LONGEST_TEXT

if TYPE_CHECKING:
    from api.services import Services


def take_over(
    session: Session, services: Services, ticket_id: int, seen: SeenTicket, comments: Sequence[SeenComment]
) -> None:
    """Take over what is new of a ticket. Nothing is, while something of ours is on its way: its echo would be new."""
    ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
    row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
    act = next_act(session, ticket_id)
    if row.remote_id != seen.id or (act is not None and act.sent_at is not None):
        return
    known = set(session.scalars(select(RemoteComment.remote_id).where(RemoteComment.ticket_id == ticket_id)))
    if comments and comments[0].id not in known:
        # What it was made with, where it was found again after its answer was lost.
        made_with = first_comment_id(session, ticket_id) if not row.past_ids else None
        know_comment(session, ticket_id, comments[0].id, made_with)
        known.add(comments[0].id)
    new = [each for each in comments if each.public and each.id not in known]
    moved = seen.status != row.remote_status or seen.priority != row.remote_priority
    changes = [_said(session, services, row, ticket, each) for each in new]
    if moved:
        last = changes[-1] if changes and changes[-1].principal.is_staff else None
        change = last or TicketChange(session, services, ticket, _staff(session, row, None), VIA)
        _move(change, row, seen)
        if last is None:
            changes.append(change)
    for change in changes:
        if change.events:
            change.finish()
    note_seen(row, seen)
    if row.failures:
        row.failures, row.error = 0, None
    ended = seen.status == "closed"
    row.check_at = None if ended else utc_now() + CHECK_ANYHOW
    if ended:
        row.state = "closed"
    recovered(session, row.backend)


def follow_merge(
    session: Session, services: Services, ticket_id: int, target: SeenTicket, comments: Sequence[SeenComment]
) -> None:
    """The ticket there goes on in another one: ours follows where that is the same person's, and nobody else's words are
    taken over."""
    ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
    row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
    taken = session.scalar(
        select(RemoteTicket.ticket_id).where(RemoteTicket.backend == row.backend, RemoteTicket.remote_id == target.id)
    )
    same = target.requester_id is not None and target.requester_id == row.remote_requester_id
    row.url = target.url
    if same and taken is None and row.remote_id is not None:
        for each in comments:
            know_comment(session, ticket_id, each.id, None)
        row.past_ids = [*row.past_ids, row.remote_id]
        row.remote_id = target.id
        row.check_at = utc_now() + CHECK_ANYHOW
        note_seen(row, target)
    else:
        row.state, row.check_at = "merged", None
    note(session, services, ticket, "merged", backend=row.backend, id=target.id)


def lose(session: Session, services: Services, ticket_id: int) -> None:
    """It was deleted there. Ours stays, and staff are told."""
    ticket = session.get_one(Ticket, ticket_id, with_for_update=True)
    row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
    if row.state == "gone":
        return
    row.state, row.check_at, row.error = "gone", None, "it was deleted there"
    note(session, services, ticket, "gone", backend=row.backend, id=row.remote_id or "?")


def _said(
    session: Session, services: Services, row: RemoteTicket, ticket: Ticket, comment: SeenComment
) -> TicketChange:
    """A comment of theirs, by the member of staff of that address, by the customer, or by somebody in copy."""
    text = "\n".join([comment.text, *comment.files]).strip()[:LONGEST_TEXT] or "-"
    principal = _staff(session, row, comment.author_email) if comment.by_staff else Principal("system")
    if not comment.by_staff:
        customer = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
        address = (comment.author_email or "").lower()
        if customer is not None and address and address == (customer.mail_address or "").lower():
            principal = Principal("customer", role="customer", customer_id=customer.id)
        else:
            text = f"{comment.author_name or address or '?'}:\n\n{text}"[:LONGEST_TEXT]
    change = TicketChange(session, services, ticket, principal, VIA)
    change.say(text, public=True)
    assert change.comment is not None  # noqa: S101 - `say` makes it
    know_comment(session, ticket.id, comment.id, change.comment.id)
    return change


def _move(change: TicketChange, row: RemoteTicket, seen: SeenTicket) -> None:
    """Status and priority, as far as this catalog knows them; the other side's word is taken, whatever the usual order."""
    ticket, catalog = change.ticket, change.services.catalog
    known = any(each.id == seen.status for each in catalog.statuses)
    if known and seen.status != row.remote_status and ticket.status not in (seen.status, "closed"):
        if catalog.may_move(ticket.status, seen.status):
            change.move(seen.status, by_customer=False)
        elif seen.status != "new":
            change.set("status", seen.status)
            if seen.status in ("solved", "closed"):
                ticket.solved_at = ticket.solved_at or utc_now()
    if seen.priority != row.remote_priority and seen.priority in catalog.priorities and ticket.status != "closed":
        change.prioritise(seen.priority, set_by="staff")


def _staff(session: Session, row: RemoteTicket, email: str | None) -> Principal:
    """Whoever works there: the member of staff with that address here, else one who stands for all of them and cannot
    sign in."""
    found = session.scalar(select(StaffUser).where(StaffUser.email == email.lower())) if email else None
    if found is None:
        address = f"{row.backend}@remote.invalid"
        found = session.scalar(select(StaffUser).where(StaffUser.email == address))
    if found is None:
        # "!" is no hash of anything: nobody signs in as them.
        found = StaffUser(email=address, name=row.backend.capitalize(), role="agent", active=False)
        found.password_hash = "!"  # noqa: S105
        session.add(found)
        session.flush()
    return Principal("staff", role="agent", staff_id=found.id, email=found.email, name=found.name)
