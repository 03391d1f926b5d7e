"""What clients get back, in Zendesk's shapes. Staff and customers have one space of user ids: even are customers'."""

from __future__ import annotations

import datetime as dt
import html
import zlib
from collections.abc import Iterable
from typing import Any

from api.chat.models import Attachment, Message
from api.files.shapes import attachment_shape
from api.identity.models import Customer, StaffUser
from api.people.models import organization_id
from api.settings import Settings
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.reopening import may_follow, reopens_until
from bot.catalog import Catalog

# Statuses in which the customer can say that it is solved.
OPEN_STATUSES = frozenset({"new", "open", "pending", "hold"})
_PAUSED = frozenset({"pending", "hold", "solved", "closed"})
CHANNELS = {"chat": "web_messaging", "api": "api", "web": "web", "system": "rule", "mail": "email"}
_ROLES = {"customer": "end-user", "agent": "agent", "lead": "agent", "admin": "admin"}


def customer_user_id(customer_id: int) -> int:
    """The Zendesk user id of a customer."""
    return 2 * customer_id


def staff_user_id(staff_id: int) -> int:
    """The Zendesk user id of a member of staff."""
    return 2 * staff_id + 1


def split_user_id(user_id: int) -> tuple[int | None, int | None]:
    """The customer id or the staff id behind a Zendesk user id."""
    return (None, user_id // 2) if user_id % 2 else (user_id // 2, None)


def page_address(settings: Settings, ticket_id: int) -> str:
    """Where the customer follows the ticket."""
    return f"{settings.public_url}/portal/tickets/{ticket_id}"


def teams(catalog: Catalog) -> tuple[str, ...]:
    """The teams of the catalog, in its order: a group's id is one more than its place here."""
    found = [*(each.team for each in catalog.support_types), *(each.team for each in catalog.categories)]
    return tuple(dict.fromkeys(found))


def team_label(catalog: Catalog, team: str, language: str) -> str:
    """What people call a team: `labels.teams.<id>` of the wording, else its id."""
    wording, key = catalog.wording(language), f"labels.teams.{team}"
    return wording.text(key) if key in wording else team


def group_id(catalog: Catalog | None, team: str | None) -> int | None:
    """The group by which clients know a team."""
    known = teams(catalog) if catalog is not None else ()
    return known.index(team) + 1 if team in known else None


def stable_number(name: str) -> int:
    """A number for what the catalog knows by name, for clients that want numbers: stable, positive, below 2^31."""
    return (zlib.crc32(name.encode()) & 0x3FFFFFFF) + 2**30


def form_id(catalog: Catalog | None, support_type: str | None) -> int | None:
    """The form by which clients know a support type."""
    known = [each.id for each in catalog.support_types] if catalog is not None else []
    return known.index(support_type) + 1 if support_type in known else None


def ticket_shape(ticket: Ticket, settings: Settings, catalog: Catalog | None = None) -> dict[str, Any]:
    """The ticket as staff see it. Without the `catalog` its group and form stay null."""
    fields = _fields(ticket)
    copied = [customer_user_id(each.customer_id) for each in ticket.ccs]
    return {
        "url": f"{settings.public_url}/api/v2/tickets/{ticket.id}.json",
        "html_url": page_address(settings, ticket.id),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": _via_of(ticket),
        "created_at": _time(ticket.created_at),
        "updated_at": _time(shown_update(ticket)),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": None,
        "requester_id": _requester(ticket),
        "submitter_id": staff_user_id(ticket.submitter_staff_id) if ticket.submitter_staff_id else _requester(ticket),
        "assignee_id": staff_user_id(ticket.assignee_id) if ticket.assignee_id else None,
        "organization_id": organization_id(ticket.account_id),
        "group_id": group_id(catalog, ticket.team),
        "collaborator_ids": copied,
        "follower_ids": [],
        "email_cc_ids": copied,
        "problem_id": ticket.problem_id,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": list(ticket.tags),
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": _satisfaction(ticket),
        "followup_ids": [each.id for each in ticket.followups],
        "ticket_form_id": form_id(catalog, ticket.support_type),
        "brand_id": 1,
        "allow_attachments": ticket.status != "closed",
        "allow_channelback": False,
        "forum_topic_id": None,
        "from_messaging_channel": ticket.via == "chat",
        # Ours.
        "merged_into_id": ticket.merged_into_id,
        "outage_group_id": ticket.outage_group_id,
        "conversation_id": ticket.conversation_id,
        "account_id": ticket.account_id,
        "language": ticket.language,
        "team": ticket.team,
        "priority_set_by": ticket.priority_set_by,
        "sla": sla_shape(ticket),
        "closes_at": _moment(ticket.closes_at),
    }


def shown_update(ticket: Ticket) -> dt.datetime:
    """The last change as clients read it, and send it back as `updated_stamp`: in whole seconds, another for each change."""
    return (ticket.updated_stamp or ticket.updated_at).replace(microsecond=0)


def sla_shape(ticket: Ticket) -> dict[str, Any]:
    """How a ticket stands to its targets. `state`: none (no promise), paused, running, near (warned), missed, met."""

    def target(at: dt.datetime | None, due: dt.datetime | None, *, near: bool, missed: dt.datetime | None) -> Any:
        if missed is not None:
            state = "missed"
        elif at is not None:
            state = "met"
        elif due is None:
            state = "paused" if ticket.status in _PAUSED else "none"
        else:
            state = "near" if near else "running"
        return {"state": state, "due_at": _moment(due), "at": _moment(at), "missed_at": _moment(missed)}

    return {
        "first_response": target(
            ticket.first_response_at,
            ticket.first_response_due_at,
            near=ticket.first_response_warned_at is not None,
            missed=ticket.first_response_breached_at,
        ),
        "resolution": target(
            ticket.solved_at,
            ticket.resolution_due_at,
            near=ticket.resolution_warned_at is not None,
            missed=ticket.resolution_breached_at,
        ),
    }


def request_shape(ticket: Ticket, settings: Settings, catalog: Catalog) -> dict[str, Any]:
    """The ticket as its customer sees it."""
    fields = _fields(ticket)
    until = reopens_until(ticket, catalog)
    return {
        "url": f"{settings.public_url}/api/v2/requests/{ticket.id}.json",
        "html_url": page_address(settings, ticket.id),
        "id": ticket.id,
        "external_id": ticket.external_id,
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "subject": ticket.subject,
        "description": ticket.description,
        "organization_id": organization_id(ticket.account_id),
        "via": _via_of(ticket),
        "custom_fields": fields,
        "fields": fields,
        "requester_id": _requester(ticket),
        "assignee_id": staff_user_id(ticket.assignee_id) if ticket.assignee_id else None,
        "group_id": group_id(catalog, ticket.team),
        "collaborator_ids": [customer_user_id(each.customer_id) for each in ticket.ccs],
        "email_cc_ids": [customer_user_id(each.customer_id) for each in ticket.ccs],
        "is_public": True,
        "due_at": None,
        "can_be_solved_by_me": ticket.status in OPEN_STATUSES,
        "solved": ticket.status in ("solved", "closed"),
        "recipient": None,
        "followup_source_id": ticket.followup_source_id,
        "ticket_form_id": form_id(catalog, ticket.support_type),
        "created_at": _time(ticket.created_at),
        "updated_at": _time(shown_update(ticket)),
        # Ours. Until when a solved ticket may be reopened; what may not is continued by a follow-up.
        "conversation_id": ticket.conversation_id,
        "reopens_until": _time(until) if until is not None else None,
        "needs_followup": may_follow(ticket, catalog),
        "satisfaction_rating": _satisfaction(ticket),
    }


def comment_shape(comment: TicketComment, settings: Settings, attachments: Iterable[Attachment] = ()) -> dict[str, Any]:
    """A comment, with the files that came with it."""
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": author_id(comment),
        "body": comment.body,
        "plain_body": comment.body,
        "html_body": "<p>" + html.escape(comment.body).replace("\n", "<br>") + "</p>",
        "public": comment.public,
        "audit_id": None,
        "attachments": [attachment_shape(file, settings) for file in attachments],
        "via": _via(comment.via),
        "metadata": {},
        "created_at": _time(comment.created_at),
    }


