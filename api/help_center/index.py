"""The help center's index inside the api: opened at start, switched when a new one is published, searched off the loop."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api.errors import Unavailable
from knowledge_base import Article, IndexDamaged, IndexMissing, KnowledgeBase, SearchResult

logger = logging.getLogger(__name__)


class HelpCenter:
    """Searches of the published index.

    The index is looked at again when its manifest changes; one that cannot be opened is refused and the one in use
    is kept. Searching and encoding run in one thread of their own: more would compete for the same two cores.
    """

    def __init__(self, index_dir: Path) -> None:
        self.index_dir = index_dir
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="search")
        self._knowledge_base: KnowledgeBase | None = None
        self._manifest: tuple[int, int] | None = None
        self.problem: str | None = None

    def open(self) -> None:
        """Open the index, or say in `problem` why that cannot be."""
        stamp = self._stamp()
        if stamp is not None and stamp == self._manifest:
            return
        try:
            opened = KnowledgeBase.open(self.index_dir)
        except (IndexMissing, IndexDamaged) as error:
            self.problem = str(error)
            logger.warning("index not opened: %s", error)
            # The same broken files need no second look.
            self._manifest = stamp if self._knowledge_base is not None else None
            return
        self._knowledge_base, self._manifest, self.problem = opened, stamp, None

    async def search(
        self, text: str, *, language: str | None, limit: int = 3, all_languages: bool = False
    ) -> SearchResult:
        """The best articles for a question. Raises `Unavailable` while there is no index."""
        knowledge_base = self._current()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._executor,
            lambda: knowledge_base.search(text, language=language, limit=limit, all_languages=all_languages),
        )

    def prefetch(self, text: str, language: str | None) -> None:
        """Begin encoding a question that will probably be searched; never raises."""
        if self._knowledge_base is not None:
            self._executor.submit(_quietly, functools.partial(self._knowledge_base.prefetch, text, language=language))

    async def warm_up(self, when: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
        """Load the encoder (seconds of processor time) as soon as `when` says so, at the latest after `seconds`.

        No customer's question should be the one that waits for it, and neither should the start of another process.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not await when():  # noqa: ASYNC110 - another process's state has no event
            await asyncio.sleep(0.5)
        self.prefetch("warm up", None)

    def article(self, article_id: str, locale: str) -> Article | None:
        return self._current().article(article_id, locale)

    def render(self, article: Article) -> str:
        """The article's body as safe HTML."""
        return self._current().render(article)

    async def watch(self, stop: asyncio.Event, every: float = 2.0) -> None:
        """Switch to a newly published index, until `stop` is set. Queries under way end on the old one."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), every)
            except TimeoutError:
                await asyncio.to_thread(self.open)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _current(self) -> KnowledgeBase:
        if self._knowledge_base is None:
            raise Unavailable(self.problem or "the help center's index is not open yet", code="search_unavailable")
        return self._knowledge_base

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = (self.index_dir / "manifest.json").stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.warning("a question could not be encoded ahead of its search")
