"""What happens on tickets, as server-sent events: for the desk every ticket's, for the portal the customer's own one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic_core import to_json
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.chat.endpoints import HEARTBEAT_SECONDS
from api.errors import CopilotError
from api.services import Services
from api.tickets.models import Ticket, TicketAudit

# So many at once; a desk that was away for longer reads its queue again anyway.
MOST = 200


def last_audit(session: Session) -> int:
    """The newest act on any ticket."""
    return session.scalar(select(func.max(TicketAudit.id))) or 0


def events_after(
    session: Session, seen: int, which: ColumnElement[bool] | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Acts behind `seen`, oldest first, on tickets of a kind (`which`): the audit's id, and which ticket it is of."""
    query = select(TicketAudit.id, TicketAudit.ticket_id).where(TicketAudit.id > seen)
    if which is not None:
        query = query.join(Ticket, Ticket.id == TicketAudit.ticket_id).where(which)
    found = session.execute(query.order_by(TicketAudit.id).limit(MOST))
    return [(audit, {"audit_id": audit, "ticket_id": ticket}) for audit, ticket in found]


def event_stream(
    copilot: Services,
    request: Request,
    topics: Sequence[str],
    seen: int,
    which: ColumnElement[bool] | None,
    still_allowed: Callable[[], object],
) -> StreamingResponse:
    """One `ticket` event an act. Ends when whoever listens may no longer (`still_allowed` raises), asked every quarter of a
    minute. No database connection is held between two events."""
    return StreamingResponse(
        _events(copilot, request, topics, seen, which, still_allowed),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    copilot: Services,
    request: Request,
    topics: Sequence[str],
    seen: int,
    which: ColumnElement[bool] | None,
    still_allowed: Callable[[], object],
) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=2000)
    told: set[int] = set()
    begin = seen
    with copilot.streams.subscribe(*topics) as news:
        while not request.app.state.stopping:
            news.clear()
            # An id is given out before its commit: those shortly before the last one are looked at again.
            since = max(begin, seen - MOST // 2)
            for audit, what in await copilot.database.reading(lambda session: events_after(session, since, which)):  # noqa: B023
                if audit in told:
                    continue
                told.add(audit)
                seen = max(seen, audit)
                yield format_sse_event(data_str=to_json(what).decode(), event="ticket", id=str(seen))
            told = {each for each in told if each > seen - MOST}
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                try:
                    await asyncio.to_thread(still_allowed)
                except CopilotError:
                    return
                yield format_sse_event(comment="still here")
