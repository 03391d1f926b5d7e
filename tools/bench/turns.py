"""A search turn of ours beside an action turn of stock Rasa, driven in turn on the same questions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import BaseModel

from tools.bench.copilot_stack import FIRST_PORT, CopilotStack
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError
from tools.bench.questions import LANGUAGES, MOST_ROUNDS, QUESTIONS, unique_question
from tools.bench.sides import Asked, CopilotSide, Side, StockSide
from tools.bench.stock_stack import StockStack

COPILOT, STOCK, STOCK_SQLITE = "copilot", "stock", "stock_sqlite"
QUESTIONS_A_CONVERSATION = 9
CONVERSATIONS_A_LANGUAGE = 4
ROUNDS = 8
# Openings of their own, so that neither the warm-up nor the burst asks a text of the rounds.
WARM_UP_ROUND = MOST_ROUNDS - 2


class PairedTurns(BaseModel):
    """One conversation as every side had it: milliseconds of the same questions, in order, and the processor time of all of
    them together by process.

    `counted` is False where any side did not take the turn that is measured (a question taken for something else).
    """

    round: int
    language: str
    milliseconds: dict[str, list[float]]
    cpu: dict[str, dict[str, float]]
    counted: list[bool]

    def of(self, side: str) -> list[float]:
        """The counted turns of a side."""
        return [each for each, counts in zip(self.milliseconds[side], self.counted, strict=True) if counts]


class TurnsMeasured(BaseModel):
    """`stock_actions` is how often a turn of the stock side called the action server, by number of calls."""

    conversations: list[PairedTurns]
    stock_actions: dict[int, int]


def measure(rounds: int = ROUNDS) -> TurnsMeasured:
    """Start all stacks, warm them up alike, and drive the rounds. Raises `BenchError` where a stack does not serve."""
    if not 1 <= rounds <= WARM_UP_ROUND:
        raise ValueError(f"rounds must lie between 1 and {WARM_UP_ROUND}: each asks in words of its own")
    with stacks() as sides:
        warm_up(sides)
        for side in sides:
            if isinstance(side, StockSide):
                side.actions_per_turn.clear()
        conversations = [pair for number in range(rounds) for pair in one_round(sides, number)]
        if not any(any(pair.counted) for pair in conversations):
            raise BenchError(
                "no turn was a search here and an action there: look at var/bench/*/rasa.log and var/bench/run/logs"
            )
        calls = [n for side in sides if isinstance(side, StockSide) for n in side.actions_per_turn]
    return TurnsMeasured(conversations=conversations, stock_actions={n: calls.count(n) for n in sorted(set(calls))})


@contextmanager
def stacks() -> Iterator[list[Side]]:
    """Our stack and both stock ones, all running."""
    with ExitStack() as cleanup:
        copilot = CopilotStack()
        copilot.forget_conversations()
        cleanup.callback(copilot.stop)
        copilot.start()
        sides: list[Side] = [CopilotSide(COPILOT, copilot.port, copilot.cpu())]
        for offset, name in ((10, STOCK), (20, STOCK_SQLITE)):
            folder = ROOT / "var" / "bench" / name
            stock = StockStack(folder, copilot.model, FIRST_PORT + offset, _sqlite(folder, name))
            cleanup.callback(stock.stop)
            stock.start()
            sides.append(StockSide(name, stock.port, stock.cpu()))
        yield sides


def _sqlite(folder: Path, name: str) -> str:
    """Rasa's tracker store in a fresh SQLite file for the side that has one, else nothing: in memory."""
    if name != STOCK_SQLITE:
        return ""
    file = folder / "tracker.db"
    file.unlink(missing_ok=True)
    return f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {file}\n"


def warm_up(sides: Sequence[Side]) -> None:
    """The questions that no round asks, in conversations of their own, on every side."""
    spare = range(QUESTIONS_A_CONVERSATION * CONVERSATIONS_A_LANGUAGE, len(QUESTIONS["es"]))
    for language in LANGUAGES:
        for side in sides:
            talk = side.open(language)
            for number in spare:
                talk.ask(unique_question(language, number, WARM_UP_ROUND))


def one_round(sides: Sequence[Side], number: int) -> Iterator[PairedTurns]:
    """Every language's questions once, conversation by conversation; who goes first changes from one to the next."""
    conversations = [(language, part) for language in LANGUAGES for part in range(CONVERSATIONS_A_LANGUAGE)]
    random.Random(number).shuffle(conversations)
    for index, (language, part) in enumerate(conversations):
        first = part * QUESTIONS_A_CONVERSATION
        texts = [unique_question(language, first + n, number) for n in range(QUESTIONS_A_CONVERSATION)]
        shift = (index + number) % len(sides)
        asked: dict[str, list[Asked]] = {}
        cpu: dict[str, dict[str, float]] = {}
        for side in (*sides[shift:], *sides[:shift]):
            talk = side.open(language)
            before = side.cpu.milliseconds()
            asked[side.name] = [talk.ask(text) for text in texts]
            cpu[side.name] = {name: value - before[name] for name, value in side.cpu.milliseconds().items()}
        yield PairedTurns(
            round=number,
            language=language,
            milliseconds={name: [round(each.milliseconds, 3) for each in turns] for name, turns in asked.items()},
            cpu=cpu,
            counted=[all(turns[n].counted for turns in asked.values()) for n in range(QUESTIONS_A_CONVERSATION)],
        )
