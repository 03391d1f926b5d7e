"""What customers' questions meet while indexes are published, damaged and mended."""

from __future__ import annotations

import asyncio
import functools
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.errors import Unavailable
from api.help_center.index import HelpCenter
from api.settings import Settings
from knowledge_base import KnowledgeBase, SearchResult, build_index
from knowledge_base.publishing import previous_of, written_aside
from tests.chat.conftest import FakeDialogue, LiveApi, settings_in
from tests.knowledge_base.conftest import WordHashing, write, write_help_center

QUESTION = "forgot my password"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`old` and `new`: two indexes, of which the second knows an article more."""
    folder = tmp_path_factory.mktemp("built")
    articles = write_help_center(folder / "articles", ("en",))
    build_index(articles, folder / "old", embedder=WordHashing())
    write(articles, "en/gift-cards.md", "---\ntitle: Gift cards\n---\nSell gift cards in every shop.\n")
    build_index(articles, folder / "new", embedder=WordHashing())
    return folder


def publish(source: Path, index: Path) -> None:
    with written_aside(index) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)


def files_of(index: Path) -> list[Path]:
    return sorted(index.iterdir())


def damage(index: Path) -> None:
    content = bytearray((index / "articles.jsonl").read_bytes())
    content[40] ^= 4
    (index / "articles.jsonl").write_bytes(content)


class SlowBase(KnowledgeBase):
    """A knowledge base whose searches end when they are let."""

    go = threading.Event()
    begun = threading.Event()

    def search(self, *arguments: Any, **named: Any) -> SearchResult:
        self.begun.set()
        assert self.go.wait(20)
        return super().search(*arguments, **named)


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    publish(built / "old", tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def help_center(index: Path) -> Iterator[HelpCenter]:
    made = HelpCenter(index, functools.partial(KnowledgeBase.open, embedder=WordHashing()))
    yield made
    made.close()


async def test_a_query_under_way_ends_on_the_index_it_began_with(
    index: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlowBase, "go", threading.Event())
    monkeypatch.setattr(SlowBase, "begun", threading.Event())
    help_center = HelpCenter(index, functools.partial(SlowBase.open, embedder=WordHashing()))
    help_center.open()
    under_way = asyncio.create_task(help_center.search("gift cards in every shop", language="en", limit=9))
    await asyncio.to_thread(SlowBase.begun.wait, 20)
    for _ in range(2):
        # Twice: the folder that the query's index was read from is gone by then.
        publish(built / "new", index)
        help_center.open()
    SlowBase.go.set()
    assert "gift-cards" not in {hit.article_id for hit in (await under_way).hits}
    after = await help_center.search("gift cards in every shop", language="en")
    assert after.hits[0].article_id == "gift-cards"
    help_center.close()


async def test_damage_to_the_index_in_use_is_told_of_and_questions_go_on(
    index: Path, built: Path, help_center: HelpCenter
) -> None:
    help_center.open()
    assert help_center.problem is None
    for path in files_of(index):
        content = path.read_bytes()
        for changed in (content[:-1], bytes([content[0] ^ 1]) + content[1:], None):
            path.unlink()
            if changed is not None:
                path.write_bytes(changed)
            help_center.open()
            assert path.name in (help_center.problem or "")
            assert (await help_center.search(QUESTION, language="en")).hits[0].article_id == "reset-password"
        path.write_bytes(content)
        help_center.open()
        assert help_center.problem is None
    publish(built / "new", index)
    help_center.open()
    assert help_center.article("gift-cards", "en") is not None


async def test_a_missing_index_makes_questions_wait_until_one_is_published(built: Path, tmp_path: Path) -> None:
    help_center = HelpCenter(tmp_path / "none", functools.partial(KnowledgeBase.open, embedder=WordHashing()))
    help_center.open()
    assert not help_center.serving
    assert "copilot kb build" in (help_center.problem or "")
    with pytest.raises(Unavailable):
        await help_center.search(QUESTION, language="en")
    publish(built / "old", tmp_path / "none")
    help_center.open()
    assert help_center.serving
    assert (await help_center.search(QUESTION, language="en")).hits
    help_center.close()


async def test_after_a_restart_the_previous_index_serves_in_place_of_a_damaged_one(
    index: Path, built: Path, help_center: HelpCenter
) -> None:
    publish(built / "new", index)
    damage(index)
    help_center.open()
    assert help_center.serving
    assert help_center.article("gift-cards", "en") is None
    assert "articles.jsonl" in (help_center.problem or "")
    assert "previous index" in (help_center.problem or "")
    help_center.open()
    assert "previous index" in (help_center.problem or "")
    assert (await help_center.search(QUESTION, language="en")).hits[0].article_id == "reset-password"
    publish(built / "new", index)
    help_center.open()
    assert help_center.problem is None
    assert help_center.article("gift-cards", "en") is not None


def test_readiness_tells_of_a_damaged_index_and_of_the_one_that_serves(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Settings = settings_in(tmp_path)
    monkeypatch.setattr("knowledge_base.search.MiniLM", lambda **_: WordHashing())
    for name in ("old", "new"):
        publish(built / name, settings.index_dir)
    assert previous_of(settings.index_dir).is_dir()
    damage(settings.index_dir)
    with LiveApi(settings, FakeDialogue()), httpx.Client(base_url=settings.public_url, trust_env=False) as http:
        lines = http.get("/health/ready").text.splitlines()
    told = next(line for line in lines if line.startswith("index: "))
    assert "articles.jsonl is not what was built" in told
    assert "the previous index" in told
