"""Keeps the index fresh while the api serves: the declared sources are synced by schedule and when a folder changed, in a
process of its own, so that neither the event loop nor the memory of this one is touched."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Any

from api.settings import PROJECT_ROOT, Settings

logger = logging.getLogger(__name__)

A_SOURCE_FAILED = 3
"""Exit code of a sync that did what it could while a source failed."""
_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 3.0


def sync_command(settings: Settings) -> tuple[str, ...]:
    """`copilot kb sync` with what these settings say."""
    return (
        sys.executable, "-m", "api.cli", "kb", "sync",
        "--sources", str(settings.articles_from),
        "--index", str(settings.index_dir),
        "--store", str(settings.sources_store),
    )  # fmt: skip


class SyncSchedule:
    """Runs `copilot kb sync` every `kb.sync_every` seconds, counted over restarts, and soon after a folder or file of a
    source changed. `grace`: seconds after the start before the first one; `look_every`: seconds between two looks at the
    folders. The published index is then found by `HelpCenter.watch`. `command`: instead of `sync_command(settings)`."""

    def __init__(
        self,
        settings: Settings,
        *,
        grace: float = 15.0,
        look_every: float = 5.0,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._settings = settings
        self._command = command or sync_command(settings)
        self._grace = grace
        self._look_every = look_every
        self._stamp: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a sync under way is stopped then. Nothing that fails here reaches the api."""
        if self._settings.kb.sync_every == 0:
            return
        synced = await asyncio.to_thread(self._look)
        due = time.monotonic() + max(self._grace, await asyncio.to_thread(self._seconds_left))
        while not await _set_within(stop, self._look_every):
            seen = await asyncio.to_thread(self._look)
            # Files that are being written now (a `git pull`) are given until the next look to be whole.
            settled = seen != synced and seen == self._stamp
            self._stamp = seen
            if not settled and time.monotonic() < due:
                continue
            await self._sync(stop)
            synced, due = seen, time.monotonic() + self._settings.kb.sync_every

    def _look(self) -> str:
        # Imported late, as below: the supervisor only wants `sync_command`, and the library takes a second to import.
        from knowledge_base import KnowledgeBaseError
        from knowledge_base.sources.declared import load_sources
        from knowledge_base.sync import watch_stamp

        sources = self._settings.articles_from
        try:
            declaration = "" if sources.is_dir() else str(sources.stat().st_mtime_ns)
            return declaration + watch_stamp(load_sources(sources), sources.parent)
        except (OSError, KnowledgeBaseError) as error:
            return str(error)

    def _seconds_left(self) -> float:
        """Until the next sync is due: one that another process did just before this start need not be done again."""
        from knowledge_base.sync import read_sync_state

        last = read_sync_state(self._settings.sources_store).last_sync
        if last is None or not (self._settings.index_dir / "manifest.json").exists():
            return 0.0
        return self._settings.kb.sync_every - (datetime.now(UTC) - last).total_seconds()

    async def _sync(self, stop: asyncio.Event) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, "--due", "--json",
            cwd=PROJECT_ROOT,
            env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_in_the_background,
        )  # fmt: skip
        talking = asyncio.create_task(process.communicate())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([talking, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not talking.done():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(talking), _STOP_SECONDS)
            if process.returncode is None:
                process.kill()
            await talking
            return
        out, said = await talking
        self._log(process.returncode or 0, out, said)

    def _log(self, code: int, out: bytes, said: bytes) -> None:
        if code in (0, A_SOURCE_FAILED):
            try:
                report: dict[str, Any] = json.loads(out)
            except ValueError:
                report = {}
            for source in report.get("sources", []):
                if source.get("problems") and source.get("fetched"):
                    logger.warning("source %s failed: %s", source["name"], source["problems"][0])
            if report.get("built"):
                logger.info("help center index built: %s", report["built"])
            return
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {code}"]
        logger.error("help center sync failed: %s", last[0])


def _in_the_background() -> None:
    """In the child: customers' turns go first, and it dies with the api."""
    os.nice(10)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
