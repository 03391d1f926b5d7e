"""Says a question in English word by word, so that an English sentence encoder understands it.

The dictionary is learnt from the tenant's own translated articles (IBM Model 1, Brown et al. 1993, in both directions)
and, for the words that they do not use, comes from `knowledge_base/lexicon/`. A gloss is no translation: no order, no
grammar. It is enough for a sentence encoder: recall@5 of all-MiniLM-L6-v2 on Spanish and Portuguese questions about
English articles rises from .35-.43 to about .85 (docs/benchmarks.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from knowledge_base.parallel import Segment
from knowledge_base.text import fold, stem

PIVOT = "en"
"""The language into which questions are glossed: the only one that the bundled encoder was trained on."""

_LEXICON = Path(__file__).parent.parent / "data" / "lexicon"
# Columns of the lexicon's files, after the English gloss.
_COLUMNS = ("es", "pt")
_TOKEN = re.compile(r"[^\W_]+")
_LONGEST_PHRASE = 5
_ROUNDS = 5
# Longer segments say little about single words and cost the square of their length.
_LONGEST_SEGMENT = 90
# A learnt pair is believed over the lexicon from this strength (the product of both directions' probabilities) on, and
# where there is no other word for it from the second on.
_SURE = 0.3
_POSSIBLE = 0.02
_SEEN = 2.0


class GlossaryData(BaseModel):
    """What is stored of a glossary."""

    model_config = ConfigDict(frozen=True)

    language: str
    learnt: dict[str, str]
    """English by stem, from the tenant's own articles."""
    forms: dict[str, str]
    """English by the folded word itself: stems of many everyday words coincide (`como`, `comer`)."""
    words: dict[str, str]
    """English by stem, for words that neither knows."""
    phrases: dict[str, str]
    """English by the stems of two to five words, a space between them."""


@dataclass(frozen=True)
class Glossary:
    """Glosses texts of one language. Safe for any number of threads."""

    language: str
    learnt: Mapping[str, str]
    forms: Mapping[str, str]
    words: Mapping[str, str]
    phrases: Mapping[str, str]
    _starts: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", frozenset(each.split(" ", 1)[0] for each in self.phrases))

    @classmethod
    def learn(cls, language: str, segments: Iterable[Segment] = ()) -> Glossary:
        """A glossary of `language` from the lexicon and from `segments`, whose `first` is in it and `second` English."""
        lexicon = _lexicon(language)
        learnt: dict[str, str] = {}
        words = dict(lexicon.stems)
        for word, best in _aligned_words(segments, language).items():
            if best.seen >= _SEEN and best.strength >= _SURE:
                learnt[word] = best.english
            elif best.seen >= _SEEN and best.strength >= _POSSIBLE:
                words.setdefault(word, best.english)
        return cls(language, learnt, lexicon.forms, words, lexicon.phrases)

    @classmethod
    def from_data(cls, data: GlossaryData) -> Glossary:
        return cls(data.language, data.learnt, data.forms, data.words, data.phrases)

    def data(self) -> GlossaryData:
        return GlossaryData(
            language=self.language,
            learnt=dict(self.learnt),
            forms=dict(self.forms),
            words=dict(self.words),
            phrases=dict(self.phrases),
        )

    def gloss(self, text: str) -> str:
        """`text` with each known word or phrase in English; everything else (names, codes, numbers) as it was."""
        found = list(_TOKEN.finditer(text))
        stems = [stem(fold(each[0]), self.language) for each in found]
        parts: list[str] = []
        end = at = 0
        while at < len(found):
            length, english = self._longest(text, found, stems, at)
            parts += (text[end : found[at].start()], english)
            end = found[at + length - 1].end()
            at += length
        parts.append(text[end:])
        return "".join(parts)

    def _longest(self, text: str, found: Sequence[re.Match[str]], stems: Sequence[str], at: int) -> tuple[int, str]:
        if stems[at] in self._starts:
            for length in range(min(_LONGEST_PHRASE, len(found) - at), 1, -1):
                gaps = (text[found[n].end() : found[n + 1].start()] for n in range(at, at + length - 1))
                english = self.phrases.get(" ".join(stems[at : at + length]))
                if english is not None and all(gap.isspace() or gap == "-" for gap in gaps):
                    return length, english
        word = found[at][0]
        if any(each.isdigit() for each in word):
            return 1, word
        found_at = stems[at]
        return 1, self.learnt.get(found_at) or self.forms.get(fold(word)) or self.words.get(found_at, word)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    forms: dict[str, str]
    stems: dict[str, str]
    phrases: dict[str, str]


