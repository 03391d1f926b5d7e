"""Measures intent recognition: `python -m bot.nlu_evaluate`, in Rasa's environment; `copilot nlu evaluate` calls it.

`gate_shortfalls` is what `copilot train` asks before it puts a new model into service.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.catalog import load_catalog
from bot.confusion_picture import confusion_svg
from bot.model import ROOT, ModelError
from bot.nlu import Parser, load_parser
from bot.nlu_scores import (
    NAMED,
    EvaluationError,
    Heard,
    LanguageScores,
    Line,
    Shortfall,
    confusion,
    read_floor,
    read_lines,
    read_problems,
    resolved,
    scores,
    shortfalls,
    trained_texts,
)
from bot.text import words

EVALUATION = ROOT / "data" / "evaluation"
TRAINING = ROOT / "data" / "training" / "nlu"
GATE, FLOOR = EVALUATION / "nlu_gate.jsonl", EVALUATION / "nlu_floor.yml"
SETS = {"gate": GATE, "report": EVALUATION / "nlu_report.jsonl"}


@dataclass(frozen=True)
class Reading:
    """What a model made of a set. Milliseconds a text."""

    heard: tuple[Heard, ...]
    p50: float
    p95: float


def read_with(parser: Parser, lines: Sequence[Line]) -> Reading:
    heard, taken = [], []
    for line in lines:
        begun = time.perf_counter()
        intent = str(parser.parse(line.text)["intent"])
        taken.append((time.perf_counter() - begun) * 1000)
        heard.append(Heard(line, intent))
    taken.sort()
    return Reading(tuple(heard), _quantile(taken, 0.5), _quantile(taken, 0.95))


def _quantile(taken: Sequence[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(share * len(taken)))] if taken else 0.0


def gate_shortfalls(model: Path) -> list[Shortfall]:
    """What this model has below the committed floor, on the gate; [] where there is no floor. Rasa is imported already."""
    floor = read_floor(FLOOR)
    if not floor or not GATE.exists():
        return []
    languages = load_catalog().languages
    lines = [each for each in read_lines(GATE) if each.language in languages and each.intent != NAMED]
    return shortfalls(read_with(Parser(model), lines).heard, floor)


def told(found: Sequence[Shortfall]) -> str:
    """The shortfalls with the utterances to look at, a line each."""
    parts = []
    for each in found:
        parts.append(str(each))
        parts += [f'    "{one.line.text}" is {one.line.intent}, heard as {one.intent}' for one in each.lines]
    return "\n".join(parts)


def _table(title: str, found: Sequence[LanguageScores]) -> str:
    columns = ("control_f1", "hijack_rate", "emergency_recall", "emergency_precision", "named")
    lines = [title, f"{'':4}" + "".join(f"{name:>21}" for name in columns)]
    for each in found:
        cells = [getattr(each, name) for name in columns]
        lines.append(f"{each.language:4}" + "".join(f"{'-' if cell is None else f'{cell:.3f}':>21}" for cell in cells))
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu_evaluate")
    parser.add_argument("--set", default="gate", help="gate, report or a file")
    parser.add_argument(
        "--queries", type=Path, help="questions as JSON lines, {query, locale}, which count as problems"
    )
    parser.add_argument("--picture", type=Path, help="where to write the confusion matrix as SVG")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    called_from = Path.cwd()
    os.chdir(ROOT)
    path = SETS.get(arguments.set) or called_from / arguments.set
    try:
        lines = read_lines(path)
        queries = read_problems(called_from / arguments.queries) if arguments.queries else []
        trained = trained_texts(TRAINING)
        parser = load_parser()
    except (EvaluationError, ModelError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    catalog = load_catalog()
    reading = read_with(parser, [each for each in lines if each.intent != NAMED])
    answers = read_with(parser, [each for each in lines if each.intent == NAMED])
    named = [(each.line, resolved(each.line, catalog, each.intent)) for each in answers.heard]
    found = scores(reading.heard, named)
    unseen = scores([each for each in reading.heard if words(each.line.text) not in trained])
    asked = scores(read_with(parser, queries).heard)
    if arguments.picture:
        picture = confusion_svg(confusion(reading.heard), f"Intents of {path.stem}, all languages")
        (called_from / arguments.picture).write_text(picture, encoding="utf-8")
    if arguments.json:
        sys.stdout.write(json.dumps(_as_json(arguments.set, found, unseen, asked, reading), ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write(_table(f"{path.name}, {len(lines)} lines", found) + "\n")
    repeated = sum(words(each.line.text) in trained for each in reading.heard)
    if repeated:
        title = f"without the {repeated} lines that stand in the training data, case and accents aside"
        sys.stdout.write(_table(title, unseen) + "\n")
    sys.stdout.write(f"parse: p50 {reading.p50:.1f} ms, p95 {reading.p95:.1f} ms\n")
    for each in asked:
        sys.stdout.write(f"queries, {each.language}: hijack_rate {each.hijack_rate:.3f} of {each.problems}\n")
    return 0


def _as_json(
    name: str,
    found: Sequence[LanguageScores],
    unseen: Sequence[LanguageScores],
    asked: Sequence[LanguageScores],
    reading: Reading,
) -> dict[str, Any]:
    return {
        "set": name,
        "languages": {each.language: asdict(each) for each in found},
        "not_in_training": {each.language: asdict(each) for each in unseen},
        "queries": {each.language: {"hijack_rate": each.hijack_rate, "problems": each.problems} for each in asked},
        "parse_ms": {"p50": round(reading.p50, 2), "p95": round(reading.p95, 2)},
        "confusion": [
            {"meant": meant, "heard": heard, "count": count}
            for (meant, heard), count in sorted(confusion(reading.heard).items())
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
