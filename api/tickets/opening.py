"""Opening a ticket: checked, stored, linked, told and recorded in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from api.alerts.listening import is_emergency
from api.chat.models import Attachment, Conversation
from api.database import utc_now
from api.errors import Forbidden, NotFound, Unauthorized
from api.files.uploads import find_files, take_files
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal
from api.metrics.events import Event, EventType
from api.rows import Along, Together, flush, fresh, store
from api.services import Services
from api.tickets.announcing import Announcement, By, announce
from api.tickets.assigning import requester_of_address, wanted_problem, wanted_team, with_assignee_of_address
from api.tickets.ccs import set_ccs, wanted_ccs
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.reopening import may_follow, note_end
from api.tickets.repository import request_by_id
from api.tickets.rules import Completeness, TicketFacts, check_fields, check_title_and_text
from api.tickets.schemas import FieldIn, RequestIn, TicketIn
from api.tickets.shapes import customer_user_id, split_user_id
from api.tickets.targets import first_targets
from api.webhooks.events import ANYBODY
from bot.catalog import Catalog

Via = Literal["chat", "api", "web", "mail"]
# To ask an enum for it are two calls.
_OPENED = EventType.TICKET_OPENED.value


@dataclass(frozen=True)
class Opened:
    """A ticket and the audit of its opening; `found` where this form had opened it before."""

    ticket: Ticket
    audit: TicketAudit
    found: bool = False


def open_request(
    session: Session,
    services: Services,
    principal: Principal,
    body: RequestIn,
    *,
    via: Via | None = None,
    message_id: str | None = None,
) -> Opened:
    """Open a ticket in the name of the asking customer, whoever the body says it is for.

    In a conversation it needs the verified address (`Forbidden`, ``not_verified``), unless the category is an
    emergency: that is opened first, and gets its requester when the code comes back.
    """
    if principal.conversation_id is None and principal.customer_id is None:
        raise (
            Unauthorized("Sign in, or use the token of a conversation.")
            if principal.kind == "anonymous"
            else Forbidden(
                "Tickets of customers are opened under /api/v2/requests by customers, under /api/v2/tickets by staff."
            )
        )
    conversation = _conversation(session, principal)
    if conversation is not None and body.external_id is not None:
        known = _of_form(session, conversation.id, body.external_id)
        if known is not None:
            return known
    source = _followed(session, services, principal, body)
    completeness = Completeness.FORM if principal.kind in ("turn", "conversation") else Completeness.STARTED
    if source is not None:
        # It continues a ticket whose form was filled already.
        completeness = Completeness.STAFF
        body = _inheriting(body, source)
    problems: list[FieldProblem] = []
    files = _files(session, services, principal, body, problems)
    title, text, facts = _checked(services, body, completeness, problems)
    if principal.customer_id is None and not _is_emergency(services, facts):
        raise Forbidden("Confirm the e-mail address of this conversation first.", code="not_verified")
    customer = session.get(Customer, principal.customer_id) if principal.customer_id is not None else None
    values = _values(body, title, text, facts, via=via or ("chat" if conversation else "api"))
    values["requester_id"] = customer.id if customer else None
    values["account_id"] = principal.account_id
    values["language"] = _language(services, principal.language)
    if source is not None:
        values["followup_source_id"] = source.id
        values["priority"], values["priority_set_by"] = source.priority, source.priority_set_by
    if conversation is not None:
        values["conversation_id"] = conversation.id
    opened = _store(
        session, services, values, customer, files, staff_id=None, turn_id=principal.turn_id, message_id=message_id
    )
    if opened is None and conversation is not None and body.external_id is not None:
        # Another transaction opened this form's ticket first (PostgreSQL: SQLite has one writer).
        opened = _of_form(session, conversation.id, body.external_id)
    assert opened is not None  # noqa: S101 - a form's ticket is known, or new
    return opened


def open_ticket(session: Session, services: Services, principal: Principal, body: TicketIn) -> Opened:
    """Open a ticket as staff, for the requester that the body names."""
    problems: list[FieldProblem] = []
    webhooks = Along(ANYBODY)
    customer = _requester(session, principal, body, problems, webhooks)
    body = with_assignee_of_address(session, body, problems)
    team = wanted_team(services.catalog, body, problems)
    problem_id = wanted_problem(session, body, None, problems)
    copied = wanted_ccs(session, body, [], problems)
    assignee = find_assignee(session, body.assignee_id, problems)
    catalog = services.catalog
    if body.priority is not None and body.priority not in catalog.priorities:
        problems.append(
            FieldProblem("priority", "InvalidValue", f"Priority: must be one of {', '.join(catalog.priorities)}")
        )
    if body.status is not None and body.status not in (statuses := [status.id for status in catalog.statuses]):
        problems.append(FieldProblem("status", "InvalidValue", f"Status: must be one of {', '.join(statuses)}"))
    files = _files(session, services, principal, body, problems)
    title, text, facts = _checked(services, body, Completeness.STAFF, problems)
    values = _values(body, title, text, facts, via="api")
    if customer is not None:
        values["requester_id"], values["account_id"] = customer.id, customer.account_id
    values["language"] = _language(services, customer.locale if customer else None)
    if body.priority is not None:
        values["priority"], values["priority_set_by"] = body.priority, "staff"
    values["status"] = body.status or "new"
    values["assignee_id"] = assignee.id if assignee else None
    if body.tags or body.additional_tags:
        values["tags"] = list(dict.fromkeys([*(body.tags or []), *body.additional_tags]))
    values["team"] = team or facts.team
    values["problem_id"] = problem_id
    values["submitter_staff_id"] = principal.staff_id
    opened = _store(
        session,
        services,
        values,
        customer,
        files,
        staff_id=principal.staff_id,
        turn_id=None,
        ccs=copied,
        webhooks=webhooks,
    )
    assert opened is not None  # noqa: S101 - it is of no form
    return opened


def _files(
    session: Session, services: Services, principal: Principal, body: RequestIn, problems: list[FieldProblem]
) -> list[Attachment]:
    """The files that the first comment names, besides those of the conversation, which come anyway."""
    uploads = body.comment.uploads if body.comment else ()
    return find_files(session, services, principal, uploads, problems) if uploads else []


def _checked(
    services: Services, body: RequestIn, completeness: Completeness, problems: list[FieldProblem] | None = None
) -> tuple[str, str, TicketFacts]:
    text = body.text
    title = (body.subject or "").strip()
    if not title and completeness is not Completeness.FORM:
        # Zendesk lets programs leave the subject out and shows the beginning of the description.
        title = text.partition("\n")[0][:80].strip()
    found = [*(problems or []), *check_title_and_text(title, text)]
    facts = check_fields(
        services.catalog, body.values, ticket_type=body.type, completeness=completeness, problems=found
    )
    return title, text, facts


def _values(body: RequestIn, title: str, text: str, facts: TicketFacts, *, via: Via) -> dict[str, Any]:
    """The columns of a new ticket that the body decides."""
    return {
        "external_id": body.external_id,
        "subject": title,
        "description": text,
        "type": facts.type,
        "status": "new",
        "priority": facts.priority,
        "team": facts.team,
        "support_type": facts.support_type,
        "category": facts.category,
        "subcategory": facts.subcategory,
        "fields": dict(facts.fields),
        "via": via,
    }


def _store(
    session: Session,
    services: Services,
    values: dict[str, Any],
    customer: Customer | None,
    files: list[Attachment],
    *,
    staff_id: int | None,
    turn_id: str | None,
    message_id: str | None = None,
    ccs: Sequence[int] = (),
    webhooks: Along | None = None,
) -> Opened | None:
    """The opened ticket; None where another one was opened of the same form meanwhile."""
    values["created_at"] = values["updated_at"] = now = utc_now()
    values |= first_targets(services.catalog, values["priority"], values["category"], values["status"], now)
    if values["status"] != "new":
        values |= _ended(values, services.catalog)
    # A form that is sent twice at once meets itself here, and its caller goes on with the other's ticket.
    may_meet_itself = values.get("conversation_id") is not None and values["external_id"] is not None
    later = (TicketComment, TicketAudit)
    webhooks = webhooks or Along(ANYBODY)
    together = Together(session, *(later if may_meet_itself else (Ticket, *later)), along=webhooks)
    # A customer's, an emergency's and one with copies may be changed in this transaction. To be an object of the session
    # costs a tenth of opening it.
    changes = staff_id is None or bool(ccs) or is_emergency(services.catalog, values["category"])
    if not may_meet_itself:
        ticket = together.store(Ticket, values, attach=changes)
    else:
        ticket = fresh(Ticket, values)
        if not store(session, ticket, unless_known="conversation_id,external_id"):
            return None
    number = ticket.id
    author = {"staff_id": staff_id} if staff_id is not None else {"customer_id": customer.id if customer else None}
    said = {
        "ticket_id": number,
        "body": values["description"],
        "via": values["via"],
        "message_id": message_id,
        "created_at": now,
        **author,
    }
    comment = together.store(TicketComment, said, attach=False)
    created = {
        "subject": values["subject"],
        "status": values["status"],
        "type": values["type"],
        "priority": values["priority"],
        "requester_id": customer_user_id(customer.id) if customer else None,
        "support_type": values["support_type"],
        "category": values["category"],
        "subcategory": values["subcategory"],
        **values["fields"],
    }
    events: list[dict[str, object]] = [
        {"type": "Comment", "comment_id": comment.id, "body": values["description"], "public": True},
        *[
            {"type": "Create", "field_name": name, "value": value}
            for name, value in created.items()
            if value is not None
        ],
    ]
    act = {"ticket_id": number, "via": values["via"], "events": events, "created_at": now, **author}
    audit = together.store(TicketAudit, act, attach=False)
    facts = {"category": values["category"], "subcategory": values["subcategory"], "priority": values["priority"]}
    opened = {
        "type": _OPENED,
        "conversation_id": values.get("conversation_id"),
        "turn_id": turn_id,
        "ticket_id": number,
        "data": {**facts, "via": values["via"]},
        "created_at": now,
    }
    together.insert(Event, opened)
    # Whoever shows the new ticket need not ask for what it cannot have yet.
    blank: dict[str, Any] = {"rating": None, "followups": [], "ccs": []}
    if changes:
        for name, value in blank.items():
            set_committed_value(ticket, name, value)
        together.send()
    else:
        vars(ticket).update(blank)
        if files:
            together.send()
    if ccs:
        set_ccs(session, ticket, list(ccs))
    if values.get("conversation_id") is not None:
        session.execute(
            update(Attachment)
            .where(Attachment.conversation_id == ticket.conversation_id, Attachment.ticket_id.is_(None))
            .values(ticket_id=number)
        )
    take_files(session, files, number, comment.id)
    by: By = "agent" if staff_id is not None else "customer"
    announce(
        session,
        services,
        Announcement("opened", ticket, by, audit, comment, customer, together=together, webhooks=webhooks.answer),
    )
    together.send()
    flush(session)
    return Opened(ticket, audit)


def _conversation(session: Session, principal: Principal) -> Conversation | None:
    return session.get(Conversation, principal.conversation_id) if principal.conversation_id else None


def _followed(session: Session, services: Services, principal: Principal, body: RequestIn) -> Ticket | None:
    """The ticket that this one continues. Raises `TicketRejected` where it is not the customer's, or not over yet."""
    if body.via_followup_source_id is None:
        return None
    name = "via_followup_source_id"
    try:
        source = request_by_id(session, body.via_followup_source_id, principal.customer_id or 0)
    except NotFound as error:
        raise TicketRejected([FieldProblem(name, "InvalidValue", "Follow-up: there is no such ticket")]) from error
    if not may_follow(source, services.catalog):
        raise TicketRejected(
            [FieldProblem(name, "InvalidValue", "Follow-up: that ticket is not closed; comment on it instead")]
        )
    return source


