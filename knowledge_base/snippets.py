"""The few sentences of a passage that answer a question best, word for word."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge_base.text import terms

MAX_CHARACTERS = 320
# A sentence ends at . ! ? followed by space and a capital, digit or opening sign; a line always ends one.
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÁÉÍÓÚÀÂÊÔÃÕÇÑ¿¡\d\"“(])")


@lru_cache(maxsize=4096)
def _pieces(text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Sentences, those that begin a line with their line break before them, and their stems."""
    pieces: list[tuple[str, frozenset[str]]] = []
    for line in text.split("\n"):
        for at, sentence in enumerate(_SENTENCE.split(line)):
            pieces.append((("\n" if at == 0 else " ") + sentence, frozenset(terms(sentence, language))))
    return tuple(pieces)


def snippet(text: str, question: frozenset[str], language: str) -> str:
    """The run of sentences of `text`, at most `MAX_CHARACTERS` long, that holds most of the question's stems; among
    equals the first. A sentence longer than that is cut at a word."""
    pieces = _pieces(text, language)
    best, best_score = (0, 0), -1.0
    for start in range(len(pieces)):
        length, held, end = 0, frozenset[str](), start
        while end < len(pieces) and (end == start or length + len(pieces[end][0]) <= MAX_CHARACTERS):
            length += len(pieces[end][0])
            held |= pieces[end][1] & question
            end += 1
        # The first sentences of a section say what it is about: others must hold clearly more.
        score = len(held) + (0.5 if start == 0 else 0.0)
        if score > best_score:
            best, best_score = (start, end), score
    chosen = "".join(piece for piece, _ in pieces[best[0] : best[1]]).strip()
    if len(chosen) <= MAX_CHARACTERS:
        return chosen
    return chosen[: MAX_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip() + "…"
