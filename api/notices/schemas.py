"""What staff send, and what everybody reads, of service notices."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal["incident", "maintenance"]
State = Literal["open", "monitoring", "resolved"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
Ids = Annotated[list[str], Field(max_length=100)]


class NoticeIn(BaseModel):
    """A notice to be published. Texts and keywords by language; a language that has none reads the default one's.

    `maintenance` needs both planned times; an incident may give `planned_until`, when it should be over.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind = "incident"
    title: dict[str, Title]
    text: dict[str, Text]
    keywords: dict[str, Annotated[list[Keyword], Field(max_length=50)]] = Field(default_factory=dict)
    categories: Ids = Field(default_factory=list)
    subcategories: Ids = Field(default_factory=list)
    topics: Ids = Field(default_factory=list)
    started_at: AwareDatetime | None = Field(None, description="Now, where nothing is said.")
    planned_from: AwareDatetime | None = None
    planned_until: AwareDatetime | None = None
    next_update_at: AwareDatetime | None = Field(None, description="When the next update is promised.")


class NoticeChange(BaseModel):
    """A correction: what is given replaces what was; nobody is mailed."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    title: dict[str, Title] | None = None
    text: dict[str, Text] | None = None
    keywords: dict[str, Annotated[list[Keyword], Field(max_length=50)]] | None = None
    categories: Ids | None = None
    subcategories: Ids | None = None
    topics: Ids | None = None
    started_at: AwareDatetime | None = None
    planned_from: AwareDatetime | None = None
    planned_until: AwareDatetime | None = None
    next_update_at: AwareDatetime | None = None


class UpdateIn(BaseModel):
    """News: mailed to every subscriber. `state`: the notice's from now on, unchanged where it is not given."""

    model_config = ConfigDict(extra="forbid")

    text: dict[str, Text]
    state: State | None = None
    next_update_at: AwareDatetime | None = None


class UpdateOut(BaseModel):
    """An update in one language; `language` is the text's, which is the default one where staff wrote no other."""

    id: int
    state: State
    text: str
    language: str
    at: dt.datetime


class NoticeOut(BaseModel):
    """A notice as customers see it, in one language. `since`: when it began or is to begin. `until`: the end of planned
    work, or the announced one. `latest`: the newest update's text. `running`: not over, and begun."""

    id: int
    kind: Kind
    state: State
    title: str
    text: str
    language: str
    latest: str | None
    since: dt.datetime
    until: dt.datetime | None
    next_update: dt.datetime | None
    updated_at: dt.datetime
    resolved_at: dt.datetime | None
    running: bool
    categories: list[str]
    subcategories: list[str]
    topics: list[str]
    updates: list[UpdateOut]


class NoticesOut(BaseModel):
    notices: list[NoticeOut]


class StaffUpdateOut(BaseModel):
    id: int
    state: State
    text: dict[str, str]
    at: dt.datetime
    author: str | None


class StaffNoticeOut(BaseModel):
    """A notice as staff see it: every language, its keywords, who wrote it, how many are mailed.

    `missing`: the languages without a text of their own, and the one that their readers get instead.
    """

    id: int
    kind: Kind
    state: State
    title: dict[str, str]
    text: dict[str, str]
    keywords: dict[str, list[str]]
    categories: list[str]
    subcategories: list[str]
    topics: list[str]
    started_at: dt.datetime
    planned_from: dt.datetime | None
    planned_until: dt.datetime | None
    next_update_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime
    resolved_at: dt.datetime | None
    created_by: str | None
    subscribers: int
    missing: dict[str, str]
    updates: list[StaffUpdateOut]


class StaffNoticesOut(BaseModel):
    notices: list[StaffNoticeOut]


class SubscribedOut(BaseModel):
    """Where the mails go, and whether they did before."""

    email: str
    already: bool
