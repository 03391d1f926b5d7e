"""What happens on a ticket raises its alert, or acknowledges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.alerts.escalation import acknowledge, end, raise_alert
from api.alerts.models import Alert
from api.catalog_notes import once_for_catalog
from api.identity.models import StaffUser
from bot.catalog import Catalog

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement

_DONE = ("solved", "closed")
# Staff who touch one of these have the outage in hand.
_TAKEN_UP = frozenset({"assignee_id", "status", "category", "priority"})


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Raise the alert of an emergency; staff who answer, assign or move the ticket acknowledge it."""
    ticket, changes = happening.ticket, happening.changes
    emergency = is_emergency(services.catalog, ticket.category)
    if happening.kind == "opened":
        if emergency:
            raise_alert(session, services, ticket)
        return
    if emergency and ("category" in changes or _reopened(happening)):
        raise_alert(session, services, ticket)
        return
    if not emergency and "category" not in changes:
        return
    alert = session.scalar(select(Alert).where(Alert.ticket_id == ticket.id, Alert.state == "open"))
    if alert is None:
        return
    if happening.by == "agent" and (happening.comment is not None or _TAKEN_UP & changes.keys()):
        staff_id = happening.audit.staff_id if happening.audit is not None else None
        staff = session.get(StaffUser, staff_id) if staff_id is not None else None
        acknowledge(session, services, alert, by=staff.email if staff else "staff", via="ticket", staff_id=staff_id)
    elif ticket.status in _DONE:
        end(session, services, alert, by=happening.by)


def is_emergency(catalog: Catalog, category: str | None) -> bool:
    """Whether tickets of this category alert."""
    return category in _emergencies(catalog)


@once_for_catalog
def _emergencies(catalog: Catalog) -> frozenset[str]:
    return frozenset(each.id for each in catalog.categories if each.emergency)


def _reopened(happening: Announcement) -> bool:
    """By the customer: it is down again, or still."""
    before, after = happening.changes.get("status", (None, None))
    return happening.by == "customer" and before in _DONE and after not in _DONE
