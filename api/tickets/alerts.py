"""Alerts to the technical team: an emergency ticket is told at once, in the transaction that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import StaffUser
from api.notifications.mail import MailDraft, enqueue_mail
from api.settings import Settings
from api.tickets.models import Ticket
from api.tickets.shapes import page_address

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement
    from bot.catalog import Catalog


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Alert the team to a new emergency."""
    if happening.kind == "opened":
        alert_team(session, services.catalog, services.settings, happening.ticket)


def alert_team(session: Session, catalog: Catalog, settings: Settings, ticket: Ticket) -> int:
    """Mail the on-call list where the ticket's category is an emergency. Returns how many mails were queued.

    Every account's emergency notifies; the same ticket tells each recipient once.
    """
    if ticket.category is None or not catalog.category(ticket.category).emergency:
        return 0
    queued = 0
    for address in recipients(session, settings):
        draft = MailDraft(
            to=address,
            template="alert",
            language=catalog.default_language,
            values={"id": ticket.id, "subject": ticket.subject, "url": page_address(settings, ticket.id)},
            event=f"ticket:{ticket.id}:alert",
            ticket_id=ticket.id,
            conversation_id=ticket.conversation_id,
        )
        queued += enqueue_mail(session, catalog, draft) is not None
    return queued


def recipients(session: Session, settings: Settings) -> list[str]:
    """The on-call list of the settings; where it is empty, every active lead and admin."""
    if settings.alerts.mail_to:
        return list(settings.alerts.mail_to)
    rows = session.scalars(
        select(StaffUser.email).where(StaffUser.active, StaffUser.role.in_(("lead", "admin"))).order_by(StaffUser.email)
    )
    return list(rows)
