"""Both sides as a driver sees them: open a conversation, ask a question, learn how long that took and what it was."""

from __future__ import annotations

import itertools
import json
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from tools.bench.http_line import Line
from tools.bench.processes import BenchError, CpuMeter

ANSWERING_ACTION = "action_ask_help_form_solved"


@dataclass(frozen=True)
class Asked:
    """One turn. `counted` is whether it was the turn that is measured: a search with us, the idle action there."""

    milliseconds: float
    counted: bool


class Talk(Protocol):
    """A conversation that waits for a question."""

    def ask(self, text: str) -> Asked: ...


class Side(Protocol):
    """A server to drive, with the name that its figures have."""

    name: str
    cpu: CpuMeter

    def open(self, language: str) -> Talk: ...


class CopilotSide:
    """Ours: `POST /chat/conversations`, the language and the scenario by their choices, then questions as text."""

    def __init__(self, name: str, port: int, cpu: CpuMeter) -> None:
        self.name = name
        self.cpu = cpu
        self._line = Line(port)

    def open(self, language: str) -> CopilotTalk:
        self._line.renew()
        return CopilotTalk(self._line, language)


class CopilotTalk:
    """One conversation, walked to where the copilot asks for the problem."""

    def __init__(self, line: Line, language: str) -> None:
        self._line = line
        opened = line.post("/chat/conversations", {"channel": "widget", "language": language}).body
        self.path = f"/chat/conversations/{opened['id']}/messages"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}
        messages = opened["messages"]
        for name in (f"language.{language}", "scenario.question"):
            choices = {choice["name"]: choice["id"] for message in messages for choice in message["choices"]}
            if name not in choices:
                raise BenchError(f"the copilot offers {sorted(choices)} where {name} was expected")
            messages = self._post({"choice_id": choices[name]}).body["messages"]
        if not any(message["asks"] == "problem" for message in messages):
            raise BenchError("the copilot did not ask for the problem after the scenario")

    def ask(self, text: str) -> Asked:
        reply = self._post({"text": text})
        return Asked(reply.milliseconds, searched(reply.body))

    def _post(self, what: dict[str, str]) -> Any:
        return self._line.post(self.path, {"client_message_id": uuid.uuid4().hex, **what}, self.headers)


def searched(turn: Any) -> bool:
    """Whether a turn searched: it ends in an answer from the help center, the honest word that there is none, or the
    question which of several topics is meant."""
    return turn["status"] == "completed" and any(
        message["kind"] == "answer" or message["asks"] == "clarify" for message in turn["messages"]
    )


class StockSide:
    """Stock Rasa over its REST channel."""

    def __init__(self, name: str, port: int, cpu: CpuMeter) -> None:
        self.name = name
        self.cpu = cpu
        self.actions_per_turn: list[int] = []
        self._line = Line(port)
        self._numbers = itertools.count()

    def open(self, language: str) -> StockTalk:
        self._line.renew()
        return StockTalk(self, f"{self.name}-{next(self._numbers)}-{uuid.uuid4().hex[:8]}", language)

    def say(self, sender: str, text: str) -> tuple[float, list[dict[str, Any]]]:
        """Send a message; the milliseconds it took, and what the idle actions said of themselves."""
        reply = self._line.post("/webhooks/rest/webhook", {"sender": sender, "message": text})
        said = [message["custom"] for message in reply.body if "custom" in message]
        if any(not each["domain"] for each in said):
            raise BenchError("the stock side sends no domain with an action call: it is not an unchanged Rasa")
        return reply.milliseconds, said


class StockTalk:
    """One sender id. Its first turn gives language and scenario at once, so that questions are turns 2 to 10.

    That payload is Rasa's own way of saying what our two buttons say, and the shortest: every event in a tracker slows
    later turns down a little.
    """

    def __init__(self, side: StockSide, sender: str, language: str) -> None:
        self._side, self._sender = side, sender
        values = json.dumps({"language": language, "scenario": "question"})
        side.say(sender, f"/choose_scenario{values}")

    def ask(self, text: str) -> Asked:
        milliseconds, said = self._side.say(self._sender, text)
        self._side.actions_per_turn.append(len(said))
        return Asked(milliseconds, any(each["action"] == ANSWERING_ACTION for each in said))
