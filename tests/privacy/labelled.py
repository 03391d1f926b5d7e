"""The labelled set of personal data, and how well something finds it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from api.privacy.masking import Found

LABELLED = Path(__file__).with_name("labelled.tsv")
_LABEL = re.compile(r"⟦([a-z ]+)\|(.*?)⟧")


@dataclass(frozen=True)
class Line:
    """A text and what in it is personal."""

    language: str
    text: str
    labels: tuple[Found, ...]


@dataclass
class Measured:
    """Counts by kind. `missed`, `wrong`: (text, what) to look at."""

    labelled: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        return self.hit[kind] / self.labelled[kind]

    def precision(self, kind: str) -> float:
        return self.right[kind] / self.found[kind] if self.found[kind] else 1.0


def lines() -> list[Line]:
    """Every line of the set."""
    found = []
    for row in LABELLED.read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            language, _, marked = row.partition("\t")
            found.append(_line(language, marked))
    return found


def _line(language: str, marked: str) -> Line:
    text, labels, at = "", [], 0
    for label in _LABEL.finditer(marked):
        text += marked[at : label.start()]
        labels.append(Found(len(text), len(text) + len(label[2]), label[1]))
        text += label[2]
        at = label.end()
    return Line(language, text + marked[at:], tuple(labels))


def measure(find: Callable[[Line], Iterable[Found]], given: Iterable[Line]) -> Measured:
    """A label is hit where all of it is found, whatever the kind; a find is right where it lies over a label of its kind, and
    covers no more than three characters besides it."""
    measured = Measured()
    for line in given:
        found = list(find(line))
        covered = {place for each in found for place in range(each.start, each.end)}
        for label in line.labels:
            measured.labelled[label.kind] += 1
            whole = all(place in covered for place in range(label.start, label.end))
            measured.hit[label.kind] += whole
            if not whole:
                measured.missed.append((line.text, f"{label.kind}: {line.text[label.start : label.end]}"))
        for each in found:
            measured.found[each.kind] += 1
            right = any(
                label.kind == each.kind
                and label.start - 3 <= each.start < each.end <= label.end + 3
                and max(label.start, each.start) < min(label.end, each.end)
                for label in line.labels
            )
            measured.right[each.kind] += right
            if not right:
                measured.wrong.append((line.text, f"{each.kind}: {line.text[each.start : each.end]}"))
    return measured
