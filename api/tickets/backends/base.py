"""What a ticketing system beside ours has to offer, in no vendor's words.

To add one, write a class with the methods of `RemoteBackend` in a module of its own and name it in `choosing.py`; the
contract tests (`tests/contracts/test_backends.py`) hold every backend to the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from api.errors import CopilotError

# How a comment or a change came that was taken over from the other system; what came so is never sent back.
VIA = "remote"


class BackendUnavailable(CopilotError):
    """No answer, or one that says nothing about what was asked: the same may be asked again later."""

    status = 503
    code = "ticket_backend_unavailable"
    try_again = True


class BackendBusy(BackendUnavailable):
    """Too many requests: nothing more is asked before `retry_after` seconds are over."""


class BackendLockedOut(CopilotError):
    """It does not let us in, or not do this: somebody has to mend the settings or the rights of the account."""

    status = 502
    code = "ticket_backend_locked_out"


class RemoteRefused(CopilotError):
    """What was sent is wrong in its eyes and will stay so; the message says what."""

    status = 422
    code = "remote_ticket_refused"


class RemoteGone(CopilotError):
    """It has no such ticket (any more)."""

    status = 404
    code = "remote_ticket_gone"


class RemoteKeyReused(CopilotError):
    """The idempotency key was used with another body before."""

    code = "remote_key_reused"


@dataclass(frozen=True)
class Person:
    """Who asks."""

    name: str
    email: str


@dataclass(frozen=True)
class NewTicket:
    """A ticket to be made there. `choices` and `typed`: field values by catalog id, those with options and the others."""

    external_id: str
    subject: str
    text: str
    type: str | None = None
    priority: str | None = None
    status: str | None = None
    requester: Person | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    uploads: Sequence[str] = ()
    # The closed ticket there that it continues.
    follows: str | None = None


@dataclass(frozen=True)
class NewComment:
    """A comment to be made there. `author`: the person there in whose name; None: our own account's."""

    text: str
    public: bool = True
    author: str | None = None
    uploads: Sequence[str] = ()


@dataclass(frozen=True)
class RemoteChange:
    """What is to become of a ticket there. None: stays. `before`: what the changed choices were."""

    comment: NewComment | None = None
    status: str | None = None
    priority: str | None = None
    subject: str | None = None
    requester: Person | None = None
    choices: Mapping[str, str | None] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    typed: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenTicket:
    """A ticket as it is there. `comment_id`: of the comment that the request made, where the answer says so."""

    id: str
    url: str
    subject: str
    status: str
    priority: str | None
    requester_id: str | None
    updated_at: str
    comment_id: str | None = None
    merged_into: str | None = None


@dataclass(frozen=True)
class SeenComment:
    """A comment as it is there. `mark`: the key with which we sent it, where the other side keeps that."""

    id: str
    text: str
    public: bool
    by_staff: bool
    author_name: str
    author_email: str | None
    created_at: dt.datetime
    mark: str | None = None
    files: Sequence[str] = ()


@dataclass(frozen=True)
class ChangedPage:
    """Which tickets changed there, id -> `updated_at`. `cursor`: where to go on; `more`: at once."""

    tickets: Mapping[str, str]
    cursor: str | None
    more: bool


class TicketBackend(Protocol):
    """What every backend is."""

    @property
    def name(self) -> str:
        """As the setting names it."""

    async def check(self, *, thorough: bool = False) -> list[str]:
        """What keeps it from working, each with its cure; empty where all is well. `thorough`: what keeps it from working
        well, too. Raises `BackendUnavailable`."""

    async def close(self) -> None:
        """Let go of its connections."""


@runtime_checkable
class RemoteBackend(TicketBackend, Protocol):
    """A ticketing system beside ours. Every method may raise `BackendUnavailable`, `BackendBusy` or `BackendLockedOut`;
    those that name a ticket `RemoteGone`; those that write `RemoteRefused` and `RemoteKeyReused`."""

    @property
    def wait(self) -> float:
        """Seconds for which it would rather not be asked, by what its last answer said of its limits."""

    async def create(self, ticket: NewTicket, key: str) -> SeenTicket:
        """Make a ticket; the same `key` and ticket make it once."""

    async def find(self, external_id: str) -> list[SeenTicket]:
        """Every ticket that carries our number."""

    async def show(self, remote_id: str) -> SeenTicket:
        """One ticket."""

    async def update(self, remote_id: str, change: RemoteChange, key: str) -> SeenTicket:
        """Change a ticket. `key` marks the comment, where the other side keeps marks."""

    async def comments(self, remote_id: str) -> list[SeenComment]:
        """Everything that was said, oldest first; the first one is the description."""

    async def upload(self, name: str, media_type: str, path: Path) -> str:
        """Give a file ahead of its comment; its token. A token holds for an hour."""

    async def changed(self, cursor: str | None, since: dt.datetime) -> ChangedPage:
        """What changed after `cursor`; without one, since a moment."""


def person_of(value: Mapping[str, Any] | None) -> Person | None:
    """From its JSON."""
    return Person(value["name"], value["email"]) if value else None
