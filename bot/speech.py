"""The little words of the catalog's languages (`words.speech` of the wording files): what a text is, not what it is about.

A text is read in all languages at once: customers mix them, and a short answer is in none. What a language has to list, and
how, stands beside the lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from bot.catalog import Catalog
from bot.text import words

# What the wording files list.
LISTED = (
    "question",
    "before_question",
    "file",
    "before_not_at_hand",
    "not_at_hand",
    "wishing",
    "joining",
    "change",
    "wrong",
    "sorry",
    "corrects",
    "becomes",
    "of_the_ticket",
    "before_field",
    "article",
    "all_of_it",
    "not_that",
    "not_all",
    "part",
    "unlike",
    "filler",
    "turning",
    "not",
    "not_before",
    "asking",
    "ordinal",
    "last",
    "assent",
    "courtesy",
)
_ANY_WORD, _WHATEVER_FOLLOWS = "_", "*"


class Speech:
    """`words(id)` and `phrases(id)` of every language together, folded; `pattern(*ids)` finds any of their phrases."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._words: dict[str, frozenset[str]] = {}
        self._patterns: dict[tuple[str, ...], str] = {}

    def lines(self, id_: str) -> tuple[str, ...]:
        """What the wording files list, language after language."""
        return tuple(
            each for language in self._catalog.languages for each in self._catalog.words("speech", id_, language)
        )

    def words(self, id_: str) -> frozenset[str]:
        """Every single word."""
        if id_ not in self._words:
            self._words[id_] = frozenset(word for line in self.lines(id_) for word in words(line))
        return self._words[id_]

    def phrases(self, id_: str) -> tuple[tuple[str, ...], ...]:
        """Every phrase as its words, the longest first."""
        return tuple(sorted({words(line) for line in self.lines(id_)} - {()}, key=lambda each: (-len(each), each)))

    def places(self, id_: str) -> dict[str, int]:
        """By word: on which line of its language it stands, from 0."""
        listed = (self._catalog.words("speech", id_, language) for language in self._catalog.languages)
        return {word: place for lines in listed for place, line in enumerate(lines) for word in words(line)}

    def pattern(self, *ids: str) -> str:
        """A regular expression for any of the phrases in a folded text, the longest first: to be put between word ends.

        `_` stands for one more word or none, a closing `*` for whatever follows.
        """
        if ids not in self._patterns:
            listed = {line.strip() for id_ in ids for line in self.lines(id_)}
            spelled = [_spelled(line) for line in sorted(listed, key=lambda each: (-len(each), each))]
            self._patterns[ids] = "(?:" + "|".join(spelled or ["(?!)"]) + ")"
        return self._patterns[ids]


def _spelled(line: str) -> str:
    spelled = ""
    for part in line.split():
        if part == _WHATEVER_FOLLOWS:
            return rf"{spelled}\b.*"
        if part == _ANY_WORD:
            spelled += r"(?:\s+\w+)?"
        else:
            spelled += (r"\s+" if spelled else "") + re.escape(part)
    return spelled


class Held:
    """A catalog as a key: it never changes, and is equal to no other."""

    def __init__(self, it: Catalog) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and other.it is self.it


def speech_of(catalog: Catalog) -> Speech:
    """The catalog's, made once."""
    return _speech(Held(catalog))


@lru_cache(maxsize=8)
def _speech(held: Held) -> Speech:
    return Speech(held.it)


def begins_with(spoken: tuple[str, ...], phrases: Collection[tuple[str, ...]]) -> bool:
    """Whether the words begin with one of the phrases."""
    return any(spoken[: len(each)] == each for each in phrases)
