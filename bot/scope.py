"""What a text says of how much is down, for whom and when: the parts its words play, and the order of these. Pure.

"The returns form won't open, the rest works" and "o módulo de notas não abre, o resto funciona" play the same parts (part,
not, load; rest, works): what was learnt of one holds for the other, whatever the words and the language. Which word plays
which part stands in data/lexicon/scope.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import yaml

from bot.concepts import FOLDER
from bot.text import is_slip_of, words

FILE = "scope.yml"
# A word that stands in no list: some matter of the customer's own, or somebody's name.
OTHER = "other"
_NOTHING = "nothing"
# "no" is a "not" save beside these, where it is Portuguese for "in the".
_AMBIGUOUS, _BESIDE = "no", "beside"
_SLIPPED = frozenset({"whole", "panel", "page", "down", "crowd", "load"})
_SHORTEST_SLIP = 5
_KEPT = 20_000
# Parts in a row that make one feature, at most.
_LONGEST = 4
# So far into a text, in words.
MOST_WORDS = 80
MOST_FOR_PAIRS = 40
# A letter held down: "caiuuuu".
_HELD = re.compile(r"([^\W\d_])\1{2,}")
_CLAUSE_ENDS = re.compile(r"[!?¿¡;:\n()\"«»“”…]|[.,](?=\s|$)|\s[-–—]\s")


class Scope:
    """Parts by name: folded words, `word*` for all that begin so. The first part whose list holds a word is its."""

    def __init__(self, members: Mapping[str, str]) -> None:
        """`members`: a part's words, spaces between."""
        self.members = dict(members)
        self._beside = frozenset(self.members.get(_BESIDE, "").split())
        self._words: dict[str, str] = {}
        self._beginnings: dict[str, str] = {}
        for part, listed in self.members.items():
            for word in listed.split() if part != _BESIDE else ():
                (self._beginnings if word.endswith("*") else self._words).setdefault(word.rstrip("*"), part)
        # Only the words of the whole and of its failure are long and telling enough to be known misspelt.
        self._slips: dict[str, list[tuple[str, str]]] = {}
        for word, part in self._words.items():
            if part in _SLIPPED and len(word) >= _SHORTEST_SLIP:
                self._slips.setdefault(word[0], []).append((word, part))
        self.of = lru_cache(maxsize=_KEPT)(self._of)

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Scope:
        """From data/lexicon; none where there is no such file."""
        path = folder / FILE
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {})

    def _of(self, word: str) -> str:
        """The part of a folded word."""
        if word in self._words:
            return self._words[word]
        for end in range(len(word), 2, -1):
            if word[:end] in self._beginnings:
                return self._beginnings[word[:end]]
        if word.isdigit() or len(word) < 2:
            return _NOTHING
        near = self._slips.get(word[0], ()) if len(word) >= _SHORTEST_SLIP else ()
        return next((part for known, part in near if is_slip_of(word, known)), OTHER)

    def clauses(self, text: str) -> list[list[str]]:
        """The parts that the words of each clause play, in order; words that play none, and repetitions, left out."""
        found: list[list[str]] = []
        left = MOST_WORDS
        in_the = not self._beside.isdisjoint(words(text))
        for clause in _CLAUSE_ENDS.split(text.replace("'", "").replace("’", "")):
            spoken = words(_HELD.sub(r"\1", clause))[:left]
            left -= len(spoken)
            parts: list[str] = []
            for word in spoken:
                part = _NOTHING if in_the and word == _AMBIGUOUS else self.of(word)
                if part != _NOTHING and (not parts or parts[-1] != part):
                    parts.append(part)
            if parts:
                found.append(parts)
        return found

    def features(self, text: str) -> Iterator[str]:
        """`r:not load` for parts in a row (`|` where a clause ends), `s:load part` for two that meet anywhere, `t:` with
        all the parts of a clause."""
        if not self.members:
            return
        found = self.clauses(text)
        if not any(part != OTHER for clause in found for part in clause):
            return
        for clause in found:
            row = ("|", *clause, "|")
            for size in range(1, _LONGEST + 1):
                for start in range(len(row) - size + 1):
                    each = row[start : start + size]
                    if each != ("|",):
                        yield "r:" + " ".join(each)
            yield "t:" + " ".join(sorted(set(clause) - {"and"}))
        met = sorted({part for clause in found for part in clause})
        yield from (f"s:{one} {other}" for one, other in combinations(met, 2))


# What a failure is told in: a word for it, or a "not" beside what should be possible.
_FAILURES = frozenset({"down", "out", "air", "err", "slow"})
_REFUSALS = frozenset({"not", "nil", "none", "nobody", "without", "money"})
_POSSIBLE = frozenset({"load", "see", "works", "whole", "panel", "page", "in"})
# What an emergency is of, or whom it hits.
_WHOLE = frozenset({"whole", "panel", "page", "entire", "every", "none", "nil", "nobody", "everybody", "crowd", "us"})
_ANOTHERS = frozenset({OTHER, "third", "part", "test"})
_BROKEN = frozenset({"down", "err"})


@lru_cache(maxsize=1)
def _current() -> Scope:
    return Scope.read()


def tells_of_a_failure(text: str) -> bool:
    """Whether anything in the text says that something fails: without that it is no emergency, whatever it resembles.

    Always where there is no list.
    """
    scope = _current()
    parts = {part for clause in scope.clauses(text) for part in clause}
    return not scope.members or bool(parts & _FAILURES) or bool(parts & _REFUSALS and parts & _POSSIBLE)


def is_of_another(text: str) -> bool:
    """Whether a clause begins with what is no whole of ours and goes on with its failure ("Jadlog has been down since nine"),
    and no other names the whole or everybody."""
    found = _current().clauses(text)
    theirs = [clause for clause in found if clause[0] in _ANOTHERS and _failed_early(clause)]
    return bool(theirs) and not any(_WHOLE & set(clause) for clause in found)


def _failed_early(clause: list[str]) -> bool:
    """One of the first words after the clause's own says so."""
    return bool(_BROKEN & set(clause[1:4]))


_OF_ALL = frozenset({"entire", "every", "none", "nobody", "everybody"})
_SPARING = frozenset(
    {"past", "over", "if", "ask", "plan", "test", "third", "slow", "works", "place", "device", "only", "except"}
)


def takes_in_the_whole(text: str) -> bool:
    """Whether a text says of the whole, in one clause, that it is all of it or nobody's, and nothing that spares anybody.

    "The cart is down and so is the whole site".
    """
    found = _current().clauses(text)
    parts = {part for clause in found for part in clause}
    whole = any("whole" in clause and _OF_ALL & set(clause) for clause in found)
    return whole and not parts & _SPARING and tells_of_a_failure(text)
