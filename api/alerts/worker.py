"""Alerts leave the house: webhooks at once and side by side, repetitions and escalations when they are due.

Webhooks have no part in the mail's queue: a mail server that is down, or hangs, delays none of them. An attempt is claimed
in a transaction of its own before it is sent, so that of several api processes one sends it; where that one dies, another
sends it when the claim runs out.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from api.alerts.contacts import alert_secret
from api.alerts.escalation import advance
from api.alerts.models import Alert, AlertAttempt
from api.alerts.telling import webhook_body
from api.database import utc_now
from api.services import Services
from api.settings import SettingsError
from api.webhooks.sending import Sender, Sent, sender_of
from api.webhooks.signing import signature_headers

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_SECONDS = 0.25
# All of one try. Shorter than a common webhook's: who hangs is tried again soon.
TRY_SECONDS = 5.0
CLAIM = dt.timedelta(seconds=20)
# Seconds until the second, third ... try of a webhook in one round; afterwards the next round tries.
PAUSES = (1, 3, 10, 30, 60)
_THREADS = 16
# Of them, so many may wait for one address: one that hangs does not hold up the others.
_AT_ONE = 6


@dataclass(frozen=True)
class Due:
    """What is sent next."""

    attempt_id: int
    url: str
    message_id: str
    body: bytes


class AlertWorker:
    """Looks four times a second until told to stop. Raises `SettingsError` for a secret that is none."""

    def __init__(
        self, services: Services, *, sender: Sender | None = None, clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        try:
            self._secret = alert_secret(services.settings)
        except ValueError as error:
            raise SettingsError(f"COPILOT_ALERTS__SECRET: {error}") from error
        self._services = services
        self._sender = sender or sender_of(services.settings)
        self._clock = clock
        self._limiter: anyio.CapacityLimiter | None = None
        self._database_limiter: anyio.CapacityLimiter | None = None
        self._in_flight: Counter[str] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver, repeat and escalate until `stop` is set. Errors are logged, without what was to be told."""
        running: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            try:
                await self.advance_all()
                while len(running) < _THREADS and (due := await self._take()) is not None:
                    running.add(asyncio.create_task(self._deliver(due)))
                    running -= {each for each in running if each.done()}
            except Exception:
                log.exception("Alerts could not be looked after; trying again.")
            running -= {each for each in running if each.done()}
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        if running:
            await asyncio.wait(running)

    async def deliver_all(self) -> int:
        """Send every webhook that is due now, one after the other. Returns how many tries that were."""
        tries = 0
        while (due := await self._take()) is not None:
            await self._deliver(due)
            tries += 1
        return tries

    async def advance_all(self) -> int:
        """Repeat and escalate what is due. Returns how many alerts were told again."""
        told = 0
        for alert_id in await self._reading(self._due_alerts):
            work = functools.partial(advance, services=self._services, alert_id=alert_id, now=self._clock())
            told += await self._writing(work)
        return told

    async def _deliver(self, due: Due) -> None:
        try:
            if self._limiter is None:
                self._limiter = anyio.CapacityLimiter(_THREADS)
            headers = signature_headers([self._secret], due.message_id, int(utc_now().timestamp()), due.body)
            post = functools.partial(self._sender.post, due.url, due.body, headers, seconds=TRY_SECONDS)
            sent = await anyio.to_thread.run_sync(post, limiter=self._limiter)
            await self._writing(functools.partial(self._settle, due.attempt_id, sent))
        except Exception:
            log.exception("Attempt %s of an alert could not be made; trying again.", due.attempt_id)
        finally:
            self._in_flight[due.url] -= 1

    async def _reading(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with self._services.database.read() as session:
                return work(session)

        return await anyio.to_thread.run_sync(run, limiter=self._own_threads())

    async def _writing(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with self._services.database.write() as session:
                return work(session)

        return await anyio.to_thread.run_sync(run, limiter=self._own_threads())

    def _own_threads(self) -> anyio.CapacityLimiter:
        # Forty requests that wait for SQLite's one writer hold every common thread: an alert must not wait for them all.
        if self._database_limiter is None:
            self._database_limiter = anyio.CapacityLimiter(4)
        return self._database_limiter

    async def _take(self) -> Due | None:
        busy = [url for url, count in self._in_flight.items() if count >= _AT_ONE]
        # A look costs no lock; on SQLite a claim takes the only writer's.
        if not await self._reading(lambda session: session.scalar(self._next(busy)) is not None):
            return None
        due = await self._writing(functools.partial(self._claim, busy))
        if due is not None:
            self._in_flight[due.url] += 1
        return due

    def _next(self, busy: list[str]) -> Select[AlertAttempt]:
        waiting = or_(AlertAttempt.status == "pending", AlertAttempt.status == "sending")
        query = select(AlertAttempt).where(waiting, AlertAttempt.due_at <= self._clock())
        if busy:
            query = query.where(AlertAttempt.contact.not_in(busy))
        return query.order_by(AlertAttempt.due_at, AlertAttempt.id).limit(1)

    def _claim(self, busy: list[str], session: Session) -> Due | None:
        attempt = session.scalar(self._next(busy).with_for_update(skip_locked=True))
        if attempt is None:
            return None
        attempt.status, attempt.due_at = "sending", self._clock() + CLAIM
        alert = session.get_one(Alert, attempt.alert_id)
        # The same for every try of a round: a receiver that has had it drops the second one.
        message_id = f"alert_{alert.id}_{attempt.round}_{attempt.level}"
        body = webhook_body(session, self._services.settings, alert, attempt)
        return Due(attempt.id, attempt.contact, message_id, body)

    def _settle(self, attempt_id: int, sent: Sent, session: Session) -> None:
        now = self._clock()
        attempt = session.get_one(AlertAttempt, attempt_id)
        alert = session.get_one(Alert, attempt.alert_id, with_for_update=True)
        attempt.status = "delivered" if sent.accepted else "failed"
        attempt.http_status, attempt.error, attempt.milliseconds = sent.status, sent.error, sent.milliseconds
        attempt.finished_at = now
        if sent.accepted:
            return
        log.warning("Alert %s: a webhook of level %s failed (%s).", attempt.alert_id, attempt.level, sent.status)
        if alert.state != "open" or attempt.try_number > len(PAUSES):
            return
        again = now + dt.timedelta(seconds=PAUSES[attempt.try_number - 1])
        if alert.next_at is not None and again < alert.next_at:
            session.add(
                AlertAttempt(
                    alert_id=attempt.alert_id,
                    round=attempt.round,
                    level=attempt.level,
                    try_number=attempt.try_number + 1,
                    channel=attempt.channel,
                    contact=attempt.contact,
                    status="pending",
                    due_at=again,
                    created_at=now,
                )
            )

    def _due_alerts(self, session: Session) -> list[int]:
        now = self._clock()
        query = select(Alert.id).where(Alert.state == "open", Alert.next_at <= now).order_by(Alert.next_at).limit(100)
        return list(session.scalars(query))