def _inheriting(body: RequestIn, source: Ticket) -> RequestIn:
    """The new ticket with what the old one says, wherever it says nothing else."""
    named = {"support_type": source.support_type, "category": source.category, "subcategory": source.subcategory}
    values = {**{name: value for name, value in named.items() if value}, **source.fields, **body.values}
    fields = [FieldIn(id=name, value=value) for name, value in values.items()]
    return body.model_copy(
        update={
            "subject": body.subject or source.subject,
            "type": body.type or source.type,
            "custom_fields": fields,
            "fields": [],
        }
    )


def _of_form(session: Session, conversation_id: str, form_id: str) -> Opened | None:
    ticket = session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.external_id == form_id)
    )
    if ticket is None:
        return None
    audit = session.scalars(
        select(TicketAudit).where(TicketAudit.ticket_id == ticket.id).order_by(TicketAudit.id)
    ).first()
    return Opened(ticket, audit, found=True) if audit is not None else None


def _is_emergency(services: Services, facts: TicketFacts) -> bool:
    return is_emergency(services.catalog, facts.category)


def _language(services: Services, wanted: str | None) -> str:
    return wanted if wanted in services.catalog.languages else services.catalog.default_language


def _ended(values: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The columns that say since when a ticket is over that is so from the beginning."""
    ticket = fresh(Ticket, dict(values))
    note_end(ticket, catalog)
    return {"solved_at": ticket.solved_at, "closes_at": ticket.closes_at, "closed_at": ticket.closed_at}


def _requester(
    session: Session, principal: Principal, body: TicketIn, problems: list[FieldProblem], along: Along
) -> Customer | None:
    if body.requester_id is not None:
        customer_id, _ = split_user_id(body.requester_id) if 0 < body.requester_id < 2**31 else (None, None)
        customer = session.get(Customer, customer_id) if customer_id else None
        if (
            customer is None
            and body.requester_id > 0
            and body.requester_id % 2
            and principal.staff_id == body.requester_id // 2
        ):
            return None
        if customer is None:
            problems.append(FieldProblem("requester", "InvalidValue", "Requester: is no customer"))
        return customer
    return requester_of_address(session, body.requester, problems, along) if body.requester is not None else None


def find_assignee(session: Session, user_id: int | None, problems: list[FieldProblem]) -> StaffUser | None:
    """The active member of staff with this Zendesk user id; adds to `problems` where there is none."""
    if user_id is None:
        return None
    _, staff_id = split_user_id(user_id) if 0 < user_id < 2**31 else (None, None)
    staff = session.get(StaffUser, staff_id) if staff_id is not None else None
    if staff is None or not staff.active:
        problems.append(FieldProblem("assignee", "InvalidValue", "Assignee: is no active member of staff"))
        return None
    return staff
