"""Wakes this process's event streams for what other processes wrote: a replica of the api, a command, a worker.

Whoever writes wakes the streams of its own process at once. For the others one small query a second, and none while
nobody listens, asks what is new in the two tables that only grow; so that what it costs does not grow with the number of
open widgets (docs/benchmarks.md has what one look takes).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.chat.models import Message
from api.chat.streams import DESK, ticket_topic
from api.desk.listening import topics_of
from api.rounds import rounds
from api.services import Services
from api.tickets.models import TicketAudit

LOOK_SECONDS = 1.0
# Ids are given out before the commit: a lower one may appear after a higher one. So many are looked at again.
OVERLAP = 100


@dataclass
class _Tail:
    """The end of a table that only grows: `look` gives what `value` says of the rows that are new."""

    id: InstrumentedAttribute[int]
    value: InstrumentedAttribute[Any]
    last: int | None = None
    seen: set[int] = field(default_factory=set)

    def look(self, session: Session) -> set[Any]:
        if self.last is None:
            # Nobody has looked yet, but somebody may listen already: the newest are told, needlessly at the worst.
            self.last = session.scalar(select(func.max(self.id))) or 0
        query: Select[tuple[int, Any]] = select(self.id, self.value).where(self.id > self.last - OVERLAP)
        rows = [(id, value) for id, value in session.execute(query) if id not in self.seen]
        self.last = max([self.last, *(id for id, _ in rows)])
        self.seen = {id for id in (*self.seen, *(id for id, _ in rows)) if id > self.last - OVERLAP}
        return {value for _, value in rows}


class StreamWatch:
    """Looks every second until told to stop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._messages = _Tail(Message.id, Message.conversation_id)
        self._audits = _Tail(TicketAudit.id, TicketAudit.ticket_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set. An error is logged."""

        async def look() -> None:
            if self._services.streams.waited_for:
                await self.look()

        await rounds(look, stop, every=LOOK_SECONDS, failure="What other processes wrote could not be looked at")

    async def look(self) -> None:
        """Wake the streams of everything that was written since the last look."""

        def read(session: Session) -> tuple[set[Any], set[Any], set[str]]:
            conversations, tickets = self._messages.look(session), self._audits.look(session)
            return conversations, tickets, topics_of(session, tickets) if tickets else set()

        conversations, tickets, topics = await self._services.database.reading(read)
        for conversation_id in conversations:
            self._services.streams.publish(conversation_id)
        for ticket_id in tickets:
            self._services.streams.publish(ticket_topic(ticket_id))
        for topic in topics:
            self._services.streams.publish(topic)
        if tickets:
            self._services.streams.publish(DESK)
