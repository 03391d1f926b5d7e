"""Workers' rounds."""

from __future__ import annotations

import asyncio

import pytest

from api.rounds import rounds


async def test_an_error_is_logged_and_the_next_look_comes(caplog: pytest.LogCaptureFixture) -> None:
    stop, looks = asyncio.Event(), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError("gone")
        stop.set()

    await rounds(look, stop, every=0.001, failure="Nothing could be found")
    assert looks == 2
    assert "Nothing could be found; trying again." in caplog.text


async def test_who_is_woken_looks_at_once_even_where_it_comes_during_a_look() -> None:
    stop, woken, looks = asyncio.Event(), asyncio.Event(), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        (woken if looks < 3 else stop).set()

    await asyncio.wait_for(rounds(look, stop, every=3600, failure="", woken=woken), 30)
    assert looks == 3


@pytest.mark.parametrize("woken", [None, asyncio.Event()])
async def test_a_pause_ends_where_it_is_told_to_stop(woken: asyncio.Event | None) -> None:
    stop = asyncio.Event()

    async def look() -> None:
        asyncio.get_running_loop().call_soon(stop.set)

    await asyncio.wait_for(rounds(look, stop, every=3600, failure="", woken=woken), 30)
