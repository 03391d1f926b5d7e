"""What happens on a ticket is queued for the other side, in its own transaction; what came from there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.tickets.backends.base import VIA
from api.tickets.backends.models import RemoteTicket
from api.tickets.backends.outbox import queue_change, queue_new_ticket

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Queue it, if tickets are mirrored at all."""
    backend = services.settings.tickets.backend
    if backend == "local" or (happening.audit is not None and happening.audit.via == VIA):
        return
    ticket = happening.ticket
    if happening.kind == "opened":
        if happening.together is not None:
            # What is queued points to the ticket.
            happening.together.send()
        session.add(RemoteTicket(ticket_id=ticket.id, backend=backend))
        session.flush()
        comment_id = happening.comment.id if happening.comment is not None else None
        queue_new_ticket(session, services, ticket, comment_id, happening.customer)
        return
    row = session.get(RemoteTicket, ticket.id)
    # Tickets from before the mirror was set up stay here.
    if row is not None and row.backend == backend and row.state != "gone":
        queue_change(session, services, happening)
