"""What happens on a ticket becomes deliveries, in its own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from api.tickets.shapes import author_id, comment_shape, ticket_shape
from api.webhooks.events import anybody_listens, tell

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Tell every webhook that wants it."""
    if not anybody_listens(session, happening.webhooks):
        return
    ticket, audit, comment = happening.ticket, happening.audit, happening.comment
    said = comment_shape(comment, services.settings) if comment is not None else None
    data: dict[str, Any] = {
        "ticket": ticket_shape(ticket, services.settings),
        "audit_id": audit.id if audit is not None else None,
        "by": happening.by,
        "author_id": author_id(audit) if audit is not None else None,
    }
    if happening.kind == "opened":
        tell(session, "ticket.opened", {**data, "comment": said})
        return
    if happening.kind == "claimed":
        tell(session, "ticket.claimed", data)
        return
    if happening.changes:
        changes = {name: {"from": old, "to": new} for name, (old, new) in happening.changes.items()}
        tell(session, "ticket.changed", {**data, "changes": changes})
    if said is not None:
        tell(session, "ticket.commented", {**data, "comment": said})
    if "status" in happening.changes and happening.changes["status"][1] == "solved":
        tell(session, "ticket.solved", data)
