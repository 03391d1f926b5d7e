"""Shapes of the identity endpoints."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, Field

from api.identity.principal import Role


class CodeRequestIn(BaseModel):
    email: str = Field(min_length=3, max_length=320)


class CodeRequestOut(BaseModel):
    """The same for every address, known or not."""

    sent: bool = True
    email: str = Field(description="The address, masked.")
    expires_in: int = Field(description="Seconds for which the code works.")


class CodeIn(BaseModel):
    code: str = Field(min_length=1, max_length=64)


class VerifiedOut(BaseModel):
    verified: bool = True
    email: str
    ticket_ids: list[int] = Field(description="Tickets of this conversation that were opened before it was verified.")


class CredentialsIn(BaseModel):
    email: str = Field(min_length=1, max_length=320)
    password: str = Field(min_length=1, max_length=1024)


class SessionOut(BaseModel):
    token: str
    role: Role
    email: str
    expires_at: dt.datetime


class MeOut(BaseModel):
    kind: str
    role: Role | None
    email: str | None
    name: str | None
    conversation_id: str | None
    account_id: str | None
    verified: bool


class DemoIdentityOut(BaseModel):
    """A host token as the demo shop's own server would sign it."""

    token: str
    email: str
    name: str
    account_id: str
    platforms: list[str]


class InvitationIn(BaseModel):
    """A customer to invite; what is left out stays as it is."""

    email: str = Field(min_length=3, max_length=320)
    name: str | None = Field(default=None, max_length=255)
    account_id: str | None = Field(default=None, max_length=128)
    platforms: list[Annotated[str, Field(max_length=200)]] | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=8)
    account_viewer: bool | None = Field(default=None, description="Sees every ticket of the account.")


class InvitationOut(BaseModel):
    user_id: int
    email: str
    account_id: str | None
    account_viewer: bool
    expires_at: dt.datetime


class LinkRequestIn(BaseModel):
    email: str = Field(min_length=3, max_length=320)
    language: str | None = Field(default=None, max_length=8)


class LinkRequestOut(BaseModel):
    """The same for every address, known or not."""

    sent: bool = True
    expires_in: int = Field(description="Seconds for which a link works.")


class LinkIn(BaseModel):
    token: str = Field(min_length=1, max_length=128)


class LinkOut(BaseModel):
    email: str
    purpose: str = Field(description="`invitation` or `reset`.")


class PasswordIn(LinkIn):
    password: str = Field(min_length=1, max_length=1024)


class PasswordChangeIn(BaseModel):
    current_password: str = Field(min_length=1, max_length=1024)
    password: str = Field(min_length=1, max_length=1024)


class VisitorIn(BaseModel):
    language: str | None = Field(default=None, max_length=8)


class VisitorOut(BaseModel):
    id: str
    token: str
    language: str
