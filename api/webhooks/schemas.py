"""What the endpoints of webhooks take and give: Zendesk's names, where Zendesk has one."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.tickets.responses import page

Status = Literal["active", "inactive"]


class _Given(BaseModel):
    # Clients of Zendesk send more than we have (http_method, request_format, authentication ...).
    model_config = ConfigDict(extra="ignore")


class WebhookIn(_Given):
    name: str = Field(max_length=255, examples=["Status page"])
    endpoint: str = Field(max_length=2000, examples=["https://hooks.example.com/support"])
    subscriptions: list[str] = Field(
        default_factory=lambda: ["*"], max_length=50, examples=[["ticket.opened", "ticket.solved"]]
    )


class WebhookChange(_Given):
    name: str | None = Field(None, max_length=255)
    endpoint: str | None = Field(None, max_length=2000)
    subscriptions: list[str] | None = Field(None, max_length=50)
    status: Status | None = Field(None, description="active switches it on again, with what waited.")


class WebhookEnvelopeIn(BaseModel):
    webhook: WebhookIn


class WebhookChangeEnvelope(BaseModel):
    webhook: WebhookChange


class SecretOut(BaseModel):
    algorithm: Literal["SHA256"] = "SHA256"
    secret: str = Field(description="Shown this once.")


class SecretEnvelope(BaseModel):
    signing_secret: SecretOut


class WebhookOut(BaseModel):
    id: str = Field(description="A number, written as text as Zendesk does.")
    name: str
    endpoint: str
    http_method: Literal["POST"] = "POST"
    request_format: Literal["json"] = "json"
    status: Status
    subscriptions: list[str]
    created_at: dt.datetime
    updated_at: dt.datetime
    failing_since: dt.datetime | None = Field(description="The first failure since something was last accepted.")
    inactive_because: str | None = Field(description="failing, gone (410) or admin.")
    signing_secret: SecretOut | None = Field(None, description="Only in the answer that makes the webhook.")


class WebhookEnvelope(BaseModel):
    webhook: WebhookOut


WebhooksOut = page("webhooks", WebhookOut)


class TryOut(BaseModel):
    at: dt.datetime
    status: int | None
    error: str | None
    milliseconds: int


class InvocationOut(BaseModel):
    """One delivery, with all its tries."""

    id: int
    message_id: str = Field(description="The header `webhook-id`, the same in every try.")
    event_type: str
    status: str = Field(description="pending, delivered or failed.")
    attempts: int
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    finished_at: dt.datetime | None
    tries: list[TryOut]


InvocationsOut = page("invocations", InvocationOut)


class InvocationEnvelope(BaseModel):
    invocation: InvocationOut
