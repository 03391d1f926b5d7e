"""Lets the search of this process follow what leads decided, wherever they did so."""

from __future__ import annotations

import asyncio

from api.leads.store import steering_of
from api.rounds import rounds
from api.services import Services

LOOK_SECONDS = 2.0


class SteeringWorker:
    """Looks every two seconds: three small tables, read by their keys."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. An error is logged and tried again."""
        await rounds(self.look, stop, every=LOOK_SECONDS, failure="What leads decided of the search could not be read")

    async def look(self) -> None:
        """Once."""
        steering = await self._services.database.reading(steering_of)
        self._services.help_center.steer(steering)
