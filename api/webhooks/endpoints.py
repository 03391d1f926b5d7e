"""Webhooks over HTTP, under Zendesk's paths: leads read, admins write."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.identity.principal import Principal, require_role
from api.services import Services, services
from api.webhooks import managing
from api.webhooks.schemas import (
    InvocationEnvelope,
    InvocationsOut,
    SecretEnvelope,
    SecretOut,
    WebhookChangeEnvelope,
    WebhookEnvelope,
    WebhookEnvelopeIn,
    WebhooksOut,
)
from api.webhooks.shapes import invocation_out, webhook_out

router = APIRouter(prefix="/api/v2/webhooks", tags=["webhooks"])

Copilot = Annotated[Services, Depends(services)]
AsLead = Annotated[Principal, Depends(require_role("lead"))]
AsAdmin = Annotated[Principal, Depends(require_role("admin"))]
WebhookId = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("")
async def every_webhook(copilot: Copilot, _: AsLead) -> WebhooksOut:
    """All of them, without their secrets. For leads and admins."""
    return await copilot.database.reading(
        lambda session: WebhooksOut(webhooks=[webhook_out(each) for each in managing.list_webhooks(session)])
    )


@router.post("", status_code=201)
async def create_webhook(copilot: Copilot, principal: AsAdmin, body: WebhookEnvelopeIn) -> WebhookEnvelope:
    """Make one; its secret is in this answer and nowhere else. For admins."""
    given = body.webhook

    def work(session: Session) -> WebhookEnvelope:
        made = managing.create(
            session,
            copilot.settings,
            name=given.name,
            url=given.endpoint,
            events=given.subscriptions,
            staff_id=principal.staff_id,
        )
        return WebhookEnvelope(webhook=webhook_out(made.webhook, made.secret))

    return await copilot.database.writing(work)


@router.get("/{webhook_id}")
async def show_webhook(copilot: Copilot, _: AsLead, webhook_id: WebhookId) -> WebhookEnvelope:
    """One of them. For leads and admins."""
    return await copilot.database.reading(
        lambda session: WebhookEnvelope(webhook=webhook_out(managing.webhook_by_id(session, webhook_id)))
    )


@router.put("/{webhook_id}", include_in_schema=False)
@router.patch("/{webhook_id}")
async def change_webhook(
    copilot: Copilot, _: AsAdmin, webhook_id: WebhookId, body: WebhookChangeEnvelope
) -> WebhookEnvelope:
    """Change what is given. For admins."""
    given = body.webhook

    def work(session: Session) -> WebhookEnvelope:
        webhook = managing.change(
            session,
            copilot.settings,
            webhook_id,
            name=given.name,
            url=given.endpoint,
            events=given.subscriptions,
            active=None if given.status is None else given.status == "active",
        )
        return WebhookEnvelope(webhook=webhook_out(webhook))

    return await copilot.database.writing(work)


@router.delete("/{webhook_id}", status_code=204)
async def delete_webhook(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> Response:
    """Delete it, and the log of its deliveries. For admins."""
    await copilot.database.writing(lambda session: managing.remove(session, webhook_id))
    return Response(status_code=204)


@router.post("/{webhook_id}/signing_secret", status_code=201)
async def reset_signing_secret(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> SecretEnvelope:
    """A new secret, shown in this answer only; the old one signs as well for a day. For admins."""

    def work(session: Session) -> SecretEnvelope:
        made = managing.rotate(session, copilot.settings, webhook_id)
        return SecretEnvelope(signing_secret=SecretOut(secret=made.secret))

    return await copilot.database.writing(work)


@router.get("/{webhook_id}/invocations")
async def webhook_invocations(
    copilot: Copilot,
    _: AsLead,
    webhook_id: WebhookId,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    before: Annotated[int | None, Query(ge=1, lt=2**31, description="Only those before this id.")] = None,
) -> InvocationsOut:
    """The log of deliveries, newest first. For leads and admins."""

    def read(session: Session) -> InvocationsOut:
        managing.webhook_by_id(session, webhook_id)
        found = managing.deliveries_of(session, webhook_id, limit=limit, before=before)
        return InvocationsOut(invocations=[invocation_out(each) for each in found])

    return await copilot.database.reading(read)


@router.post("/{webhook_id}/test", status_code=201)
async def try_webhook(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> InvocationEnvelope:
    """Send it an event `webhook.test`; the log tells how that went. For admins."""

    def work(session: Session) -> InvocationEnvelope:
        return InvocationEnvelope(invocation=invocation_out(managing.try_out(session, webhook_id)))

    return await copilot.database.writing(work)
