"""Which tickets wait, sorted into queues, and how many are in each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.desk.schemas import QueueCounts
from api.desk.waiting_mail import waiting_mails
from api.identity.models import Customer, StaffUser
from api.tickets import repository
from api.tickets.models import QUEUED, Ticket
from api.tickets.shapes import OPEN_STATUSES, customer_user_id, sla_shape, staff_user_id

Holder = Literal["mine", "unassigned", "all"]
# A target that is warned of, or missed.
Clock = Literal["near", "missed"]
CLOCKS: tuple[Clock, ...] = ("near", "missed")

SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Ticket.id,
    "created_at": Ticket.created_at,
    "updated_at": Ticket.updated_at,
}


@dataclass(frozen=True)
class QueueFilter:
    """What a queue holds. `statuses` empty: every ticket that is not solved."""

    holder: Holder = "all"
    statuses: list[str] = field(default_factory=list)
    priorities: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    sla: Clock | None = None


def queued(wanted: QueueFilter, staff_id: int | None) -> Select[Ticket]:
    """The tickets of a queue, as this member of staff sees it."""
    query = repository.tickets().where(Ticket.status.in_(wanted.statuses or sorted(OPEN_STATUSES)))
    if wanted.holder == "mine":
        query = query.where(Ticket.assignee_id == staff_id)
    elif wanted.holder == "unassigned":
        query = query.where(Ticket.assignee_id.is_(None))
    for column, values in (
        (Ticket.priority, wanted.priorities),
        (Ticket.category, wanted.categories),
        (Ticket.language, wanted.languages),
    ):
        if values:
            query = query.where(column.in_(values))
    return query if wanted.sla is None else query.where(_late(wanted.sla))


def counts(session: Session, staff_id: int | None) -> QueueCounts:
    """How many tickets wait, in one walk over those that are not solved."""
    waiting = repository.tickets().where(text(QUEUED)).order_by(None)
    grouped = (Ticket.status, Ticket.priority, Ticket.category, Ticket.language, Ticket.assignee_id)
    late = [func.count(case((_late(each), 1))) for each in CLOCKS]
    rows = session.execute(waiting.with_only_columns(*grouped, func.count(), *late).group_by(*grouped)).all()
    found = QueueCounts(
        all=0, mine=0, unassigned=0, near=0, missed=0, mails=0, status={}, priority={}, category={}, language={}
    )
    for status, priority, category, language, assignee_id, count, near, missed in rows:
        found.all += count
        found.near += near
        found.missed += missed
        found.mine += count if staff_id is not None and assignee_id == staff_id else 0
        found.unassigned += count if assignee_id is None else 0
        for sums, value in (
            (found.status, status),
            (found.priority, priority),
            (found.category, category),
            (found.language, language),
        ):
            if value:
                sums[value] = sums.get(value, 0) + count
    found.mails = waiting_mails(session)
    return found


def rows(session: Session, tickets: list[Ticket]) -> list[dict[str, Any]]:
    """What a queue shows of its tickets."""
    customers = _named(session, Customer, {each.requester_id for each in tickets})
    staff = _named(session, StaffUser, {each.assignee_id for each in tickets})
    return [_row(each, customers.get(each.requester_id or 0), staff.get(each.assignee_id or 0)) for each in tickets]


def _late(clock: Clock) -> ColumnElement[bool]:
    missed = or_(
        and_(Ticket.first_response_breached_at.is_not(None), Ticket.first_response_at.is_(None)),
        Ticket.resolution_breached_at.is_not(None),
    )
    if clock == "missed":
        return missed
    warned = or_(
        and_(Ticket.first_response_warned_at.is_not(None), Ticket.first_response_at.is_(None)),
        Ticket.resolution_warned_at.is_not(None),
    )
    return and_(warned, not_(missed))


def _row(ticket: Ticket, requester: Customer | None, assignee: StaffUser | None) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category,
        "subcategory": ticket.subcategory,
        "support_type": ticket.support_type,
        "language": ticket.language,
        "team": ticket.team,
        "via": ticket.via,
        "account_id": ticket.account_id,
        "created_at": _time(ticket.created_at),
        "updated_at": _time(ticket.updated_at),
        "sla": sla_shape(ticket),
        "requester": {
            "id": customer_user_id(requester.id),
            "name": requester.name or requester.mail_address or "",
            "email": requester.mail_address,
        }
        if requester is not None
        else None,
        "assignee": {"id": staff_user_id(assignee.id), "name": assignee.name or assignee.email}
        if assignee is not None
        else None,
    }


def _named(session: Session, table: Any, ids: set[int | None]) -> dict[int, Any]:
    wanted = [each for each in ids if each is not None]
    return {each.id: each for each in session.scalars(select(table).where(table.id.in_(wanted)))} if wanted else {}


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
