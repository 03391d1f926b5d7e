"""What a typed answer to "does nothing load at all, for anybody?" says. Pure, and slow to believe in an emergency."""

from __future__ import annotations

import re

from bot.catalog import Catalog
from bot.emergency_words import ALL, ONE_PERSON, PARTLY, SLOW, WORKS, clearly_down, negated
from bot.inferred import inferred
from bot.speech import Speech, begins_with, speech_of
from bot.text import words

# The longest answer, in words, that says yes or no by one of them.
_SHORT = 12
# A longer text that names a part may tell of anything.
_NAMES_A_PART = 8


def nothing_loads(text: str, catalog: Catalog) -> bool | None:
    """True: nothing loads, for anybody. False: something works, it is slow, or it is one person's. None: it is not clear.

    A part of the product that is named and nothing else ("the orders page") is not all of it.
    """
    said, speech = words(text), speech_of(catalog)
    # A question is no answer, and in Spanish "y" begins one.
    if not said or ("?" in text and not clearly_down(text)):
        return None
    joined = " ".join(said)
    if any(SLOW.match(each) for each in said) or ONE_PERSON.search(joined):
        return False
    works = [index for index, each in enumerate(said) if WORKS.match(each)]
    if any(not negated(said, index) for index in works):
        return False
    if PARTLY & set(said) or _holds(joined, speech, "not_all"):
        return False
    refusals, assents = speech.words("not_that"), speech.phrases("all_of_it")
    if said[0] in refusals and (len(said) == 1 or _stops_after_first(text)) and not ALL & set(said[1:]):
        return False
    says_yes = begins_with(said, assents) and (len(said) == 1 or len(said[0]) > 1)
    # In a long story "all" and "nothing" are about anything.
    if clearly_down(text) or (len(said) <= _SHORT and (says_yes or ALL & set(said))):
        return True
    if set(said) <= refusals:
        return False
    return False if len(said) <= _NAMES_A_PART and _names_a_part(text, joined, catalog, speech) else None


def _names_a_part(text: str, joined: str, catalog: Catalog, speech: Speech) -> bool:
    if _holds(joined, speech, "part"):
        return True
    if any(catalog.topics_in(text, language) for language in catalog.languages):
        return True
    return any(inferred(text, catalog, language).subcategory is not None for language in catalog.languages)


def _holds(joined: str, speech: Speech, id_: str) -> bool:
    return re.search(rf"\b{speech.pattern(id_)}\b", joined) is not None


def _stops_after_first(text: str) -> bool:
    return re.match(r"\W*\w+\s*[,.;:!-]", text) is not None
