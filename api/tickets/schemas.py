"""What clients send, in Zendesk's shapes. Fields of theirs that have no meaning here are ignored, as Zendesk does."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

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


def _without_nulls(value: Any) -> Any:
    """Clients send null for a list that is empty, and nulls in lists: both mean nothing."""
    if value is None:
        return []
    return [each for each in value if each is not None] if isinstance(value, list) else value


NoNulls = BeforeValidator(_without_nulls)


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore")


class CommentIn(_In):
    body: Text | None = None
    html_body: Text | None = None
    public: bool = True
    # Files that were given before and come with this comment, by their ids.
    uploads: Annotated[list[Annotated[Text, Field(max_length=64)]], NoNulls, Field(max_length=20)] = []

    @property
    def text(self) -> str:
        return (self.body or _plain(self.html_body or "")).strip()


class FieldIn(_In):
    """A ticket field by its catalog id, or by the number that `GET /ticket_fields` gives it."""

    id: str | int
    value: Any = None


class RequesterIn(_In):
    name: Text | None = None
    email: Text | None = None


class CcIn(_In):
    """Somebody to copy in (or, `action` ``delete``, no longer), by user id or by address."""

    user_id: int | None = None
    user_email: Text | None = None
    user_name: Text | None = None
    action: Literal["put", "delete"] = "put"


class RequestIn(_In):
    """A ticket as its customer opens and continues it."""

    subject: Text | None = None
    description: Text | None = None
    comment: CommentIn | None = None
    type: str | None = None
    external_id: Annotated[Text, Field(max_length=255)] | None = None
    custom_fields: Annotated[list[FieldIn], NoNulls, Field(max_length=100)] = []
    fields: Annotated[list[FieldIn], NoNulls, Field(max_length=100)] = []
    solved: bool | None = None
    # The customer's own closed ticket that a new one continues.
    via_followup_source_id: int | None = None
    # Colleagues to copy in (or, `action` ``delete``, no longer).
    email_ccs: Annotated[list[CcIn], NoNulls, Field(max_length=48)] = []

    @property
    def text(self) -> str:
        """The description, or the first comment: Zendesk's clients send either."""
        said = self.comment.text if self.comment is not None else ""
        return said or (self.description or "").strip()

    @property
    def values(self) -> dict[str, Any]:
        """Field values by catalog id."""
        return {str(each.id): each.value for each in [*self.fields, *self.custom_fields]}


Tags = Annotated[list[Annotated[Text, Field(max_length=255)]], NoNulls, Field(max_length=100)]


class TicketIn(RequestIn):
    """A ticket as staff and programs open and change it."""

    # Only where several are changed at once: which one.
    id: int | None = None
    priority: str | None = None
    # Why staff give it another priority; without it, the comment that comes with the change says so.
    priority_reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = None
    status: str | None = None
    requester_id: int | None = None
    requester: RequesterIn | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    assignee_email: Text | None = None
    group_id: int | None = None
    problem_id: int | None = None
    tags: Tags | None = None
    additional_tags: Tags = []
    remove_tags: Tags = []
    # Everybody who is copied in, by id; and changes of that list.
    collaborator_ids: Annotated[list[int], NoNulls, Field(max_length=48)] | None = None
    safe_update: bool = False
    updated_stamp: dt.datetime | None = None


class RequestEnvelope(_In):
    request: RequestIn


class TicketEnvelope(_In):
    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "ticket": {
                        "subject": "The report stays empty",
                        "comment": {"body": "Since this morning the sales report shows no rows."},
                        "requester": {"name": "Ana", "email": "ana@example.com"},
                        "custom_fields": [
                            {"id": "category", "value": "incident"},
                            {"id": "subcategory", "value": "reports"},
                        ],
                    }
                }
            ]
        },
    )

    ticket: TicketIn


class TicketsEnvelope(_In):
    """Several new tickets, or several changes each with the `id` of its ticket."""

    tickets: Annotated[list[TicketIn], NoNulls, Field(min_length=1, max_length=100)]


class ManyChangesEnvelope(_In):
    """One change for the tickets that `ids` names, or a list of changes."""

    ticket: TicketIn | None = None
    tickets: Annotated[list[TicketIn], NoNulls, Field(max_length=100)] = []


class MergeIn(_In):
    """Tickets that go on in another one, and what is said on either side."""

    ids: Annotated[list[int], NoNulls, Field(min_length=1, max_length=20)]
    target_comment: Text | None = None
    source_comment: Text | None = None
    target_comment_is_public: bool = False
    source_comment_is_public: bool = False


class TagsIn(_In):
    tags: Tags


class RedactIn(_In):
    text: Annotated[Text, Field(min_length=1)]


def _plain(html: str) -> str:
    import html as entities

    return entities.unescape(re.sub(r"<[^>]*>", " ", html))
