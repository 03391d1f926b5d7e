"""How well intents are recognised: labelled lines, what was heard of them, measures, and the floor that a model has to keep.

Pure: bot/nlu_evaluate.py reads texts with a model, docs/nlu.md says what the measures mean.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.catalog import Catalog
from bot.intent_rules import SEARCH
from bot.nearest_choice import nearest
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.text import words
from bot.turn import Choice
from bot.typed_answers import resolve

EMERGENCY = "report_outage"
# Lines of an evaluation set that answer a question of the copilot: measured by what they name, not by intent.
NAMED = "inform"


class EvaluationError(Exception):
    """An evaluation set or a floor cannot be read. The message names file, line and cure."""


@dataclass(frozen=True)
class Line:
    """A labelled text. `also` is an intent that is right too; `expect` what an answer names: asks, value, category."""

    text: str
    language: str
    intent: str
    also: str | None = None
    expect: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Heard:
    """A line, and the intent that was recognised, by its name in the training data."""

    line: Line
    intent: str

    @property
    def right(self) -> bool:
        return self.intent in (self.line.intent, self.line.also)

    @property
    def meant(self) -> str:
        """The label that counts: the other right one where that was heard."""
        return self.intent if self.right else self.line.intent


@dataclass(frozen=True)
class LanguageScores:
    """Shares from 0 to 1; None where the set has no such line."""

    language: str
    control_f1: float | None
    hijack_rate: float | None
    emergency_recall: float | None
    emergency_precision: float | None
    named: float | None
    controls: int
    problems: int
    emergencies: int
    named_lines: int


@dataclass(frozen=True)
class Shortfall:
    """A measure of a language below (or, for a rate of mistakes, above) its floor, with the lines that cost it most."""

    language: str
    measure: str
    floor: float
    got: float
    lines: tuple[Heard, ...]

    def __str__(self) -> str:
        side = "above" if self.measure in _AT_MOST else "below"
        return f"{self.language}: {self.measure} is {self.got:.3f}, {abs(self.got - self.floor):.3f} {side} {self.floor:.3f}"


# Measures of which less is better.
_AT_MOST = frozenset({"hijack_rate"})
MEASURES = ("control_f1", "hijack_rate", "emergency_recall", "emergency_precision")


def read_lines(path: Path) -> list[Line]:
    """An evaluation set: `{text, language, intent, also?, expect?}` a line."""
    return [_line(path, number, each) for number, each in _objects(path)]


def read_problems(path: Path) -> list[Line]:
    """Questions, `{query, locale, relevant?}` a line, all of them problems; those that nothing answers are left out."""
    return [
        Line(str(each["query"]), str(each["locale"]), SEARCH)
        for number, each in _objects(path)
        if _has(path, number, each, ("query", "locale")) and each.get("relevant") != []
    ]


def _objects(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        written = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    for number, text in enumerate(written, start=1):
        if text.strip():
            try:
                found = json.loads(text)
            except ValueError as error:
                raise EvaluationError(f"{path}, line {number}: not JSON. One object a line is expected") from error
            yield number, found


def _line(path: Path, number: int, found: dict[str, Any]) -> Line:
    _has(path, number, found, ("text", "language", "intent"))
    return Line(found["text"], found["language"], found["intent"], found.get("also"), found.get("expect"))


def _has(path: Path, number: int, found: Any, keys: Sequence[str]) -> bool:
    missing = [key for key in keys if not isinstance(found, dict) or not isinstance(found.get(key), str)]
    if missing:
        raise EvaluationError(f"{path}, line {number}: {', '.join(missing)} is missing or no text")
    return True


def trained_texts(folder: Path) -> frozenset[tuple[str, ...]]:
    """The words, case and accents aside, of every utterance in the training files (`*.yml`) of a folder."""
    found = set()
    for path in sorted(folder.glob("*.yml")):
        try:
            items = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
            examples = [each["examples"] for each in items if "intent" in each]
        except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
            raise EvaluationError(f"{path} is no training data: {error}") from error
        found |= {
            words(_ANNOTATION.sub(r"\1", line.strip().removeprefix("- ")))
            for each in examples
            for line in each.splitlines()
        }
    return frozenset(found)


_ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


def scores(heard: Sequence[Heard], named: Sequence[tuple[Line, bool]] = ()) -> list[LanguageScores]:
    """A language each, in the order in which the languages first occur. `named`: answers, and whether they were resolved."""
    languages = dict.fromkeys([each.line.language for each in heard] + [line.language for line, _ in named])
    return [
        _language_scores(
            language,
            [each for each in heard if each.line.language == language],
            [right for line, right in named if line.language == language],
        )
        for language in languages
    ]


def _language_scores(language: str, heard: Sequence[Heard], named: Sequence[bool]) -> LanguageScores:
    problems = [each for each in heard if each.line.intent == SEARCH]
    controls = sorted({each.line.intent for each in heard} - {SEARCH})
    emergencies = [each for each in heard if each.line.intent == EMERGENCY]
    cried = [each for each in heard if each.intent == EMERGENCY]
    return LanguageScores(
        language,
        _share(sum(_f1(heard, intent) for intent in controls), len(controls)),
        _share(sum(each.intent != SEARCH for each in problems), len(problems)),
        _share(sum(each.right for each in emergencies), len(emergencies)),
        _share(sum(each.right for each in cried), len(cried)) if cried else (0.0 if emergencies else None),
        _share(sum(named), len(named)),
        len(heard) - len(problems),
        len(problems),
        len(emergencies),
        len(named),
    )


def _f1(heard: Sequence[Heard], intent: str) -> float:
    """Of one label: an alternative that was heard is a hit of the label, never a miss of another one."""
    hits = sum(each.right for each in heard if each.line.intent == intent)
    missed = sum(not each.right for each in heard if each.line.intent == intent)
    invented = sum(each.intent == intent and not each.right for each in heard)
    return 2 * hits / (2 * hits + missed + invented) if hits else 0.0


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def confusion(heard: Iterable[Heard]) -> Counter[tuple[str, str]]:
    """How often each label was heard as each intent."""
    return Counter((each.meant, each.intent) for each in heard)


def read_floor(path: Path) -> dict[str, dict[str, float]]:
    """By language and measure. {} where there is no such file: then nothing is held to anything."""
    if not path.exists():
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        floor = {
            str(language): {str(name): float(value) for name, value in measures.items()}
            for language, measures in found.items()
        }
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise EvaluationError(f"{path}: a mapping of language -> measure -> number is expected") from error
    unknown = sorted({name for measures in floor.values() for name in measures} - set(MEASURES))
    if unknown:
        raise EvaluationError(f"{path}: {', '.join(unknown)} is no measure. Known are {', '.join(MEASURES)}")
    return floor


def shortfalls(
    heard: Sequence[Heard], floor: Mapping[str, Mapping[str, float]], most_lines: int = 8
) -> list[Shortfall]:
    """What fell below the floor. A language or a measure of which the set says nothing is not held to it."""
    found = []
    for each in scores(heard):
        for measure, least in floor.get(each.language, {}).items():
            got = getattr(each, measure)
            if got is None or (got <= least if measure in _AT_MOST else got >= least):
                continue
            lines = [one for one in heard if one.line.language == each.language and _costs(one, measure)]
            found.append(Shortfall(each.language, measure, least, got, tuple(lines[:most_lines])))
    return found


def _costs(heard: Heard, measure: str) -> bool:
    if heard.right:
        return False
    match measure:
        case "control_f1":
            return heard.line.intent != SEARCH
        case "hijack_rate":
            return heard.line.intent == SEARCH
        case "emergency_recall":
            return heard.line.intent == EMERGENCY
        case _:
            return heard.intent == EMERGENCY


def resolved(line: Line, catalog: Catalog, intent: str = SEARCH) -> bool:
    """Whether an answer in free words names what it means, as the dialogue resolves it among the choices on offer.

    `intent`: what was heard of the text. A command is not looked at for what it comes near to.
    """
    expect = line.expect or {}
    asks, value = expect.get("asks", ""), expect.get("value", "")
    if asks == "category":
        offered: Sequence[str] = [each.id for each in catalog.categories]
    else:
        offered = catalog.selectable_subcategories(expect.get("category", ""))
    kind = {"category": "categories", "subcategory": "subcategories"}[asks]
    choices = [
        Choice(f"{asks}.{each}", catalog.label(kind, each, line.language), NAMED, {asks: each}) for each in offered
    ]
    speech, spoken = speech_of(catalog), spoken_choices(choices, catalog)
    chosen = resolve(line.text, asks, choices, speech, spoken)
    if chosen is None and intent == SEARCH:
        chosen = nearest(line.text, asks, choices, speech, spoken)
    return chosen is not None and chosen.entities[asks] == value
