"""Which ticket a mail belongs to, and who may write on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import Customer
from api.notifications.models import OutboxMail
from api.tickets.mail import copies
from api.tickets.models import Ticket

_TOKEN = re.compile(r"^<([0-9a-f]{32})@[^<>@]+>$")


def answered_mail(session: Session, references: Sequence[str]) -> OutboxMail | None:
    """The newest of our mails that these Message-IDs name."""
    tokens = [found[1] for each in references[:50] if (found := _TOKEN.match(each.lower()))]
    if not tokens:
        return None
    return session.scalar(
        select(OutboxMail).where(OutboxMail.token.in_(tokens)).order_by(OutboxMail.id.desc()).limit(1)
    )


def recipients_of(session: Session, ticket_id: int) -> list[str]:
    """Everybody to whom a mail of this ticket was written."""
    if not 0 < ticket_id < 2**31:
        return []
    return list(session.scalars(select(OutboxMail.recipient).where(OutboxMail.ticket_id == ticket_id).distinct()))


def people_of(session: Session, ticket: Ticket) -> dict[str, Customer]:
    """The customers who may write on a ticket, by address: its own and those in copy."""
    own = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
    found = [*copies(session, ticket), *([own] if own is not None else [])]
    return {address.lower(): each for each in found if (address := each.mail_address) is not None}
