"""Mailboxes that are not there: what was sent once and came back for good is not sent again and again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.notifications.models import UndeliverableAddress


def is_undeliverable(session: Session, address: str) -> bool:
    """Whether a server has said that there is no such mailbox."""
    return session.get(UndeliverableAddress, address.lower()) is not None


def mark_undeliverable(session: Session, address: str, reason: str, mail_id: int | None) -> None:
    """Remember that there is no such mailbox, until a mail from it comes in (`mark_deliverable`)."""
    known = session.scalar(
        select(UndeliverableAddress).where(UndeliverableAddress.address == address.lower()).with_for_update()
    )
    if known is not None:
        known.reason, known.mail_id = reason[:255], mail_id
        return
    try:
        with session.begin_nested():
            session.add(UndeliverableAddress(address=address.lower(), reason=reason[:255], mail_id=mail_id))
    except IntegrityError:
        # Another worker was first.
        return


def mark_deliverable(session: Session, address: str) -> None:
    """Forget the mark: somebody writes from there."""
    session.execute(delete(UndeliverableAddress).where(UndeliverableAddress.address == address.lower()))
