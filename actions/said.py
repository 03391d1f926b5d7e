"""What an action says: one message, as it leaves for the channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.turn import Choice


@dataclass(frozen=True)
class Said:
    """A message. One that `leads` becomes the first lines of the next message of the turn."""

    text: str
    asks: str | None = None
    choices: tuple[Choice, ...] = ()
    kind: str | None = None
    answer: dict[str, Any] | None = field(default=None)
    ticket: dict[str, Any] | None = field(default=None)
    # The service notice that it shows.
    notice: int | None = None
    leads: bool = False


def say(dispatcher: CollectingDispatcher, language: str, messages: Iterable[Said]) -> None:
    """Hands the messages over, in order."""
    for message in messages:
        dispatcher.utter_message(
            text=message.text,
            metadata={
                "asks": message.asks,
                "choices": [each.as_dict() for each in message.choices],
                "language": language,
                "kind": message.kind,
                "answer": message.answer,
                "ticket": message.ticket,
                "notice": message.notice,
                "leads": message.leads,
            },
        )