def audit_shape(audit: TicketAudit) -> dict[str, Any]:
    """One act on a ticket and its events."""
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "created_at": _time(audit.created_at),
        "author_id": author_id(audit),
        "via": _via(audit.via),
        "metadata": {},
        "events": [{"id": audit.id * 1000 + number, **event} for number, event in enumerate(audit.events)],
    }


def customer_shape(customer: Customer, settings: Settings) -> dict[str, Any]:
    """A customer as a Zendesk user."""
    return user_shape(
        settings,
        customer_user_id(customer.id),
        name=customer.name or customer.mail_address or "",
        email=customer.mail_address,
        role="customer",
        created_at=customer.created_at,
        locale=customer.locale,
        account_id=customer.account_id,
        external_id=customer.external_id,
        account_viewer=customer.account_viewer,
    )


def staff_shape(staff: StaffUser, settings: Settings) -> dict[str, Any]:
    """A member of staff as a Zendesk user."""
    return user_shape(
        settings,
        staff_user_id(staff.id),
        name=staff.name or staff.email,
        email=staff.email,
        role=staff.role,
        created_at=staff.created_at,
        active=staff.active,
    )


def user_shape(
    settings: Settings,
    user_id: int,
    *,
    name: str,
    email: str | None,
    role: str,
    created_at: dt.datetime,
    locale: str | None = None,
    account_id: str | None = None,
    external_id: str | None = None,
    active: bool = True,
    account_viewer: bool = False,
) -> dict[str, Any]:
    """A person as a Zendesk user."""
    return {
        "id": user_id,
        "url": f"{settings.public_url}/api/v2/users/{user_id}.json",
        "name": name,
        "email": email,
        "role": _ROLES[role],
        "copilot_role": role,
        "active": active,
        "verified": True,
        "suspended": not active,
        "locale": locale,
        "time_zone": None,
        "phone": None,
        "photo": None,
        "notes": None,
        "details": None,
        "default_group_id": None,
        "created_at": _time(created_at),
        "updated_at": _time(created_at),
        "organization_id": organization_id(account_id),
        "external_id": external_id,
        "tags": [],
        "user_fields": {},
        "restricted_agent": False,
        "shared": False,
        "moderator": role in ("lead", "admin"),
        "ticket_restriction": ("organization" if account_viewer else "requested") if role == "customer" else None,
        "account_viewer": account_viewer,
    }


