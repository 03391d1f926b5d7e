"""Outages that several accounts report belong together for whoever reads; each of them alerts all the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.alerts.models import Alert
from api.database import utc_now
from api.settings import Settings
from api.tickets.models import Ticket

# Any number, the same in every process: who opens an outage on PostgreSQL waits here for who opens another.
_LOCK = 728_113_001
_DONE = ("solved", "closed")


@dataclass(frozen=True)
class OutageGroup:
    """`id` is the number of the first ticket. `accounts` counts accounts; who has none counts as one of their own."""

    id: int
    tickets: int
    accounts: int


def join_group(session: Session, settings: Settings, ticket: Ticket) -> int:
    """Put the ticket into the group of the outage that is going on, or begin one. Returns the group's id."""
    if ticket.outage_group_id is not None:
        return ticket.outage_group_id
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    since = utc_now() - dt.timedelta(seconds=settings.alerts.group_within)
    found = session.scalar(
        select(Ticket.outage_group_id)
        .join(Alert, Alert.ticket_id == Ticket.id)
        .where(
            Ticket.outage_group_id.is_not(None),
            Ticket.id != ticket.id,
            Ticket.status.not_in(_DONE),
            Alert.raised_at >= since,
        )
        .order_by(Alert.id.desc())
        .limit(1)
    )
    group_id = found or ticket.id
    ticket.outage_group_id = group_id
    session.flush()
    return group_id


def group_of(session: Session, ticket: Ticket) -> OutageGroup:
    """The group of a ticket that alerts, with the tickets of it that are done."""
    group_id = ticket.outage_group_id or ticket.id
    rows = session.execute(
        select(Ticket.account_id, Ticket.requester_id, Ticket.id).where(Ticket.outage_group_id == group_id)
    ).all()
    accounts = {
        ("account", account) if account else ("customer", customer) if customer else ("ticket", number)
        for account, customer, number in rows
    }
    return OutageGroup(group_id, max(len(rows), 1), max(len(accounts), 1))


def open_alerts_of(session: Session, group_id: int) -> list[Alert]:
    """The alerts of a group that nobody has acknowledged, oldest first."""
    query = select(Alert).join(Ticket, Ticket.id == Alert.ticket_id).where(Ticket.outage_group_id == group_id)
    return list(session.scalars(query.where(Alert.state == "open").order_by(Alert.id)))
