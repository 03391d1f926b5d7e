"""Mail that waits for a member of staff: strangers' mails, and answers from addresses that nobody has proven."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.mail_in.models import InboundMail
from api.notifications.shapes import received_shape
from api.tickets import repository
from api.tickets.models import Ticket, TicketComment

# The newest; what is older is found on its ticket.
MOST = 100


def waiting_mails(session: Session) -> int:
    """How many there are."""
    strangers = select(func.count()).select_from(InboundMail).where(InboundMail.outcome == "quarantined")
    answers = select(func.count()).select_from(_answers().subquery())
    return (session.scalar(strangers) or 0) + (session.scalar(answers) or 0)


def answers_to_approve(session: Session) -> list[dict[str, Any]]:
    """Answers on tickets that are not closed, which only staff see until one of them approves; newest first."""
    found = list(session.scalars(_answers().order_by(InboundMail.id.desc()).limit(MOST)))
    query = repository.tickets().where(Ticket.id.in_([each.ticket_id for each in found]))
    subjects = {each.id: each.subject for each in session.scalars(query)}
    return [
        {
            **received_shape(session, each),
            "ticket_id": each.ticket_id,
            "ticket_subject": subjects.get(each.ticket_id or 0),
        }
        for each in found
    ]


def _answers() -> Select[InboundMail]:
    return (
        select(InboundMail)
        .join(TicketComment, TicketComment.id == InboundMail.comment_id)
        .join(Ticket, Ticket.id == InboundMail.ticket_id)
        .where(
            InboundMail.outcome == "note",
            TicketComment.public.is_(False),
            Ticket.deleted_at.is_(None),
            Ticket.status != "closed",
        )
    )
