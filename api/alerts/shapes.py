"""An alert as staff see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.alerts.contacts import shown_contact
from api.alerts.grouping import group_of
from api.alerts.models import Alert, AlertAttempt
from api.alerts.schemas import AlertOut, AttemptOut, OutageOut
from api.notifications.models import OutboxMail
from api.tickets.models import Ticket

# The last ones of an alert that nobody heard for days.
_MOST_ATTEMPTS = 500

SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": Alert.id, "raised_at": Alert.raised_at}


def alert_out(session: Session, alert: Alert) -> AlertOut:
    group = group_of(session, session.get_one(Ticket, alert.ticket_id))
    return AlertOut(
        id=alert.id,
        ticket_id=alert.ticket_id,
        state=alert.state,
        level=alert.level,
        round=alert.round,
        raised_at=alert.raised_at,
        next_at=alert.next_at,
        acknowledged_at=alert.closed_at,
        acknowledged_by=alert.closed_by,
        acknowledged_via=alert.closed_via,
        outage=OutageOut(group_id=group.id, tickets=group.tickets, accounts=group.accounts),
        attempts=_attempts(session, alert.id),
    )


def alerts_query(*, state: str | None, ticket_id: int | None = None) -> Select[Alert]:
    """In this state, of this ticket; all where neither is given."""
    query = select(Alert)
    if state is not None:
        query = query.where(Alert.state == state)
    return query if ticket_id is None else query.where(Alert.ticket_id == ticket_id)


def list_alerts(session: Session, *, state: str | None, limit: int) -> list[Alert]:
    """Newest first."""
    newest = alerts_query(state=state).order_by(Alert.raised_at.desc(), Alert.id.desc())
    return list(session.scalars(newest.limit(limit)))


def _attempts(session: Session, alert_id: int) -> list[AttemptOut]:
    rows = session.execute(
        select(AlertAttempt, OutboxMail)
        .outerjoin(OutboxMail, OutboxMail.id == AlertAttempt.mail_id)
        .where(AlertAttempt.alert_id == alert_id)
        .order_by(AlertAttempt.id.desc())
        .limit(_MOST_ATTEMPTS)
    ).all()
    return [_attempt(attempt, mail) for attempt, mail in reversed(rows)]


def _attempt(attempt: AlertAttempt, mail: OutboxMail | None) -> AttemptOut:
    by_mail = attempt.channel == "mail"
    return AttemptOut(
        id=attempt.id,
        round=attempt.round,
        level=attempt.level,
        try_number=attempt.try_number,
        channel=attempt.channel,
        contact=shown_contact(attempt.channel, attempt.contact),
        # An old mail may have been cleared away.
        result=(mail.status if mail is not None else "unknown") if by_mail else attempt.status,
        http_status=attempt.http_status,
        error=mail.last_error if mail is not None else attempt.error,
        milliseconds=attempt.milliseconds,
        at=attempt.created_at,
        finished_at=mail.sent_at if mail is not None else attempt.finished_at,
    )
