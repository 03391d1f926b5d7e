"""A tracker in, events and messages out: what every test of an action needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction
from api.client import CopilotClient
from bot.catalog import Catalog, load_catalog
from tests.support.fake_api import FakeApi


@dataclass
class Outcome:
    """What an action did: slots set, in one dict; other events; messages as they leave."""

    slots: dict[str, Any]
    events: list[dict[str, Any]]
    messages: list[dict[str, Any]]

    @property
    def asks(self) -> str | None:
        return self.messages[-1]["metadata"]["asks"] if self.messages else None

    @property
    def names(self) -> list[str]:
        return [each["name"] for each in self.messages[-1]["metadata"]["choices"]]

    @property
    def text(self) -> str:
        return "\n".join(each["text"] for each in self.messages)


@dataclass
class Customer:
    """Plays turns against one action, and keeps the slots between them as Rasa would."""

    catalog: Catalog
    api: FakeApi
    client: CopilotClient
    runner: asyncio.Runner
    slots: dict[str, Any] = field(default_factory=lambda: {"language": "es"})
    context: dict[str, Any] = field(default_factory=dict)
    turn: int = 0
    # The form that is active.
    loop: str | None = "ticket_form"

    def run(
        self,
        action: type[CopilotAction],
        text: str = "",
        intent: str = "describe_problem",
        entities: dict[str, str] | None = None,
        *,
        confidence: float = 1.0,
        choice: str | None = None,
        resumed: bool = False,
    ) -> Outcome:
        self.turn += 1
        context = {
            "customer": {"verified": False},
            "platforms": ["Lumbra Store", "Lumbra Admin"],
            "attachments": 0,
            **self.context,
        }
        tracker = Tracker.from_dict(
            {
                "sender_id": "c1",
                "slots": dict(self.slots),
                "latest_message": {
                    "text": text,
                    "intent": {"name": intent, "confidence": confidence},
                    "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
                    "metadata": {"turn_id": f"t{self.turn}", "turn_token": "token", "context": context},
                    "choice": choice,
                },
                "events": [],
                "paused": False,
                "followup_action": None,
                "active_loop": {"name": self.loop, "resumed": resumed},
                "latest_action_name": "action_listen",
            }
        )
        dispatcher = CollectingDispatcher()

        play = action(self.catalog, self.client).run(dispatcher, tracker, {})
        events: list[dict[str, Any]] = list(self.runner.run(play))
        slots = {each["name"]: each["value"] for each in events if each["event"] == "slot"}
        self.slots.update(slots)
        others = [each for each in events if each["event"] != "slot"]
        return Outcome(slots, others, dispatcher.messages)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def served_api() -> Iterator[FakeApi]:
    with FakeApi() as fake:
        yield fake


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def client(served_api: FakeApi, runner: asyncio.Runner) -> Iterator[CopilotClient]:
    """One for all tests: making one reads every certificate of the machine, a second of work on two busy cores."""
    copilot = CopilotClient(served_api.url)
    yield copilot
    runner.run(copilot.aclose())


@pytest.fixture
def customer(catalog: Catalog, served_api: FakeApi, client: CopilotClient, runner: asyncio.Runner) -> Customer:
    served_api.reset()
    return Customer(catalog, served_api, client, runner)
