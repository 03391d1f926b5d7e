"""Reading notices."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.identity.models import StaffUser
from api.notices.models import NoticeSubscription, ServiceNotice

# Beyond it no notice can be, and PostgreSQL would answer with an error of its own.
_LARGEST_ID = 2**31 - 1


def notice_by_id(session: Session, notice_id: int, *, lock: bool = False) -> ServiceNotice:
    """The notice. Raises `NotFound` (``notice_not_found``). `lock`: nobody else changes it until this transaction ends."""
    found = None
    if 0 < notice_id <= _LARGEST_ID:
        query = select(ServiceNotice).where(ServiceNotice.id == notice_id)
        found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(f"There is no notice {notice_id}.", code="notice_not_found")
    return found


def current_notices(session: Session, now: dt.datetime) -> list[ServiceNotice]:
    """What is not over yet, what is to come included, newest first."""
    query = (
        select(ServiceNotice)
        .where(
            ServiceNotice.state != "resolved",
            or_(
                ServiceNotice.kind != "maintenance",
                ServiceNotice.planned_until.is_(None),
                ServiceNotice.planned_until > now,
            ),
        )
        .order_by(ServiceNotice.id.desc())
    )
    return list(session.scalars(query))


def all_notices(session: Session, *, state: str | None = None, limit: int = 100) -> list[ServiceNotice]:
    """Newest first; of one state where given."""
    query = select(ServiceNotice).order_by(ServiceNotice.id.desc()).limit(limit)
    if state is not None:
        query = query.where(ServiceNotice.state == state)
    return list(session.scalars(query))


def subscribers(session: Session, notice_id: int) -> list[NoticeSubscription]:
    """Who is mailed."""
    query = (
        select(NoticeSubscription)
        .where(NoticeSubscription.notice_id == notice_id, NoticeSubscription.ended_at.is_(None))
        .order_by(NoticeSubscription.id)
    )
    return list(session.scalars(query))


def subscriber_counts(session: Session, notice_ids: list[int]) -> dict[int, int]:
    """How many are mailed, by notice; without those that nobody follows."""
    query = (
        select(NoticeSubscription.notice_id, func.count())
        .where(NoticeSubscription.notice_id.in_(notice_ids), NoticeSubscription.ended_at.is_(None))
        .group_by(NoticeSubscription.notice_id)
    )
    return {notice_id: count for notice_id, count in session.execute(query)}


def authors(session: Session, notices: list[ServiceNotice]) -> dict[int, str]:
    """The addresses of those who wrote the notices and their updates, by staff id."""
    ids = {each.created_by for each in notices} | {update.staff_id for each in notices for update in each.updates}
    query = select(StaffUser.id, StaffUser.email).where(StaffUser.id.in_([each for each in ids if each is not None]))
    return {staff_id: email for staff_id, email in session.execute(query)}
