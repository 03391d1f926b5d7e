"""What webhooks are told of: the names of the events, and how one becomes a delivery for every webhook that wants it."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

from sqlalchemy import Boolean, exists, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.statements import Statement
from api.webhooks.models import Webhook, WebhookDelivery

# name -> when it is told. docs/webhooks.md lists the data of each (tested).
EVENTS: dict[str, str] = {
    "ticket.opened": "a ticket was opened",
    "ticket.changed": "fields of a ticket changed",
    "ticket.commented": "somebody wrote on a ticket, for everybody or for staff only",
    "ticket.solved": "a ticket was solved",
    "ticket.claimed": "an emergency ticket, opened before its customer was known, got its requester",
    "notice.published": "a service notice was published",
    "notice.corrected": "a service notice was corrected",
    "notice.updated": "there is news of a service notice",
    "notice.resolved": "what a service notice told of is over",
    "alert.raised": "an emergency ticket alerts the on-call list",
    "alert.escalated": "nobody acknowledged: the next contact is told",
    "alert.acknowledged": "somebody takes care of it, or the ticket is done",
    "webhook.test": "an admin tries the webhook",
}
EVERY = "*"


def tell(session: Session, event: str, data: dict[str, Any], *, now: dt.datetime | None = None) -> int:
    """Write a delivery for every active webhook that wants the event, in the caller's transaction; how many."""
    wanting = [each for each in _active(session) if EVERY in each.events or event in each.events]
    if wanting:
        body = body_of(event, data, now or utc_now())
        session.add_all(delivery(each, event, body) for each in wanting)
    return len(wanting)


_ANY_ACTIVE = Statement(select(exists(select(Webhook.id).where(Webhook.active))), columns=[Boolean()])


# For whoever asks the database something else anyway.
ANYBODY = "EXISTS (SELECT 1 FROM webhooks WHERE active)"


def anybody_listens(session: Session, known: bool | None = None) -> bool:
    """Whether there is an active webhook at all: where there is none, nobody needs to make the data of an event. `known`: the
    answer to `ANYBODY` where this transaction has it."""
    if known is not None:
        return known
    session.flush()
    return _ANY_ACTIVE.first(session, {}) == (True,)


def delivery(webhook: Webhook, event: str, body: str) -> WebhookDelivery:
    """One delivery, due at once."""
    return WebhookDelivery(webhook_id=webhook.id, message_id=f"msg_{secrets.token_hex(16)}", event=event, body=body)


def body_of(event: str, data: dict[str, Any], at: dt.datetime) -> str:
    """The JSON that is signed and sent."""
    return json.dumps({"type": event, "timestamp": moment(at), "data": data}, ensure_ascii=False)


def moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _active(session: Session) -> list[Webhook]:
    return list(session.scalars(select(Webhook).where(Webhook.active).order_by(Webhook.id)))
