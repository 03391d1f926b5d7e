"""Mails of tickets as staff see them, both ways."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.mail_in.models import InboundMail
from api.notifications.models import OutboxMail
from api.services import Services
from api.tickets.mail_text import written
from api.tickets.models import Ticket, TicketComment


def mails_of(session: Session, services: Services, ticket: Ticket) -> list[dict[str, Any]]:
    """Every mail about a ticket, oldest first."""
    sent = session.scalars(select(OutboxMail).where(OutboxMail.ticket_id == ticket.id))
    came = session.scalars(select(InboundMail).where(InboundMail.ticket_id == ticket.id))
    mails = [*(sent_shape(session, services, each) for each in sent), *(received_shape(session, each) for each in came)]
    return sorted(mails, key=lambda each: str(each["created_at"]))


def sent_shape(session: Session, services: Services, mail: OutboxMail) -> dict[str, Any]:
    """A mail of ours, and how far it got."""
    said = written(session, services.settings, services.catalog, mail)
    return {
        "id": mail.id,
        "direction": "out",
        "to": mail.recipient,
        "from": None,
        "subject": mail.subject,
        "status": mail.status,
        "reason": mail.last_error,
        "template": mail.template,
        "language": mail.language,
        "comment_id": mail.comment_id,
        "text": said.text,
        "html": said.html,
        "created_at": mail.created_at.isoformat(),
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
    }


def received_shape(session: Session, mail: InboundMail) -> dict[str, Any]:
    """A mail that came in. `waits_for_approval`: it came from another address, and only staff see its comment."""
    comment = session.get(TicketComment, mail.comment_id) if mail.comment_id is not None else None
    return {
        "id": mail.id,
        "direction": "in",
        "to": mail.recipient,
        "from": mail.sender,
        "subject": mail.subject,
        "status": mail.outcome,
        "reason": mail.reason,
        "template": None,
        "language": None,
        "comment_id": mail.comment_id,
        "waits_for_approval": mail.outcome == "note" and comment is not None and not comment.public,
        "refused_files": mail.refused_files,
        "text": mail.text,
        "html": None,
        "created_at": mail.created_at.isoformat(),
        "sent_at": None,
    }
