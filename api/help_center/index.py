"""The help center's index inside the api: opened at start, switched when a new one is published, searched off the loop."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from api.errors import Unavailable
from api.help_center.steering import Steering, search_steered, steered
from knowledge_base import Article, KnowledgeBase, KnowledgeBaseError, SearchResult
from knowledge_base.publishing import open_published
from knowledge_base.text import language_of

logger = logging.getLogger(__name__)

# Name, inode, size and time of every file of an index: what changes where one is replaced, or damaged in its place.
Stamp = tuple[tuple[str, int, int, int], ...]


class HelpCenter:
    """Searches of the published index.

    The index is looked at again when its files change; one that cannot be opened is refused and the one in use is
    kept. After a start there is none in use: then the index that was published before serves in place of a damaged
    one. Searching and encoding run in threads of their own: more would compete for the same two cores.
    """

    def __init__(self, index_dir: Path, opener: Callable[[Path], KnowledgeBase] = KnowledgeBase.open) -> None:
        self.index_dir = index_dir
        self._opener = opener
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="search")
        self._knowledge_base: KnowledgeBase | None = None
        # As it was opened, before the leads' steering.
        self._opened: KnowledgeBase | None = None
        self._seen: Stamp | None = None
        self.problem: str | None = None
        self._steering = Steering()
        self._related: dict[tuple[str, str], list[Article]] = {}
        self._related_of: KnowledgeBase | None = None

    @property
    def serving(self) -> bool:
        """Whether questions are answered, if need be from an index that is not the newest (`problem` says why)."""
        return self._knowledge_base is not None

    def open(self) -> None:
        """Open the index, or say in `problem` why that cannot be and which serves in its place."""
        stamp = self._stamp()
        if self._knowledge_base is not None and stamp == self._seen:
            return
        try:
            if self._knowledge_base is None:
                found = open_published(self.index_dir, self._opener)
                opened, problem = found.content, found.problem
            else:
                opened, problem = self._opener(self.index_dir), None
        except KnowledgeBaseError as error:
            self._tell(str(error))
            # The same broken files need no second look; a server that was away does.
            self._seen = None if error.try_again else stamp
            return
        self._tell(problem)
        self._opened, self._seen = opened, stamp
        self._knowledge_base = steered(opened, self._steering)

    def steer(self, steering: Steering) -> None:
        """From now on as the leads want it: how sure an answer has to be, pinned articles, blocked passages."""
        if steering == self._steering:
            return
        self._steering = steering
        if self._opened is not None:
            self._knowledge_base = steered(self._opened, steering)

    @property
    def precision(self) -> float | None:
        """The share of confident answers that has to be right; None while there is no index."""
        return self._knowledge_base.precision if self._knowledge_base else None

    def thresholds(self, precision: float | None = None) -> dict[str, float]:
        """By locale: from which confidence it answers, now or at another precision. Raises `Unavailable`."""
        return self._current().thresholds(precision)

    def _tell(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            logger.warning("index not opened: %s", problem)
        self.problem = problem

    async def search(
        self, text: str, *, language: str | None, limit: int = 3, all_languages: bool = False
    ) -> SearchResult:
        """The best articles for a question. Raises `Unavailable` while there is no index, or no answer from the server
        that keeps its vectors."""
        knowledge_base, steering = self._current(), self._steering
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._executor,
                lambda: search_steered(
                    knowledge_base, steering, text, language=language, limit=limit, all_languages=all_languages
                ),
            )
        except KnowledgeBaseError as error:
            logger.warning("a search failed: %s", error)
            raise Unavailable("the help center cannot be searched now", code="search_unavailable") from error

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

    def articles(self, language: str) -> list[Article]:
        """Every article of a language once, in the order of the source, without those that only point to another."""
        found: dict[tuple[str, str], Article] = {}
        for article in self._current().articles():
            if language_of(article.locale) == language and not article.points_to:
                found.setdefault((article.locale, article.id), article)
        return list(found.values())

    def published(self) -> tuple[object, list[Article]]:
        """What tells the index that serves from any other, and every article in it. Raises `Unavailable` without one."""
        knowledge_base = self._current()
        return knowledge_base, knowledge_base.articles()

    async def related(self, article: Article, limit: int = 4) -> list[Article]:
        """Articles on what this one is about, nearest first; none while nothing can be searched. Remembered for as long as
        the index serves: a page is read far more often than an index is published."""
        knowledge_base = self._current()
        if self._related_of is not knowledge_base:
            self._related, self._related_of = {}, knowledge_base
        known = self._related.get((article.locale, article.id))
        if known is None:
            try:
                result = await self.search(article.title, language=language_of(article.locale), limit=limit + 1)
            except Unavailable:
                return []
            near = [knowledge_base.article(hit.article_id, hit.locale) for hit in result.hits]
            known = [each for each in near if each is not None and each.id != article.id]
            self._related[article.locale, article.id] = known
        return known[:limit]

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

    def _stamp(self) -> Stamp:
        try:
            with os.scandir(self.index_dir) as entries:
                stats = [(entry.name, entry.stat()) for entry in entries]
        except OSError:
            return ()
        return tuple(sorted((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.warning("a question could not be encoded ahead of its search")
