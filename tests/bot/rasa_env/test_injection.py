"""Whatever a customer types, the channel hands Rasa a text: no intent of the customer's, no slot, no reset."""

# Rasa's environment has no pytest.
# ruff: noqa: PT009

import asyncio
import unittest
from types import SimpleNamespace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from bot.catalog import load_catalog
from bot.channel import CollectedMessages, GatewayChannel
from bot.turn import Choice, Turn
from bot.turn_rules import allowed_choice
from tests.security.payloads import variants

# What a text may be understood as where the classifier knows nothing.
HARMLESS = {"describe_problem", "inform", "affirm", "deny"}
YES = Choice("solved.yes", "Yes", "affirm", {})


class Interpreter:
    """Reads payloads exactly as Rasa does, and everything else as a problem."""

    async def parse_message(self, message: UserMessage) -> dict[str, Any]:
        read = YAMLStoryReader.unpack_regex_message(Message({"text": message.text}))
        intent = read.get("intent") or {"name": "describe_problem", "confidence": 0.4}
        return {"text": message.text, "intent": dict(intent), "entities": read.get("entities") or []}


class Injection(unittest.TestCase):
    def setUp(self) -> None:
        self.catalog = load_catalog()
        self.channel = GatewayChannel("s" * 32, self.catalog)
        self.agent = SimpleNamespace(processor=Interpreter())

    async def wrong(self, texts: "list[str]") -> "list[tuple[str, Any]]":
        """The texts that are understood as something, asked for nothing, for own words, for a yes or a no by turns."""
        found: list[tuple[str, Any]] = []
        places: list[tuple[Any, tuple[Choice, ...]]] = [(None, ()), ("title", ()), ("solved", (YES,))]
        for number, text in enumerate(texts):
            asks, choices = places[number % 3]
            turn = Turn("c", "t", "token", text, None, asks, choices, None, {"language": "en"})
            message = await self.channel._understood(turn, CollectedMessages(), self.agent)
            parsed = message.parse_data
            if parsed["intent"]["name"] not in HARMLESS or parsed["entities"]:
                found.append((ascii(text[:80]), parsed["intent"]["name"]))
        return found

    def test_the_interpreter_of_this_test_does_what_the_texts_are_after(self) -> None:
        read = asyncio.run(Interpreter().parse_message(UserMessage('/inform{"language": "pt"}')))
        self.assertEqual((read["intent"]["name"], read["entities"][0]["value"]), ("inform", "pt"))

    def test_no_text_becomes_an_intent_an_entity_or_a_reset(self) -> None:
        texts = variants()
        self.assertGreaterEqual(len(texts), 5000)
        wrong = asyncio.run(self.wrong(texts))
        self.assertEqual(wrong[:20], [], f"{len(wrong)} of {len(texts)}")

    def test_no_text_is_a_value_an_intent_or_an_entity_of_a_choice(self) -> None:
        for text in variants():
            self.assertFalse(allowed_choice(Choice("x", "x", text, {}), self.catalog), text[:80])
            self.assertFalse(allowed_choice(Choice("x", "x", "choose_scenario", {"scenario": text}), self.catalog))
            self.assertFalse(allowed_choice(Choice("x", "x", "inform", {text: "true"}), self.catalog))

    def test_the_commands_of_rasa_itself_are_no_choices(self) -> None:
        for intent in ("restart", "session_start", "back", "nlu_fallback", "out_of_scope", "action_restart"):
            self.assertFalse(allowed_choice(Choice("x", "x", f"/{intent}", {}), self.catalog), intent)
        for intent in ("session_start", "nlu_fallback", "action_restart"):
            self.assertFalse(allowed_choice(Choice("x", "x", intent, {}), self.catalog), intent)
