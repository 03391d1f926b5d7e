"""Showing what was said on a ticket, with the files and the people that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api.services import Services
from api.settings import Settings
from api.tickets import repository
from api.tickets.models import Ticket, TicketComment
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.routing import shown
from api.tickets.shapes import comment_shape, customer_shape, staff_shape


def comment_shapes(
    session: Session, settings: Settings, ticket: Ticket, comments: Sequence[TicketComment]
) -> list[dict[str, Any]]:
    """Comments with their files; what came with no comment of its own came with the description."""
    first = repository.first_comment_id(session, ticket.id)
    files = repository.attachments(session, ticket.id)
    return [
        comment_shape(each, settings, [file for file in files if (file.comment_id or first) == each.id])
        for each in comments
    ]


async def comment_page(
    request: Request, copilot: Services, find: Callable[[Session], Ticket], *, public_only: bool, people: bool
) -> JSONResponse:
    """One page of a ticket's comments; `people`: with those who wrote them, under ``users``."""
    page_request = read_page_request(request, tuple(repository.COMMENT_SORTS))

    def read(session: Session) -> dict[str, Any]:
        ticket = find(session)
        page = fetch_page(
            session,
            repository.comments(ticket.id, public_only=public_only),
            page_request,
            request,
            repository.COMMENT_SORTS,
            public_url=copilot.settings.public_url,
        )
        body = {"comments": comment_shapes(session, copilot.settings, ticket, page.items), **page.extra}
        if people:
            customers, staff = repository.people(session, page.items)
            body["users"] = [
                *(customer_shape(each, copilot.settings) for each in customers),
                *(staff_shape(each, copilot.settings) for each in staff),
            ]
        return body

    return await shown(copilot, read)
