"""What clients send of people, groups and organizations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.tickets.schemas import NoNulls, Text


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore")


class UserIn(_In):
    """A person: customers (`end-user`) by whoever works tickets, staff by an admin."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"name": "Ana", "email": "ana@example.com", "role": "end-user"}]},
    )

    id: int | None = None
    name: Annotated[Text, Field(max_length=255)] | None = None
    email: Annotated[Text, Field(max_length=254)] | None = None
    role: Literal["end-user", "agent", "admin"] | None = None
    # Which kind of agent: ours has two.
    copilot_role: Literal["agent", "lead", "admin"] | None = None
    external_id: Annotated[Text, Field(max_length=255)] | None = None
    organization_id: int | None = None
    locale: Annotated[Text, Field(max_length=8)] | None = None
    # Ours: a customer who sees every ticket of the account in the portal.
    account_viewer: bool | None = None


class UserEnvelope(_In):
    user: UserIn


class UsersEnvelope(_In):
    users: Annotated[list[UserIn], NoNulls, Field(min_length=1, max_length=100)]


class OrganizationIn(_In):
    name: Annotated[Text, Field(max_length=255)] | None = None
    # The account's id at the host; made of the name where none comes.
    external_id: Annotated[Text, Field(max_length=128)] | None = None


class OrganizationEnvelope(_In):
    organization: OrganizationIn


class MembershipIn(_In):
    user_id: int
    group_id: int


class MembershipEnvelope(_In):
    group_membership: MembershipIn


class IdentityOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int
    user_id: int
    type: str = Field(examples=["email"])
    value: str
    verified: bool
    primary: bool


class GroupOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int
    name: str = Field(examples=["support"])


class MembershipOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int
    user_id: int
    group_id: int | None


class OrganizationOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int
    name: str
    external_id: str
    created_at: str
    updated_at: str


class UserRelatedOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    assigned_tickets: int
    requested_tickets: int
    ccd_tickets: int
