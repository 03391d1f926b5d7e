"""The audit log: written, searched, and let go of when it is old.

Sign-ins, tokens, accounts and what leads decide are entered by the database itself (migration `audit`); what somebody looked
at, exported or erased by the functions here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from api.database import Database, utc_now
from api.identity.principal import Principal
from api.privacy.models import AuditEntry, AuditGate

WHATS = (
    "signed_in", "token_made", "token_revoked", "account_made", "account_changed",
    "threshold", "review", "pin", "unpin", "block", "unblock", "value", "baseline",
    "ticket_seen", "transcript_seen", "figures_exported", "person_exported", "person_erased",
)  # fmt: skip
# Whoever reads a page that refreshes itself has seen it once.
SAME_LOOK = dt.timedelta(minutes=10)
MOST = 200


@dataclass(frozen=True)
class AuditRow:
    """`by`: an address of staff, or `command line`."""

    id: int
    at: dt.datetime
    what: str
    staff_id: int | None
    by: str
    subject: str
    data: dict[str, Any]


def enter(session: Session, what: str, principal: Principal | None, subject: str = "", **data: Any) -> None:
    """Append an entry within the caller's transaction. `principal`: None for the command line."""
    by = "command line" if principal is None else principal.email or ""
    staff_id = None if principal is None else principal.staff_id
    session.add(AuditEntry(what=what, staff_id=staff_id, by=by, subject=subject, data=data))


async def seen(database: Database, what: str, principal: Principal, subject: str) -> None:
    """Enter that somebody of staff looked at something; once where they look again within minutes."""

    def known(session: Session) -> bool:
        query = select(AuditEntry.id).where(
            AuditEntry.subject == subject,
            AuditEntry.what == what,
            AuditEntry.staff_id == principal.staff_id,
            AuditEntry.at > utc_now() - SAME_LOOK,
        )
        return session.scalar(query.limit(1)) is not None

    if not await database.reading(known):
        await database.writing(lambda session: enter(session, what, principal, subject))


def search(
    session: Session,
    *,
    text: str = "",
    what: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditRow]:
    """Entries, newest first. `text`: part of an address or of a subject; `before`: older than that entry (a page's last)."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(limit, MOST))
    if text:
        like = [each.contains(text.lower(), autoescape=True) for each in (AuditEntry.by, AuditEntry.subject)]
        query = query.where(or_(*like))
    if what:
        query = query.where(AuditEntry.what == what)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [
        AuditRow(each.id, each.at, each.what, each.staff_id, each.by, each.subject, each.data)
        for each in session.scalars(query)
    ]


def forget(session: Session, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` entries older than that, the only way in which any is deleted. How many there were."""
    ids = session.scalars(select(AuditEntry.id).where(AuditEntry.at < before).limit(limit)).all()
    if ids:
        session.execute(insert(AuditGate).values(before=before))
        session.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
        session.execute(delete(AuditGate))
    return len(ids)
