"""Changing a ticket: by staff, and by its customer. Every change is in the audit, who and from what to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session

from api.database import utc_now
from api.files.uploads import find_files, take_files
from api.identity.models import Customer
from api.identity.principal import Principal
from api.metrics.events import EventType, record
from api.services import Services
from api.tickets.announcing import Announcement, By, announce
from api.tickets.assigning import change_belonging, with_assignee_of_address
from api.tickets.ccs import change_ccs, change_colleagues
from api.tickets.errors import FieldProblem, TicketRejected, ZendeskError
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.opening import find_assignee
from api.tickets.reopening import may_follow
from api.tickets.rules import LONGEST_TEXT, LONGEST_TITLE, Completeness, check_fields
from api.tickets.schemas import LONGEST_REASON, CommentIn, RequestIn, TicketIn
from api.tickets.shapes import shown_update, staff_user_id

# A burst of changes by a program puts the stamp no further ahead than that.
_MOST_AHEAD = dt.timedelta(minutes=1)
# The rules of the catalog look at these; a priority that staff set by hand stays whatever becomes of them.
_DECIDE_PRIORITY = frozenset({"support_type", "category", "type", "users_affected", "impact"})


@dataclass
class TicketChange:
    """A change in the making: its audit events, and who makes it. Whatever changes a ticket goes through here."""

    session: Session
    services: Services
    ticket: Ticket
    principal: Principal
    via: str
    events: list[dict[str, Any]] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)
    comment: TicketComment | None = None

    def set(self, name: str, value: Any, *, typed: bool = False) -> None:
        """Give a column another value."""
        old = getattr(self.ticket, name)
        if old != value:
            setattr(self.ticket, name, value)
            self.note(name, old, value, typed=typed)

    def prioritise(self, priority: str, *, set_by: Literal["catalog", "staff"], reason: str | None = None) -> None:
        """Give the ticket another priority, and note who decides on it from now on, and why."""
        old = self.ticket.priority
        if old == priority:
            return
        self.ticket.priority = priority
        self.ticket.priority_set_by = set_by
        more = {"set_by": set_by, "reason": reason} if reason else {"set_by": set_by}
        self.note("priority", old, priority, more=more)

    def note(
        self, name: str, old: Any, new: Any, *, typed: bool = False, more: Mapping[str, str] | None = None
    ) -> None:
        """Put one change into the audit (with `more` about it) and the ledger; the ledger never gets words that somebody
        `typed`."""
        self.events.append({"type": "Change", "field_name": name, "value": new, "previous_value": old, **(more or {})})
        record(
            self.session,
            EventType.TICKET_CHANGED,
            conversation_id=self.ticket.conversation_id,
            turn_id=self.principal.turn_id,
            ticket_id=self.ticket.id,
            field=name,
            by=self.principal.role or self.by,
            **({} if typed else {"from": old, "to": new}),
        )

    def say(self, text: str, *, public: bool, uploads: Sequence[str] = (), message_id: str | None = None) -> None:
        """Add a comment, with the files that were uploaded for it; `message_id` of the mail that it came by."""
        files = find_files(self.session, self.services, self.principal, uploads, self.problems)
        staff = self.principal.staff_id
        self.comment = TicketComment(
            ticket_id=self.ticket.id,
            staff_id=staff,
            customer_id=None if staff else self.principal.customer_id,
            body=text,
            public=public,
            via=self.via,
            message_id=message_id,
        )
        self.session.add(self.comment)
        self.session.flush()
        take_files(self.session, files, self.ticket.id, self.comment.id)
        self.events.append({"type": "Comment", "comment_id": self.comment.id, "body": text, "public": public})
        record(
            self.session,
            EventType.TICKET_COMMENTED,
            conversation_id=self.ticket.conversation_id,
            turn_id=self.principal.turn_id,
            ticket_id=self.ticket.id,
            by=self.principal.role or self.by,
            public=public,
        )

    def move(self, status: str, *, by_customer: bool) -> None:
        """To another status, if the catalog lets this kind of person move it there."""
        if status == self.ticket.status:
            return
        now = self.services.catalog.status(self.ticket.status)
        allowed = now.customer_next if by_customer else now.next
        if status not in allowed:
            choices = ", ".join(allowed) or "none: a closed ticket stays closed, open another one"
            self.problems.append(
                FieldProblem(
                    "status", "InvalidValue", f"Status: cannot go from {now.id} to {status} (choices: {choices})"
                )
            )
            return
        self.set("status", status)
        self.ticket.solved_at = utc_now() if status == "solved" else None if status == "open" else self.ticket.solved_at

    def finish(self) -> TicketAudit:
        """Write the audit and announce it, or raise `TicketRejected` with everything that is wrong."""
        if self.problems:
            raise TicketRejected(self.problems)
        staff = self.principal.staff_id
        audit = TicketAudit(
            ticket_id=self.ticket.id,
            staff_id=staff,
            customer_id=None if staff else self.principal.customer_id,
            via=self.via,
            events=self.events,
        )
        if self.events:
            self.ticket.updated_stamp = _next_stamp(self.ticket)
            self.ticket.updated_at = utc_now()
            self.session.add(audit)
            self.session.flush()
            self._announce(audit)
        self.session.flush()
        return audit

    @property
    def by(self) -> By:
        """What kind of person, or whether nobody, makes it."""
        return "system" if self.principal.kind == "system" else "agent" if self.principal.is_staff else "customer"

    def _announce(self, audit: TicketAudit) -> None:
        customer_id = self.ticket.requester_id
        customer = self.session.get(Customer, customer_id) if customer_id is not None else None
        changes = {
            event["field_name"]: (event["previous_value"], event["value"])
            for event in self.events
            if event["type"] == "Change"
        }
        announce(
            self.session,
            self.services,
            Announcement("changed", self.ticket, self.by, audit, self.comment, customer, changes),
        )


def change_ticket(
    session: Session, services: Services, principal: Principal, ticket: Ticket, body: TicketIn
) -> TicketAudit:
    """Change a ticket as staff. Raises `TicketRejected`, or 409 ``UpdateConflict`` where `safe_update` asks for it."""
    _check_stamp(ticket, body)
    change = TicketChange(session, services, ticket, principal, "api")
    sent = body.model_fields_set
    check_open(ticket)
    if "subject" in sent:
        title = (body.subject or "").strip()
        if not title or len(title) > LONGEST_TITLE:
            change.problems.append(
                FieldProblem("subject", "InvalidValue", f"Subject: has 1 to {LONGEST_TITLE} characters")
            )
        else:
            change.set("subject", title, typed=True)
    # Before the fields: a priority set by hand stays whatever the rules make of them.
    if body.priority is not None:
        if body.priority not in services.catalog.priorities:
            known = ", ".join(services.catalog.priorities)
            change.problems.append(FieldProblem("priority", "InvalidValue", f"Priority: must be one of {known}"))
        else:
            reason = body.priority_reason or (body.comment.text if body.comment is not None else None)
            change.prioritise(body.priority, set_by="staff", reason=(reason or "")[:LONGEST_REASON] or None)
    if {"custom_fields", "fields", "type"} & sent:
        _change_fields(change, body)
    body = with_assignee_of_address(session, body, change.problems)
    if "assignee_id" in body.model_fields_set:
        _change_assignee(change, body)
    change_belonging(change, body)
    change_ccs(change, body)
    _change_tags(change, body)
    if body.comment is not None and _checked_comment(change, body.comment):
        change.say(body.comment.text, public=body.comment.public, uploads=body.comment.uploads)
    if body.status is not None:
        if any(each.id == body.status for each in services.catalog.statuses):
            change.move(body.status, by_customer=False)
        else:
            change.problems.append(FieldProblem("status", "InvalidValue", f"Status: {body.status[:32]!r} is no status"))
    return change.finish()


def change_request(
    session: Session,
    services: Services,
    principal: Principal,
    ticket: Ticket,
    body: RequestIn,
    *,
    via: str | None = None,
    message_id: str | None = None,
) -> TicketAudit:
    """Continue a ticket as its customer: a comment, or that it is solved. A comment reopens what was solved.

    Raises `TicketRejected` for a closed ticket, and for a solved one once its reopening hours are over.
    """
    change = TicketChange(session, services, ticket, principal, via or ("chat" if principal.conversation_id else "api"))
    if ticket.status == "closed":
        raise TicketRejected(
            [FieldProblem("status", "InvalidValue", "Status: a closed ticket cannot be continued; open another one")]
        )
    if may_follow(ticket, services.catalog):
        raise TicketRejected(
            [FieldProblem("status", "InvalidValue", "Status: it is too late to reopen this ticket; open a follow-up")]
        )
    if body.comment is not None and _checked_comment(change, body.comment):
        change.say(body.comment.text, public=True, uploads=body.comment.uploads, message_id=message_id)
        if not body.solved and services.catalog.may_move(ticket.status, "open", by_customer=True):
            change.move("open", by_customer=True)
    change_colleagues(change, body)
    if body.solved:
        change.move("solved", by_customer=True)
    elif body.solved is False and ticket.status == "solved":
        change.move("open", by_customer=True)
    return change.finish()


def check_open(ticket: Ticket) -> None:
    """Raises `TicketRejected` for a closed ticket: it stays as it is."""
    if ticket.status == "closed":
        raise TicketRejected([FieldProblem("status", "InvalidValue", "Status: closed prevents ticket update")])


def _change_tags(change: TicketChange, body: TicketIn) -> None:
    wanted = list(change.ticket.tags) if body.tags is None else body.tags
    wanted = [each for each in dict.fromkeys([*wanted, *body.additional_tags]) if each not in body.remove_tags]
    change.set("tags", wanted, typed=True)


def _check_stamp(ticket: Ticket, body: TicketIn) -> None:
    if not body.safe_update:
        return
    if body.updated_stamp is None:
        raise TicketRejected([FieldProblem("updated_stamp", "BlankValue", "Updated stamp: needed with safe_update")])
    stamp = body.updated_stamp if body.updated_stamp.tzinfo else body.updated_stamp.replace(tzinfo=dt.UTC)
    if shown_update(ticket) > stamp:
        raise ZendeskError(409, "UpdateConflict", "Somebody changed this ticket since you read it: read it again.")


def _next_stamp(ticket: Ticket) -> dt.datetime:
    """What clients read as the last change from now on. They read whole seconds: where this second has had a change already
    it is the next one, or whoever saves second in a second would overwrite the first unseen."""
    now = utc_now().replace(microsecond=0)
    return max(now, min(shown_update(ticket) + dt.timedelta(seconds=1), now + _MOST_AHEAD))


def _change_fields(change: TicketChange, body: TicketIn) -> None:
    ticket = change.ticket
    named = {"support_type": ticket.support_type, "category": ticket.category, "subcategory": ticket.subcategory}
    values: dict[str, Any] = {**{name: value for name, value in named.items() if value}, **ticket.fields, **body.values}
    if "category" in body.values and body.values["category"] != ticket.category:
        # Another category has other subcategories: what belonged to the old one goes, unless it was sent as well.
        for name in ("subcategory", "purpose"):
            if name not in body.values:
                values.pop(name, None)
    facts = check_fields(
        change.services.catalog,
        values,
        ticket_type=body.type or ticket.type,
        completeness=Completeness.STAFF,
        problems=change.problems,
    )
    change.set("support_type", facts.support_type)
    change.set("category", facts.category)
    change.set("subcategory", facts.subcategory)
    change.set("type", facts.type)
    before = dict(ticket.fields)
    chosen = {each.id for each in change.services.catalog.fields if each.options}
    for name in sorted({*before, *facts.fields}):
        if before.get(name) != facts.fields.get(name):
            change.note(name, before.get(name), facts.fields.get(name), typed=name not in chosen)
    ticket.fields = dict(facts.fields)
    changed = {str(event["field_name"]) for event in change.events if event["type"] == "Change"}
    if changed & _DECIDE_PRIORITY and ticket.priority_set_by == "catalog":
        change.prioritise(facts.priority, set_by="catalog")


def _change_assignee(change: TicketChange, body: TicketIn) -> None:
    staff = find_assignee(change.session, body.assignee_id, change.problems)
    before = change.ticket.assignee_id
    wanted = staff.id if staff else None
    if before == wanted or (body.assignee_id is not None and staff is None):
        return
    change.ticket.assignee_id = wanted
    change.note("assignee_id", staff_user_id(before) if before else None, staff_user_id(wanted) if wanted else None)
    if change.ticket.status == "new" and wanted is not None and body.status is None:
        change.move("open", by_customer=False)


def _checked_comment(change: TicketChange, comment: CommentIn) -> bool:
    if not comment.text:
        change.problems.append(FieldProblem("comment", "BlankValue", "Comment: cannot be blank"))
    elif len(comment.text) > LONGEST_TEXT:
        change.problems.append(FieldProblem("comment", "TooLong", f"Comment: has at most {LONGEST_TEXT} characters"))
    else:
        return True
    return False
