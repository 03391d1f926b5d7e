"""What is to be told to the other side, as rows: what happens on a ticket becomes acts, in its own transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.models import Customer
from api.identity.tokens import keyed_hash
from api.settings import Settings
from api.tickets.backends.base import NewComment, NewTicket, RemoteChange, person_of
from api.tickets.backends.models import RemoteAct, RemoteTicket
from api.tickets.models import Ticket, TicketComment
from bot.catalog import Catalog

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement

_COLUMNS = ("support_type", "category", "subcategory")
_FACTS = frozenset({"language", "scenario"})


def act_key(settings: Settings, act: RemoteAct) -> str:
    """The idempotency key of an act: the same in every try, another one in every installation."""
    name = f"ticket-{act.ticket_id}-{act.generation}" if act.kind == "create" else f"act-{act.id}-{act.generation}"
    return f"copilot-{name}-{keyed_hash(settings, 'remote', name)[:16]}"


def queue_new_ticket(
    session: Session, services: Services, ticket: Ticket, comment_id: int | None, customer: Customer | None
) -> RemoteAct:
    """Have a ticket made there; what was typed into fields that are nowhere there follows as a note."""
    body = new_ticket_body(services, ticket, customer)
    act = RemoteAct(ticket_id=ticket.id, kind="create", body=body, comment_id=comment_id)
    _add(session, ticket, act)
    known = services.settings.tickets.zendesk.fields
    unknown = {name: value for name, value in body["typed"].items() if name not in known}
    if unknown:
        note = {"text": _note(unknown), "public": False, "as_requester": False}
        _add(session, ticket, RemoteAct(ticket_id=ticket.id, kind="update", body={"comment": note}))
    return act


def new_ticket_body(services: Services, ticket: Ticket, customer: Customer | None) -> dict[str, Any]:
    """A ticket as create acts keep it. `follows`: the closed ticket there that it continues, known when it is sent."""
    choices, typed = _values(services.catalog, ticket)
    return {
        "subject": ticket.subject,
        "text": ticket.description,
        "type": ticket.type,
        "priority": ticket.priority,
        "status": ticket.status,
        "requester": person_json(customer),
        "choices": choices,
        "typed": typed,
        "tags": list(ticket.tags),
        "follows": None,
    }


def queue_change(session: Session, services: Services, happening: Announcement) -> None:
    """Have a change told there: public comments, status, priority, subject, fields, and who the requester is."""
    ticket, changes = happening.ticket, happening.changes
    body: dict[str, Any] = {name: changes[name][1] for name in ("status", "priority") if name in changes}
    if "subject" in changes and changes["subject"][1] == ticket.subject:
        # The title; a catalog may have a field of that name as well.
        body["subject"] = ticket.subject
    choices, typed = _kinds(services.catalog)
    fields = {name: each for name, each in changes.items() if name != "subject" and (name in choices or name in typed)}
    for kind, names in (("choices", choices), ("typed", typed)):
        found = {name: new for name, (_, new) in fields.items() if name in names}
        if found:
            body[kind] = found
    before = {name: old for name, (old, _) in fields.items() if name in choices and old}
    if before:
        body["before"] = before
    if "requester_id" in changes and happening.customer is not None:
        body["requester"] = person_json(happening.customer)
    comment = happening.comment
    if comment is not None and comment.public:
        body["comment"] = _comment(session, ticket, comment)
    if body:
        comment_id = comment.id if comment is not None and comment.public else None
        _add(session, ticket, RemoteAct(ticket_id=ticket.id, kind="update", body=body, comment_id=comment_id))


def queue_comment(session: Session, ticket: Ticket, comment: TicketComment) -> None:
    """Have a public comment told there once more: its ticket is made anew."""
    body = {"comment": _comment(session, ticket, comment)}
    _add(session, ticket, RemoteAct(ticket_id=ticket.id, kind="update", body=body, comment_id=comment.id))


def next_act(session: Session, ticket_id: int) -> RemoteAct | None:
    """The first act of a ticket that waits; a later one never goes before it."""
    query = select(RemoteAct).where(RemoteAct.ticket_id == ticket_id, RemoteAct.status == "waiting")
    return session.scalar(query.order_by(RemoteAct.id).limit(1))


def new_ticket_of(act: RemoteAct) -> NewTicket:
    """A create act as the backend takes it."""
    body = act.body
    return NewTicket(
        external_id=str(act.ticket_id),
        subject=body["subject"],
        text=body["text"],
        type=body["type"],
        priority=body["priority"],
        status=body["status"],
        requester=person_of(body["requester"]),
        choices=body["choices"],
        typed=body["typed"],
        tags=body["tags"],
        uploads=_tokens(act),
        follows=body["follows"],
    )


def change_of(act: RemoteAct, requester_id: str | None) -> RemoteChange:
    """An update act as the backend takes it; `requester_id`: the customer's id there."""
    body = act.body
    said: Mapping[str, Any] | None = body.get("comment")
    comment = None
    if said is not None:
        author = requester_id if said["as_requester"] else None
        comment = NewComment(said["text"], said["public"], author, _tokens(act))
    return RemoteChange(
        comment=comment,
        status=body.get("status"),
        priority=body.get("priority"),
        subject=body.get("subject"),
        requester=person_of(body.get("requester")),
        choices=body.get("choices") or {},
        before=body.get("before") or {},
        typed=body.get("typed") or {},
    )


