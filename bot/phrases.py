"""Phrases that a text is searched for: what the wording files list under `words`, small slips forgiven.

A phrase is folded words side by side. `pedido*`: every word that starts so. `cliente|clienta`: either. `_`: up to three words
of any kind. A leading `^`: only where a clause begins. A leading `!`: said on purpose, not merely a hint. A leading `?`:
words of many matters, which count where nothing else speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.text import fold, is_slip_of

# A story tells what it is about in its beginning; a pasted log of thousands of words would cost a second.
MOST_WORDS = 400
_GAP = "_"
_WIDEST_GAP = 3
_SHORTEST_SLIP = 5
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['\u2019\u00b4`](?=[^\W\d_])")
_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
# Where a clause ends: punctuation that people also use without a space behind it, save inside of numbers and names.
_CLAUSE_ENDS = re.compile(r"[!?¿¡;:\n()\"«»“”]|[.,…](?=\s|$)|\s[-–—]\s")

# What may stand before a clause's first word without being it.
_OPENERS = frozenset(
    """hola holaa buenas buenos buen dia dias tardes noches bom boa tarde noite ola oi hi hey hello good morning afternoon
    evening y e and pero mas but entonces entao so then bueno bem well ok okay tudo bem gente equipo team pessoal porfa por
    favor please disculpa disculpe desculpa sorry perdon oye oiga gracias obrigado obrigada thanks también tambien
    tambem also""".split()  # noqa: SIM905 - a hundred quotes would hide the words
)


# Where people go on without a sign: what stands on both sides says something of its own.
_JOINS = re.compile(
    r"[,.;:!?¡¿\n()…]+|\s[-–—]\s"
    r"|\b(?:and|but|because|so|then|while|y|e|pero|porque|mientras|mas|pois|enquanto|ya que|já que)\b",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 2


def clauses(text: str) -> list[str]:
    """The parts of a text, of two words or more, set apart by punctuation and small words; [] where it is of one piece."""
    parts = [each.strip() for each in _JOINS.split(text)]
    long = [each for each in parts if len(each.split()) >= _SHORTEST_CLAUSE]
    return long if len(long) > 1 or sum(map(bool, parts)) > 1 else []


@dataclass(frozen=True)
class Said:
    """A text's folded words, in order, with those at which a clause begins."""

    words: tuple[str, ...]
    begins: frozenset[int]


@dataclass(frozen=True)
class Found:
    """A phrase that stands in a text: what it means, and which words it takes (`end` is the one after the last)."""

    meaning: tuple[str, str]
    start: int
    end: int
    letters: int
    sure: bool
    weak: bool


@dataclass(frozen=True)
class _Phrase:
    meaning: tuple[str, str]
    parts: tuple[tuple[str, ...], ...]
    at_beginning: bool
    sure: bool
    weak: bool


def said(text: str) -> Said:
    """The words of a text and where its clauses begin (words of greeting before a clause do not count as its first)."""
    found: list[str] = []
    begins: set[int] = set()
    for clause in _CLAUSE_ENDS.split(text):
        spoken = _tokens(clause)
        begins.add(len(found))
        for position, word in enumerate(spoken):
            if word not in _OPENERS:
                break
            begins.add(len(found) + position + 1)
        found += spoken
        if len(found) >= MOST_WORDS:
            break
    return Said(tuple(found[:MOST_WORDS]), frozenset(begins))


