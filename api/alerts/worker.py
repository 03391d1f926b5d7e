"""Alerts leave the house: webhooks at once and side by side, repetitions and escalations when they are due.

Webhooks have no part in the mail's queue: a mail server that is down, or hangs, delays none of them. Attempts are claimed
before they are sent, so that of several api processes one sends each; where that one dies, another sends it when the claim
runs out. One transaction writes down what came of the last attempts and claims the next: when many outages are confirmed at
once, each transaction of ours waits for theirs on SQLite.
"""

from __future__ import annotations

import asyncio
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
from api.rounds import rounds
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
    alert_id: int
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
        self._sent: list[tuple[Due, Sent]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver, repeat and escalate until `stop` is set. Errors are logged, without what was to be told."""
        await rounds(
            self._look, stop, every=POLL_SECONDS, failure="Alerts could not be looked after", woken=self._woken
        )
        if self._running:
            await asyncio.wait(self._running)
        await self._take(0)

    async def deliver_all(self) -> int:
        """Send every webhook that is due now, one after the other. Returns how many tries that were."""
        tries = 0
        while taken := await self._take(1):
            await self._deliver(taken[0])
            tries += 1
        return tries

    async def _look(self) -> None:
        await self.advance_all()
        while taken := await self._take(_THREADS - len(self._running)):
            for due in taken:
                task = asyncio.create_task(self._deliver(due))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

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
            self._sent.append((due, await anyio.to_thread.run_sync(post, limiter=self._limiter)))
        except Exception:
            log.exception("Attempt %s of an alert could not be made; trying again.", due.attempt_id)
        finally:
            self._in_flight[due.url] -= 1
            self._woken.set()

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

    async def _take(self, most: int) -> list[Due]:
        """Write down what came of the attempts that are over, and claim the next, as many as may be sent now."""
        busy = self._busy()
        # A look costs no lock; on SQLite a claim takes the only writer's.
        if not self._sent and not await self._reading(lambda session: session.scalar(self._next(busy, most))):
            return []
        sent, self._sent = self._sent, []
        try:
            taken = await self._writing(functools.partial(self._settle_and_claim, sent, busy, most))
        except BaseException:
            self._sent += sent
            raise
        self._in_flight.update(each.url for each in taken)
        return taken

    def _busy(self) -> list[str]:
        return [url for url, count in self._in_flight.items() if count >= _AT_ONE]

    def _next(self, busy: list[str], most: int) -> Select[AlertAttempt]:
        waiting = or_(AlertAttempt.status == "pending", AlertAttempt.status == "sending")
        query = select(AlertAttempt).where(waiting, AlertAttempt.due_at <= self._clock())
        if busy:
            query = query.where(AlertAttempt.contact.not_in(busy))
        return query.order_by(AlertAttempt.due_at, AlertAttempt.id).limit(most)

    def _settle_and_claim(
        self, sent: list[tuple[Due, Sent]], busy: list[str], most: int, session: Session
    ) -> list[Due]:
        # In one order, so that two processes never wait for each other's alerts.
        for due, outcome in sorted(sent, key=lambda each: (each[0].alert_id, each[0].attempt_id)):
            self._settle(due.attempt_id, outcome, session)
        session.flush()
        taken: list[Due] = []
        found = session.scalars(self._next(busy, most).with_for_update(skip_locked=True)).all() if most > 0 else ()
        in_flight = Counter(self._in_flight)
        for attempt in found:
            if in_flight[attempt.contact] < _AT_ONE:
                in_flight[attempt.contact] += 1
                taken.append(self._claim(attempt, session))
        return taken

    def _claim(self, attempt: AlertAttempt, session: Session) -> Due:
        attempt.status, attempt.due_at = "sending", self._clock() + CLAIM
        alert = session.get_one(Alert, attempt.alert_id)
        # The same for every try of a round: a receiver that has had it drops the second one.
        message_id = f"alert_{alert.id}_{attempt.round}_{attempt.level}"
        body = webhook_body(session, self._services.settings, alert, attempt)
        return Due(attempt.id, alert.id, attempt.contact, message_id, body)

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
