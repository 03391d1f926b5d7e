"""The chat's wire format, as widgets and other clients rely on it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.chat.models import Message
from api.chat.text import printable

Channel = Literal["widget", "admin", "helpcenter"]


class PageIn(BaseModel):
    url: str = Field("", max_length=2000)
    title: str = Field("", max_length=300)


class ContextIn(BaseModel):
    """What the host application knows of the moment, as text for people; longer texts are cut, not refused."""

    page: str = Field("", max_length=20_000, description="The screen that is open, by its name or path.")
    app_version: str = Field("", max_length=20_000)
    last_error: str = Field("", max_length=200_000, description="The last message that the application showed.")

    def told(self) -> dict[str, str] | None:
        """What there is to keep, or None."""
        kept = {
            "page": printable(self.page, 300),
            "app_version": printable(self.app_version, 100),
            "last_error": printable(self.last_error, 2000),
        }
        return {name: text for name, text in kept.items() if text} or None


class ConversationIn(BaseModel):
    channel: Channel = "widget"
    widget_key: str | None = Field(None, max_length=128)
    language: str | None = Field(None, max_length=35, description="What the page or browser speaks; only a proposal.")
    identity: str | None = Field(None, max_length=8192, description="The host application's signed token.")
    page: PageIn | None = None
    context: ContextIn | None = None


class MessageIn(BaseModel):
    """Exactly one of `text` and `choice_id`."""

    model_config = ConfigDict(extra="forbid")

    client_message_id: str = Field(min_length=1, max_length=128)
    text: str | None = None
    choice_id: str | None = Field(None, max_length=64)
    attachment_ids: list[str] = Field(default_factory=list, max_length=20)


class ChoiceOut(BaseModel):
    id: str
    label: str
    name: str


Range = tuple[int, int]
"""[start, end) in characters (code points, not UTF-16 units) of the snippet."""


class StepOut(BaseModel):
    number: int
    start: int
    end: int


class PassageOut(BaseModel):
    """`snippet` is word for word from the article; what `highlights`, `steps` and `code` name are ranges of it."""

    article_id: str
    title: str
    heading: str
    url: str
    locale: str
    snippet: str
    score: float
    heading_path: list[str] = Field(default_factory=list)
    highlights: list[Range] = Field(default_factory=list)
    steps: list[StepOut] = Field(default_factory=list)
    code: list[Range] = Field(default_factory=list)
    continues: bool = Field(False, description="The article has more steps than the snippet.")


class TopicOut(BaseModel):
    label: str
    article_id: str
    locale: str


class RelatedOut(BaseModel):
    article_id: str
    title: str
    url: str
    locale: str


class AnswerOut(BaseModel):
    confident: bool
    passages: list[PassageOut]
    decision: Literal["answer", "clarify", "person"] = Field(
        "answer", description="`person`: the passages are the nearest there is, and no answer."
    )
    clarified: bool = Field(False, description="The customer chose the article's topic.")
    related: list[RelatedOut] = Field(default_factory=list)


class AttachmentOut(BaseModel):
    id: str
    name: str
    size: int
    media_type: str
    removed: dict[str, int] = Field(
        default_factory=dict, description="Secrets that were taken out before it was stored, kind -> how many."
    )
    note: str = Field("", description="The same in the customer's words; empty where nothing was removed.")


class MessageOut(BaseModel):
    seq: int
    role: Literal["customer", "copilot", "agent", "system"]
    kind: Literal["text", "choices", "answer", "ticket", "notice"]
    text: str
    language: str
    choices: list[ChoiceOut]
    asks: str | None
    answer: AnswerOut | None
    ticket: dict[str, Any] | None
    attachments: list[AttachmentOut]
    created_at: str


class ConversationOut(BaseModel):
    id: str
    token: str
    language: str
    messages: list[MessageOut]


class TurnOut(BaseModel):
    turn_id: str
    status: Literal["completed", "failed"]
    messages: list[MessageOut]


class HistoryOut(BaseModel):
    messages: list[MessageOut]


def message_out(message: Message, public_url: str) -> MessageOut:
    """A stored message as the customer may see it: no intents, and article links that open from any page."""
    return MessageOut(
        seq=message.seq,
        role=message.role,
        kind=message.kind,
        text=message.text,
        language=message.language,
        choices=[ChoiceOut(id=c["id"], label=c["label"], name=c["name"]) for c in message.choices],
        asks=message.asks,
        answer=_answer_out(message.answer, public_url) if message.answer is not None else None,
        ticket=message.ticket,
        attachments=[AttachmentOut(**attachment) for attachment in message.attachments],
        created_at=message.created_at.isoformat(),
    )


def _answer_out(answer: dict[str, Any], public_url: str) -> AnswerOut | None:
    """None for a clarifying question: it shows no passage yet."""
    if answer.get("topics"):
        return None
    confident = bool(answer["confident"])
    return AnswerOut(
        confident=confident,
        passages=[
            PassageOut(**{**passage, "url": _absolute(passage["url"], public_url)}) for passage in answer["passages"]
        ],
        decision=answer.get("decision") or ("answer" if confident else "clarify"),
        clarified=bool(answer.get("clarified")),
        related=[
            RelatedOut(**{**each, "url": _absolute(each["url"], public_url)}) for each in answer.get("related") or ()
        ],
    )


def _absolute(url: str, public_url: str) -> str:
    return f"{public_url}{url}" if url.startswith("/") else url
