"""Comments on tickets, as staff read and mend them; tags, people and relations of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.identity.principal import Principal
from api.services import Services
from api.tickets import repository
from api.tickets.changing import TicketChange, check_open
from api.tickets.comments import comment_page, comment_shapes
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.idempotency import Answer
from api.tickets.models import Ticket, TicketComment
from api.tickets.responses import (
    CommentPage,
    OneComment,
    OneCount,
    RelatedOut,
    TagList,
    TicketPage,
    UserPage,
)
from api.tickets.routing import (
    LARGEST_ID,
    AsAgent,
    Copilot,
    IdempotencyHeader,
    answered,
    listed,
    many,
    route,
    said,
    shown,
)
from api.tickets.schemas import RedactIn, TagsIn
from api.tickets.shapes import customer_user_id, ticket_shape
from api.tickets.sideloads import users_of

router = APIRouter()

BLOCK = "▇"


@route(router, "GET", "/tickets/{ticket_id:id}/comments", returns=CommentPage, paged=True)
async def list_ticket_comments(
    ticket_id: int, request: Request, principal: AsAgent, copilot: Copilot, include: str | None = None
) -> JSONResponse:
    """What was said on a ticket, internal notes included. ``include=users``: with those who said it."""
    people = "users" in (include or "").split(",")
    return await comment_page(
        request,
        copilot,
        lambda session: repository.ticket_by_id(session, ticket_id),
        public_only=False,
        people=people,
    )


@route(router, "GET", "/tickets/{ticket_id:id}/comments/count", returns=OneCount)
async def count_ticket_comments(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """How many comments a ticket has, internal notes included."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        return {"count": repository.counted(session, repository.comments(ticket.id, public_only=False))}

    return await shown(copilot, read)


@route(router, "PUT", "/tickets/{ticket_id:id}/comments/{comment_id:id}/make_private", returns=None)
async def make_comment_private(
    ticket_id: int,
    comment_id: int,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Turn a public comment into an internal note. The description, which the customer wrote, stays public."""

    def work(session: Session) -> Answer:
        ticket, comment = _comment(session, ticket_id, comment_id)
        if comment.id == repository.first_comment_id(session, ticket.id):
            raise TicketRejected(
                [FieldProblem("comment", "InvalidValue", "Comment: the description cannot be made private")]
            )
        change = TicketChange(session, copilot, ticket, principal, "api")
        if comment.public:
            comment.public = False
            change.events.append({"type": "CommentPrivacyChange", "comment_id": comment.id, "public": False})
        change.finish()
        return said({})

    return await answered(copilot, principal, request, idempotency_key, None, work)


@route(router, "PUT", "/tickets/{ticket_id:id}/comments/{comment_id:id}/redact", returns=OneComment)
async def redact_comment(
    ticket_id: int,
    comment_id: int,
    body: RedactIn,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Blot words out of a comment for good, wherever its text is kept."""

    def work(session: Session) -> Answer:
        ticket, comment = _comment(session, ticket_id, comment_id)
        if body.text not in comment.body:
            raise TicketRejected([FieldProblem("text", "InvalidValue", "Text: does not stand in this comment")])
        blot = BLOCK * len(body.text)
        comment.body = comment.body.replace(body.text, blot)
        ticket.description = ticket.description.replace(body.text, blot)
        for audit in session.scalars(repository.audits(ticket.id)):
            audit.events = [
                {**event, "body": event["body"].replace(body.text, blot)} if "body" in event else event
                for event in audit.events
            ]
        change = TicketChange(session, copilot, ticket, principal, "api")
        change.events.append({"type": "CommentRedactionEvent", "comment_id": comment.id})
        change.finish()
        return said({"comment": comment_shapes(session, copilot.settings, ticket, [comment])[0]})

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "GET", "/tickets/{ticket_id:id}/tags", returns=TagList)
async def list_ticket_tags(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The tags of a ticket."""
    return await shown(copilot, lambda session: {"tags": list(repository.ticket_by_id(session, ticket_id).tags)})


@route(router, "POST", "/tickets/{ticket_id:id}/tags", returns=TagList, status_code=201)
async def set_ticket_tags(
    ticket_id: int,
    body: TagsIn,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Give a ticket exactly these tags."""
    work = _tagging(copilot, principal, ticket_id, lambda _: body.tags, 201)
    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "PUT", "/tickets/{ticket_id:id}/tags", returns=TagList)
