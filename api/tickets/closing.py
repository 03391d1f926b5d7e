"""Closing: what was solved closes by itself once its reopening hours are over; what is closed stays so."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import logging
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.principal import SYSTEM
from api.services import Services
from api.tickets.changing import TicketChange
from api.tickets.models import Ticket
from api.tickets.reopening import reopens_until

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
# Tickets closed in one round; what is left over follows at once.
BATCH = 200


class ClosingWorker:
    """Closes what is due until told to stop; safe beside others of its kind. `clock` is the present time."""

    def __init__(self, services: Services, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look every quarter of a minute until `stop` is set. An error is logged and tried again."""
        while not stop.is_set():
            try:
                while not stop.is_set() and await self.look() == BATCH:
                    pass
            except Exception:
                log.exception("Solved tickets could not be closed; trying again.")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)

    async def look(self) -> int:
        """Close what is due now. Returns how many tickets were looked at."""
        found = await self._services.database.reading(self._due)
        for ticket_id in found:
            await self._services.database.writing(functools.partial(self._close, ticket_id))
        return len(found)

    def _due(self, session: Session) -> list[int]:
        query = select(Ticket.id).where(Ticket.closes_at <= self._clock(), Ticket.deleted_at.is_(None))
        return list(session.scalars(query.order_by(Ticket.closes_at).limit(BATCH)))

    def _close(self, ticket_id: int, session: Session) -> None:
        now = self._clock()
        query = select(Ticket).where(Ticket.id == ticket_id, Ticket.closes_at <= now, Ticket.deleted_at.is_(None))
        ticket = session.scalar(query.with_for_update(skip_locked=True))
        if ticket is None:
            return
        # The hours may have been changed since, or the ticket be older than this column.
        until = reopens_until(ticket, self._services.catalog)
        if until is None or until > now:
            ticket.closes_at = until
            return
        change = TicketChange(session, self._services, ticket, SYSTEM, "system")
        change.move("closed", by_customer=False)
        if change.problems:
            # This catalog's solved tickets do not close.
            ticket.closes_at = None
            return
        change.finish()
