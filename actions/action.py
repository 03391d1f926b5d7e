"""What every action of the project is built on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.heard import Heard, hear
from api.client import CopilotClient
from bot.catalog import Catalog
from bot.voice import Voice


class CopilotAction(Action):
    """An action with what it works with. Subclasses implement `act` and are registered by `actions/server.py`.

    Whatever `act` raises makes the turn a failed one, which the api tells the customer and retries from the state before.
    """

    action_name = ""

    def __init__(self, catalog: Catalog, client: CopilotClient) -> None:
        self.catalog = catalog
        self.client = client

    def name(self) -> str:
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await self.act(hear(tracker, self.catalog), dispatcher)

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        raise NotImplementedError

    def voice(self, heard: Heard) -> Voice:
        return Voice(self.catalog, heard.language)


def slot_events(values: Mapping[str, str | None]) -> list[EventType]:
    return [SlotSet(name, value) for name, value in values.items()]


def emptied(names: Iterable[str], heard: Heard) -> list[EventType]:
    """Events that empty the slots that hold something."""
    return [SlotSet(name, None) for name in names if heard.slots.get(name) is not None]
