"""The audit log over HTTP, for admins."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.identity.principal import Principal, require_role
from api.privacy.auditing import MOST, search
from api.services import Services, services

router = APIRouter()

Copilot = Annotated[Services, Depends(services)]
AsAdmin = Annotated[Principal, Depends(require_role("admin"))]


class AuditEntryOut(BaseModel):
    """One thing that somebody of staff saw or changed."""

    id: int
    at: dt.datetime
    what: str
    staff_id: int | None
    by: str
    subject: str
    data: dict[str, Any]


class AuditOut(BaseModel):
    """`before`: what to ask for the next page with; null where this is the last."""

    entries: list[AuditEntryOut]
    before: int | None


@router.get("/audit")
async def read_audit_log(
    _: AsAdmin,
    copilot: Copilot,
    q: Annotated[str, Query(max_length=254, description="Part of an address of staff, or of a subject.")] = "",
    what: Annotated[str, Query(max_length=32)] = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> AuditOut:
    """Who saw or changed what, newest first. For admins."""
    moments = [each.replace(tzinfo=each.tzinfo or dt.UTC) if each else None for each in (since, until)]
    rows = await copilot.database.reading(
        lambda session: search(
            session, text=q, what=what, since=moments[0], until=moments[1], before=before, limit=limit
        )
    )
    last = rows[-1].id if len(rows) == limit else None
    return AuditOut(entries=[AuditEntryOut.model_validate(vars(each)) for each in rows], before=last)
