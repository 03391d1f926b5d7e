"""Mail that waits for staff, as Zendesk's suspended tickets: looked at, opened as a ticket, or thrown away."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.chat.models import Attachment
from api.errors import NotFound
from api.files.storing import FileStore
from api.mail_in.models import InboundMail
from api.mail_in.schemas import OneSuspended, RecoveredOut, SuspendedPage
from api.mail_in.writing import recover
from api.services import Services
from api.tickets.routing import AsAgent, Copilot, listed, route
from api.tickets.shapes import ticket_shape

router = APIRouter(prefix="/api/v2", tags=["mail"])

_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": InboundMail.id, "created_at": InboundMail.created_at}
_CAUSES = {
    "unknown_sender": "Unknown sender",
    "not_authentic": "Failed authentication",
    "too_many": "Too many messages from this sender",
}


@route(router, "GET", "/suspended_tickets", returns=SuspendedPage, paged=True)
async def list_suspended(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Mails that wait, newest first."""
    return await listed(
        request,
        copilot,
        select(InboundMail).where(InboundMail.outcome == "quarantined"),
        "suspended_tickets",
        lambda each: _shape(each, copilot),
        _SORTS,
        newest_first=True,
    )


@route(router, "GET", "/suspended_tickets/{mail_id:id}", returns=OneSuspended)
async def show_suspended(mail_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """One mail that waits."""
    return await copilot.database.reading(
        lambda session: {"suspended_ticket": _shape(_waiting(session, mail_id), copilot)}
    )


@route(router, "PUT", "/suspended_tickets/{mail_id:id}/recover", returns=RecoveredOut)
async def recover_suspended(mail_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Open it as a ticket of its sender, who gets the confirmation."""

    def work(session: Session) -> dict[str, Any]:
        row = _waiting(session, mail_id, lock=True)
        ticket = recover(session, copilot, row)
        return {"ticket": [ticket_shape(ticket, copilot.settings, copilot.catalog)]}

    return await copilot.database.writing(work)


@route(router, "DELETE", "/suspended_tickets/{mail_id:id}", returns=None, status_code=204)
async def discard_suspended(mail_id: int, principal: AsAgent, copilot: Copilot) -> Response:
    """Throw it away: its words and its files go, that it came stays in the record."""

    def work(session: Session) -> list[str]:
        row = _waiting(session, mail_id, lock=True)
        files = list(row.files)
        for file_id in files:
            file = session.get(Attachment, file_id)
            if file is not None:
                session.delete(file)
        row.outcome, row.text, row.subject, row.files = "discarded", "", "", []
        return files

    for file_id in await copilot.database.writing(work):
        FileStore(copilot.settings.var).remove(file_id)
    return Response(status_code=204)


def _waiting(session: Session, mail_id: int, *, lock: bool = False) -> InboundMail:
    query = select(InboundMail).where(InboundMail.id == mail_id, InboundMail.outcome == "quarantined")
    found = session.scalar(query.with_for_update() if lock else query) if 0 < mail_id < 2**31 else None
    if found is None:
        raise NotFound(f"No mail {mail_id} waits.")
    return found


def _shape(row: InboundMail, copilot: Services) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": f"{copilot.settings.public_url}/api/v2/suspended_tickets/{row.id}.json",
        "author": {"id": None, "name": row.sender_name, "email": row.sender},
        "subject": row.subject,
        "content": row.text,
        "reason": row.reason,
        "cause": _CAUSES.get(row.reason or "", row.reason),
        "message_id": row.message_id,
        "ticket_id": row.ticket_id,
        "recipient": row.recipient,
        "via": {"channel": "email", "source": {"from": {"address": row.sender}, "to": {}, "rel": None}},
        "attachments": row.files,
        "created_at": row.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": row.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
