"""Tables of who may do what. Every secret is kept as a hash."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now


class Customer(Base):
    """Somebody who asks for help. `email` is proven (by a code, by the host or by an admin) and is what rights hang on;
    `contact_email` is only where mail goes, for two people of a host who share one address."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(255), default="")
    locale: Mapped[str | None] = mapped_column(String(8))
    account_id: Mapped[str | None] = mapped_column(String(128), index=True)
    # `sub` of the host's tokens.
    external_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    # The platforms of the customer's account, as the host named them last. Empty: the catalog's.
    platforms: Mapped[list[str]] = mapped_column(Json, default=list)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # Sees every ticket of the account, and may write on it.
    account_viewer: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    invited_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    @property
    def mail_address(self) -> str | None:
        """Where to write to."""
        return self.email or self.contact_email


class StaffUser(Base):
    """Somebody who works tickets (agent), reads the figures (lead) or runs the system (admin)."""

    __tablename__ = "staff_users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # SHA-256 of issuer and subject of the company's account that this one belongs to, since its first sign-in there.
    sso_subject: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)


class SignInSession(Base):
    """A signed-in browser: of a member of staff or of a customer, never both."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # When the password (or the code) was given: a renewed session is younger than that.
    signed_in_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, default=utc_now)
    # What its owner knows it by, as "Firefox, Windows". Never the browser's whole line: it may single somebody out.
    device: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # `password`, `link`, `conversation`, `host` or `sso`.
    via: Mapped[str] = mapped_column(String(16), default="password", server_default="password")
    # Exact to ten minutes, for the reason of `ApiToken.last_used_at`.
    last_used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class PasswordLink(Base):
    """A mailed link that lets its reader set a password once. `purpose`: ``invitation`` or ``reset``.

    `email` is where it was sent: a link to an address that the customer has no longer proves nothing.
    """

    __tablename__ = "password_links"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    purpose: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A token of a program. It acts with the role that its user has now, so that a demotion takes effect at once.

    `scopes`: empty for everything that the role may, else any of ``read``, ``write``.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_users.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    # Exact to ten minutes: a write per request would queue every reader behind SQLite's one writer.
    last_used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class WidgetKey(Base):
    """Names the site that a widget stands on. No secret: what it grants is bound to `origins` and `channels`."""

    __tablename__ = "widget_keys"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    # Like "https://shop.example"; "*" for any (the demo key only).
    origins: Mapped[list[str]] = mapped_column(Json, default=list)
    # Empty: every channel.
    channels: Mapped[list[str]] = mapped_column(Json, default=list)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class OneTimeCode(Base):
    """A mailed code of six digits, bound to one conversation and one address. Only its keyed hash is stored."""

    __tablename__ = "one_time_codes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class HostTokenUse(Base):
    """A host token that was exchanged: each `jti` counts once. Rows may go once the token has expired."""

    __tablename__ = "host_token_uses"

    jti_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class LimitHit(Base):
    """One use of something that is limited, by bucket; in the database so that every replica counts the same."""

    __tablename__ = "limit_hits"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    # A keyed hash: no address of a person or a machine is kept.
    bucket: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
