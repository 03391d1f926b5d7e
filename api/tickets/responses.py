"""What the documentation promises of tickets and what belongs to them: Zendesk's fields, then ours.

Every model may carry more than it names, as Zendesk's clients expect of a server that is newer than they are.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

FieldId = str | int


class Out(BaseModel):
    model_config = ConfigDict(extra="allow")


class ViaOut(Out):
    channel: str = Field(examples=["api"])
    source: dict[str, Any]


class FieldValueOut(Out):
    id: FieldId = Field(examples=["category"])
    value: Any = Field(examples=["incident"])


class SatisfactionOut(Out):
    score: str = Field(examples=["good"])
    comment: str | None = None


class AttachmentOut(Out):
    id: FieldId
    url: str
    file_name: str = Field(examples=["screen.png"])
    content_url: str
    content_type: str = Field(examples=["image/png"])
    size: int
    inline: bool
    deleted: bool


class CommentOut(Out):
    id: int
    type: str = Field(examples=["Comment"])
    author_id: int | None
    body: str = Field(examples=["Since when does it fail?"])
    html_body: str
    plain_body: str
    public: bool
    attachments: list[AttachmentOut]
    via: ViaOut
    created_at: str = Field(examples=["2026-01-31T12:00:00Z"])


class AuditOut(Out):
    id: int
    ticket_id: int
    author_id: int | None
    created_at: str
    via: ViaOut
    events: list[dict[str, Any]] = Field(
        examples=[[{"id": 7000, "type": "Change", "field_name": "priority", "value": "high", "previous_value": "low"}]]
    )


class TicketOut(Out):
    id: int = Field(examples=[1001])
    url: str
    external_id: str | None
    subject: str = Field(examples=["The report stays empty"])
    description: str
    type: str = Field(examples=["incident"])
    status: str = Field(examples=["open"])
    priority: str = Field(examples=["normal"])
    requester_id: int | None
    submitter_id: int | None
    assignee_id: int | None
    organization_id: int | None
    group_id: int | None
    collaborator_ids: list[int]
    email_cc_ids: list[int]
    follower_ids: list[int]
    problem_id: int | None
    has_incidents: bool
    tags: list[str]
    custom_fields: list[FieldValueOut]
    satisfaction_rating: SatisfactionOut
    via: ViaOut
    created_at: str = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: str
    outage_group_id: int | None = Field(description="The first ticket of the outage that this one is part of.")
    conversation_id: str | None
    language: str = Field(examples=["es"])


class RequestOut(Out):
    id: int = Field(examples=[1001])
    url: str
    subject: str
    description: str
    status: str = Field(examples=["open"])
    priority: str
    type: str
    requester_id: int | None
    assignee_id: int | None
    organization_id: int | None
    custom_fields: list[FieldValueOut]
    can_be_solved_by_me: bool
    solved: bool
    via: ViaOut
    created_at: str
    updated_at: str
    reopens_until: str | None
    needs_followup: bool


class UserOut(Out):
    id: int = Field(description="Even: a customer. Odd: a member of staff.", examples=[42])
    url: str
    name: str = Field(examples=["Ana"])
    email: str | None = Field(examples=["ana@example.com"])
    role: str = Field(examples=["end-user"])
    active: bool
    organization_id: int | None
    created_at: str
    updated_at: str


class TranscriptOut(Out):
    conversation_id: str | None
    # What the host application told of the moment: page, app_version, last_error.
    context: dict[str, str] | None
    messages: list[dict[str, Any]]


class JobStatusOut(Out):
    id: str
    url: str
    status: str = Field(examples=["completed"])
    total: int
    progress: int
    message: str | None
    results: list[dict[str, Any]] = Field(
        examples=[[{"index": 0, "id": 1001, "action": "update", "status": "Updated", "success": True}]]
    )


class CountOut(Out):
    value: int
    refreshed_at: str


class MetricMinutesOut(Out):
    calendar: int | None
    business: int | None


class TicketMetricOut(Out):
    id: int
    ticket_id: int
    replies: int
    reopens: int
    assignee_stations: int
    group_stations: int
    reply_time_in_minutes: MetricMinutesOut
    full_resolution_time_in_minutes: MetricMinutesOut
    created_at: str
    updated_at: str
    solved_at: str | None


class RelatedOut(Out):
    topic_id: int | None
    followup_source_ids: list[str]
    incidents: int
    from_archive: bool


class MetaOut(Out):
    has_more: bool
    after_cursor: str | None
    before_cursor: str | None


class LinksOut(Out):
    next: str | None
    prev: str | None


def one(name: str, model: Any, **more: Any) -> type[BaseModel]:
    """``{name: model}``, and `more` beside it."""
    fields: dict[str, Any] = {name: (model, ...), **{each: (kind, ...) for each, kind in more.items()}}
    return create_model(f"{_title(name)}Answer", __base__=Out, **fields)


def page(name: str, model: Any) -> type[BaseModel]:
    """A page of a list: by cursor it has `meta` and `links`, by number `count`, `next_page` and `previous_page`."""
    fields: dict[str, Any] = {
        name: (list[model], ...),
        "meta": (MetaOut | None, None),
        "links": (LinksOut | None, None),
        "count": (int | None, None),
        "next_page": (str | None, None),
        "previous_page": (str | None, None),
    }
    return create_model(f"{_title(name)}Page", __base__=Out, **fields)


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


OneTicket = one("ticket", TicketOut)
OneAuditedTicket = create_model(
    "AuditedTicketAnswer", __base__=Out, ticket=(TicketOut, ...), audit=(AuditOut | None, ...)
)
TicketPage = page("tickets", TicketOut)
OneRequest = one("request", RequestOut)
RequestPage = page("requests", RequestOut)
OneComment = one("comment", CommentOut)
CommentPage = page("comments", CommentOut)
OneAudit = one("audit", AuditOut)
AuditPage = page("audits", AuditOut)
OneUser = one("user", UserOut)
UserPage = page("users", UserOut)
OneAttachment = one("attachment", AttachmentOut)
OneJob = one("job_status", JobStatusOut)
OneCount = one("count", CountOut)
TagList = page("tags", str)


class DeletedTicketOut(Out):
    id: int
    subject: str
    previous_state: str
    deleted_at: str


class ExportOut(Out):
    """By time it has `end_time` and `next_page`, by cursor `after_cursor` and `after_url`."""

    end_of_stream: bool
    count: int | None = None
    end_time: int | None = None
    next_page: str | None = None
    after_cursor: str | None = None
    after_url: str | None = None


class ExportPage(ExportOut):
    tickets: list[TicketOut]


class UserExportPage(ExportOut):
    users: list[UserOut]


class EventPage(ExportOut):
    ticket_events: list[dict[str, Any]]


class OptionOut(Out):
    id: int
    name: str
    value: str


class TicketFieldOut(Out):
    id: int
    title: str = Field(examples=["Category"])
    type: str = Field(examples=["tagger"])
    key: str = Field(description="The field's id in the catalog: `custom_fields` takes it as well.")
    active: bool
    required: bool


class TicketFormOut(Out):
    id: int
    name: str
    ticket_field_ids: list[int]


class BrandOut(Out):
    id: int
    name: str


class CustomStatusOut(Out):
    id: int
    status_category: str
    agent_label: str


class LocaleOut(Out):
    id: int
    locale: str
    name: str


class SettingsOut(Out):
    settings: dict[str, Any]


class FoundOut(Out):
    id: FieldId
    result_type: str = Field(examples=["ticket"])


class SearchPage(Out):
    results: list[FoundOut]
    count: int
    next_page: str | None
    previous_page: str | None


class SearchExportPage(Out):
    results: list[FoundOut]
    meta: MetaOut
    links: LinksOut


class SearchCountOut(Out):
    count: int