def _tokens(act: RemoteAct) -> list[str]:
    return [token for token in act.uploads.values() if token]


def _add(session: Session, ticket: Ticket, act: RemoteAct) -> None:
    session.add(act)
    session.flush()
    row = session.get_one(RemoteTicket, ticket.id)
    # A ticket that is being retried keeps its pause; one that was refused waits for somebody to ask for it.
    if row.push_at is None and row.state != "refused":
        row.push_at = utc_now() - dt.timedelta(seconds=1)


def _values(catalog: Catalog, ticket: Ticket) -> tuple[dict[str, str], dict[str, str]]:
    """The ticket's field values: those with options, and those that were typed."""
    choices, _ = _kinds(catalog)
    named = {name: getattr(ticket, name) for name in _COLUMNS}
    found = {name: str(value) for name, value in {**named, **ticket.fields}.items() if value}
    chosen = {name: value for name, value in found.items() if name in choices}
    chosen["language"] = ticket.language
    return chosen, {name: value for name, value in found.items() if name not in choices}


def _kinds(catalog: Catalog) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of fields with options, and of those that are typed. Title, description and files travel in their own
    places."""
    choices = {*_COLUMNS, *_FACTS, *(each.id for each in catalog.fields if each.kind == "choice")}
    typed = {
        *(each.id for each in catalog.fields if each.kind == "text"),
        *(detail.id for topic in catalog.topics for detail in topic.details),
    }
    return frozenset(choices), frozenset(typed - choices - {"title", "description"})


def _note(typed: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in typed.items())


def person_json(customer: Customer | None) -> dict[str, str] | None:
    """A customer as acts keep them; None where there is no address."""
    address = customer.mail_address if customer is not None else None
    return {"name": (customer.name if customer else "") or "", "email": address} if address else None


def _comment(session: Session, ticket: Ticket, comment: TicketComment) -> dict[str, Any]:
    """In the requester's name where it is theirs. Somebody in copy, whom the other side does not know, is named in it."""
    own = comment.customer_id is not None and comment.customer_id == ticket.requester_id
    text = comment.body
    if comment.customer_id is not None and not own:
        who = session.get(Customer, comment.customer_id)
        if who is not None:
            text = f"{who.name or who.mail_address or '?'}:\n\n{text}"
    return {"text": text, "public": True, "as_requester": own}
