"""`python -m bot.nlu`, in Rasa's environment: a text a line in, `{text, intent, confidence, entities}` a line out.

What the dialogue would understand with no choice on offer; no server runs. `copilot nlu parse` calls it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.catalog import load_catalog
from bot.intent_rules import SEARCH
from bot.model import ROOT, ModelError, checked_model
from bot.no_tensorflow import install_unless_needed
from bot.plain_commands import CERTAINTY as PLAIN
from bot.plain_commands import PlainCommands
from bot.serve import prepare_environment
from bot.text import starts_like_a_command
from bot.ticket_wishes import CERTAINTY, TicketWishes
from bot.turn_rules import category_meant, known_intent


class Parser:
    """A trained model that reads texts as the dialogue does."""

    def __init__(self, model: Path) -> None:
        from rasa.core.agent import Agent

        self._processor = Agent.load(str(model)).processor
        catalog = load_catalog()
        self._wishes, self._commands = TicketWishes(catalog), PlainCommands(catalog)

    def parse(self, text: str) -> dict[str, Any]:
        """`{text, intent, confidence, entities}` with the intent's name in the training data. Nothing said, no intent."""
        if not text.strip() or starts_like_a_command(text):
            name = SEARCH if text.strip() else None
            return {"text": text, "intent": name, "confidence": 1.0 if name else 0.0, "entities": []}
        from rasa.core.channels.channel import UserMessage

        parsed = asyncio.run(self._processor.parse_message(UserMessage(text)))
        wished = self._wishes.intent(text)
        if wished is not None:
            parsed["intent"] = {"name": wished, "confidence": CERTAINTY}
        elif (plain := self._commands.intent(text)) is not None and parsed["intent"]["name"] in (plain, SEARCH):
            parsed["intent"] = {"name": plain, "confidence": PLAIN}
        return {
            "text": text,
            "intent": parsed["intent"]["name"],
            "confidence": round(float(parsed["intent"]["confidence"]), 4),
            "entities": [{"entity": each["entity"], "value": each["value"]} for each in parsed["entities"]],
        }


def load_parser() -> Parser:
    """With the model that is in service; ModelError where there is none. Rasa is imported without what it does not need."""
    prepare_environment()
    install_unless_needed(ROOT / "config.yml")
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)  # unconfigured, it prints to standard output
    logging.disable(logging.WARNING)
    return Parser(checked_model())


def told_outside(parsed: dict[str, Any]) -> dict[str, Any]:
    """What a text means by the names of the contract."""
    name = parsed["intent"]
    if name is None:
        return parsed
    category = category_meant(name)
    entities = [each for each in parsed["entities"] if category is None or each["entity"] != "category"]
    if category is not None:
        entities.append({"entity": "category", "value": category})
    return {**parsed, "intent": known_intent(name), "entities": entities}


def understood(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What each text means, in order. An empty line means nothing: intent null."""
    parser = load_parser()
    for text in texts:
        yield told_outside(parser.parse(text))


def main() -> int:
    os.chdir(ROOT)
    lines = (line.rstrip("\r\n") for line in sys.stdin)
    try:
        for result in understood(lines):
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
