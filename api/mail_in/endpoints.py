"""Mail that waits for staff, as Zendesk's suspended tickets: looked at, opened as a ticket, or thrown away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.chat.models import Attachment
from api.errors import NotFound
from api.files.storing import FileStore
from api.identity.principal import Principal, require_role
from api.mail_in.models import InboundMail
from api.mail_in.writing import recover
from api.services import Services, services
from api.tickets.shapes import ticket_shape

router = APIRouter(prefix="/api/v2", tags=["mail"])

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
Endpoint = Callable[..., Any]
_CAUSES = {
    "unknown_sender": "Unknown sender",
    "not_authentic": "Failed authentication",
    "too_many": "Too many messages from this sender",
}


def _route(method: str, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
    def register(endpoint: Endpoint) -> Endpoint:
        router.add_api_route(f"{path}.json", endpoint, methods=[method], include_in_schema=False, **options)
        router.add_api_route(path, endpoint, methods=[method], **options)
        return endpoint

    return register


@_route("GET", "/suspended_tickets")
async def list_suspended(
    principal: AsAgent, copilot: Copilot, per_page: Annotated[int, Query(ge=1, le=100)] = 100
) -> dict[str, Any]:
    """The newest mails that wait, newest first, and how many there are."""

    def read(session: Session) -> dict[str, Any]:
        waiting = InboundMail.outcome == "quarantined"
        rows = session.scalars(select(InboundMail).where(waiting).order_by(InboundMail.id.desc()).limit(per_page)).all()
        count = session.scalar(select(func.count()).select_from(InboundMail).where(waiting))
        return {
            "suspended_tickets": [_shape(each, copilot) for each in rows],
            "count": count,
            "next_page": None,
            "previous_page": None,
        }

    return await copilot.database.reading(read)


@_route("GET", "/suspended_tickets/{mail_id}")
async def show_suspended(mail_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """One mail that waits."""
    return await copilot.database.reading(
        lambda session: {"suspended_ticket": _shape(_waiting(session, mail_id), copilot)}
    )


@_route("PUT", "/suspended_tickets/{mail_id}/recover")
async def recover_suspended(mail_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Open it as a ticket of its sender, who gets the confirmation."""

    def work(session: Session) -> dict[str, Any]:
        row = _waiting(session, mail_id, lock=True)
        ticket = recover(session, copilot, row)
        return {"ticket": [ticket_shape(ticket, copilot.settings)]}

    return await copilot.database.writing(work)


@_route("DELETE", "/suspended_tickets/{mail_id}", status_code=204)
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
        "cause": _CAUSES.get(row.reason or "", row.reason),
        "message_id": row.message_id,
        "ticket_id": row.ticket_id,
        "recipient": row.recipient,
        "via": {"channel": "email", "source": {"from": {"address": row.sender}, "to": {}, "rel": None}},
        "attachments": row.files,
        "created_at": row.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": row.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
