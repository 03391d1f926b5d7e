"""What clients send, in Zendesk's shapes. Fields of theirs that have no meaning here are ignored, as Zendesk does."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_REASON = 1_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _clean(text: str) -> str:
    """Without control characters; ValueError for half a surrogate pair, which no database can store."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("the text holds half a character (a lone surrogate)") from error
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


Text = Annotated[str, AfterValidator(_clean)]


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore")


class CommentIn(_In):
    body: Text | None = None
    html_body: Text | None = None
    public: bool = True
    # Files that were given before and come with this comment, by their ids.
    uploads: list[Annotated[Text, Field(max_length=64)]] = Field(default_factory=list, max_length=20)

    @property
    def text(self) -> str:
        return (self.body or _plain(self.html_body or "")).strip()


class FieldIn(_In):
    """A ticket field by its catalog id."""

    id: str | int
    value: Any = None


class RequesterIn(_In):
    name: Text | None = None
    email: Text | None = None


class RequestIn(_In):
    """A ticket as its customer opens and continues it."""

    subject: Text | None = None
    description: Text | None = None
    comment: CommentIn | None = None
    type: str | None = None
    external_id: Annotated[Text, Field(max_length=255)] | None = None
    custom_fields: list[FieldIn] = Field(default_factory=list, max_length=100)
    fields: list[FieldIn] = Field(default_factory=list, max_length=100)
    solved: bool | None = None
    # The customer's own closed ticket that a new one continues.
    via_followup_source_id: int | None = None

    @property
    def text(self) -> str:
        """The description, or the first comment: Zendesk's clients send either."""
        if self.comment is not None and self.comment.text:
            return self.comment.text
        return (self.description or "").strip()

    @property
    def values(self) -> dict[str, Any]:
        """Field values by catalog id."""
        return {str(each.id): each.value for each in [*self.fields, *self.custom_fields]}


class TicketIn(RequestIn):
    """A ticket as staff and programs open and change it."""

    priority: str | None = None
    # Why staff give it another priority; without it, the comment that comes with the change says so.
    priority_reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = None
    status: str | None = None
    requester_id: int | None = None
    requester: RequesterIn | None = None
    assignee_id: int | None = None
    assignee_email: Text | None = None
    tags: list[Annotated[Text, Field(max_length=255)]] | None = Field(None, max_length=100)
    safe_update: bool = False
    updated_stamp: dt.datetime | None = None


class RequestEnvelope(_In):
    request: RequestIn


class TicketEnvelope(_In):
    ticket: TicketIn


def _plain(html: str) -> str:
    import html as entities

    return entities.unescape(re.sub(r"<[^>]*>", " ", html))
