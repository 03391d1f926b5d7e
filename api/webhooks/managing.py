"""Webhooks made, changed and looked at by admins."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.errors import Invalid, NotFound
from api.settings import Settings
from api.webhooks.events import EVENTS, EVERY, body_of, delivery
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.sending import sender_of
from api.webhooks.signing import secret_of

# Both secrets sign for so long after a rotation.
ROTATION = dt.timedelta(hours=24)
MOST_WEBHOOKS = 50
_PURPOSE = "webhook"

WEBHOOK_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": Webhook.id, "created_at": Webhook.created_at}
DELIVERY_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": WebhookDelivery.id}


@dataclass(frozen=True)
class Made:
    """A webhook and its secret, which nobody is shown a second time."""

    webhook: Webhook
    secret: str


def create(
    session: Session, settings: Settings, *, name: str, url: str, events: Sequence[str], staff_id: int | None = None
) -> Made:
    """A new, active webhook. Raises `Invalid`, its details by field."""
    if len(list_webhooks(session)) >= MOST_WEBHOOKS:
        raise _invalid("base", f"there are {MOST_WEBHOOKS} webhooks already: delete one")
    sender_of(settings).check(url)
    webhook = Webhook(
        name=_name(name), url=url, events=_events(events), salt=secrets.token_hex(16), created_by=staff_id, active=True
    )
    session.add(webhook)
    session.flush()
    return Made(webhook, secret_of(settings, _PURPOSE, webhook.salt))


def change(
    session: Session,
    settings: Settings,
    webhook_id: int,
    *,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Change what is given. Switched on again, what waits is delivered at once. Raises `Invalid` and `NotFound`."""
    webhook = webhook_by_id(session, webhook_id, lock=True)
    if name is not None:
        webhook.name = _name(name)
    if url is not None:
        sender_of(settings).check(url)
        webhook.url = url
    if events is not None:
        webhook.events = _events(events)
    if active is not None and active != webhook.active:
        webhook.active = active
        webhook.failing_since, webhook.disabled_reason = None, None if active else "admin"
        for each in _waiting(session, webhook_id) if active else ():
            each.next_attempt_at = utc_now()
    webhook.updated_at = utc_now()
    session.flush()
    return webhook


def rotate(session: Session, settings: Settings, webhook_id: int) -> Made:
    """A new secret; the old one signs as well for a day. Raises `NotFound`."""
    webhook = webhook_by_id(session, webhook_id, lock=True)
    webhook.previous_salt, webhook.previous_until = webhook.salt, utc_now() + ROTATION
    webhook.salt = secrets.token_hex(16)
    webhook.updated_at = utc_now()
    session.flush()
    return Made(webhook, secret_of(settings, _PURPOSE, webhook.salt))


def remove(session: Session, webhook_id: int) -> None:
    """Delete a webhook and its log. Raises `NotFound`."""
    webhook = webhook_by_id(session, webhook_id, lock=True)
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id))
    session.delete(webhook)


def try_out(session: Session, webhook_id: int) -> WebhookDelivery:
    """An event of no meaning, delivered like any other, whatever the webhook subscribes to. Raises `NotFound`, `Invalid`."""
    webhook = webhook_by_id(session, webhook_id)
    if not webhook.active:
        raise _invalid("status", "this webhook is switched off: activate it first")
    made = delivery(webhook, "webhook.test", body_of("webhook.test", {"webhook_id": webhook.id}, utc_now()))
    session.add(made)
    session.flush()
    return made


def secrets_of(settings: Settings, webhook: Webhook, now: dt.datetime) -> list[str]:
    """Every secret that signs at the moment, the newest first."""
    salts = [webhook.salt]
    if webhook.previous_salt and webhook.previous_until and webhook.previous_until > now:
        salts.append(webhook.previous_salt)
    return [secret_of(settings, _PURPOSE, salt) for salt in salts]


def webhook_by_id(session: Session, webhook_id: int, *, lock: bool = False) -> Webhook:
    """Raises `NotFound`."""
    query = select(Webhook).where(Webhook.id == webhook_id)
    webhook = session.scalar(query.with_for_update() if lock else query) if 0 < webhook_id < 2**31 else None
    if webhook is None:
        raise NotFound(f"There is no webhook {webhook_id}.")
    return webhook


def webhooks() -> Select[Webhook]:
    return select(Webhook)


def list_webhooks(session: Session) -> list[Webhook]:
    return list(session.scalars(webhooks().order_by(Webhook.id)))


def deliveries(webhook_id: int) -> Select[WebhookDelivery]:
    """The log of one."""
    return select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)


def deliveries_of(session: Session, webhook_id: int, *, limit: int = 100) -> list[WebhookDelivery]:
    """The log, newest first."""
    return list(session.scalars(deliveries(webhook_id).order_by(WebhookDelivery.id.desc()).limit(limit)))


def _waiting(session: Session, webhook_id: int) -> Sequence[WebhookDelivery]:
    return session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == "pending")
    ).all()


def _name(name: str) -> str:
    if not name.strip() or len(name) > 255:
        raise _invalid("name", "has 1 to 255 characters")
    return name.strip()


def _events(events: Sequence[str]) -> list[str]:
    unknown = [each for each in events if each not in EVENTS and each != EVERY]
    if unknown or not events:
        told = f"there is no {json.dumps(unknown[0][:64])}" if unknown else "name one at least"
        raise _invalid("subscriptions", f"{told}; use {EVERY} or some of: {', '.join(EVENTS)}")
    return [EVERY] if EVERY in events else list(dict.fromkeys(events))


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid(f"{field}: {problem}", details={field: problem})
