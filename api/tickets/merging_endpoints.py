"""Merging tickets: what was reported twice goes on in one of them, and the other is closed and says where."""

from __future__ import annotations

import functools

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.identity.principal import Principal
from api.services import Services
from api.tickets import repository
from api.tickets.ccs import copied, set_ccs
from api.tickets.changing import TicketChange, check_open
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.idempotency import Answer
from api.tickets.jobs import Step, job_answer, run_job
from api.tickets.models import Ticket
from api.tickets.responses import OneJob
from api.tickets.routing import AsAgent, Copilot, IdempotencyHeader, answered, route
from api.tickets.rules import LONGEST_TEXT
from api.tickets.schemas import MergeIn
from api.tickets.shapes import customer_user_id

router = APIRouter()


@route(router, "POST", "/tickets/{ticket_id:id}/merge", returns=OneJob)
async def merge_tickets(
    ticket_id: int,
    body: MergeIn,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Merge the tickets of `ids` into this one.

    Each of them is closed with `source_comment`, this one gets `target_comment`, and whoever of the same account reported
    the others is copied in. Comments are internal unless the body says that they are public.
    """

    def work(session: Session) -> Answer:
        target = repository.ticket_by_id(session, ticket_id, lock=True)
        check_open(target)
        _check_texts(body)
        steps: list[Step] = [
            functools.partial(merge, copilot, principal, target, each, body) for each in dict.fromkeys(body.ids)
        ]
        job = run_job(session, copilot, principal, "Ticket Merge", steps, action="merge", word="Merged")
        return job_answer(job, copilot.settings)

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


def merge(
    services: Services, principal: Principal, target: Ticket, source_id: int, body: MergeIn, session: Session
) -> int:
    """Merge one ticket into another; returns its id. Raises `TicketRejected` for itself and for a closed one."""
    if source_id == target.id:
        raise TicketRejected([FieldProblem("ids", "InvalidValue", "Ids: a ticket is not merged into itself")])
    source = repository.ticket_by_id(session, source_id, lock=True)
    check_open(source)
    _into(services, principal, target, source, body, session)
    change = TicketChange(session, services, source, principal, "api")
    change.set("merged_into_id", target.id)
    text = body.source_comment or f"#{source.id} → #{target.id}: {target.subject}"
    change.say(text, public=body.source_comment_is_public and body.source_comment is not None)
    # Closed whatever the catalog's order of statuses says: it goes on elsewhere.
    change.set("status", "closed")
    change.finish()
    return source.id


def _into(
    services: Services, principal: Principal, target: Ticket, source: Ticket, body: MergeIn, session: Session
) -> None:
    change = TicketChange(session, services, target, principal, "api")
    text = body.target_comment or f"#{source.id} → #{target.id}: {source.subject}\n\n{source.description}"
    change.say(text[:LONGEST_TEXT], public=body.target_comment_is_public and body.target_comment is not None)
    change.set("tags", list(dict.fromkeys([*target.tags, *source.tags])), typed=True)
    before = copied(session, target.id)
    wanted = before
    if target.account_id is not None and source.account_id == target.account_id:
        # Only people of one account: another company's customer must not read along because their tickets were merged.
        people = {*before, *copied(session, source.id), *([source.requester_id] if source.requester_id else [])}
        wanted = sorted(people - {target.requester_id})
    if wanted != before:
        set_ccs(session, target, wanted)
        change.note("email_cc_ids", [customer_user_id(each) for each in before], [customer_user_id(e) for e in wanted])
    change.finish()


def _check_texts(body: MergeIn) -> None:
    problems = [
        FieldProblem(name, "TooLong", f"{name.replace('_', ' ').capitalize()}: has at most {LONGEST_TEXT} characters")
        for name in ("target_comment", "source_comment")
        if len(getattr(body, name) or "") > LONGEST_TEXT
    ]
    if problems:
        raise TicketRejected(problems)
