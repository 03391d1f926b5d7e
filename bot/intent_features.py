"""What a text shows the intent classifier: its words, pieces of words, and what the words stand for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from bot.concepts import Concepts
from bot.families import Families
from bot.scope import Scope
from bot.text import words

# Letters of a piece. Up to five letters adds a third more features and nothing measurable.
SHORTEST, LONGEST = 2, 4

# A longer text is cut: whatever follows changes no decision, and costs time. Words.
MOST_WORDS = 80

# A letter held down: "holaaaa", "issooo", "kkkkkk".
_HELD = re.compile(r"(.)\1{2,}")

# Tickets, orders, codes: which number it is says nothing, that it is one says much.
_NUMBER = "#"
_MOST_DIGITS = 6


def features(text: str, concepts: Concepts, families: Families, scope: Scope) -> Counter[str]:
    """How often each feature occurs. Case, accents and punctuation are set aside.

    `w:cancelar`, `p:mi cuenta` with `^` and `$` as the text's ends, `c:_cance` with `_` as a word's ends: what is misspelt
    still shares most of its pieces with what is meant. `k:cancel` what a word stands for, `q:cancel order` two of them that
    are neighbours, `q:cancel _ order` with another between; `f:ticket` and `g:add ticket` what bot/families.py says,
    `r:not load`, `s:load part` and `t:load not part` what bot/scope.py says. A letter three times or more in
    a row counts once.
    """
    said = tuple(_number_or_word(_HELD.sub(r"\1", word)) for word in words(text)[:MOST_WORDS])
    return Counter(chain(_each(said, tuple(map(concepts.of, said))), families.features(said), scope.features(text)))


def _number_or_word(word: str) -> str:
    return _NUMBER if word.isdigit() and len(word) <= _MOST_DIGITS else word


def _each(said: tuple[str, ...], meant: tuple[str, ...]) -> Iterator[str]:
    for word in said:
        yield f"w:{word}"
        edged = f"_{word}_"
        for size in range(SHORTEST, LONGEST + 1):
            for start in range(len(edged) - size + 1):
                yield f"c:{edged[start : start + size]}"
    yield from (f"k:{concept}" for concept in meant)
    yield from (f"q:{one} _ {other}" for one, other in zip(meant, meant[2:]))  # noqa: B905 - two longer
    if said:
        yield from (f"p:{one} {other}" for one, other in zip(("^", *said), (*said, "$")))  # noqa: B905 - one longer
        yield from (f"q:{one} {other}" for one, other in zip(("^", *meant), (*meant, "$")))  # noqa: B905 - one longer