async def add_ticket_tags(
    ticket_id: int,
    body: TagsIn,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Add tags to those that a ticket has."""
    work = _tagging(copilot, principal, ticket_id, lambda before: [*before, *body.tags])
    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "DELETE", "/tickets/{ticket_id:id}/tags", returns=TagList)
async def remove_ticket_tags(
    ticket_id: int, body: TagsIn, request: Request, principal: AsAgent, copilot: Copilot
) -> Response:
    """Take tags from a ticket."""
    work = _tagging(copilot, principal, ticket_id, lambda before: [each for each in before if each not in body.tags])
    return await answered(copilot, principal, request, None, None, work)


@route(router, "GET", "/tickets/{ticket_id:id}/related", returns=RelatedOut)
async def show_related(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """What a ticket has to do with others: what it follows, how many incidents it is the problem of."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        incidents = repository.counted(session, repository.tickets().where(Ticket.problem_id == ticket.id))
        source = [str(ticket.followup_source_id)] if ticket.followup_source_id is not None else []
        merged = session.scalars(select(Ticket.id).where(Ticket.merged_into_id == ticket.id).order_by(Ticket.id))
        return {
            "topic_id": None,
            "followup_source_ids": source,
            "from_archive": False,
            "incidents": incidents["value"],
            "merged_ids": list(merged),
        }

    return await shown(copilot, read)


@route(router, "GET", "/tickets/{ticket_id:id}/incidents", returns=TicketPage, paged=True)
async def list_incidents(ticket_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The tickets that are cases of this problem."""
    return await listed(
        request,
        copilot,
        lambda session: repository.tickets().where(Ticket.problem_id == repository.ticket_by_id(session, ticket_id).id),
        "tickets",
        lambda ticket: ticket_shape(ticket, copilot.settings, copilot.catalog),
        repository.TICKET_SORTS,
    )


@route(router, "GET", "/tickets/{ticket_id:id}/collaborators", returns=UserPage)
async def list_collaborators(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Who is copied in."""
    return await shown(copilot, lambda session: _copied(session, copilot, ticket_id))


@route(router, "GET", "/tickets/{ticket_id:id}/email_ccs", returns=UserPage)
async def list_email_ccs(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Who is copied in by mail: the same people."""
    return await shown(copilot, lambda session: _copied(session, copilot, ticket_id))


def _copied(session: Session, copilot: Services, ticket_id: int) -> dict[str, Any]:
    ticket = repository.ticket_by_id(session, ticket_id)
    return many(users_of(session, copilot, [customer_user_id(each.customer_id) for each in ticket.ccs]), "users")


def _comment(session: Session, ticket_id: int, comment_id: int) -> tuple[Ticket, TicketComment]:
    ticket = repository.ticket_by_id(session, ticket_id, lock=True)
    found = session.get(TicketComment, comment_id) if comment_id <= LARGEST_ID else None
    if found is None or found.ticket_id != ticket.id:
        raise NotFound(f"There is no comment {comment_id} on this ticket.")
    return ticket, found


def _tagging(
    copilot: Services,
    principal: Principal,
    ticket_id: int,
    wanted: Callable[[list[str]], list[str]],
    status: int = 200,
) -> Callable[[Session], Answer]:
    def work(session: Session) -> Answer:
        ticket = repository.ticket_by_id(session, ticket_id, lock=True)
        check_open(ticket)
        change = TicketChange(session, copilot, ticket, principal, "api")
        change.set("tags", list(dict.fromkeys(wanted(list(ticket.tags)))), typed=True)
        change.finish()
        return said({"tags": list(ticket.tags)}, status)

    return work
