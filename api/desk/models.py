"""Prepared answers and acts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class Macro(Base):
    """What agents do again and again, at one press: a text per language, and changes of fields.

    `actions`: ``[{"field", "value"}]`` in Zendesk's words, the comment left out; `texts`: the comment by language, with
    placeholders such as ``{{requester.first_name}}``.
    """

    __tablename__ = "macros"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    texts: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    public: Mapped[bool] = mapped_column(Boolean, default=True)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