@lru_cache(maxsize=8)
def _lexicon(language: str) -> _Lexicon:
    """Empty for a language that the lexicon does not hold. Of two lines with one form the first counts, and software's
    words come before everyday ones."""
    lexicon = _Lexicon({}, {}, {})
    if language not in _COLUMNS:
        return lexicon
    column = 1 + _COLUMNS.index(language)
    for path in sorted(_LEXICON.glob("*.tsv"), reverse=True):
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            if line.startswith("#") or len(fields) <= column:
                continue
            for form in fields[column].split("|"):
                words = _TOKEN.findall(fold(form))
                key = " ".join(stem(each, language) for each in words)
                if len(words) > 1:
                    lexicon.phrases.setdefault(key, fields[0].strip())
                elif words:
                    lexicon.forms.setdefault(words[0], fields[0].strip())
                    lexicon.stems.setdefault(key, fields[0].strip())
    return lexicon


def lexicon_languages() -> tuple[str, ...]:
    """Languages of which questions can be glossed even where no article is written in them."""
    return _COLUMNS


@dataclass(frozen=True, slots=True)
class _Best:
    english: str
    strength: float
    seen: float


@dataclass(slots=True)
class _Vocabulary:
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, word: str) -> int:
        return self.numbers.setdefault(word, len(self.numbers))

    def words(self) -> list[str]:
        return list(self.numbers)


def _aligned_words(segments: Iterable[Segment], language: str) -> dict[str, _Best]:
    """The English word that stands for each stem most surely, by the product of both directions' probabilities."""
    ours, theirs = _Vocabulary(), _Vocabulary()
    ours.number("")  # stands for no word at all
    left: list[npt.NDArray[np.int64]] = []
    right: list[npt.NDArray[np.int64]] = []
    lengths: list[int] = []
    for first, second in {(each.first, each.second): None for each in segments}:
        foreign = [ours.number(stem(word, language)) for word in _TOKEN.findall(fold(first))]
        english = [theirs.number(word) for word in _TOKEN.findall(fold(second))]
        if not foreign or not english or max(len(foreign), len(english)) > _LONGEST_SEGMENT:
            continue
        foreign.append(0)
        left.append(np.repeat(foreign, len(english)))
        right.append(np.tile(english, len(foreign)))
        lengths.append(len(left[-1]))
    if not left:
        return {}
    segment = np.repeat(np.arange(len(lengths)), lengths)
    foreign_words, english_words = np.concatenate(left), np.concatenate(right)
    width = len(theirs.numbers)
    pairs, pair = np.unique(foreign_words * width + english_words, return_inverse=True)
    forward, seen = _model_1(pair, segment * width + english_words, pairs // width)
    backward, _ = _model_1(pair, segment * len(ours.numbers) + foreign_words, pairs % width)
    strength = forward * backward
    order = np.lexsort((-strength, pairs // width))
    first_of = np.flatnonzero(np.diff(pairs[order] // width, prepend=-1))
    ours_by_number, theirs_by_number = ours.words(), theirs.words()
    return {
        ours_by_number[pairs[at] // width]: _Best(
            theirs_by_number[pairs[at] % width], float(strength[at]), float(seen[at])
        )
        for at in order[first_of]
        if pairs[at] // width
    }


def _model_1(
    pair: npt.NDArray[np.int64], shared_by: npt.NDArray[np.int64], given: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Expectation maximisation. `pair`: the number of each occurrence's word pair; `shared_by`: occurrences of one value
    compete for one word; `given`: the word that a pair's probability is conditioned on. -> (probability, count) a pair."""
    _, group = np.unique(shared_by, return_inverse=True)
    _, given = np.unique(given, return_inverse=True)
    probability: npt.NDArray[np.float64] = np.ones(len(given))
    count: npt.NDArray[np.float64] = probability
    for _ in range(_ROUNDS):
        weight = probability[pair]
        weight /= np.bincount(group, weights=weight)[group]
        count = np.bincount(pair, weights=weight, minlength=len(given)).astype(np.float64)
        probability = count / np.bincount(given, weights=count)[given]
    return probability, count
