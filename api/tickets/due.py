"""Tickets that something is due for: found by a column with a moment, tended one at a time, each in its own transaction."""

from __future__ import annotations

import abc
import asyncio
import datetime as dt
import functools
from collections.abc import Callable
from typing import ClassVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.rounds import rounds
from api.services import Services
from api.tickets.models import Ticket

# Tickets looked at in one round; what is left over follows at once.
BATCH = 200


class DueTickets(abc.ABC):
    """Tends what is due until told to stop; safe beside others of its kind. `clock` is the present time.

    `due_at`: the name of the column with the moment; whoever tends a ticket moves it on. `every`: seconds between two
    looks. `failure`: what the log says where a look went wrong.
    """

    due_at: ClassVar[str]
    every: ClassVar[float]
    failure: ClassVar[str]

    def __init__(self, services: Services, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._clock = clock
        self._column: InstrumentedAttribute[dt.datetime | None] = getattr(Ticket, self.due_at)

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until `stop` is set. An error is logged and tried again."""

        async def look() -> None:
            while not stop.is_set() and await self.look() == BATCH:
                pass

        await rounds(look, stop, every=self.every, failure=self.failure)

    async def look(self) -> int:
        """Tend what is due now. Returns how many tickets were looked at."""
        found = await self._services.database.reading(self._found)
        for ticket_id in found:
            await self._services.database.writing(functools.partial(self._locked, ticket_id))
        return len(found)

    @abc.abstractmethod
    def tend(self, session: Session, ticket: Ticket, now: dt.datetime) -> None:
        """Do what is due. The ticket is locked; another process may have done part of it before."""

    def _is_due(self, now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
        return (self._column <= now, Ticket.deleted_at.is_(None))

    def _found(self, session: Session) -> list[int]:
        query = select(Ticket.id).where(*self._is_due(self._clock()))
        return list(session.scalars(query.order_by(self._column).limit(BATCH)))

    def _locked(self, ticket_id: int, session: Session) -> None:
        now = self._clock()
        # Looked at again under the lock: another process may have tended it, somebody may have answered.
        query = select(Ticket).where(Ticket.id == ticket_id, *self._is_due(now))
        ticket = session.scalar(query.with_for_update(skip_locked=True))
        if ticket is not None:
            self.tend(session, ticket, now)
