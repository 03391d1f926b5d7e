"""Gathers the content gaps once a night and when a lead asks for it, in a process of its own: neither the event loop nor the
memory of this one is touched by a minute of encoding."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import datetime as dt
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from api.database import utc_now
from api.metrics.gap_models import GapRun
from api.metrics.terms import terms_of
from api.rounds import rounds
from api.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from api.services import Services

logger = logging.getLogger(__name__)

LOOK_SECONDS = 120.0
_PR_SET_PDEATHSIG = 1


def gather_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "api.cli", "metrics", "gaps", "--refresh", "--json")


class GapSchedule:
    """One gathering at a time. `command`: instead of `gather_command()`."""

    def __init__(self, services: Services, *, command: tuple[str, ...] | None = None) -> None:
        self._services = services
        self._command = command or gather_command()
        self._zone = terms_of(services.settings, services.catalog).zone
        self._woken = asyncio.Event()
        self._asked = False
        # The first look is for what a lead asked: a start has other things to do.
        self._started = False
        self.running = False

    def wake(self) -> None:
        """Gather soon, whatever the hour."""
        self._asked = True
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until `stop` is set; a gathering under way is stopped then."""

        async def look() -> None:
            wanted = self._asked or (self._started and await self.due(utc_now()))
            self._started = True
            if wanted:
                self._asked = False
                await self._gather(stop)

        await rounds(
            look, stop, every=LOOK_SECONDS, failure="The content gaps could not be gathered", woken=self._woken
        )

    async def due(self, now: dt.datetime) -> bool:
        """Whether the hour of today is over and nothing was gathered since."""
        hour = self._services.settings.metrics.gaps_hour
        local = now.astimezone(self._zone)
        if hour < 0 or local.hour < hour:
            return False
        last = await self._services.database.reading(lambda session: session.scalar(select(func.max(GapRun.at))))
        return last is None or last < local.replace(hour=hour, minute=0, second=0, microsecond=0)

    async def _gather(self, stop: asyncio.Event) -> None:
        self.running = True
        process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=PROJECT_ROOT,
            env=environment(self._services.settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_in_the_background,
        )
        talking = asyncio.create_task(process.communicate())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([talking, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            _, said = await talking
        finally:
            stopped.cancel()
            self.running = False
        if process.returncode and not stop.is_set():
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
            logger.error("the content gaps could not be gathered: %s", last[0])


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a command that works on the same database and index as this process."""
    return os.environ | {
        "COPILOT_DATABASE__URL": settings.database.url,
        "COPILOT_KB__INDEX": str(settings.index_dir),
        "COPILOT_VAR": str(settings.var),
        "TOKENIZERS_PARALLELISM": "false",
    }


def _in_the_background() -> None:
    """In the child: customers' turns go first, and it dies with the api."""
    os.nice(15)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
