"""Who waits for news of which conversation, in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator


class Streams:
    """Wakes the event streams of a conversation when something was committed. Holds no data: readers ask the database,
    so that a missed or doubled wake-up can neither lose nor repeat a message.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    @contextlib.contextmanager
    def subscribe(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each publish; the subscriber clears it before it reads."""
        news = asyncio.Event()
        self._waiting[conversation_id].add(news)
        try:
            yield news
        finally:
            waiting = self._waiting[conversation_id]
            waiting.discard(news)
            if not waiting:
                del self._waiting[conversation_id]

    def publish(self, conversation_id: str) -> None:
        for news in self._waiting.get(conversation_id, ()):
            news.set()

    def close(self) -> None:
        """Wake everybody, for a clean stop."""
        for waiting in self._waiting.values():
            for news in waiting:
                news.set()
