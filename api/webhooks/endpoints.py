"""Webhooks over HTTP, under Zendesk's paths: leads read, admins write."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from api.identity.principal import Principal, require_role
from api.tickets.routing import AsAdmin, Copilot, listed, route
from api.webhooks import managing
from api.webhooks.models import WebhookDelivery
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

router = APIRouter(prefix="/api/v2", tags=["webhooks"])

AsLead = Annotated[Principal, Depends(require_role("lead"))]
WebhookId = Annotated[int, Path(ge=1, lt=2**31)]


@route(router, "GET", "/webhooks", returns=WebhooksOut, paged=True)
async def every_webhook(request: Request, copilot: Copilot, _: AsLead) -> JSONResponse:
    """All of them, without their secrets. For leads and admins."""
    return await listed(
        request,
        copilot,
        managing.webhooks(),
        "webhooks",
        lambda each: webhook_out(each).model_dump(mode="json"),
        managing.WEBHOOK_SORTS,
    )


@route(router, "POST", "/webhooks", returns=WebhookEnvelope, status_code=201)
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


@route(router, "GET", "/webhooks/{webhook_id:id}", returns=WebhookEnvelope)
async def show_webhook(copilot: Copilot, _: AsLead, webhook_id: WebhookId) -> WebhookEnvelope:
    """One of them. For leads and admins."""
    return await copilot.database.reading(
        lambda session: WebhookEnvelope(webhook=webhook_out(managing.webhook_by_id(session, webhook_id)))
    )


@router.put("/webhooks/{webhook_id:id}.json", include_in_schema=False)
@router.put("/webhooks/{webhook_id:id}", include_in_schema=False)
@route(router, "PATCH", "/webhooks/{webhook_id:id}", returns=WebhookEnvelope)
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


@route(router, "DELETE", "/webhooks/{webhook_id:id}", returns=None, status_code=204)
async def delete_webhook(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> Response:
    """Delete it, and the log of its deliveries. For admins."""
    await copilot.database.writing(lambda session: managing.remove(session, webhook_id))
    return Response(status_code=204)


@route(router, "POST", "/webhooks/{webhook_id:id}/signing_secret", returns=SecretEnvelope, status_code=201)
async def reset_signing_secret(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> SecretEnvelope:
    """A new secret, shown in this answer only; the old one signs as well for a day. For admins."""

    def work(session: Session) -> SecretEnvelope:
        made = managing.rotate(session, copilot.settings, webhook_id)
        return SecretEnvelope(signing_secret=SecretOut(secret=made.secret))

    return await copilot.database.writing(work)


@route(router, "GET", "/webhooks/{webhook_id:id}/invocations", returns=InvocationsOut, paged=True)
async def webhook_invocations(request: Request, copilot: Copilot, _: AsLead, webhook_id: WebhookId) -> JSONResponse:
    """The log of deliveries, newest first. For leads and admins."""

    def query(session: Session) -> Select[WebhookDelivery]:
        return managing.deliveries(managing.webhook_by_id(session, webhook_id).id)

    return await listed(
        request,
        copilot,
        query,
        "invocations",
        lambda each: invocation_out(each).model_dump(mode="json"),
        managing.DELIVERY_SORTS,
        newest_first=True,
    )


@route(router, "POST", "/webhooks/{webhook_id:id}/test", returns=InvocationEnvelope, status_code=201)
async def try_webhook(copilot: Copilot, _: AsAdmin, webhook_id: WebhookId) -> InvocationEnvelope:
    """Send it an event `webhook.test`; the log tells how that went. For admins."""

    def work(session: Session) -> InvocationEnvelope:
        return InvocationEnvelope(invocation=invocation_out(managing.try_out(session, webhook_id)))

    return await copilot.database.writing(work)
