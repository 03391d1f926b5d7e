"""The worker that tells the other side what happened here, and takes over what happened there.

A ticket is worked on by one worker at a time, its acts in their order. Before anything is sent, the row says that it may
have been: whoever goes on after a crash, a cut connection or a silence looks first whether it arrived.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.rounds import rounds
from api.services import Services
from api.tickets.backends.base import (
    BackendBusy,
    BackendLockedOut,
    BackendUnavailable,
    RemoteBackend,
    RemoteGone,
)
from api.tickets.backends.choosing import backend_of
from api.tickets.backends.models import RemoteLink, RemoteTicket
from api.tickets.backends.outbox import next_act
from api.tickets.backends.pulling import follow_merge, lose, take_over
from api.tickets.backends.sending import Sending
from api.tickets.backends.settling import (
    PROBE_AFTER,
    failed,
    link_failed,
    link_of,
    recovered,
    stop_link,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
POLL_SECONDS = 1.0
# Longer than the slowest answer and the few that a ticket takes; a worker that died lets go of it then.
CLAIM = dt.timedelta(minutes=5)
_AT_ONCE = 4
_MOST_PAGES = 50
_LATER = 60


class RemoteWorker:
    """Mirrors tickets until told to stop. Safe beside others of its kind. With a local backend there is nothing to do."""

    def __init__(
        self,
        services: Services,
        *,
        backend: RemoteBackend | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self._services = services
        chosen = backend or backend_of(services.settings)
        self._backend = chosen if isinstance(chosen, RemoteBackend) else None
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Errors are logged, without a customer's words."""
        if self._backend is None:
            return
        running: set[asyncio.Task[None]] = set()

        async def look() -> None:
            if not await self._ready():
                return
            await self._look()
            while len(running) < _AT_ONCE and (ticket_id := await self._claim_next()) is not None:
                task = asyncio.create_task(self._safely(ticket_id))
                running.add(task)
                task.add_done_callback(running.discard)

        await rounds(look, stop, every=POLL_SECONDS, failure="The ticket backend could not be looked after")
        if running:
            await asyncio.wait(running)
        await self._backend.close()

    async def work_all(self) -> int:
        """Do what is due now, ticket after ticket. Returns how many tickets were worked on."""
        worked = 0
        if await self._ready():
            await self._look()
            while await self._ready() and (ticket_id := await self._claim_next()) is not None:
                await self._serve(ticket_id)
                worked += 1
        return worked

    async def _safely(self, ticket_id: int) -> None:
        try:
            await self._serve(ticket_id)
        except Exception:
            log.exception("Ticket %s could not be mirrored; trying again.", ticket_id)

    async def _ready(self) -> bool:
        """Whether anything may be asked now; looks again at a backend that did not let us in."""
        backend = self._remote
        now = self._clock()
        link = await self._reading(lambda session: session.get(RemoteLink, backend.name))
        if link is None:
            await self._writing(lambda session: link_of(session, backend.name))
            return True
        if link.paused_until is not None and link.paused_until > now:
            return False
        if link.stopped_at is None:
            return True
        if link.probe_at is not None and link.probe_at > now:
            return False
        return await self._probe()

    async def _probe(self) -> bool:
        try:
            problems = await self._remote.check()
        except BackendUnavailable as error:
            reason = error.message
            await self._writing(lambda session: self._not_now(session, reason))
            return False
        except BackendLockedOut as error:
            problems = [error.message]
        if not problems:
            await self._writing(functools.partial(recovered, backend=self._remote.name))
            return True
        await self._writing(lambda session: stop_link(session, self._services, self._remote.name, "; ".join(problems)))
        return False

    def _not_now(self, session: Session, reason: str) -> None:
        link_failed(session, self._services, self._remote.name, reason)
        link_of(session, self._remote.name).probe_at = self._clock() + PROBE_AFTER

    async def _look(self) -> None:
        """Ask what changed there, if it is time: what did is read again, ticket by ticket."""
        backend, now = self._remote, self._clock()
        link = await self._writing(lambda session: self._due_look(session, now))
        if link is None:
            return
        cursor = link.cursor
        try:
            for _ in range(_MOST_PAGES):
                page = await backend.changed(cursor, link.since)
                cursor = page.cursor
                await self._writing(functools.partial(self._note_changed, page.tickets, cursor))
                if not page.more or backend.wait:
                    break
        except BackendBusy as error:
            await self._pause(error.retry_after or _LATER)
        except BackendUnavailable as error:
            reason = error.message
            await self._writing(lambda session: link_failed(session, self._services, backend.name, reason))
        except BackendLockedOut:
            await self._probe()
        except (RemoteGone, ValueError) as error:
            log.warning("What changed there cannot be asked: %s", type(error).__name__)
        await self._mind_limits()

    def _due_look(self, session: Session, now: dt.datetime) -> RemoteLink | None:
        link = link_of(session, self._remote.name)
        if link.look_at > now:
            return None
        link.look_at = now + dt.timedelta(seconds=self._services.settings.tickets.zendesk.poll)
        return link

    def _note_changed(self, tickets: Mapping[str, str], cursor: str | None, session: Session) -> None:
        wanted = list(tickets)
        for start in range(0, len(wanted), 500):
            query = select(RemoteTicket).where(
                RemoteTicket.backend == self._remote.name, RemoteTicket.remote_id.in_(wanted[start : start + 500])
            )
            for row in session.scalars(query.with_for_update()):
                if (
                    row.remote_id
                    and row.remote_updated_at != tickets[row.remote_id]
                    and row.state in ("mirrored", "closed")
                ):
                    row.check_at = self._clock()
        # After the tickets: whoever settles one locks in this order, too.
        link_of(session, self._remote.name).cursor = cursor

    async def _serve(self, ticket_id: int) -> None:
        """Send what waits, then read what is new; whatever happens, let go of the ticket."""
        services = self._services
        try:
            if await Sending(services, self._remote, self._clock).send_all(ticket_id):
                await self._read(ticket_id)
        except BackendBusy as error:
            await self._pause(error.retry_after or _LATER)
        except BackendUnavailable as error:
            reason, after = error.message, error.retry_after
            log.warning("Ticket %s could not be mirrored: %s", ticket_id, reason)
            await self._writing(lambda session: failed(session, services, ticket_id, reason, after))
        except BackendLockedOut as error:
            if await self._probe():
                # It lets us in, but not to this ticket.
                reason = error.message
                await self._writing(lambda session: failed(session, services, ticket_id, reason, 3600))
        except RemoteGone:
            await self._writing(lambda session: lose(session, services, ticket_id))
        except Exception:
            # An answer of another shape than promised, or an error of ours: not at once again, and the others go on.
            log.exception("Ticket %s could not be mirrored; trying again later.", ticket_id)
            await self._writing(lambda session: failed(session, services, ticket_id, "an unexpected answer", None))
        finally:
            await self._writing(lambda session: self._free(session, ticket_id))
        await self._mind_limits()

    async def _read(self, ticket_id: int) -> None:
        now = self._clock()
        row = await self._reading(lambda session: session.get(RemoteTicket, ticket_id))
        if row is None or row.remote_id is None or row.check_at is None or row.check_at > now:
            return
        services = self._services
        seen = await self._remote.show(row.remote_id)
        if seen.merged_into is not None:
            target = await self._remote.show(seen.merged_into)
            said = await self._remote.comments(target.id)
            await self._writing(lambda session: follow_merge(session, services, ticket_id, target, said))
            return
        comments = await self._remote.comments(row.remote_id)
        await self._writing(lambda session: take_over(session, services, ticket_id, seen, comments))

    async def _pause(self, seconds: float) -> None:
        until = self._clock() + dt.timedelta(seconds=seconds)
        backend = self._remote.name

        def note(session: Session) -> None:
            link = link_of(session, backend)
            link.paused_until = max(until, link.paused_until or until)

        log.info("The ticket backend asks for patience: %d s.", seconds)
        await self._writing(note)

    async def _mind_limits(self) -> None:
        if self._remote.wait:
            await self._pause(self._remote.wait)

    async def _claim_next(self) -> int | None:
        # A look costs no lock; on SQLite a claim takes the only writer's.
        if await self._reading(lambda session: session.scalar(self._claimable())) is None:
            return None
        return await self._writing(self._claim)

    def _claimable(self) -> Select[RemoteTicket]:
        now = self._clock()
        due = or_(RemoteTicket.push_at <= now, RemoteTicket.check_at <= now)
        free = or_(RemoteTicket.busy_until.is_(None), RemoteTicket.busy_until <= now)
        query = select(RemoteTicket).where(RemoteTicket.backend == self._remote.name, due, free)
        return query.order_by(RemoteTicket.push_at, RemoteTicket.ticket_id).limit(1)

    def _claim(self, session: Session) -> int | None:
        row = session.scalar(self._claimable().with_for_update(skip_locked=True))
        if row is None:
            return None
        row.busy_until = self._clock() + CLAIM
        return row.ticket_id

    def _free(self, session: Session, ticket_id: int) -> None:
        row = session.get_one(RemoteTicket, ticket_id, with_for_update=True)
        row.busy_until = None
        if row.push_at is not None and row.push_at <= self._clock() and next_act(session, ticket_id) is None:
            row.push_at = None
        if row.check_at is not None and row.check_at <= self._clock():
            # Not read, as something of ours was on its way or it had to wait: soon.
            row.check_at = self._clock() + dt.timedelta(seconds=_LATER)

    @property
    def _remote(self) -> RemoteBackend:
        assert self._backend is not None  # noqa: S101 - `run` and `work_all` are not called without
        return self._backend

    async def _reading(self, work: Callable[[Session], T]) -> T:
        return await self._services.database.reading(work)

    async def _writing(self, work: Callable[[Session], T]) -> T:
        return await self._services.database.writing(work)
