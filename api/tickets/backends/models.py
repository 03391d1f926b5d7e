"""Tables of the mirror: each ticket's counterpart, what is still to be told there, which comments are known on both sides."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class RemoteLink(Base):
    """How we stand with one backend; one row each.

    `stopped_at`: it does not let us in, and nothing is sent before `probe_at`, when that is looked at again.
    `paused_until`: it asked for patience. `failing_since`: the first failure after the last success. `told_at`: when
    the admins were mailed of it.
    """

    __tablename__ = "remote_links"

    backend: Mapped[str] = mapped_column(String(16), primary_key=True)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    probe_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Where the look at what changed there goes on, and when.
    cursor: Mapped[str | None] = mapped_column(Text)
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    look_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class RemoteTicket(Base):
    """The counterpart of a ticket.

    `state`: waiting (not there yet), mirrored, refused (given up until somebody asks for another try), closed, merged
    (goes on in a ticket of somebody else), gone (deleted there). `push_at`: when the next act is sent; `check_at`: when
    it is read again; both None: never. `busy_until`: a worker has it. `past_ids`: earlier counterparts.
    """

    __tablename__ = "remote_tickets"
    __table_args__ = (
        UniqueConstraint("backend", "remote_id"),
        Index("ix_remote_tickets_push_at", "push_at"),
        Index("ix_remote_tickets_check_at", "check_at"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    backend: Mapped[str] = mapped_column(String(16))
    remote_id: Mapped[str | None] = mapped_column(String(64))
    past_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    # As they were there when last seen: only what changed since is taken over.
    remote_status: Mapped[str | None] = mapped_column(String(32))
    remote_priority: Mapped[str | None] = mapped_column(String(32))
    remote_requester_id: Mapped[str | None] = mapped_column(String(64))
    remote_updated_at: Mapped[str | None] = mapped_column(String(40))
    push_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    check_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    busy_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    synced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class RemoteAct(Base):
    """One thing to be told there, written in the transaction of what it tells of; those of a ticket go in their order.

    `kind`: create or update; `body`: in our own words (outbox.py), frozen once it was sent. `status`: waiting, done,
    refused, dropped (its ticket was made anew). `sent_at`: it may have arrived, whatever came back. `generation` makes
    another key where the same has to be sent in another form.
    """

    __tablename__ = "remote_acts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_comments.id"), index=True)
    generation: Mapped[int] = mapped_column(Integer, default=1)
    # Tokens of the files that were given ahead, by our id of the file; "" for one that was not taken.
    uploads: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    uploaded_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class RemoteComment(Base):
    """A comment there that is known here; `comment_id` is ours, None where it was only passed over."""

    __tablename__ = "remote_comments"
    __table_args__ = (UniqueConstraint("ticket_id", "remote_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    remote_id: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_comments.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
