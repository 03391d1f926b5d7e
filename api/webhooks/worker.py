"""Delivering webhooks: in order, one at a time to each address, again with growing pauses for about two days.

A webhook is claimed, not a delivery: so what happened first is tried first, and an address that hangs holds up nobody
else. What fails is put off and does not stop what comes after it; `webhook-id` and `timestamp` let a receiver drop doubles
and put late ones in their place. A process killed in the middle leaves the claim to run out; the same message goes again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import anyio.to_thread
from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.models import StaffUser
from api.metrics.events import EventType, record
from api.notifications.mail import MailDraft, enqueue_mail
from api.rounds import rounds
from api.services import Services
from api.webhooks.managing import secrets_of
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.sending import SECONDS, Sender, Sent, sender_of
from api.webhooks.signing import signature_headers

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# Pauses between tries, in seconds: together 51 hours.
PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000)
CLAIM = dt.timedelta(minutes=2)
# Deliveries to one address before another worker may have it.
_AT_A_TIME = 20
_THREADS = 8
_TIDY_EVERY = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """What is sent next, read from the database, which is not held meanwhile."""

    id: int
    webhook_id: int
    url: str
    message_id: str
    body: bytes
    secrets: list[str]


class WebhookWorker:
    """Delivers what is due until told to stop. `clock` is the time by which pauses are measured."""

    def __init__(
        self, services: Services, *, sender: Sender | None = None, clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._services = services
        self._sender = sender or sender_of(services.settings)
        self._clock = clock
        self._limiter: anyio.CapacityLimiter | None = None
        self._tidied_at = clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set. Errors are logged, without what was to be told."""
        running: set[asyncio.Task[None]] = set()

        async def look() -> None:
            while len(running) < _THREADS and (webhook_id := await self._claim_next()) is not None:
                task = asyncio.create_task(self._serve(webhook_id, stop))
                running.add(task)
                task.add_done_callback(running.discard)
            await self._tidy()

        await rounds(look, stop, every=POLL_SECONDS, failure="Webhooks could not be looked after")
        if running:
            await asyncio.wait(running)

    async def deliver_all(self) -> int:
        """Deliver what is due now, webhook after webhook. Returns how many tries that took."""
        tries = 0
        while (webhook_id := await self._claim_next()) is not None:
            tries += await self._deliver(webhook_id, asyncio.Event())
        return tries

    async def _serve(self, webhook_id: int, stop: asyncio.Event) -> None:
        try:
            await self._deliver(webhook_id, stop)
        except Exception:
            log.exception("Webhook %s could not be served; trying again.", webhook_id)

    async def _deliver(self, webhook_id: int, stop: asyncio.Event) -> int:
        """Deliver what is due to a claimed webhook, in order, and give it free."""
        tries = 0
        try:
            while tries < _AT_A_TIME and not stop.is_set():
                due = await self._services.database.writing(functools.partial(self._next, webhook_id))
                if due is None:
                    break
                tries += 1
                sent = await self._post(due)
                await self._services.database.writing(functools.partial(self._settle, due.id, sent))
        finally:
            await self._services.database.writing(functools.partial(self._free, webhook_id))
        return tries

    async def _post(self, due: Due) -> Sent:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_THREADS)
        headers = signature_headers(due.secrets, due.message_id, int(utc_now().timestamp()), due.body)
        post = functools.partial(self._sender.post, due.url, due.body, headers, seconds=SECONDS)
        return await anyio.to_thread.run_sync(post, limiter=self._limiter)

    async def _claim_next(self) -> int | None:
        # A look costs no lock; on SQLite a claim takes the only writer's.
        if not await self._services.database.reading(lambda session: session.scalar(self._claimable()) is not None):
            return None
        return await self._services.database.writing(self._claim)

    def _claimable(self) -> Select[Webhook]:
        now = self._clock()
        waiting = (
            select(WebhookDelivery.id)
            .where(
                WebhookDelivery.webhook_id == Webhook.id,
                WebhookDelivery.status == "pending",
                WebhookDelivery.next_attempt_at <= now,
            )
            .exists()
        )
        free = or_(Webhook.busy_until.is_(None), Webhook.busy_until <= now)
        return select(Webhook).where(Webhook.active, free, waiting).order_by(Webhook.id).limit(1)

    def _claim(self, session: Session) -> int | None:
        webhook: Webhook | None = session.scalar(self._claimable().with_for_update(skip_locked=True))
        if webhook is None:
            return None
        webhook.busy_until = self._clock() + CLAIM
        return webhook.id

    def _next(self, webhook_id: int, session: Session) -> Due | None:
        now = self._clock()
        webhook = session.get(Webhook, webhook_id, with_for_update=True)
        if webhook is None or not webhook.active:
            return None
        found = session.scalar(
            select(WebhookDelivery)
            .where(
                WebhookDelivery.webhook_id == webhook_id,
                WebhookDelivery.status == "pending",
                WebhookDelivery.next_attempt_at <= now,
            )
            .order_by(WebhookDelivery.id)
            .limit(1)
        )
        if found is None:
            return None
        webhook.busy_until = now + CLAIM
        secrets = secrets_of(self._services.settings, webhook, now)
        return Due(found.id, webhook_id, webhook.url, found.message_id, found.body.encode(), secrets)

    def _settle(self, delivery_id: int, sent: Sent, session: Session) -> None:
        """Write down how a try went, and what follows from it."""
        now = self._clock()
        delivery = session.get(WebhookDelivery, delivery_id)
        if delivery is None:
            return
        webhook = session.get_one(Webhook, delivery.webhook_id, with_for_update=True)
        delivery.attempts += 1
        outcome = {
            "at": now.isoformat(timespec="seconds"),
            "status": sent.status,
            "error": sent.error,
            "milliseconds": sent.milliseconds,
        }
        delivery.tries = [*delivery.tries, outcome]
        if sent.accepted:
            delivery.status, delivery.finished_at, webhook.failing_since = "delivered", now, None
            return
        webhook.failing_since = webhook.failing_since or now
        log.warning("Webhook %s did not take %s: %s", webhook.id, delivery.message_id, sent.status or "no answer")
        if sent.status == 410:
            delivery.status, delivery.finished_at = "failed", now
            self._disable(session, webhook, "gone")
        elif delivery.attempts > len(PAUSES):
            delivery.status, delivery.finished_at = "failed", now
            first = dt.datetime.fromisoformat(delivery.tries[0]["at"])
            if webhook.failing_since <= first + dt.timedelta(seconds=1):
                # Not one success in the two days since this delivery was first tried.
                self._disable(session, webhook, "failing")
        else:
            pause = max(PAUSES[delivery.attempts - 1], min(sent.retry_after or 0, 86_400))
            delivery.next_attempt_at = now + dt.timedelta(seconds=pause * random.uniform(1.0, 1.1))

    def _disable(self, session: Session, webhook: Webhook, reason: str) -> None:
        """Switch it off, and mail every admin. What waits is kept for when it is switched on again."""
        webhook.active, webhook.disabled_reason = False, reason
        record(session, EventType.WEBHOOK_DISABLED, webhook_id=webhook.id, reason=reason)
        log.error("Webhook %s was switched off (%s).", webhook.id, reason)
        catalog, since = self._services.catalog, webhook.failing_since or self._clock()
        admins = session.scalars(select(StaffUser.email).where(StaffUser.active, StaffUser.role == "admin"))
        for address in admins:
            values = {"name": webhook.name, "id": webhook.id, "since": since.strftime("%Y-%m-%d %H:%M UTC")}
            draft = MailDraft(
                to=address,
                template="webhook_disabled",
                language=catalog.default_language,
                values=values,
                event=f"webhook:{webhook.id}:disabled:{self._clock():%Y%m%d%H%M}",
            )
            enqueue_mail(session, catalog, draft)

    def _free(self, webhook_id: int, session: Session) -> None:
        webhook = session.get(Webhook, webhook_id, with_for_update=True)
        if webhook is not None:
            webhook.busy_until = None

    async def _tidy(self) -> None:
        """Forget finished deliveries that are old, once an hour."""
        now = self._clock()
        if now - self._tidied_at < _TIDY_EVERY:
            return
        self._tidied_at = now
        old = now - dt.timedelta(days=self._services.settings.webhooks.keep_days)
        await self._services.database.writing(
            lambda session: session.execute(
                delete(WebhookDelivery).where(WebhookDelivery.status != "pending", WebhookDelivery.created_at < old)
            )
        )
