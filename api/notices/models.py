"""Tables of service notices, their updates, and who is mailed at each."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.database import Base, Json, UtcDateTime, utc_now

KINDS = ("incident", "maintenance")
STATES = ("open", "monitoring", "resolved")


class ServiceNotice(Base):
    """A problem that staff know of, or work that they have planned. Texts are by language.

    `state`: open, monitoring (mended, and watched), resolved. `kind`: incident or maintenance; maintenance has both planned
    times and is under way between them, an incident may have `planned_until`, its announced end.
    """

    __tablename__ = "service_notices"
    __table_args__ = (Index("ix_service_notices_state", "state"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="open")
    titles: Mapped[dict[str, str]] = mapped_column(Json)
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    keywords: Mapped[dict[str, list[str]]] = mapped_column(Json, default=dict)
    categories: Mapped[list[str]] = mapped_column(Json, default=list)
    subcategories: Mapped[list[str]] = mapped_column(Json, default=list)
    topics: Mapped[list[str]] = mapped_column(Json, default=list)
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    planned_from: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    planned_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # When staff promise the next update.
    next_update_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    resolved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    updates: Mapped[list[NoticeUpdate]] = relationship(order_by="NoticeUpdate.id", lazy="selectin")

    @property
    def since(self) -> dt.datetime:
        """When it began, or is to begin."""
        return self.planned_from if self.kind == "maintenance" and self.planned_from else self.started_at

    def is_over(self, now: dt.datetime) -> bool:
        """Whether nobody needs to hear of it any more: resolved, or planned work whose time is past."""
        if self.state == "resolved":
            return True
        return self.kind == "maintenance" and self.planned_until is not None and self.planned_until <= now

    def is_running(self, now: dt.datetime) -> bool:
        """Whether a customer may be suffering from it now."""
        return not self.is_over(now) and self.since <= now


class NoticeUpdate(Base):
    """What staff had to tell of a notice later on; `state` is the notice's from then on."""

    __tablename__ = "notice_updates"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("service_notices.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    texts: Mapped[dict[str, str]] = mapped_column(Json)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class NoticeSubscription(Base):
    """A proven address that is mailed at each update; one row for a notice and address, kept when it is ended."""

    __tablename__ = "notice_subscriptions"
    __table_args__ = (UniqueConstraint("notice_id", "email"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("service_notices.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
