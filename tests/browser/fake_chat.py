"""The state and the switches of a chat server that follows a script, for browser tests: no dialogue stands behind it.

A test flips the switches: turns that fail, a server that is down, an api that has forgotten a conversation.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from api.errors import CopilotError
from bot.catalog import Catalog


@dataclass
class FakeConversation:
    id: str
    token: str
    language: str
    verified: str = ""
    context: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    # Articles that were opened from its answers.
    opened: list[str] = field(default_factory=list)
    outcomes: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)


@dataclass
class FakeChat:
    """State and switches of one server."""

    catalog: Catalog
    conversations: dict[str, FakeConversation] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    openings: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    fail_next: bool = False
    answer_then_cut: bool = False
    delay: float = 0.0
    streams: set[object] = field(default_factory=set)
    streams_at_once: int = 0
    refuse_identities: int = 0
    # Of the admin help panel.
    contexts: list[dict[str, Any]] = field(default_factory=list)
    panel_tickets: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    # Seconds after which every event stream ends.
    cut_streams_after: float = 0.0
    # Whatever is said, and the beginning of a conversation, cannot be answered.
    dialogue_down: bool = False
    tickets: list[dict[str, Any]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    violations: list[Any] = field(default_factory=list)
    articles: dict[str, list[Any]] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget everything and take every switch back, for the next test."""
        self.__init__(self.catalog)  # type: ignore[misc]  # the fields' own defaults, written once

    def wait_for_stream(self) -> None:
        """Until a widget listens. AssertionError after half a minute."""
        deadline = time.monotonic() + 30
        while not self.streams:
            assert time.monotonic() < deadline, "no widget has opened its event stream"
            time.sleep(0.02)

    def only(self) -> FakeConversation:
        """The conversation, where there is exactly one."""
        (conversation,) = self.conversations.values()
        return conversation

    def add(self, conversation: FakeConversation, role: str, text: str, **rest: Any) -> dict[str, Any]:
        message = {
            "seq": len(conversation.messages) + 1,
            "role": role,
            "kind": "text",
            "text": text,
            "language": conversation.language,
            "choices": [],
            "asks": None,
            "answer": None,
            "ticket": None,
            "attachments": [],
            "created_at": "2026-01-31T12:00:00+00:00",
            **rest,
        }
        conversation.messages.append(message)
        return message

    async def tell(self, conversation: FakeConversation) -> None:
        async with conversation.news:
            conversation.news.notify_all()

    def ask(
        self, conversation: FakeConversation, text: str, asks: str, options: dict[str, str], kind: str = "choices"
    ) -> dict[str, Any]:
        choices = [
            {"id": secrets.token_urlsafe(6), "label": label, "name": f"{asks}.{value}"}
            for value, label in options.items()
        ]
        return self.add(conversation, "copilot", text, kind=kind, asks=asks, choices=choices)

    def owned(self, id: str, authorization: str) -> FakeConversation:
        """The conversation that this token is for."""
        if self.down:
            raise CopilotError("down for a moment", status=503)
        found = self.conversations.get(id)
        if found is None or authorization != f"Bearer {found.token}":
            raise CopilotError("there is no such conversation", status=404)
        return found

    def asking(self, authorization: str) -> FakeConversation:
        """The conversation whose token asks."""
        for each in self.conversations.values():
            if authorization == f"Bearer {each.token}":
                return each
        raise CopilotError("This token is unknown.", status=401)
