"""Webhooks and deliveries as admins see them."""

from __future__ import annotations

from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.schemas import InvocationOut, SecretOut, TryOut, WebhookOut


def webhook_out(webhook: Webhook, secret: str | None = None) -> WebhookOut:
    return WebhookOut(
        id=str(webhook.id),
        name=webhook.name,
        endpoint=webhook.url,
        status="active" if webhook.active else "inactive",
        subscriptions=webhook.events,
        created_at=webhook.created_at,
        updated_at=webhook.updated_at,
        failing_since=webhook.failing_since,
        inactive_because=webhook.disabled_reason,
        signing_secret=SecretOut(secret=secret) if secret is not None else None,
    )


def invocation_out(delivery: WebhookDelivery) -> InvocationOut:
    return InvocationOut(
        id=delivery.id,
        message_id=delivery.message_id,
        event_type=delivery.event,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at if delivery.status == "pending" else None,
        finished_at=delivery.finished_at,
        tries=[TryOut.model_validate(each) for each in delivery.tries],
    )
