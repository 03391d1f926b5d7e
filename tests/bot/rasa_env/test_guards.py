"""What we put right in Rasa, against the Rasa that is installed."""

# Rasa's environment has no pytest.
# ruff: noqa: PT009, PT027

import asyncio
import unittest
from types import SimpleNamespace
from typing import Any

import jsonschema
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.processor import MessageProcessor
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import guards
from bot.running_turn import TurnFailed, begin_turn
from bot.turn import DialogueState


class Guards(unittest.TestCase):
    def setUp(self) -> None:
        guards.apply()

    def test_rasas_code_still_has_the_shape_that_the_guards_replace(self) -> None:
        self.assertEqual(
            guards.replaced_code(),
            guards.EXPECTED_DIGESTS,
            "Rasa's code changed: read it, see that each guard in bot/guards.py still fits, then write the new digests there",
        )

    def test_the_guards_are_in_place_once_the_channel_is_loaded(self) -> None:
        import bot.channel  # noqa: F401

        self.assertIs(RemoteAction._validate_action_result, guards._validate_action_result)
        self.assertIs(RemoteAction._action_call_format, guards._action_call_format)
        self.assertEqual(MessageProcessor.predict_next_with_tracker_if_should.__module__, "bot.guards")

    def test_the_cached_validator_decides_as_rasas_own(self) -> None:
        action = RemoteAction("action_x", None)
        good: list[dict[str, Any]] = [
            {},
            {"events": [], "responses": []},
            {"events": [{"event": "slot", "name": "a", "value": "b"}], "responses": [{"text": "hola"}]},
        ]
        bad: list[Any] = [
            [],
            {"events": {}},
            {"responses": [1]},
            {"events": [{"event": "no_such_event"}]},
            {"events": [{"event": "slot", "value": "b"}]},
        ]
        schema = RemoteAction.action_response_format_spec()
        for answer in good:
            jsonschema.validate(answer, schema)
            self.assertTrue(action._validate_action_result(answer))
        for answer in bad:
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(answer, schema)
            with self.assertRaises(jsonschema.ValidationError):
                action._validate_action_result(answer)

    def test_the_validators_error_quotes_nothing_of_the_customers(self) -> None:
        with self.assertRaises(jsonschema.ValidationError) as caught:
            RemoteAction("action_x", None)._validate_action_result({"events": ["my card number is 4111"]})
        self.assertNotIn("4111", str(caught.exception))

    def test_an_action_is_called_with_what_it_reads_and_no_more(self) -> None:
        domain = Domain.from_dict(
            {
                "intents": ["greet"],
                "slots": {
                    "title": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]},
                    "email": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]},
                },
            }
        )
        tracker = DialogueStateTracker("c", domain.slots)
        tracker.update_with_events(
            [
                SlotSet("title", "T"),
                ActionExecuted("action_listen"),
                UserUttered("hola", {"name": "greet"}, [], metadata={"turn_token": "t"}),
            ],
            domain,
        )
        body = RemoteAction("action_x", None)._action_call_format(tracker, domain)
        self.assertEqual(body["tracker"]["slots"], {"title": "T"})
        self.assertEqual(body["tracker"]["latest_message"]["metadata"], {"turn_token": "t"})
        self.assertEqual((body["tracker"]["events"], body["domain"]), ([], {}))
        self.assertFalse(body["tracker"]["active_loop"]["resumed"])
        tracker.update(ActionExecutionRejected("ticket_form"), domain)
        body = RemoteAction("action_x", None)._action_call_format(tracker, domain)
        self.assertTrue(body["tracker"]["active_loop"]["resumed"])


class Failures(unittest.TestCase):
    """A failure that Rasa would swallow is noted, and ends the turn."""

    def predicting(self, run: Any) -> Any:
        action = SimpleNamespace(run=run)

        def predict(processor: object, tracker: object) -> tuple[Any, Any]:
            return action, None

        guarded = guards._guarded_prediction(predict)
        return lambda: guarded(None, None)[0]

    def test_an_action_that_raises_fails_the_turn_and_nothing_more_is_predicted(self) -> None:
        async def run() -> None:
            raise ValueError("what the customer typed")

        turn = begin_turn(DialogueState())
        predict = self.predicting(run)
        with self.assertRaises(ValueError):
            asyncio.run(predict().run())
        self.assertEqual(turn.failures, ["action_failed"])
        with self.assertRaises(TurnFailed):
            predict()

    def test_a_form_that_steps_aside_is_no_failure(self) -> None:
        async def run() -> None:
            raise ActionExecutionRejection("ticket_form")

        turn = begin_turn(DialogueState())
        with self.assertRaises(ActionExecutionRejection):
            asyncio.run(self.predicting(run)().run())
        self.assertEqual(turn.failures, [])

    def test_too_many_actions_are_a_failure(self) -> None:
        def predict(processor: object, tracker: object) -> Any:
            raise ActionLimitReached("limit")

        turn = begin_turn(DialogueState())
        with self.assertRaises(ActionLimitReached):
            guards._guarded_prediction(predict)(None, None)
        self.assertEqual(turn.failures, ["error"])
