"""The api keeps its index fresh by itself, in a real child process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from api.help_center.syncing import SyncSchedule, sync_command
from api.settings import KbSettings, Settings
from knowledge_base.sync import read_sync_state

ARTICLE = "---\ntitle: Shipping rates\n---\n\n## By weight\n\nChoose a rate for every kilogram of the parcel.\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "articles"
    (folder / "en").mkdir(parents=True)
    (folder / "en/rates.md").write_text(ARTICLE)
    return Settings(var=tmp_path / "var", kb=KbSettings(source=folder, sync_every=3600))


async def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    # The same command with a build that learns nothing; tests/support/stack.py runs the real one.
    kb = sync_command(settings).index("kb")
    command = (sys.executable, "-m", "tests.support.quick_build", *sync_command(settings)[kb + 1 :])
    task = asyncio.create_task(SyncSchedule(settings, grace=0.0, look_every=0.3, command=command).run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)


async def test_an_index_that_is_missing_is_made_and_a_changed_folder_is_picked_up(settings: Settings) -> None:
    manifest = settings.index_dir / "manifest.json"
    async with running(settings):
        await until(manifest.exists)
        await until(lambda: len(read_sync_state(settings.sources_store).indexes) == 1)
        first = manifest.read_bytes()
        assert settings.kb.source is not None
        (settings.kb.source / "en/orders.md").write_text(ARTICLE.replace("Shipping rates", "Orders by weight"))
        await until(lambda: manifest.read_bytes() != first)
    (state,) = read_sync_state(settings.sources_store).sources
    assert (state.articles, state.new) == ({"en": 2}, 1)


async def test_stopping_ends_the_sync_under_way(settings: Settings) -> None:
    def children() -> list[psutil.Process]:
        return [each for each in psutil.Process().children() if "sync" in " ".join(_command(each))]

    async with running(settings):
        await until(lambda: bool(children()))
    assert children() == []


async def test_zero_seconds_switch_the_schedule_off(settings: Settings) -> None:
    settings.kb.sync_every = 0
    await asyncio.wait_for(SyncSchedule(settings).run(asyncio.Event()), 60)
    assert not settings.sources_store.exists()


async def test_a_broken_declaration_is_logged_and_the_schedule_goes_on(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "sources.yml"
    broken.write_text("sources: [")
    settings.kb.source, settings.kb.sources = None, broken
    async with running(settings):
        await until(lambda: "not valid YAML" in caplog.text)
    assert "sync failed" in caplog.text


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
