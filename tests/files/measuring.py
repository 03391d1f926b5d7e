"""How much of a labelled set is removed, and how much besides it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from api.files.scrubbing.tally import MARK, Tally
from api.files.scrubbing.text import scrub_text

_LABEL = re.compile(r"⟦(.*?)⟧", re.DOTALL)
_MARKS = re.compile(MARK + r"[A-Z_]+")


@dataclass
class Measured:
    """`missed` and `spoiled`: the lines to look at. `right`, `labelled`, `removed` count secrets."""

    right: int = 0
    labelled: int = 0
    removed: int = 0
    missed: list[str] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / self.labelled

    @property
    def precision(self) -> float:
        return self.right / self.removed


def measure(lines: Iterable[str]) -> Measured:
    """Recall over the labelled secrets; precision: of what was removed, the share that was labelled."""
    measured = Measured()
    for line in lines:
        secrets, plain = _LABEL.findall(line), _LABEL.sub(r"\1", line)
        cleaned = scrub_text(plain, Tally())
        right = sum(secret not in cleaned for secret in secrets)
        removed = len(_MARKS.findall(cleaned))
        measured.right += right
        measured.labelled += len(secrets)
        measured.removed += max(removed, right)
        if right < len(secrets):
            measured.missed.append(f"{plain}\n   -> {cleaned}")
        if _words(_MARKS.sub(" ", cleaned)) != _words(_LABEL.sub(" ", line)) and "PRIVATE" not in line:
            measured.spoiled.append(f"{plain}\n   -> {cleaned}")
    return measured


def _words(text: str) -> list[str]:
    return re.findall(r"[\w@]+", text)
