"""Tables of organizations (the accounts of customers) and of who works in which team."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UtcDateTime, utc_now
from api.identity.models import Customer


def organization_id(account_id: str | None) -> int | None:
    """The number by which clients know an account: stable, positive and below 2^31; None for none."""
    if account_id is None:
        return None
    return (zlib.crc32(account_id.encode("utf-8", "surrogatepass")) & 0x7FFFFFFE) + 1


class Organization(Base):
    """An account of the host application, as Zendesk's clients see it. One stands here for every account of a customer."""

    __tablename__ = "organizations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    account_id: Mapped[str] = mapped_column(String(128), unique=True)
    # Empty: it is called by its account id.
    name: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class TeamMember(Base):
    """Somebody of the staff who works in a team of the catalog."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("staff_id", "team"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_users.id"))
    team: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


def _keep_organization(_mapper: Any, connection: Connection, customer: Customer) -> None:
    """Whoever gives a customer an account (host, import, staff), the account is an organization from then on."""
    if customer.account_id is None:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    now = utc_now()
    connection.execute(
        insert(Organization)
        .values(
            id=organization_id(customer.account_id),
            account_id=customer.account_id,
            name="",
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing()
    )


event.listen(Customer, "after_insert", _keep_organization)
event.listen(Customer, "after_update", _keep_organization)
