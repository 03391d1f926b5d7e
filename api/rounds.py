"""Workers look again and again for what there is to do, until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def rounds(
    look: Callable[[], Awaitable[object]],
    stop: asyncio.Event,
    *,
    every: float,
    failure: str,
    woken: asyncio.Event | None = None,
) -> None:
    """Look every so many seconds until `stop` is set, and at once where `woken` is set meanwhile.

    An error is logged as `failure`, and the next look tries again.
    """
    while not stop.is_set():
        if woken is not None:
            # Before the look: what wakes during it may have come too late for it.
            woken.clear()
        try:
            await look()
        except Exception:
            log.exception("%s; trying again.", failure)
        await _pause(every, stop, woken)


async def _pause(seconds: float, stop: asyncio.Event, woken: asyncio.Event | None) -> None:
    if woken is None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        return
    waiting = [asyncio.create_task(each.wait()) for each in (stop, woken)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
