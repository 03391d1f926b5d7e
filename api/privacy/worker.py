"""Each night: what is kept no longer goes, and erasures that were interrupted are finished."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from api.database import utc_now
from api.privacy.erasing import resume
from api.privacy.retention import sweep
from api.rounds import rounds

if TYPE_CHECKING:
    from api.services import Services

log = logging.getLogger(__name__)

# By the machine's clock; each process at another minute of the hour.
HOUR = 4
LOOK_SECONDS = 300.0


class RetentionWorker:
    """Sweeps once a night until told to stop; several processes may. `clock` tells the time."""

    def __init__(self, services: Services, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._clock = clock
        self._minute = random.randrange(60)
        self._swept: dt.date | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until `stop` is set. An error is logged and tried again."""
        await rounds(self.look, stop, every=LOOK_SECONDS, failure="Old data could not be let go of")

    async def look(self) -> bool:
        """Sweep, where it is night and this night has not been swept. Whether it did."""
        now = self._clock()
        local = now.astimezone()
        if self._swept == local.date() or local.hour != HOUR or local.minute < self._minute:
            return False
        services = self._services
        await asyncio.to_thread(resume, services.settings, services.database)
        gone = await asyncio.to_thread(sweep, services.settings, services.database, services.catalog, now)
        self._swept = local.date()
        log.info(
            "Kept no longer: %s", ", ".join(f"{name} {count}" for name, count in gone.items() if count) or "nothing"
        )
        return True
