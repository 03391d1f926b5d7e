"""Families of words: what a ticket is called, how one asks to add something, what people call a person. Pure.

A concept (bot/concepts.py) is one meaning; a family is all that does the same in a sentence said to the copilot, in whatever
language. Two families in one text tell more than either: something added, and a ticket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import yaml

from bot.concepts import FOLDER

FILE = "families.yml"
# In a longer text any two families meet.
MOST_WORDS_FOR_PAIRS = 25
_KEPT = 20_000


class Families:
    """Families by name: folded words, `word*` for all that begin so. A word may be of several, or of none."""

    def __init__(self, members: Mapping[str, str]) -> None:
        """`members`: a family's words, spaces between."""
        self.members = dict(members)
        self._words: dict[str, set[str]] = {}
        self._beginnings: dict[str, set[str]] = {}
        for name, said in self.members.items():
            for word in said.split():
                held = self._beginnings if word.endswith("*") else self._words
                held.setdefault(word.rstrip("*"), set()).add(name)
        self.of = lru_cache(maxsize=_KEPT)(self._of)

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Families:
        """From data/lexicon; none where there is no such file."""
        path = folder / FILE
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {})

    def _of(self, word: str) -> frozenset[str]:
        """The families of a folded word (`of` remembers them: the same thousand words make up most of what is said)."""
        found = set(self._words.get(word, ()))
        for end in range(1, len(word) + 1):
            found |= self._beginnings.get(word[:end], set())
        return frozenset(found)

    def features(self, said: tuple[str, ...]) -> Iterator[str]:
        """`f:ticket` for every word of the family, `g:add ticket` once for two families that meet in a short text."""
        of_words = [self.of(word) for word in said]
        for found in of_words:
            yield from (f"f:{name}" for name in found)
        if len(said) <= MOST_WORDS_FOR_PAIRS:
            yield from (f"g:{one} {other}" for one, other in combinations(sorted(set().union(*of_words)), 2))
