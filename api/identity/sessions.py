"""The sign-ins of one person: listed, and ended one by one or all at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import NotFound
from api.identity.accounts import SignedIn, begin_staff_session
from api.identity.models import SignInSession, StaffUser
from api.identity.principal import Principal


@dataclass(frozen=True)
class OwnSession:
    """A sign-in as its owner sees it. `current`: the one that asks."""

    id: int
    device: str
    via: str
    created_at: dt.datetime
    last_used_at: dt.datetime
    expires_at: dt.datetime
    current: bool


def own_sessions(session: Session, principal: Principal) -> list[OwnSession]:
    """Every sign-in of this person that is not over, the one used last first."""
    query = select(SignInSession).where(_own(principal), SignInSession.expires_at > utc_now())
    found = [
        OwnSession(
            id=row.id,
            device=row.device,
            via=row.via,
            created_at=row.signed_in_at or row.created_at,
            last_used_at=row.last_used_at or row.created_at,
            expires_at=row.expires_at,
            current=row.id == principal.session_id,
        )
        for row in session.scalars(query)
    ]
    return sorted(found, key=lambda each: (each.current, each.last_used_at), reverse=True)


def end_own_session(session: Session, principal: Principal, session_id: int) -> None:
    """End one of this person's sign-ins. Raises `NotFound` for one of somebody else as for one that is not there."""
    query = select(SignInSession).where(_own(principal), SignInSession.id == session_id)
    row = session.scalar(query)
    if row is None:
        raise NotFound("There is no such sign-in of yours: it may be over already.")
    session.delete(row)


def end_staff_sessions(session: Session, staff_id: int) -> None:
    """Sign a member of staff out everywhere."""
    session.execute(delete(SignInSession).where(SignInSession.staff_id == staff_id))


def change_staff_password(session: Session, staff_id: int, password_hash: str, *, device: str = "") -> SignedIn:
    """Another password for a member of staff: every session ends, and one begins."""
    user = session.get_one(StaffUser, staff_id)
    user.password_hash = password_hash
    end_staff_sessions(session, staff_id)
    return begin_staff_session(session, user, device=device)


def _own(principal: Principal) -> ColumnElement[bool]:
    if principal.staff_id is not None:
        return SignInSession.staff_id == principal.staff_id
    return SignInSession.customer_id == principal.customer_id
