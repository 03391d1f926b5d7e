"""The mails of a ticket, both ways, for staff."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from api.errors import Invalid, NotFound
from api.identity.principal import Principal, require_role
from api.mail_in.models import InboundMail
from api.mail_in.quoting import reply_only
from api.notifications.shapes import mails_of, received_shape
from api.services import Services, services
from api.tickets import repository
from api.tickets.changing import TicketChange
from api.tickets.models import Ticket, TicketComment

router = APIRouter(prefix="/api/v2", tags=["mail"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]


@router.get("/tickets/{ticket_id}/mails.json", include_in_schema=False)
@router.get("/tickets/{ticket_id}/mails")
async def list_mails(ticket_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Every mail about a ticket, oldest first: what was written to whom and whether it arrived, and what came in.

    `status` of a mail ``out``: pending, sending, sent, kept (no mail server is set), failed, suppressed, bounced; of one
    ``in``: comment, note, ticket, followup, ignored, bounce, with a `reason`. `html` is our own page, without scripts.
    """

    def read(session: Session) -> dict[str, Any]:
        mails = mails_of(session, copilot, repository.ticket_by_id(session, ticket_id))
        return {"mails": mails, "count": len(mails)}

    return await copilot.database.reading(read)


@router.post("/tickets/{ticket_id}/mails/{mail_id}/approve.json", include_in_schema=False)
@router.post("/tickets/{ticket_id}/mails/{mail_id}/approve")
async def approve_mail(ticket_id: int, mail_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Make what came from another address a public comment. 422 where it is none that waits for that."""

    def approve(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id, lock=True)
        mail = session.get(InboundMail, mail_id) if 0 < mail_id < 2**31 else None
        if mail is None or mail.ticket_id != ticket.id:
            raise NotFound(f"There is no mail {mail_id} on ticket {ticket_id}.")
        comment = session.get(TicketComment, mail.comment_id) if mail.comment_id is not None else None
        if mail.outcome != "note" or comment is None or comment.public:
            raise Invalid("This mail does not wait to be approved.", code="nothing_to_approve")
        _publish(session, copilot, principal, ticket, mail, comment)
        return {"mail": received_shape(session, mail)}

    return await copilot.database.writing(approve)


def _publish(
    session: Session, copilot: Services, principal: Principal, ticket: Ticket, mail: InboundMail, comment: TicketComment
) -> None:
    """The comment becomes public, without our warning above it, and everybody of the ticket hears of it."""
    marks = [copilot.catalog.wording(each).text("mail.answering.line") for each in copilot.catalog.languages]
    comment.public = True
    comment.body = reply_only(mail.text, marks=marks) or mail.text or comment.body
    mail.outcome = "comment"
    change = TicketChange(session, copilot, ticket, principal, "mail")
    change.events.append({"type": "CommentPrivacyChange", "comment_id": comment.id, "public": True})
    change.comment = comment
    change.finish()
