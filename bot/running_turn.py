"""The turn that is being worked on: how the tracker store, the guards and the channel meet without any shared table.

A context variable, so that turns of many conversations on one event loop never see each other's.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from bot.turn import DialogueState


class TurnFailed(Exception):
    """Something on the way failed; the turn ends at once, with nothing kept."""


@dataclass
class RunningTurn:
    """`before` is the state the turn starts from, `after` the one it leads to (None until Rasa saved the tracker)."""

    before: DialogueState
    after: DialogueState | None = None
    failures: list[str] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        self.failures.append(reason)


_running: ContextVar[RunningTurn | None] = ContextVar("running_turn", default=None)


def begin_turn(before: DialogueState) -> RunningTurn:
    """Makes a turn the current one of this task."""
    turn = RunningTurn(before)
    _running.set(turn)
    return turn


def running_turn() -> RunningTurn | None:
    """The turn of the current task, None where there is none (training, tests of Rasa's own)."""
    return _running.get()
