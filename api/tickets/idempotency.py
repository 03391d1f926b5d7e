"""Idempotency-Key: one answer to one key of one caller, for at least seven days.

While the first request is being worked on, a second with its key gets 409. On PostgreSQL an advisory lock tells all
replicas so; on SQLite, which one process writes to, a set in memory does.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.database import Database, utc_now
from api.errors import CopilotError
from api.tickets.errors import ZendeskError, zendesk_error_body
from api.tickets.models import IdempotencyKey

KEPT = dt.timedelta(days=7)
LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    """A response as it is kept: its status, the exact bytes of its body, its Location. `replayed`: it was given before."""

    status: int
    body: str
    location: str | None = None
    replayed: bool = False


@dataclass(frozen=True)
class KeyedRequest:
    """A request that carries an Idempotency-Key. `scope`: whose key it is."""

    scope: str
    key: str
    method: str
    path: str
    body: Any

    @property
    def digest(self) -> str:
        canonical = json.dumps([self.method, self.path, self.body], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


class _InFlight:
    """The keys that this process is working on, by database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: weakref.WeakKeyDictionary[Database, set[tuple[str, str]]] = weakref.WeakKeyDictionary()

    @contextlib.contextmanager
    def hold(self, database: Database, request: KeyedRequest) -> Iterator[None]:
        name = (request.scope, request.key)
        with self._lock:
            held = self._keys.setdefault(database, set())
            if name in held:
                raise _still_working()
            held.add(name)
        try:
            yield
        finally:
            with self._lock:
                held.discard(name)


_in_flight = _InFlight()


def check_key(key: str) -> str:
    """The key, if it may be one: 1 to 255 printable ASCII characters. Raises `ZendeskError` (400)."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ZendeskError(400, "IdempotentRequestError", "An Idempotency-Key has 1 to 255 printable ASCII characters.")
    return key


def answer_once(database: Database, request: KeyedRequest, work: Callable[[Session], Answer]) -> Answer:
    """Do `work` once for a key: its answer, or its final refusal (422), is what every repeat gets.

    Raises 400 ``IdempotentRequestError`` for another request under the same key, and 409 while the first is in flight.
    """
    refusal: CopilotError | None = None
    with _in_flight.hold(database, request):
        try:
            with database.write() as session:
                _lock_across_replicas(session, database, request)
                known = session.get(IdempotencyKey, (request.scope, request.key))
                if known is not None and utc_now() - known.created_at < KEPT:
                    return _replay(known, request)
                answer = work(session)
                _keep(session, database, request, answer)
                return answer
        except CopilotError as error:
            if error.status != 422:
                raise
            refusal = error
        with database.write() as session:
            body = json.dumps(zendesk_error_body(refusal), ensure_ascii=False)
            _keep(session, database, request, Answer(refusal.status, body))
    raise refusal


def _replay(known: IdempotencyKey, request: KeyedRequest) -> Answer:
    if known.digest != request.digest:
        raise ZendeskError(
            400,
            "IdempotentRequestError",
            "The request parameters don't match the ones that were used with this Idempotency-Key before.",
        )
    return Answer(known.status, known.body, known.location, replayed=True)


def _keep(session: Session, database: Database, request: KeyedRequest, answer: Answer) -> None:
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < utc_now() - KEPT))
    values = {
        "scope": request.scope,
        "key": request.key,
        "digest": request.digest,
        "status": answer.status,
        "body": answer.body,
        "location": answer.location,
        "created_at": utc_now(),
    }
    insert = sqlite.insert if database.sqlite else postgresql.insert
    session.execute(insert(IdempotencyKey).values(values).on_conflict_do_nothing())


def _lock_across_replicas(session: Session, database: Database, request: KeyedRequest) -> None:
    if database.sqlite:
        return
    name = hashlib.sha256(f"{request.scope}\x1f{request.key}".encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}):
        raise _still_working()


def _still_working() -> ZendeskError:
    return ZendeskError(
        409, "Conflict", "A request with this Idempotency-Key is still being worked on: ask again.", retry_after=1
    )
