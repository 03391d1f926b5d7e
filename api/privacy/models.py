"""Tables of what was done for somebody's privacy: erasures, which a crash must not leave half done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class Erasure(Base):
    """One erasure of a person. The row is written in the transaction that takes the person out of the tables.

    `leftovers`: files that are still to be deleted, relative to the folder of everything written at run time; empty once
    `finished_at` is set. `report`: how many of what were removed, by table and by kind; nothing of whom.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    # None for somebody who wrote without ever becoming a customer.
    customer_id: Mapped[int | None] = mapped_column(Integer, index=True)
    leftovers: Mapped[list[str]] = mapped_column(Json, default=list)
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    began_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
