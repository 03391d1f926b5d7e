"""A scripted customer who speaks the chat's HTTP contract and nothing else."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

from tests.support.stack import Stack


class Customer:
    """One conversation. `asks` is what the copilot asked last; `choices` what it offered with it."""

    def __init__(self, stack: Stack, language: str, **opening: Any) -> None:
        self.stack = stack
        self.http = stack.http
        answer = self.http.post("/chat/conversations", json={"channel": "widget", "language": language, **opening})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.id: str = body["id"]
        self.token: str = body["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self.asks: str | None = None
        self.asked: list[str] = []
        self.choices: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.transcript: list[str] = []
        self._take(body["messages"])

    @property
    def path(self) -> str:
        return f"/chat/conversations/{self.id}"

    @property
    def said(self) -> str:
        """The text of the copilot's last turn."""
        return "\n".join(message["text"] for message in self.messages)

    def post(self, **body: Any) -> httpx.Response:
        return self.http.post(
            f"{self.path}/messages", json={"client_message_id": uuid.uuid4().hex, **body}, headers=self.headers
        )

    def say(self, text: str) -> list[dict[str, Any]]:
        """Type something."""
        self.transcript.append(f"> {text}")
        return self._outcome(self.post(text=text))

    def choose(self, name: str) -> list[dict[str, Any]]:
        """Press the choice with this stable name."""
        assert name in self.choices, f"{name} is not offered; offered are {list(self.choices)} (asks {self.asks})"
        choice = self.choices[name]
        self.transcript.append(f"> [{choice['label']}]")
        return self._outcome(self.post(choice_id=choice["id"]))

    def verify(self, email: str) -> None:
        """Give the address and the code that was mailed to it."""
        assert self.asks == "email", self.asks
        self.say(email)
        assert self.asks == "code", self.said
        self.say(self.newest_code(email))

    def newest_code(self, email: str) -> str:
        found = re.search(r"\b\d{6}\b", self.stack.mails(email)[0]["text"])
        assert found, "the newest mail carries no code"
        return found.group()

    def ticket(self) -> dict[str, Any]:
        """The ticket of the copilot's last turn."""
        tickets = [message["ticket"] for message in self.messages if message["ticket"]]
        assert tickets, self.said
        ticket: dict[str, Any] = tickets[-1]
        return ticket

    def answer(self) -> dict[str, Any]:
        """The answer of the copilot's last turn."""
        answers = [message["answer"] for message in self.messages if message["answer"]]
        assert answers, self.said
        answer: dict[str, Any] = answers[-1]
        return answer

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def _outcome(self, response: httpx.Response) -> list[dict[str, Any]]:
        assert response.status_code == 200, response.text
        body = response.json()
        assert body["status"] == "completed", body
        self._take(body["messages"])
        return self.messages

    def _take(self, messages: list[dict[str, Any]]) -> None:
        assert messages, "the copilot said nothing"
        self.messages = messages
        for message in messages:
            self.transcript.append(f"  {message['text']}")
            for passage in (message["answer"] or {}).get("passages", []):
                self.transcript.append(f"    * {passage['title']} > {passage['heading']} ({passage['url']})")
            if message["choices"]:
                self.transcript.append("    " + " | ".join(choice["label"] for choice in message["choices"]))
        asking = [message for message in messages if message["asks"] or message["choices"]]
        self.asks = asking[-1]["asks"] if asking else None
        self.choices = {choice["name"]: choice for choice in asking[-1]["choices"]} if asking else {}
        if self.asks:
            self.asked.append(self.asks)
