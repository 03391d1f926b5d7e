"""A ticket as it stands in a file, with what was said on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from api.tickets.rules import LONGEST_TEXT, LONGEST_TITLE
from api.tickets.schemas import Text


def _in_utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        raise ValueError("needs a time zone: 2026-01-31T12:00:00Z")
    return value.astimezone(dt.UTC)


Time = Annotated[dt.datetime, AfterValidator(_in_utc)]
Short = Annotated[Text, Field(max_length=255)]
Address = Annotated[Text, Field(max_length=254)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class _Record(BaseModel):
    # A column that is misspelt must not be lost without a word.
    model_config = ConfigDict(extra="forbid")


class CommentRecord(_Record):
    """Something said after the description. `author`: an e-mail address, of staff or of a customer; none: the requester."""

    body: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    author: Address | None = None
    public: bool = True
    created_at: Time | None = None


class TicketRecord(_Record):
    """One ticket. `fields`: by catalog id. What is left out is what a new ticket would have."""

    number: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    external_id: Short | None = None
    requester_email: Address | None = None
    requester_name: Short | None = None
    # Who wrote the description, where that was somebody else: staff, mostly.
    submitter_email: Address | None = None
    assignee_email: Address | None = None
    account_id: Annotated[Text, Field(max_length=128)] | None = None
    subject: Annotated[Text, Field(min_length=1, max_length=LONGEST_TITLE)]
    description: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    type: str | None = None
    status: str | None = None
    priority: str | None = None
    team: str | None = None
    language: str | None = None
    via: Annotated[str, Field(pattern=r"^[a-z_]{1,16}$")] | None = None
    # Addresses of customers who are copied in.
    ccs: list[Address] = Field(default_factory=list, max_length=48)
    tags: list[Short] = Field(default_factory=list, max_length=100)
    fields: dict[Name, Annotated[Text, Field(max_length=10_000)]] = Field(default_factory=dict)
    created_at: Time | None = None
    updated_at: Time | None = None
    solved_at: Time | None = None
    comments: list[CommentRecord] = Field(default_factory=list, max_length=5000)

    @field_validator("fields", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        """Numbers are as good as texts; a field that is empty is none."""
        if not isinstance(value, dict):
            return value
        return {
            name: str(each) if isinstance(each, int) and not isinstance(each, bool) else each
            for name, each in value.items()
            if each not in (None, "")
        }


@dataclass(frozen=True)
class Line:
    """What a file has at a line (1 is the first): a record, not yet checked. `number` is where it begins."""

    number: int
    record: dict[str, Any]


@dataclass(frozen=True)
class LineProblem:
    """What is wrong with a line, and what to do about it. `field` is empty where the line as a whole cannot be read."""

    line: int
    field: str
    cure: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field + ': ' if self.field else ''}{self.cure}"


Format = Literal["csv", "jsonl"]
# The columns of a CSV file in their order; behind them stands one column `field:<id>` for each ticket field.
COLUMNS = tuple(name for name in TicketRecord.model_fields if name not in ("fields", "comments"))
FIELD_COLUMN = "field:"
