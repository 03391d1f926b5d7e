"""What a typed answer chooses among the choices that were offered: "2", "la segunda", "reportes", "dale", "still broken".

Pure, and careful before clever: a customer who describes a problem is never taken for one who picks an option, and what
follows a "no" is never thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.phrases import Found, Phrases, Said, outermost, said
from bot.speech import Speech
from bot.text import fold
from bot.turn import Choice

# A longer text is a story, not an answer. Labels are exempt (a whole label always counts), and so are answers that hold
# nothing but words for one choice.
MAX_WORDS = 9
# So long may a text be that tells a choice in a word that means nothing else ("creo que es por lo de los informes ...").
MAX_WORDS_TOLD = 14

# The answer to these is the text itself: only what means nothing but a choice is one there ("1" may be a title, or a code).
FREE_TEXT = frozenset({"problem", "email", "code", "title", "description", "what_happened", "comment"})

# "nº 2", "n. 2", "no. 2".
_NUMBER_SIGN = frozenset({"n", "no"})

# An answer of so few words may hold one that is strange, beside a phrase of several ("sigue sin andar").
_SHORT = 6

# Where a strange word beside a phrase is news, not noise: "no error, just the spinner", "the title is wrong".
_WORDS_TELL = frozenset({"clarify", "confirm"})

_NAME, _TOLD, _WORD = "name", "told", "word"


@dataclass(frozen=True)
class SpokenChoice:
    """Other words for a choice beside its label, in the notation of bot/phrases.py.

    `names`: said as an answer. `told`: tell it inside of a longer answer too; only choices of the catalog's values have any.
    """

    names: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    # Whether single words of the label may tell it: not where the label is a sentence ("No, necesito más ayuda").
    by_words: bool = True


def resolve(
    text: str,
    asks: str | None,
    choices: Sequence[Choice],
    speech: Speech,
    spoken: Mapping[str, SpokenChoice] | None = None,
) -> Choice | None:
    """The choice that a typed text means, None where it means none or could mean several.

    `speech`: the little words of its languages. `spoken` holds, by choice name, other words for a choice
    (bot/spoken_choices.py).
    """
    heard = said(text)
    if not heard.words or not choices:
        return None
    for choice in choices:
        if fold(choice.label).strip() == fold(text).strip() or said(choice.label).words == heard.words:
            return choice
    known = tuple((each.name, each.label, (spoken or {}).get(each.name, SpokenChoice())) for each in choices)
    found = _claims(_phrases(known, speech).find(heard), heard, speech)
    name = _whole(heard, found, speech, forgiving=asks not in _WORDS_TELL)
    if name is None and asks not in FREE_TEXT:
        by_position = _by_position(heard.words, choices, speech)
        if by_position is not None:
            return by_position
        exact = {each for each, _, other in known if not other.by_words}
        name = _loosely(text, heard, speech, [each for each in found if each.meaning[1] not in exact])
    return next((each for each in choices if each.name == name), None)


@lru_cache(maxsize=256)
def _phrases(known: tuple[tuple[str, str, SpokenChoice], ...], speech: Speech) -> Phrases:
    beside = speech.words("filler") | speech.words("turning")
    entries: list[tuple[str, tuple[str, str]]] = []
    for name, label, other in known:
        value = name.partition(".")[2].replace("_", " ")
        entries.append((label, (_NAME, name)))
        # An id of two letters is also a word ("en").
        entries += [(value, (_NAME, name))] if len(value) > 3 else []
        entries += [(each, (_NAME, name)) for each in other.names]
        entries += [(each, (_TOLD, name)) for each in other.told]
        if other.by_words:
            entries += [
                (word, (_WORD, name))
                for each in (label, *other.names)
                # Words of phrases that are no pattern: a label's in any language.
                if not set(each) & set("*|_^!?")
                for word in said(each).words
                if len(word) >= 4 and word not in beside
            ]
    return Phrases(dict.fromkeys(entries))


def _claims(found: Sequence[Found], heard: Said, speech: Speech) -> list[Found]:
    """What speaks for one choice only. Of two that stand in each other the longer; of one stretch, a name before its word.

    What a "no" stands before is not claimed ("no es reportes, es roles"), save by a phrase that holds the "no" itself.
    """
    claimed: list[Found] = []
    for each in outermost(found):
        rivals = [other for other in found if (other.start, other.end) == (each.start, each.end)]
        rank = min(_RANKS[other.meaning[0]] for other in rivals)
        owners = {other.meaning[1] for other in rivals if _RANKS[other.meaning[0]] == rank}
        if len(owners) == 1 and each.meaning[1] in owners and not turned(each, heard, speech):
            claimed.append(each)
    return claimed


_RANKS = {_NAME: 0, _TOLD: 0, _WORD: 1}


def turned(found: Found, heard: Said, speech: Speech) -> bool:
    """Whether a "no" stands before it in its clause, with nothing but fillers between."""
    refusing, with_next, fillers = speech.words("not"), speech.phrases("not_before"), speech.words("filler")
    unsure = {each[0] for each in with_next}
    at = found.start - 1
    while at >= 0 and at + 1 not in heard.begins:
        if heard.words[at] in refusing:
            return True
        # In Portuguese "no" is also "in the": only what follows it tells.
        if heard.words[at] in unsure:
            return at + 1 < found.start and heard.words[at : at + 2] in with_next
        if heard.words[at] not in fillers:
            return False
        at -= 1
    return False


def _whole(heard: Said, found: Sequence[Found], speech: Speech, *, forgiving: bool) -> str | None:
    """The choice for which every telling word of the text speaks; `forgiving`: or all but one of several."""
    named = [each for each in found if each.meaning[0] == _NAME]
    owners = {each.meaning[1] for each in named}
    if len(owners) != 1:
        return None
    covered = {at for each in named for at in range(each.start, each.end)}
    left = [word for at, word in enumerate(heard.words) if at not in covered]
    fillers, turning = speech.words("filler"), speech.words("turning")
    strange = [word for word in left if word not in fillers or word in turning]
    forgiven = (
        forgiving
        and len(covered) >= 2
        and max(each.end - each.start for each in named) >= 2
        and len(heard.words) <= _SHORT
    )
    if not strange or (forgiven and len(strange) == 1 and strange[0].isalpha() and strange[0] not in turning):
        return owners.pop()
    return None


def _by_position(typed: Sequence[str], choices: Sequence[Choice], speech: Speech) -> Choice | None:
    ordinals = speech.places("ordinal")
    beside = speech.words("filler") | speech.words("assent") | _NUMBER_SIGN
    meant = [each for each in typed if each in ordinals or each not in beside]
    if len(meant) != 1:
        return None
    if meant[0] in speech.words("last"):
        return choices[-1]
    position = ordinals.get(meant[0])
    return choices[position] if position is not None and position < len(choices) else None


def _loosely(text: str, heard: Said, speech: Speech, found: Sequence[Found]) -> str | None:
    """By words that only one choice has; a word of another choice, or too many strange words, and nothing is chosen."""
    found = [each for each in found if each.meaning[0] != _WORD] or list(found)
    strong = [each for each in found if not each.weak] or found
    owners = {each.meaning[1] for each in strong}
    if len(owners) != 1:
        return None
    (owner,) = owners
    count = len(heard.words)
    asked = "?" in text or "¿" in text or heard.words[0] in speech.words("asking")
    if any(each.meaning[0] == _TOLD for each in strong):
        return owner if count <= MAX_WORDS_TOLD and not asked else None
    covered = {at for each in found for at in range(each.start, each.end)}
    fillers = speech.words("filler")
    telling = [word for at, word in enumerate(heard.words) if at in covered]
    strange = [word for at, word in enumerate(heard.words) if at not in covered and word not in fillers]
    allowed = len(telling) + (found[0].meaning[0] == _NAME)
    return owner if count <= MAX_WORDS and len(strange) <= allowed and not asked else None
