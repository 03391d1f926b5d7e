"""What is said on a ticket, where people look at this moment: the customer's open chat, the portal, the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat import repository
from api.chat.models import Attachment, Conversation
from api.chat.streams import DESK, account_topic, customer_topic, ticket_topic
from api.database import utc_now
from api.tickets.models import Ticket, TicketCc
from api.tickets.shapes import page_address

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement

# Another conversation of the same customer gets the reply as well while it is as fresh as this.
_STILL_OPEN = dt.timedelta(hours=1)


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Put a public reply of staff into the customer's chat, and wake everybody who looks at the ticket."""
    ticket, comment = happening.ticket, happening.comment
    topics = [
        DESK,
        ticket_topic(ticket.id),
        *_topics(ticket.requester_id, ticket.account_id, [each.customer_id for each in ticket.ccs]),
    ]
    if happening.kind == "changed" and comment is not None and comment.public and comment.staff_id is not None:
        files = session.scalars(select(Attachment).where(Attachment.comment_id == comment.id)).all()
        shown = [{"id": each.id, "name": each.name, "size": each.size, "media_type": each.media_type} for each in files]
        for conversation_id in _conversations(session, ticket):
            _say(session, services, ticket, conversation_id, comment.body, shown)
            topics.append(conversation_id)
    services.streams.publish_after_commit(session, *topics)


def topics_of(session: Session, ticket_ids: Iterable[int]) -> set[str]:
    """The topics of the customers and accounts who see these tickets in the portal."""
    wanted = list(ticket_ids)
    copied = select(TicketCc.customer_id).where(TicketCc.ticket_id.in_(wanted))
    found = _topics(None, None, session.scalars(copied))
    owners = select(Ticket.requester_id, Ticket.account_id).where(Ticket.id.in_(wanted))
    for requester_id, account_id in session.execute(owners):
        found |= _topics(requester_id, account_id, ())
    return found


def _topics(requester_id: int | None, account_id: str | None, copied: Iterable[int]) -> set[str]:
    found = {customer_topic(each) for each in copied}
    if requester_id is not None:
        found.add(customer_topic(requester_id))
    if account_id is not None:
        found.add(account_topic(account_id))
    return found


def _conversations(session: Session, ticket: Ticket) -> list[str]:
    """Where the customer may be looking: the ticket's own conversation, and a newer one that is theirs for certain."""
    found = [ticket.conversation_id] if ticket.conversation_id is not None else []
    if ticket.requester_id is None:
        return found
    newest = session.scalar(
        select(Conversation.id)
        .where(
            Conversation.customer_id == ticket.requester_id,
            Conversation.verified_at.is_not(None),
            Conversation.last_activity_at > utc_now() - _STILL_OPEN,
        )
        .order_by(Conversation.last_activity_at.desc())
        .limit(1)
    )
    return found if newest is None or newest in found else [*found, newest]


def _say(
    session: Session,
    services: Services,
    ticket: Ticket,
    conversation_id: str,
    text: str,
    files: list[dict[str, object]],
) -> None:
    # Locked where rows can be: a turn that ends at this moment takes the next number, too.
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        return
    since = conversation.last_activity_at
    repository.append_message(
        session,
        conversation,
        role="agent",
        kind="ticket",
        text=text,
        language=conversation.language,
        attachments=files,
        ticket={
            "id": ticket.id,
            "status": ticket.status,
            "priority": ticket.priority,
            "category": ticket.category,
            "subcategory": ticket.subcategory,
            "subject": ticket.subject,
            "url": page_address(services.settings, ticket.id),
        },
    )
    # An agent's words do not end a customer's silence.
    conversation.last_activity_at = since
