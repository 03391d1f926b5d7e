"""The category or subcategory that an answer in free words comes nearest to, where no rule of bot/typed_answers.py finds one.

What tells one choice from the others on offer is found in the catalog's own labels and words, in every language: each word
of the answer speaks for the choices in whose words it stands, the louder the fewer these are. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.concepts import Concepts
from bot.phrases import said
from bot.speech import Speech
from bot.text import is_slip_of, words
from bot.turn import Choice
from bot.typed_answers import SpokenChoice

# What is asked where a customer may say it in words of their own.
_ASKED = frozenset({"category", "subcategory"})
# A longer answer is a story, and one that asks wants an answer.
_MOST_WORDS = 10
_QUESTION_MARKS = "?¿"
_SHORTEST_WORD = 3

# On 867 answers of the retired sets .91, .91 and .95 were resolved without this (es, en, pt), .97, .95 and .98 with it,
# at 7 wrong ones instead of 4; of 738 problems told where a subcategory was asked, 116 named one instead of 80.
_LEAST_SCORE, _LEAST_SHARE, _TIMES_THE_NEXT = 0.5, 0.35, 1.4
# What a word that no choice holds takes away from the share.
_STRANGE = 0.6
# How much a likeness counts beside the word itself.
_SAME_BEGINNING, _SLIP, _SAME_CONCEPT = 0.9, 0.8, 0.8
_LEAST_BEGINNING, _LONGEST_ENDING, _SHORTEST_INFLECTED = 4, 4, 5


def nearest(
    text: str, asks: str | None, choices: Sequence[Choice], speech: Speech, spoken: Mapping[str, SpokenChoice]
) -> Choice | None:
    """None where nothing is near, or two choices are as near. `spoken`: as of bot/spoken_choices.py.

    For a text that is no command: "cancel it" is near to a category of cancellations.
    """
    heard = said(text).words
    beside = speech.words("filler") | speech.words("turning")
    telling = [each for each in heard if len(each) >= _SHORTEST_WORD and each not in beside]
    if asks not in _ASKED or not telling or len(heard) > _MOST_WORDS or set(text) & set(_QUESTION_MARKS):
        return None
    held = [_held(each.label, spoken.get(each.name, SpokenChoice()), speech) for each in choices]
    scores, possible = [0.0] * len(choices), 0.0
    for word in telling:
        likeness = [_likeness(word, each) for each in held]
        if not any(likeness):
            possible += math.log(1 + len(choices)) * _STRANGE
            continue
        rarity = math.log(1 + len(choices) / sum(likeness))
        possible += rarity
        scores = [score + rarity * each for score, each in zip(scores, likeness)]  # noqa: B905 - one each
    best = max(range(len(choices)), key=lambda place: scores[place])
    others = max((score for place, score in enumerate(scores) if place != best), default=0.0)
    clear = scores[best] >= max(_LEAST_SCORE, _LEAST_SHARE * possible, _TIMES_THE_NEXT * others)
    return choices[best] if clear else None


@lru_cache(maxsize=512)
def _held(label: str, other: SpokenChoice, speech: Speech) -> tuple[tuple[str, float, bool, str], ...]:
    """The words for a choice: folded, how much each says (in a phrase of several less), whether others begin so, concept."""
    beside = speech.words("filler") | speech.words("turning")
    found: dict[tuple[str, bool], float] = {}
    for phrase in (label, *other.names, *other.told):
        parts = phrase.lstrip("!^? ").split()
        for option in (each for part in parts for each in part.split("|")):
            for word in words(option):
                if len(word) >= _SHORTEST_WORD and word not in beside:
                    key = (word, option.endswith("*"))
                    found[key] = max(found.get(key, 0.0), len(parts) ** -0.5)
    concepts = _concepts()
    return tuple((word, weight, open_, concepts.of(word)) for (word, open_), weight in found.items())


@lru_cache(maxsize=1)
def _concepts() -> Concepts:
    return Concepts.read()


@lru_cache(maxsize=20_000)
def _likeness(word: str, held: tuple[tuple[str, float, bool, str], ...]) -> float:
    concept = _concepts().of(word)
    return max(
        (weight * _like(word, other, open_, concept == meant) for other, weight, open_, meant in held), default=0.0
    )


def _like(word: str, other: str, open_: bool, same_concept: bool) -> float:
    if word == other or (open_ and word.startswith(other)):
        return 1.0
    shorter, longer = sorted((len(word), len(other)))
    beginning = max(_LEAST_BEGINNING, shorter - 2)
    if shorter >= _SHORTEST_INFLECTED and longer - shorter <= _LONGEST_ENDING and word[:beginning] == other[:beginning]:
        return _SAME_BEGINNING
    return _SLIP if is_slip_of(word, other) else _SAME_CONCEPT if same_concept else 0.0
