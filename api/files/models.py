"""Uploads: files given ahead of the comment that will carry them. The files themselves are `api.chat.models.Attachment`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UtcDateTime, utc_now


class Upload(Base):
    """One upload token and whose it is. It carries files to one comment, once, until it expires."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # `Principal.scope` of who uploads: nobody else may use the token.
    owner: Mapped[str] = mapped_column(String(64), index=True)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