class Phrases:
    """Many phrases, each with its meaning (a kind and an id), found in one pass over a text."""

    def __init__(self, entries: Iterable[tuple[str, tuple[str, str]]]) -> None:
        """`entries`: (phrase, meaning). A phrase without a word in it is left out."""
        self._by_letter: dict[str, list[_Phrase]] = {}
        # A word that stands in a phrase is no slip of another one: "change" is not "charge".
        self._spelled: set[str] = set()
        for text, meaning in entries:
            phrase = _read(text, meaning)
            if phrase is not None:
                self._spelled.update(option for part in phrase.parts for option in part)
                for letter in {each[0] for each in phrase.parts[0]}:
                    self._by_letter.setdefault(letter, []).append(phrase)

    def find(self, text: str | Said) -> list[Found]:
        """Every phrase that stands in the text, in the text's order; one phrase several times where it is said so."""
        heard = text if isinstance(text, Said) else said(text)
        return list(self._find(heard))

    def _find(self, heard: Said) -> Iterator[Found]:
        for start, word in enumerate(heard.words):
            # A slip never changes the first letter (bot/text.py), so only these can begin here.
            for phrase in self._by_letter.get(word[0], ()):
                if phrase.at_beginning and start not in heard.begins:
                    continue
                end = self._end(phrase.parts, heard.words, start)
                if end is not None:
                    letters = sum(len(part[0]) for part in phrase.parts if part != (_GAP,))
                    yield Found(phrase.meaning, start, end, letters, phrase.sure, phrase.weak)

    def _end(self, parts: tuple[tuple[str, ...], ...], words: Sequence[str], start: int) -> int | None:
        """Where the parts end that begin at `start`; None where they do not stand there."""
        at = start
        for number, part in enumerate(parts):
            if part == (_GAP,):
                for skipped in range(_WIDEST_GAP + 1):
                    end = self._end(parts[number + 1 :], words, at + skipped)
                    if end is not None:
                        return end
                return None
            if at >= len(words) or not any(_is(words[at], option, words[at] in self._spelled) for option in part):
                return None
            at += 1
        return at


def outermost(found: Sequence[Found]) -> list[Found]:
    """What is found without what lies inside of something longer ("urgent" in "not urgent"), in the text's order."""
    ranked = sorted(found, key=lambda each: (each.start - each.end, each.weak, -each.letters, not each.sure))
    kept: list[Found] = []
    for each in ranked:
        inside = [other for other in kept if other.start <= each.start and each.end <= other.end]
        if all(
            (other.start, other.end) == (each.start, each.end) and other.meaning != each.meaning for other in inside
        ):
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def _tokens(text: str) -> list[str]:
    """The folded words; "can't" is one, as it is where people leave the apostrophe out."""
    return _TOKEN.findall(_APOSTROPHE.sub("", fold(text)))


def _read(text: str, meaning: tuple[str, str]) -> _Phrase | None:
    bare = text.lstrip("!^? ")
    marks = text[: len(text) - len(bare)]
    parts: list[tuple[str, ...]] = []
    for part in bare.split():
        if part == _GAP:
            parts.append((_GAP,))
            continue
        options = part.split("|")
        # "e-mail", "add-on": several words for one part stand side by side.
        split = [_tokens(each) for each in options]
        if len(options) == 1:
            tokens = split[0]
            parts += [(each,) for each in tokens[:-1]]
            parts += [(tokens[-1] + "*" if options[0].endswith("*") else tokens[-1],)] if tokens else []
        else:
            parts.append(
                tuple(each[-1] + ("*" if option.endswith("*") else "") for each, option in zip(split, options) if each)  # noqa: B905
            )
    if not parts or parts[0] == (_GAP,):
        return None
    return _Phrase(meaning, tuple(parts), "^" in marks, "!" in marks, "?" in marks)


@lru_cache(maxsize=100_000)
def _is(word: str, option: str, spelled: bool) -> bool:
    if option.endswith("*"):
        return word.startswith(option[:-1])
    if not spelled:
        # In five letters another one makes another word ("stack", "stuck"); two swapped or one left out are a slip.
        other_letter = len(word) == len(option) == _SHORTEST_SLIP and sorted(word) != sorted(option)
        return word == option or (not other_letter and not _is_another(word, option) and is_slip_of(word, option))
    return word == option or (len(word) > 4 and (word + "s" == option or option + "s" == word))


def _is_another(word: str, option: str) -> bool:
    """Two letters replaced in place make another word ("recording", "reporting"); swapped ones are a slip."""
    replaced = sum(one != two for one, two in zip(word, option))  # noqa: B905 - same size
    return len(word) == len(option) and replaced > 1 and sorted(word) != sorted(option)
