"""The life of an alert: raised, told again, escalated, acknowledged.

Whoever changes an alert holds its ticket's row first: a change of the ticket comes the same way, so that neither waits
for the other.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.alerts.contacts import highest_level
from api.alerts.grouping import join_group
from api.alerts.models import Alert, AlertAttempt
from api.alerts.telling import alert_data, tell_round
from api.database import utc_now
from api.errors import NotFound
from api.metrics.events import EventType, record
from api.notifications.models import OutboxMail
from api.services import Services
from api.tickets.models import Ticket, TicketAudit
from api.webhooks.events import tell

Via = Literal["api", "link", "ticket", "command"]


def raise_alert(session: Session, services: Services, ticket: Ticket) -> Alert:
    """Alert the first level, in the transaction that opens (or reopens) the ticket. An open alert stays as it is."""
    now = utc_now()
    alert = session.scalar(select(Alert).where(Alert.ticket_id == ticket.id).with_for_update())
    if alert is not None and alert.state == "open":
        return alert
    join_group(session, services.settings, ticket)
    if alert is None:
        alert = Alert(ticket_id=ticket.id, round=0)
        session.add(alert)
    alert.state, alert.level, alert.raised_at, alert.level_since = "open", 0, now, now
    alert.closed_at = alert.closed_by = alert.closed_via = alert.staff_id = None
    alert.round += 1
    alert.first_round = alert.round
    alert.next_at = _next_at(services, alert, now)
    session.flush()
    _record(session, EventType.ALERT_RAISED, ticket, level=0)
    tell_round(session, services, alert, ticket)
    tell(session, "alert.raised", alert_data(session, services.settings, alert, ticket))
    return alert


def advance(session: Session, services: Services, alert_id: int, now: dt.datetime) -> bool:
    """Tell an open alert that is due again, the next level included once its time has come.

    False where nothing is due, or another process is at it.
    """
    ticket_id = session.scalar(select(Alert.ticket_id).where(Alert.id == alert_id))
    ticket = session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update(skip_locked=True))
    if ticket is None:
        return False
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None or alert.state != "open" or alert.next_at is None or alert.next_at > now:
        return False
    escalates = alert.level < highest_level(services.settings) and _escalates_at(services, alert) <= now
    if escalates:
        _write_audit(session, ticket, None, "alert_level", alert.level, alert.level + 1)
        alert.level, alert.level_since = alert.level + 1, now
        _record(session, EventType.ALERT_ESCALATED, ticket, level=alert.level)
    alert.round += 1
    alert.next_at = _next_at(services, alert, now)
    tell_round(session, services, alert, ticket)
    if escalates:
        tell(session, "alert.escalated", alert_data(session, services.settings, alert, ticket))
    return True


def acknowledge(
    session: Session, services: Services, alert: Alert, *, by: str, via: Via, staff_id: int | None = None
) -> bool:
    """Somebody takes care of it: nobody is told any more. Acknowledged before, it stays as it was (False)."""
    return _close(session, services, alert, "acknowledged", by=by, via=via, staff_id=staff_id)


def end(session: Session, services: Services, alert: Alert, *, by: str) -> bool:
    """The ticket is done without staff: its customer says that all is well again, say."""
    return _close(session, services, alert, "ended", by=by, via="ticket", staff_id=None)


def alert_by_id(session: Session, alert_id: int) -> Alert:
    """Raises `NotFound`."""
    alert = session.get(Alert, alert_id) if 0 < alert_id < 2**31 else None
    if alert is None:
        raise NotFound(f"There is no alert {alert_id}.")
    return alert


def _close(
    session: Session, services: Services, alert: Alert, state: str, *, by: str, via: Via, staff_id: int | None
) -> bool:
    ticket = session.get_one(Ticket, alert.ticket_id, with_for_update=True)
    session.refresh(alert, with_for_update=True)
    if alert.state != "open":
        return False
    now = utc_now()
    alert.state, alert.next_at, alert.closed_at = state, None, now
    alert.closed_by, alert.closed_via, alert.staff_id = by[:254], via, staff_id
    session.execute(
        update(AlertAttempt)
        .where(AlertAttempt.alert_id == alert.id, AlertAttempt.status == "pending")
        .values(status="cancelled", finished_at=now)
    )
    mails = select(AlertAttempt.mail_id).where(AlertAttempt.alert_id == alert.id, AlertAttempt.mail_id.is_not(None))
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.id.in_(mails), OutboxMail.status == "pending")
        .values(status="failed", last_error="no longer needed: the alert was acknowledged first")
    )
    _write_audit(session, ticket, staff_id, "alert", "open", state, by=by, acknowledged_via=via)
    seconds = round((now - alert.raised_at).total_seconds())
    _record(session, EventType.ALERT_ACKNOWLEDGED, ticket, via=via, state=state, seconds=seconds)
    told = {**alert_data(session, services.settings, alert, ticket), "by": by, "via": via, "seconds": seconds}
    tell(session, "alert.acknowledged", told)
    session.flush()
    return True


def _next_at(services: Services, alert: Alert, now: dt.datetime) -> dt.datetime:
    again = now + dt.timedelta(seconds=services.settings.alerts.repeat)
    if alert.level < highest_level(services.settings):
        return min(again, _escalates_at(services, alert))
    return again


def _escalates_at(services: Services, alert: Alert) -> dt.datetime:
    return alert.level_since + dt.timedelta(seconds=services.settings.alerts.escalate_after)


def _write_audit(
    session: Session, ticket: Ticket, staff_id: int | None, name: str, old: Any, new: Any, **more: Any
) -> None:
    # Not through `TicketChange`: the ticket itself does not change, and its `updated_at` guards agents' edits.
    change = {"type": "Change", "field_name": name, "value": new, "previous_value": old, **more}
    via = "api" if staff_id is not None else "system"
    session.add(TicketAudit(ticket_id=ticket.id, staff_id=staff_id, via=via, events=[change]))


def _record(session: Session, type_: EventType, ticket: Ticket, **data: Any) -> None:
    record(session, type_, conversation_id=ticket.conversation_id, ticket_id=ticket.id, **data)
