"""Tables of a ticket: itself, what was said on it, and every change of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Identity, Index, Integer, String, Text, UniqueConstraint, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.database import Base, Json, UtcDateTime, utc_now
from api.ratings.models import SatisfactionRating

FIRST_TICKET_ID = 1001


def _where(name: str, *columns: str) -> Index:
    """An index of the rows whose last column holds something."""
    known = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, sqlite_where=known, postgresql_where=known)


# The desk counts the tickets that wait by these alone: of 50,000 tickets the table took 28 ms. Asked for by the very same
# words, as SQLite takes an index of some rows only where the query has its condition.
QUEUED = "status IN ('hold', 'new', 'open', 'pending') AND deleted_at IS NULL"
_COUNTED = (
    "status", "priority", "category", "language", "assignee_id", "deleted_at", "first_response_at",
    "first_response_warned_at", "first_response_breached_at", "resolution_warned_at", "resolution_breached_at",
)  # fmt: skip


class Ticket(Base):
    """One problem of one customer. Numbers start at 1001; `fields` holds what has no column, by catalog id."""

    __tablename__ = "tickets"
    __table_args__ = (
        # The form's id: a form that is sent again after a crash finds its ticket. NULLs are distinct, so that
        # tickets of other origins may share or lack an external id.
        UniqueConstraint("conversation_id", "external_id"),
        # The order of lists; the number breaks ties, and makes the cursor's comparison one range.
        Index("ix_tickets_created_at", "created_at", "id"),
        # With what lists are mostly limited to: SQLite tells by the index alone which tickets to read.
        Index("ix_tickets_updated_at", "updated_at", "id", "deleted_at", "status", "priority"),
        Index("ix_tickets_status", "status", "deleted_at", "id", "priority"),
        _where("ix_tickets_targets_check_at", "targets_check_at"),
        _where("ix_tickets_closes_at", "closes_at"),
        # Nearly every ticket has none of these. In a whole index SQLite takes that for a sign that it tells nothing apart,
        # and reads the table instead: a page of 25 took 280 ms with 100,000 tickets.
        _where("ix_tickets_followup_source_id", "followup_source_id"),
        _where("ix_tickets_merged_into_id", "merged_into_id"),
        _where("ix_tickets_problem_id", "problem_id"),
        _where("ix_tickets_deleted_at", "deleted_at"),
        _where("ix_tickets_first_responses", "priority", "category", "first_response_at"),
        Index("ix_tickets_queued", *_COUNTED, sqlite_where=text(QUEUED), postgresql_where=text(QUEUED)),
        # Numbers of deleted tickets never come back.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(start=FIRST_TICKET_ID), primary_key=True)
    # None only for an outage that was opened before its customer was verified.
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(255), index=True)
    account_id: Mapped[str | None] = mapped_column(String(128), index=True)
    subject: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="new")
    priority: Mapped[str] = mapped_column(String(16))
    team: Mapped[str | None] = mapped_column(String(64))
    support_type: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    subcategory: Mapped[str | None] = mapped_column(String(64))
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    language: Mapped[str] = mapped_column(String(8))
    via: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # What clients are shown of it, in whole seconds: later at every change, by one second at least (api/tickets/changing.py).
    # None: as `updated_at`.
    updated_stamp: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # `catalog` (by its rules) or `staff` (by hand: the rules leave it alone from then on).
    priority_set_by: Mapped[str] = mapped_column(String(16), default="catalog", server_default="catalog")
    solved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    # When a solved ticket closes by itself, and when it did.
    closes_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reopened_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # The targets (api/tickets/targets.py): due moments are None where nothing is promised, and while no time passes.
    first_response_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    first_response_due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    resolution_due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    first_response_warned_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    resolution_warned_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    first_response_breached_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    resolution_breached_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # When the worker has to look next, for a warning or a breach.
    targets_check_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # The closed ticket that this one continues. No foreign key: SQLite adds none to a table that is there already.
    followup_source_id: Mapped[int | None] = mapped_column(Integer)
    # The first ticket of the outage that this one is part of (api/alerts/grouping.py); its own number for the first one.
    outage_group_id: Mapped[int | None] = mapped_column(Integer, index=True)
    # The member of staff who opened it for its customer. These four without foreign keys, for the same reason.
    submitter_staff_id: Mapped[int | None] = mapped_column(Integer)
    # The ticket that goes on in its place.
    merged_into_id: Mapped[int | None] = mapped_column(Integer)
    # The ticket of type `problem` that this incident is one of.
    problem_id: Mapped[int | None] = mapped_column(Integer)
    # Deleted by staff: hidden everywhere but in the list of deleted tickets, from where it can come back.
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    rating: Mapped[SatisfactionRating | None] = relationship(lazy="selectin", viewonly=True)
    ccs: Mapped[list[TicketCc]] = relationship(lazy="selectin", viewonly=True, order_by="TicketCc.customer_id")
    followups: Mapped[list[Ticket]] = relationship(
        primaryjoin="Ticket.id == foreign(remote(Ticket.followup_source_id))",
        lazy="selectin",
        join_depth=1,
        viewonly=True,
        order_by="Ticket.id",
    )


@event.listens_for(Ticket.__table__, "after_create")
def _begin_at_first_id(_table: Any, connection: Connection, **_: Any) -> None:
    """PostgreSQL begins at 1001 by the Identity above; SQLite by its table of last numbers. The migration does the same."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES ('tickets', :last)"), {"last": FIRST_TICKET_ID - 1}
        )


class TicketCc(Base):
    """A customer who is copied in: reads the ticket's public side and may reply, but not solve it."""

    __tablename__ = "ticket_ccs"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class TicketComment(Base):
    """Something said on a ticket; the first one is its description. Internal where not `public`."""

    __tablename__ = "ticket_comments"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    # One of them, or neither: an outage's first comment, before its customer is verified.
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"))
    body: Mapped[str] = mapped_column(Text)
    public: Mapped[bool] = mapped_column(Boolean, default=True)
    # Of the mail that it came by.
    message_id: Mapped[str | None] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class TicketAudit(Base):
    """One act on a ticket: who, when, and its `events` in Zendesk's shape (Create, Change, Comment)."""

    __tablename__ = "ticket_audits"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"))
    via: Mapped[str] = mapped_column(String(16))
    events: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class IdempotencyKey(Base):
    """The answer that was given to a key, replayed for at least seven days."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    # Text, not JSON: the same bytes come back.
    body: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class Job(Base):
    """A change of many tickets at once and what became of each. It is done within its request; clients ask for it later."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"))
    total: Mapped[int] = mapped_column(Integer)
    results: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
