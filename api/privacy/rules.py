"""How a person's rows are found in each table, and what becomes of them when the person is erased.

A row goes (`delete`) where nothing else hangs on it and no figure comes of it; else it stays, with every column of the
kinds ``person`` and ``hashed`` emptied (api/privacy/columns.py), so that numbers, states, times and figures stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table

from api.chat.idle import Silence
from api.chat.models import Attachment, Conversation, ConversationToken, Message, Turn
from api.database import Base
from api.files.models import Upload
from api.identity.models import ApiToken, Customer, OneTimeCode, PasswordLink, SignInSession
from api.mail_in.models import InboundMail
from api.metrics.gap_models import GapQuestion, GapTicket
from api.notices.models import NoticeSubscription
from api.notifications.models import OutboxMail, UndeliverableAddress
from api.people.models import Organization
from api.privacy.person import Person, among
from api.ratings.models import SatisfactionRating
from api.tickets.backends.models import RemoteAct, RemoteTicket
from api.tickets.models import IdempotencyKey, Ticket, TicketAudit, TicketCc, TicketComment

# What stands where a text was.
MARK = "[erased]"

Conditions = Iterable[ColumnElement[bool]]
Row = Mapping[str, Any]
# What becomes of a column: (row, ids of the catalog's fields with options) -> value.
Filling = Callable[[Row, frozenset[str]], Any]


@dataclass(frozen=True)
class Rule:
    """One table. `given`: what the person gave or was told themselves, for the export (None: the same rows; `()`: none,
    as they are copies of what is exported already). `put`: columns that get another value than an empty one."""

    model: type[Base]
    rows: Callable[[Person], Conditions]
    delete: bool = False
    given: Callable[[Person], Conditions] | None = None
    put: Mapping[str, Filling] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return Base.metadata.tables[self.model.__tablename__]


def _nothing(_: Person) -> Conditions:
    return ()


def _of(column: Any, name: str) -> Callable[[Person], Conditions]:
    def found(person: Person) -> Conditions:
        value = getattr(person, name)
        values = value if isinstance(value, list) else [value] if value is not None else []
        return among(column, values)

    return found


def _any(*parts: Callable[[Person], Conditions]) -> Callable[[Person], Conditions]:
    return lambda person: [each for part in parts for each in part(person)]


def always(value: Any) -> Filling:
    return lambda _row, _choices: value


def _unless_choice(row: Row, choices: frozenset[str]) -> dict[str, Any]:
    """Values that were chosen from a list stay: figures are made by them."""
    return {name: value for name, value in (row["fields"] or {}).items() if name in choices}


_TOLD = frozenset(
    {"status", "priority", "type", "category", "subcategory", "support_type", "requester_id", "assignee_id", "group_id"}
    | {"team", "team_id", "merged_into_id", "problem_id", "followup_source_id", "first_response", "resolution"}
)
# The title and the text of a ticket, though a catalog may have a list of that name as well.
_NEVER_TOLD = frozenset({"subject", "title", "description"})
_TYPED = frozenset({"value", "previous_value", "body", "reason", "text", "subject"})


def _bare_events(row: Row, choices: frozenset[str]) -> list[dict[str, Any]]:
    """What happened stays; what was typed goes."""
    found = []
    for event in row["events"] or []:
        name = event.get("field_name")
        told = name in _TOLD or (name in choices and name not in _NEVER_TOLD)
        kept = {**event}
        for key in _TYPED & kept.keys():
            if key not in ("value", "previous_value") or not told:
                kept[key] = MARK if kept[key] is not None else None
        found.append(kept)
    return found


def _text(name: str) -> Filling:
    """A mark in place of a text; what was empty stays so."""
    return lambda row, _choices: MARK if row[name] else row[name]


def _finished(row: Row, _choices: frozenset[str]) -> Any:
    return "failed" if row["status"] in ("pending", "sending") else row["status"]


RULES: tuple[Rule, ...] = (
    Rule(
        Conversation,
        _of(Conversation.id, "conversations"),
        put={
            # Nobody has a token with that hash.
            "token_hash": lambda row, _: f"erased:{row['id']}",
            "silence": always(int(Silence.LEFT_ALONE)),
        },
    ),
    Rule(ConversationToken, _of(ConversationToken.conversation_id, "conversations"), delete=True),
    Rule(
        Message,
        _of(Message.conversation_id, "conversations"),
        put={"text": _text("text")},
    ),
    Rule(
        Turn,
        _of(Turn.conversation_id, "conversations"),
        put={"client_message_id": lambda row, _: row["id"]},
    ),
    Rule(
        OneTimeCode,
        _any(_of(OneTimeCode.conversation_id, "conversations"), _of(OneTimeCode.email, "addresses")),
        delete=True,
        given=_of(OneTimeCode.email, "addresses"),
    ),
    Rule(
        Ticket,
        _of(Ticket.id, "tickets"),
        put={
            "subject": always(MARK),
            "description": always(MARK),
            "fields": _unless_choice,
        },
    ),
    Rule(
        TicketComment,
        _any(_of(TicketComment.ticket_id, "tickets"), _of(TicketComment.id, "comments")),
        put={"body": _text("body")},
    ),
    Rule(
        TicketAudit,
        _any(_of(TicketAudit.ticket_id, "tickets"), _of(TicketAudit.customer_id, "customer_id")),
        put={"events": _bare_events},
        given=_nothing,
    ),
    Rule(
        TicketCc,
        _any(_of(TicketCc.ticket_id, "tickets"), _of(TicketCc.customer_id, "customer_id")),
        delete=True,
        given=_of(TicketCc.customer_id, "customer_id"),
    ),
    Rule(
        SatisfactionRating,
        _any(
            _of(SatisfactionRating.customer_id, "customer_id"),
            _of(SatisfactionRating.ticket_id, "tickets"),
            _of(SatisfactionRating.conversation_id, "conversations"),
        ),
    ),
    Rule(
        Attachment,
        _any(
            _of(Attachment.conversation_id, "conversations"),
            _of(Attachment.ticket_id, "tickets"),
            _of(Attachment.comment_id, "comments"),
            _of(Attachment.owner, "scopes"),
        ),
        delete=True,
    ),
    Rule(Upload, _of(Upload.owner, "scopes"), delete=True, given=_nothing),
    Rule(
        OutboxMail,
        _any(
            _of(OutboxMail.recipient, "addresses"),
            _of(OutboxMail.ticket_id, "tickets"),
            _of(OutboxMail.conversation_id, "conversations"),
        ),
        # A worker may be sending it: the row stays for what that comes to.
        put={"status": _finished, "attempts": always(1_000)},
        given=_of(OutboxMail.recipient, "addresses"),
    ),
    Rule(UndeliverableAddress, _of(UndeliverableAddress.address, "addresses"), delete=True),
    Rule(
        InboundMail,
        _of(InboundMail.id, "mails_in"),
        given=_of(InboundMail.sender, "addresses"),
    ),
    Rule(
        NoticeSubscription,
        _any(
            _of(NoticeSubscription.customer_id, "customer_id"),
            _of(NoticeSubscription.email, "addresses"),
            _of(NoticeSubscription.conversation_id, "conversations"),
        ),
        delete=True,
    ),
    Rule(SignInSession, _of(SignInSession.customer_id, "customer_id"), delete=True),
    Rule(PasswordLink, _of(PasswordLink.customer_id, "customer_id"), delete=True),
    Rule(ApiToken, _of(ApiToken.customer_id, "customer_id"), delete=True),
    Rule(IdempotencyKey, _of(IdempotencyKey.scope, "scopes"), delete=True, given=_nothing),
    Rule(
        RemoteAct,
        _of(RemoteAct.ticket_id, "tickets"),
        put={"status": lambda row, _: "dropped" if row["status"] == "waiting" else row["status"]},
        given=_nothing,
    ),
    Rule(
        RemoteTicket,
        _of(RemoteTicket.ticket_id, "tickets"),
        # Nothing is looked at there any more: it would bring back what was said.
        put={"state": always("closed"), "push_at": always(None), "check_at": always(None)},
        given=_nothing,
    ),
    Rule(GapQuestion, _of(GapQuestion.conversation_id, "conversations"), delete=True, given=_nothing),
    Rule(GapTicket, _of(GapTicket.ticket_id, "tickets"), delete=True, given=_nothing),
    Rule(Organization, _of(Organization.account_id, "accounts"), delete=True),
    # Last: until here the addresses lead to the rest.
    Rule(Customer, _of(Customer.id, "customer_id")),
)

# Found in another way than by an id of their own: see api/privacy/copies.py.
COPIES = ("gap_clusters", "idempotency_keys", "jobs", "pinned_articles", "webhook_deliveries")
