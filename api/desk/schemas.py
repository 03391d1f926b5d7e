"""What the desk sends and gets: macros in Zendesk's shape, queues, and a ticket with all that belongs to it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.tickets.schemas import Text

Title = Annotated[Text, Field(min_length=1, max_length=255)]


class MacroAction(BaseModel):
    """One thing that a macro does, in Zendesk's words: ``{"field": "status", "value": "pending"}``.

    `field`: comment_value (a text, or ``[mode, text]``), comment_mode_is_public, status, priority, assignee_id (a user id
    or ``current_user``), current_tags (added), set_tags, remove_tags, or custom_fields_<catalog id>.
    """

    field: Annotated[str, Field(max_length=100)]
    value: Any = None


class MacroIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: Title | None = None
    description: Annotated[Text, Field(max_length=1000)] | None = None
    active: bool | None = None
    position: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    actions: Annotated[list[MacroAction], Field(max_length=50)] | None = None
    # Ours: the comment by language; a language that has none gets the default one's.
    texts: dict[str, Text] | None = None


class MacroEnvelope(BaseModel):
    macro: MacroIn


class MacroOut(BaseModel):
    id: int
    url: str
    title: str
    raw_title: str
    description: str | None
    active: bool
    default: bool
    position: int
    actions: list[MacroAction]
    restriction: None = None
    texts: dict[str, str]
    created_at: str
    updated_at: str


class OneMacro(BaseModel):
    macro: MacroOut


class MacrosOut(BaseModel):
    macros: list[MacroOut]
    count: int
    next_page: None = None
    previous_page: None = None


class MacroResult(BaseModel):
    ticket: dict[str, Any]


class AppliedOut(BaseModel):
    """Nothing is stored: the result is what a PUT of the ticket would take."""

    result: MacroResult


class PersonOut(BaseModel):
    """Somebody by their Zendesk user id."""

    id: int
    name: str
    email: str | None
    role: str


class PeopleOut(BaseModel):
    """Who is signed in, and to whom tickets can be given. `groups`: the catalog's teams, by their group id."""

    me: PersonOut
    staff: list[PersonOut]
    groups: list[dict[str, Any]]


class QueueCounts(BaseModel):
    """Tickets that are not solved, by what they are sorted into; and how many `mails` wait for staff."""

    all: int
    mine: int
    unassigned: int
    near: int
    missed: int
    mails: int
    status: dict[str, int]
    priority: dict[str, int]
    category: dict[str, int]
    language: dict[str, int]
