"""What Rasa 3.6.21 gets wrong for us, put right when the channel's module is loaded. Each guard has its reason and a test.

`replaced_code` names the code that the guards stand in for: tests/bot/rasa_env compares it with the digests below, so that
another Rasa cannot silently change what we replace.
"""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Awaitable, Callable
from typing import Any

import jsonschema
import rasa.core.actions.action as rasa_action
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.exceptions import AgentNotReady
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.exceptions import ActionLimitReached
from rasa.shared.core.events import ActionExecutionRejected, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.running_turn import TurnFailed, running_turn

__all__ = ["AgentNotReady", "apply", "replaced_code"]

# Seconds. api.client gives up after 10, an action after 15, the api's turn after 30: the innermost speaks first.
ACTION_TIMEOUT = 15

# Of Rasa 3.6.21, read and compared by hand.
EXPECTED_DIGESTS: dict[str, str] = {
    "RemoteAction._validate_action_result": "f8cdb4be6812396167ced74161b2ccd65c5ea676ad86d7d359d8c322d9d8dc42",
    "RemoteAction._action_call_format": "428795b944f22edba142d278ec47a30098975b01463ba337ec447dade52a0492",
    "RemoteAction.run": "ccabf6f1160d527a157fad5bd285ce69e8221b1bcad23f8a61499b4360a1c17e",
    "MessageProcessor.predict_next": "7ef2b933ac1ec9b25f47a7a45c2d2dff89781e0312521fab99b82fb3e14ce3a8",
    "MessageProcessor._run_action": "6d383d0179ef1187639887289168959a5a82f94e6949e4e27bb83b2165094995",
    "MessageProcessor._run_prediction_loop": "cb30a0cbb690c571dbd33e404a16577745ad745798986b0fd314bd055893b4cf",
}

_applied = False


def apply() -> None:
    """Puts the guards in place, once in a process."""
    global _applied
    if _applied:
        return
    _applied = True
    rasa_action.DEFAULT_REQUEST_TIMEOUT = int(os.environ.get("COPILOT_ACTIONS__TIMEOUT", ACTION_TIMEOUT))
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction._action_call_format = _action_call_format
    MessageProcessor.predict_next_with_tracker_if_should = _guarded_prediction(
        MessageProcessor.predict_next_with_tracker_if_should
    )


def replaced_code() -> dict[str, str]:
    """SHA-256 of the source of everything that a guard replaces or leans on."""
    sources = {
        "RemoteAction._validate_action_result": inspect.unwrap(_originals["validate"]),
        "RemoteAction._action_call_format": inspect.unwrap(_originals["call_format"]),
        "RemoteAction.run": RemoteAction.run,
        "MessageProcessor.predict_next": _originals["predict"],
        "MessageProcessor._run_action": MessageProcessor._run_action,
        "MessageProcessor._run_prediction_loop": MessageProcessor._run_prediction_loop,
    }
    return {name: hashlib.sha256(inspect.getsource(code).encode()).hexdigest() for name, code in sources.items()}


_originals: dict[str, Callable[..., Any]] = {
    "validate": RemoteAction._validate_action_result,
    "call_format": RemoteAction._action_call_format,
    "predict": MessageProcessor.predict_next_with_tracker_if_should,
}

# Rasa hands the schema to jsonschema.validate, which checks the schema itself against its metaschema on every call: 23 of
# the 31 ms of a turn with an action. Built once, the same check costs well under a millisecond.
_answer_schema = RemoteAction.action_response_format_spec()
_answer_validator = jsonschema.validators.validator_for(_answer_schema)(_answer_schema)


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    error = jsonschema.exceptions.best_match(_answer_validator.iter_errors(result))
    if error is not None:
        # Without the message: it quotes what the action said, and what the customer typed with it.
        raise jsonschema.ValidationError(f"the action server's answer to {self.name()} has the wrong shape")
    return True


def _action_call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: object) -> dict[str, Any]:
    """What our actions read, and nothing else: no domain (they have the catalog), no events.

    `resumed` says what they would have to find in the events: that the form speaks for the second time in this turn, after it
    stepped aside for a rule.
    """
    message = tracker.latest_message
    return {
        "next_action": self._name,
        "sender_id": tracker.sender_id,
        "version": rasa_action.rasa.__version__,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None},
            "latest_message": {
                "text": message.text if message else None,
                "intent": dict(message.intent) if message else {},
                "entities": list(message.entities) if message else [],
                "metadata": dict(message.metadata) if message else {},
                "choice": message.parse_data.get("choice") if message else None,
            },
            "active_loop": {"name": tracker.active_loop_name, "resumed": _is_resumed(tracker)},
            "latest_action_name": tracker.latest_action_name,
            "latest_input_channel": None,
            "followup_action": None,
            "paused": False,
            "events": [],
        },
        "domain": {},
    }


def _is_resumed(tracker: DialogueStateTracker) -> bool:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecutionRejected):
            return True
    return False


def _guarded_prediction(predict: Callable[..., tuple[Action, PolicyPrediction]]) -> Callable[..., Any]:
    """Ends a turn at its first failure, and notes failures that Rasa swallows.

    `MessageProcessor._run_action` catches whatever an action raises, logs it, and goes on as if it had run: with the action
    server dead a turn ends quietly with no reply, and a ticket would be opened although its form had failed.
    """

    def predict_next_with_tracker_if_should(
        self: MessageProcessor, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        turn = running_turn()
        if turn is not None and turn.failures:
            raise TurnFailed("an action failed: nothing more is done in this turn")
        try:
            action, prediction = predict(self, tracker)
        except ActionLimitReached:
            if turn is not None:
                turn.fail("error")
            raise
        action.run = _noting_failures(action.run)
        return action, prediction

    return predict_next_with_tracker_if_should


def _noting_failures(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run_and_note(*args: Any, **kwargs: Any) -> Any:
        try:
            return await run(*args, **kwargs)
        except ActionExecutionRejection:
            raise  # a form that did not find its answer: rules take over
        except Exception:
            turn = running_turn()
            if turn is not None:
                turn.fail("action_failed")
            raise

    return run_and_note
