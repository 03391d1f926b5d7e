"""Warns of targets that are about to be missed, and tells of those that are: a flag, an event and a mail, once each."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import Customer, StaffUser
from api.metrics.events import EventType, record
from api.notifications.mail import MailDraft, enqueue_mail
from api.tickets.announcing import Announcement, announce
from api.tickets.due import DueTickets
from api.tickets.models import Ticket, TicketAudit
from api.tickets.shapes import page_address
from api.tickets.targets import OVER, Metric, put_targets, targets_due
from bot.moments import moment_text

Step = Literal["warned", "breached"]
_TEMPLATES: dict[Step, str] = {"warned": "target_near", "breached": "target_missed"}


class TargetWorker(DueTickets):
    """Looks for targets that are due."""

    due_at = "targets_check_at"
    every = 5.0
    failure = "Targets of tickets could not be looked after"

    def tend(self, session: Session, ticket: Ticket, now: dt.datetime) -> None:
        put_targets(session, self._services.catalog, ticket)
        for metric, due in targets_due(session, self._services.catalog, ticket).items():
            if ticket.status in OVER or getattr(ticket, f"{metric}_breached_at") is not None:
                continue
            if due.due_at is not None and due.due_at <= now:
                self._tell(session, ticket, metric, "breached", due.due_at, now)
            elif due.warn_at is not None and due.warn_at <= now and getattr(ticket, f"{metric}_warned_at") is None:
                self._tell(session, ticket, metric, "warned", due.due_at or now, now)
        put_targets(session, self._services.catalog, ticket)

    def _tell(
        self, session: Session, ticket: Ticket, metric: Metric, step: Step, due_at: dt.datetime, now: dt.datetime
    ) -> None:
        setattr(ticket, f"{metric}_{step}_at", now)
        if step == "breached" and getattr(ticket, f"{metric}_warned_at") is None:
            setattr(ticket, f"{metric}_warned_at", now)
        # `updated_at` stays: nobody's open form is out of date because a clock has run down.
        name = f"{metric}_target"
        before = "warned" if step == "breached" else None
        event = {"type": "Change", "field_name": name, "value": step, "previous_value": before}
        audit = TicketAudit(ticket_id=ticket.id, via="system", events=[event])
        session.add(audit)
        record(
            session,
            EventType.TARGET_WARNED if step == "warned" else EventType.TARGET_BREACHED,
            conversation_id=ticket.conversation_id,
            ticket_id=ticket.id,
            target=metric,
            priority=ticket.priority,
        )
        self._mail(session, ticket, metric, step, due_at, now)
        session.flush()
        customer = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
        changes = {name: (before, step)}
        announce(session, self._services, Announcement("changed", ticket, "system", audit, None, customer, changes))

    def _mail(
        self, session: Session, ticket: Ticket, metric: Metric, step: Step, due_at: dt.datetime, now: dt.datetime
    ) -> None:
        catalog, settings = self._services.catalog, self._services.settings
        language = catalog.default_language
        for address in responsible(session, ticket):
            draft = MailDraft(
                to=address,
                template=_TEMPLATES[step],
                language=language,
                values={
                    "id": ticket.id,
                    "subject": ticket.subject,
                    "target": catalog.wording(language).text(f"mail.{_TEMPLATES[step]}.{metric}"),
                    "priority": catalog.label("priorities", ticket.priority, language),
                    "moment": moment_text(catalog, language, due_at, now),
                    "url": page_address(settings, ticket.id),
                },
                # Another priority is another promise.
                event=f"ticket:{ticket.id}:{metric}:{step}:{ticket.priority}",
                ticket_id=ticket.id,
                conversation_id=ticket.conversation_id,
            )
            enqueue_mail(session, catalog, draft)


def responsible(session: Session, ticket: Ticket) -> list[str]:
    """Whom a ticket's trouble concerns: who works on it; else every lead; else every admin."""
    assignee = session.get(StaffUser, ticket.assignee_id) if ticket.assignee_id is not None else None
    if assignee is not None and assignee.active:
        return [assignee.email]
    for role in ("lead", "admin"):
        query = select(StaffUser.email).where(StaffUser.active, StaffUser.role == role).order_by(StaffUser.email)
        found = list(session.scalars(query))
        if found:
            return found
    return []
