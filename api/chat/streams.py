"""Who waits for news of what, in this process."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import event
from sqlalchemy.orm import Session

# Everything that happens on tickets; other topics are the id of a conversation, and `ticket_topic`.
DESK = "desk"
_TOPICS = "topics to wake after the commit"

_Waiter = tuple[asyncio.Event, asyncio.AbstractEventLoop]


def ticket_topic(ticket_id: int) -> str:
    """The topic of those who look at one ticket."""
    return f"ticket:{ticket_id}"


def customer_topic(customer_id: int) -> str:
    """The topic of a customer who looks at their tickets."""
    return f"customer:{customer_id}"


def account_topic(account_id: str) -> str:
    """The topic of those who look at all tickets of an account."""
    return f"account:{account_id}"


class Streams:
    """Wakes event streams when something was committed. Holds no data: readers ask the database, so that a missed or
    doubled wake-up can neither lose nor repeat a message. May be told from any thread.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[_Waiter]] = defaultdict(set)
        self._lock = threading.Lock()

    @property
    def waited_for(self) -> bool:
        """Whether anybody waits for anything."""
        return bool(self._waiting)

    @contextlib.contextmanager
    def subscribe(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set at each publish of any of these; the subscriber clears it before it reads."""
        waiter = (asyncio.Event(), asyncio.get_running_loop())
        with self._lock:
            for topic in topics:
                self._waiting[topic].add(waiter)
        try:
            yield waiter[0]
        finally:
            with self._lock:
                for topic in topics:
                    waiting = self._waiting[topic]
                    waiting.discard(waiter)
                    if not waiting:
                        del self._waiting[topic]

    def publish(self, topic: str) -> None:
        """Wake whoever waits for it, from whatever thread."""
        if not self._waiting:
            return
        with self._lock:
            waiting = list(self._waiting.get(topic, ()))
        if waiting:
            _wake(waiting)

    def publish_after_commit(self, session: Session, *topics: str) -> None:
        """Wake them once the session's transaction is committed, and not at all if it is undone."""
        known = session.info.setdefault(_TOPICS, {})
        for topic in topics:
            known[topic] = self

    def close(self) -> None:
        """Wake everybody, for a clean stop."""
        with self._lock:
            waiting = [each for waiters in self._waiting.values() for each in waiters]
        _wake(waiting)


# Of every session: listening to a single one anew, twice, cost a fiftieth of opening a ticket.
@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    # A savepoint tells of its end as well; nobody else can see what was written by then.
    topics: dict[str, Streams] | None = session.info.get(_TOPICS)
    if not topics or session.in_nested_transaction():
        return
    del session.info[_TOPICS]
    for topic, streams in topics.items():
        streams.publish(topic)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_TOPICS, None)


def _wake(waiting: list[_Waiter]) -> None:
    try:
        here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    for news, loop in waiting:
        if loop is here:
            news.set()
        else:
            # Closed: its reader is gone, too.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(news.set)
