"""Decides what happened, every few seconds, in every api process; one of them at a time does it."""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING

from api.metrics.deciding import BATCH, anything_to_do, catch_up
from api.metrics.terms import terms_of
from api.rounds import rounds

if TYPE_CHECKING:
    from api.services import Services

LOOK_SECONDS = 3.0
# What a reader waits for at most; what is left then is told as `undecided`.
FRESHEN_SECONDS = 2.0


class LedgerWorker:
    """Keeps the stored decisions up to date until told to stop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._terms = terms_of(services.settings, services.catalog)

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until `stop` is set. An error is logged and tried again."""

        async def look() -> None:
            while not stop.is_set() and await self.look():
                pass

        await rounds(look, stop, every=LOOK_SECONDS, failure="Outcomes of conversations could not be decided")

    async def look(self) -> bool:
        """Decide some of what there is. Whether there may be more."""
        database = self._services.database
        if not await database.reading(lambda session: anything_to_do(session, self._terms)):
            return False
        return await database.writing(functools.partial(catch_up, terms=self._terms)) >= BATCH


async def freshen(services: Services, seconds: float = FRESHEN_SECONDS) -> None:
    """Decide what is new before figures are read, for so many seconds at most."""
    worker = LedgerWorker(services)
    end = time.monotonic() + seconds
    while await worker.look() and time.monotonic() < end:
        pass