def message_shape(message: Message) -> dict[str, Any]:
    """A message of the conversation that led to the ticket, without what only the widget needs."""
    return {
        "seq": message.seq,
        "role": message.role,
        "kind": message.kind,
        "text": message.text,
        "language": message.language,
        "answer": message.answer,
        "created_at": _time(message.created_at),
    }


def author_id(row: TicketComment | TicketAudit) -> int | None:
    """The Zendesk user id of who wrote or did it; None before an outage's customer is verified."""
    if row.staff_id is not None:
        return staff_user_id(row.staff_id)
    return customer_user_id(row.customer_id) if row.customer_id is not None else None


def _requester(ticket: Ticket) -> int | None:
    return customer_user_id(ticket.requester_id) if ticket.requester_id is not None else None


def _fields(ticket: Ticket) -> list[dict[str, Any]]:
    named = {"support_type": ticket.support_type, "category": ticket.category, "subcategory": ticket.subcategory}
    return [{"id": name, "value": value} for name, value in {**named, **ticket.fields}.items()]


def _satisfaction(ticket: Ticket) -> dict[str, Any]:
    if ticket.rating is None:
        return {"score": "offered" if ticket.status in ("solved", "closed") else "unoffered"}
    return {"id": ticket.rating.id, "score": ticket.rating.score, "comment": ticket.rating.comment}


def _via_of(ticket: Ticket) -> dict[str, Any]:
    via = _via(ticket.via)
    if ticket.followup_source_id is not None:
        via["source"] = {"from": {"ticket_id": ticket.followup_source_id}, "to": {}, "rel": "follow_up"}
    return via


def _via(via: str) -> dict[str, Any]:
    return {"channel": CHANNELS.get(via, via), "source": {"from": {}, "to": {}, "rel": None}}


def _moment(value: dt.datetime | None) -> str | None:
    return None if value is None else _time(value)


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
