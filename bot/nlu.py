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
from typing import Any

from bot.catalog import load_catalog
from bot.model import ROOT, ModelError, checked_model
from bot.no_tensorflow import install_unless_needed
from bot.serve import prepare_environment
from bot.text import starts_like_a_command
from bot.ticket_wishes import CERTAINTY, TicketWishes

# Intents by the names that the training data has; Rasa's own commands are never parsed as such.
SEARCH = "describe_problem"


def understood(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What each text means, in order. An empty line means nothing: intent null."""
    prepare_environment()
    install_unless_needed(ROOT / "config.yml")
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)  # unconfigured, it prints to standard output
    logging.disable(logging.WARNING)

    processor = Agent.load(checked_model()).processor
    wishes = TicketWishes(load_catalog())
    for text in texts:
        if not text.strip() or starts_like_a_command(text):
            name = SEARCH if text.strip() else None
            yield {"text": text, "intent": name, "confidence": 1.0 if name else 0.0, "entities": []}
            continue
        parsed = asyncio.run(processor.parse_message(UserMessage(text)))
        wished = wishes.intent(text)
        if wished is not None:
            parsed["intent"] = {"name": wished, "confidence": CERTAINTY}
        yield {
            "text": text,
            "intent": parsed["intent"]["name"],
            "confidence": round(float(parsed["intent"]["confidence"]), 4),
            "entities": [{"entity": each["entity"], "value": each["value"]} for each in parsed["entities"]],
        }


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
