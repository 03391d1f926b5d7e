"""The stock side's action server: every action of the domain under its own name, and none of them does anything.

`python -m rasa_sdk --actions tools.bench.stock_actions`. Each answers with one message that says which action it was
and whether the domain came with the call, as an unchanged Rasa sends it.
"""

from __future__ import annotations

from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from tools.bench.machine import ROOT


class Idle(Action):
    """Does nothing."""

    action_name = ""

    def name(self) -> str:
        return self.action_name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(json_message={"action": self.action_name, "domain": bool(domain)})
        return []


def _declared() -> list[str]:
    domain = yaml.safe_load((ROOT / "bot" / "domain" / "dialogue.yml").read_text(encoding="utf-8"))
    return [str(name) for name in domain["actions"]]


def _class_of(name: str) -> type[Idle]:
    return type(f"Idle_{name}", (Idle,), {"action_name": name, "__module__": __name__})


# rasa-sdk registers every subclass of Action that it finds, and its server's worker looks them up in the module by name.
globals().update({idle.__name__: idle for idle in map(_class_of, _declared())})
