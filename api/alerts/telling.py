"""One round of an alert: a mail into the outbox for every address, an attempt for every webhook."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.alerts.contacts import Contact, contacts
from api.alerts.grouping import OutageGroup, group_of
from api.alerts.links import acknowledge_address
from api.alerts.models import Alert, AlertAttempt
from api.database import utc_now
from api.notifications.mail import MailDraft, enqueue_mail
from api.notifications.models import OutboxMail
from api.services import Services
from api.settings import Settings
from api.tickets.models import Ticket
from api.tickets.shapes import page_address
from api.webhooks.events import moment

_WAITING = ("pending", "sending")


def tell_round(session: Session, services: Services, alert: Alert, ticket: Ticket) -> None:
    """Tell everybody of the levels reached. What is still on its way to a contact is not sent a second time."""
    group = group_of(session, ticket)
    for contact in contacts(session, services.settings, alert.level):
        if contact.channel == "mail":
            _mail(session, services, alert, ticket, contact, group)
        else:
            _queue(session, alert, contact)
    session.flush()


def _mail(
    session: Session, services: Services, alert: Alert, ticket: Ticket, contact: Contact, group: OutageGroup
) -> None:
    waiting = session.scalar(
        select(OutboxMail.id)
        .join(AlertAttempt, AlertAttempt.mail_id == OutboxMail.id)
        .where(
            AlertAttempt.alert_id == alert.id,
            AlertAttempt.contact == contact.address,
            OutboxMail.status.in_(_WAITING),
        )
        .limit(1)
    )
    attempt = _attempt(alert, contact, "mail")
    session.add(attempt)
    session.flush()
    if waiting is not None:
        # The mail server is away: one mail when it is back, not one for every round.
        attempt.mail_id = waiting
        return
    catalog = services.catalog
    draft = MailDraft(
        to=contact.address,
        template="alert" if alert.round == alert.first_round else "alert_again",
        language=catalog.default_language,
        values={
            "id": ticket.id,
            "subject": ticket.subject,
            "url": page_address(services.settings, ticket.id),
            "accounts": group.accounts,
            "tickets": group.tickets,
            "minutes": max(0, round((utc_now() - alert.raised_at).total_seconds() / 60)),
            "acknowledge": acknowledge_address(services.settings, attempt),
        },
        event=f"alert:{alert.id}:{alert.round}",
        ticket_id=ticket.id,
        conversation_id=ticket.conversation_id,
    )
    mail = enqueue_mail(session, catalog, draft)
    attempt.mail_id = mail.id if mail is not None else None


def _queue(session: Session, alert: Alert, contact: Contact) -> None:
    waiting = session.scalar(
        select(AlertAttempt.id)
        .where(
            AlertAttempt.alert_id == alert.id,
            AlertAttempt.contact == contact.address,
            AlertAttempt.status.in_(_WAITING),
        )
        .limit(1)
    )
    if waiting is None:
        session.add(_attempt(alert, contact, "pending"))


def _attempt(alert: Alert, contact: Contact, status: str) -> AlertAttempt:
    now = utc_now()
    return AlertAttempt(
        alert_id=alert.id,
        round=alert.round,
        level=contact.level,
        try_number=1,
        channel=contact.channel,
        contact=contact.address,
        status=status,
        due_at=now,
        created_at=now,
    )


def webhook_body(session: Session, settings: Settings, alert: Alert, attempt: AlertAttempt) -> bytes:
    """What an alert's webhook gets: as fresh as the moment of sending."""
    ticket = session.get_one(Ticket, alert.ticket_id)
    data = {
        **alert_data(session, settings, alert, ticket),
        "contact_level": attempt.level,
        "round": attempt.round,
        "try": attempt.try_number,
        "acknowledge_url": acknowledge_address(settings, attempt),
    }
    kind = "alert.raised" if attempt.round <= alert.first_round else "alert.repeated"
    return json.dumps({"type": kind, "timestamp": moment(utc_now()), "data": data}, ensure_ascii=False).encode()


def alert_data(session: Session, settings: Settings, alert: Alert, ticket: Ticket) -> dict[str, Any]:
    """An alert as webhooks are told of it."""
    group = group_of(session, ticket)
    return {
        "alert_id": alert.id,
        "state": alert.state,
        "level": alert.level,
        "raised_at": moment(alert.raised_at),
        "ticket": {
            "id": ticket.id,
            "subject": ticket.subject,
            "priority": ticket.priority,
            "category": ticket.category,
            "account_id": ticket.account_id,
            "language": ticket.language,
            "url": page_address(settings, ticket.id),
            "created_at": moment(ticket.created_at),
        },
        "outage": {"group_id": group.id, "tickets": group.tickets, "accounts": group.accounts},
    }
