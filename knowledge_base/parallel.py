"""Finds which pieces of an article say the same in two languages: what the glossary and the static model learn from.

Translations of an article keep its outline. Where two versions have as many sections, their sections are paired in
order; where two paired sections have as many lines, their lines are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from knowledge_base.articles import Passage

# A section that cannot be paired line by line says too little about single words beyond this length.
_LONGEST_BLOCK = 150


@dataclass(frozen=True, slots=True)
class Segment:
    """Two texts that say the same, of the article `article_id`."""

    article_id: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class _Section:
    heading_path: tuple[str, ...]
    numbers: tuple[int, ...]


def by_article(passages: Sequence[Passage]) -> dict[str, list[int]]:
    """The numbers of each article's passages, in order."""
    found: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        found.setdefault(passage.article_id, []).append(number)
    return found


def parallel_segments(first: Sequence[Passage], second: Sequence[Passage]) -> list[Segment]:
    """The finest pairs that two languages' outlines allow: titles always, headings, lines. In the order of `first`."""
    ones, others = by_article(first), by_article(second)
    found: list[Segment] = []
    for article_id, numbers in ones.items():
        counterpart = others.get(article_id)
        if counterpart is None:
            continue
        found.append(Segment(article_id, first[numbers[0]].title, second[counterpart[0]].title))
        left, right = _sections(first, numbers), _sections(second, counterpart)
        if len(left) != len(right):
            continue
        for one, other in zip(left, right, strict=True):
            if one.heading_path and len(one.heading_path) == len(other.heading_path):
                found.append(Segment(article_id, one.heading_path[-1], other.heading_path[-1]))
            lines = [line for number in one.numbers for line in first[number].text.split("\n")]
            theirs = [line for number in other.numbers for line in second[number].text.split("\n")]
            if len(lines) == len(theirs):
                found.extend(Segment(article_id, *pair) for pair in zip(lines, theirs, strict=True))
            elif sum(len(line.split()) for line in lines) <= _LONGEST_BLOCK:
                found.append(Segment(article_id, " ".join(lines), " ".join(theirs)))
    return found


def parallel_passages(first: Sequence[Passage], second: Sequence[Passage]) -> dict[int, int]:
    """The passage of `second` that says the same, by the number of the one in `first`, where that is known."""
    others = by_article(second)
    found: dict[int, int] = {}
    for article_id, numbers in by_article(first).items():
        counterpart = others.get(article_id, [])
        left, right = _sections(first, numbers), _sections(second, counterpart)
        if len(left) != len(right):
            continue
        for one, other in zip(left, right, strict=True):
            if len(one.numbers) == len(other.numbers):
                found.update(zip(one.numbers, other.numbers, strict=True))
    return found


def _sections(passages: Sequence[Passage], numbers: Sequence[int]) -> list[_Section]:
    return [
        _Section(path, tuple(held)) for path, held in groupby(numbers, key=lambda number: passages[number].heading_path)
    ]
