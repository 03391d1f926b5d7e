"""What a typed answer chooses among the choices that were offered: "2", "la segunda", "reportes", "es un error".

Pure, and careful before clever: a customer who describes a problem is never taken for one who picks an option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.text import fold, is_slip_of, words
from bot.turn import Choice

# A longer text is a story, not an answer. Labels are exempt: a whole label always counts.
MAX_WORDS = 7

# The answer to these is the text itself: only a whole label is a choice there ("1" may be a title or a part of a code).
FREE_TEXT = frozenset({"problem", "email", "code", "title", "description", "what_happened"})

# Words around an answer that say nothing about which one it is, in the languages of the catalog.
_FILLERS = frozenset(
    """
    a al algo an and as by com como con da das de del do dos e el em en es esa esse esta este for foi fue have i im in is
    it its la las lo los me mi mia minha meu my na no nas nos of on one opcion opcao option o os ok para please pode por
    porfa favor prefiero prefiro puede que quero quiero se seria ser si sobre soy sou su sua tengo tenho the this thing to
    tipo tu um uma un una uno want with would y you eu yo numero number n s yes sim like id numero escolho elijo choose
    """.split()  # noqa: SIM905 - a hundred quotes would hide the words
)

_ORDINALS: dict[str, int] = {}
for _position, _spellings in enumerate(
    (
        "1 1a 1o 1st primera primero primer first primeira primeiro uno",
        "2 2a 2o 2nd segunda segundo second dos dois duas two",
        "3 3a 3o 3rd tercera tercero tercer third terceira terceiro tres three",
        "4 4a 4o 4th cuarta cuarto fourth quarta quarto cuatro quatro four",
        "5 5a 5o 5th quinta quinto fifth cinco five",
        "6 6a 6o 6th sexta sexto sixth seis six",
        "7 7a 7o 7th septima septimo seventh setima setimo siete sete seven",
        "8 8a 8o 8th octava octavo eighth oitava oitavo ocho oito eight",
        "9 9a 9o 9th novena noveno ninth nona nono nueve nove nine",
        "10 10a 10o 10th decima decimo tenth diez dez ten",
    )
):
    _ORDINALS.update(dict.fromkeys(_spellings.split(), _position))
_LAST = frozenset({"ultima", "ultimo", "last"})


@dataclass(frozen=True)
class _Option:
    choice: Choice
    phrases: tuple[tuple[str, ...], ...]

    @property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(word for phrase in self.phrases for word in phrase)


def resolve(
    text: str, asks: str | None, choices: Sequence[Choice], spoken: Mapping[str, Sequence[str]] | None = None
) -> Choice | None:
    """The choice that a typed text means, None where it means none or could mean several.

    `spoken` holds, by choice name, other words for a choice: its labels in the other languages and the catalog's own words.
    """
    typed = words(text)
    if not typed or not choices:
        return None
    spoken = spoken or {}
    options = [_Option(choice, _phrases(choice, spoken.get(choice.name, ()))) for choice in choices]
    whole = _named_whole(fold(text).strip(), typed, options)
    if whole is not None or asks in FREE_TEXT:
        return whole
    if len(typed) > MAX_WORDS:
        return None
    by_position = _by_position(typed, choices)
    return by_position if by_position is not None else _by_words(typed, options)


def _phrases(choice: Choice, others: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    value = choice.name.partition(".")[2]
    found = [words(choice.label), words(value.replace("_", " ")), *(words(each) for each in others)]
    return tuple(dict.fromkeys(each for each in found if each))


def _named_whole(folded: str, typed: tuple[str, ...], options: Sequence[_Option]) -> Choice | None:
    """The one choice whose whole label, or other whole phrase, the text is (fillers around it allowed)."""
    for option in options:
        if fold(option.choice.label).strip() == folded or words(option.choice.label) == typed:
            return option.choice
    bare = _without_fillers(typed)
    for candidates in (
        [each for each in options if typed in each.phrases],
        [each for each in options if bare and any(_without_fillers(phrase) == bare for phrase in each.phrases)],
    ):
        if len(candidates) == 1:
            return candidates[0].choice
    return None


def _by_position(typed: tuple[str, ...], choices: Sequence[Choice]) -> Choice | None:
    meant = [each for each in typed if each in _ORDINALS or each not in _FILLERS]
    if len(meant) != 1:
        return None
    if meant[0] in _LAST:
        return choices[-1]
    position = _ORDINALS.get(meant[0])
    return choices[position] if position is not None and position < len(choices) else None


def _by_words(typed: tuple[str, ...], options: Sequence[_Option]) -> Choice | None:
    """By words that only one option has; a word of another option, or too many strange words, and nothing is chosen."""
    meant = _without_fillers(typed)
    if not meant:
        return None
    votes: dict[str, int] = {}
    strange = 0
    for word in meant:
        owners = [each.choice.name for each in options if any(is_slip_of(word, known) for known in each.vocabulary)]
        if not owners:
            strange += 1
        elif len(owners) == 1:
            votes[owners[0]] = votes.get(owners[0], 0) + 1
    if len(votes) != 1:
        return None
    (name, count), *_ = votes.items()
    if strange > count:
        return None
    return next(each.choice for each in options if each.choice.name == name)


def _without_fillers(typed: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in typed if word not in _FILLERS)
