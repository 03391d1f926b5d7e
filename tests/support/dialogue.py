"""A customer at the dialogue's own door: posts turns to the channel as the api does, and keeps the state between them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

SECRET = "secret-of-the-dialogue-tests"


@dataclass
class Dialogue:
    """One conversation with the channel at `url`. After each turn: `messages`, `asks`, `choices`, `facts`, `status`."""

    url: str
    language: str = "es"
    context: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    timeout: float = 120.0
    reason: str | None = None
    conversation_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    # A kept connection, where many turns are driven: a new one costs as much as a turn.
    line: httpx.Client | None = None

    @property
    def asks(self) -> str | None:
        return self.messages[-1]["asks"] if self.messages else None

    @property
    def choices(self) -> list[dict[str, Any]]:
        return list(self.messages[-1]["choices"]) if self.messages else []

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in self.choices]

    @property
    def text(self) -> str:
        return "\n".join(each["text"] for each in self.messages)

    @property
    def slots(self) -> dict[str, Any]:
        return self.state["slots"] if self.state else {}

    def start(self) -> Dialogue:
        return self.post({"choice": {"name": "start", "label": "", "intent": "start", "entities": {}}, "text": ""})

    def say(self, text: str) -> Dialogue:
        return self.post({"text": text, "choice": None})

    def press(self, name: str) -> Dialogue:
        choice = next((each for each in self.choices if each["name"] == name), None)
        assert choice is not None, f"{name} is not offered, but {self.names}"
        return self.post({"text": choice["label"], "choice": choice})

    def post(self, said: dict[str, Any]) -> Dialogue:
        context = {
            "channel": "widget",
            "language": self.language,
            "page": {"url": "", "title": ""},
            "customer": {"verified": False, "email": None, "name": None},
            "platforms": ["Lumbra Store", "Lumbra Admin"],
            "attachments": 0,
            "now": "2026-01-31T12:00:00+00:00",
            **self.context,
        }
        body = {
            "conversation_id": self.conversation_id,
            "turn_id": uuid.uuid4().hex,
            "turn_token": "token-of-the-turn",
            "asks": self.asks,
            "choices": self.choices,
            "state": self.state,
            "context": context,
            **said,
        }
        post = httpx.post if self.line is None else self.line.post
        response = post(
            f"{self.url}/webhooks/gateway/turns", json=body, headers={"X-Gateway-Secret": SECRET}, timeout=self.timeout
        )
        assert response.status_code == 200, f"{response.status_code}: {response.text}"
        answer = response.json()
        self.status, self.reason = answer["status"], answer["reason"]
        if self.status == "completed":  # a failed turn leaves everything as it was, as in the api
            self.messages, self.state, self.facts = answer["messages"], answer["state"], answer["facts"]
        return self
