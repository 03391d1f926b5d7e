"""Comparing what people type with what the catalog says: case, accents, punctuation and small slips set aside."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """The text without case, accents and compatibility forms: `Inconveniente Técnico` -> `inconveniente tecnico`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", "".join(each for each in decomposed if not unicodedata.combining(each)))


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order; punctuation, emoji and underscores are left out."""
    return tuple(_WORD.findall(fold(text)))


def is_slip_of(typed: str, meant: str) -> bool:
    """Whether one folded word is the other with a small slip: one edit from five letters on, two from nine on.

    Never for words with digits (an order number is not another one with a slip), nor where the first letters differ.
    """
    if typed == meant:
        return True
    shorter = min(len(typed), len(meant))
    if shorter < 5 or typed[0] != meant[0] or not (typed.isalpha() and meant.isalpha()):
        return False
    allowed = 2 if shorter >= 9 else 1
    return abs(len(typed) - len(meant)) <= allowed and edits(typed, meant) <= allowed


def edits(one: str, other: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap two neighbours."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, another in enumerate(other, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != another))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == another:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]


# Signs that look like a slash and stay what they are under NFKC. Letters that do are left to their languages.
_SLASHES = frozenset("/@\\\u2044\u2215\u29f8\u2571\u27cb\u29f6\u2afd\u3033\u1735\U0001d23a\u2216\u29f5\u27cd\u2572")


def starts_like_a_command(text: str) -> bool:
    """Whether Rasa would read the text as a payload (`/inform{...}`) once its disguises are taken off.

    NFKC turns the full-width slash into one; spaces and invisible format characters of any script may stand before it.
    """
    for each in unicodedata.normalize("NFKC", text):
        if each.isspace() or unicodedata.category(each) in ("Cf", "Cc", "Zs", "Zl", "Zp"):
            continue
        return each in _SLASHES or unicodedata.category(each) in ("Mn", "Me")
    return False


_YES_SIGNS = frozenset("👍👌✅✔🙌💯🆗☑")
_NO_SIGNS = frozenset("👎❌✖🚫🙅⛔")


def sign_without_words(text: str) -> str | None:
    """What a text of signs alone means: `affirm`, `deny` or `none`; None for a text with words or digits."""
    if any(each.isalnum() for each in text):
        return None
    yes, no = (any(each in signs for each in text) for signs in (_YES_SIGNS, _NO_SIGNS))
    return "none" if yes == no else "affirm" if yes else "deny"
