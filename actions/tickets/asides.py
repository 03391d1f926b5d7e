"""What a text is when it is no answer: a question of the customer's own, a file alone, "I don't have it". Pure."""

from __future__ import annotations

import re

from actions.tickets.fields import field_named
from bot.catalog import Catalog
from bot.speech import begins_with, speech_of
from bot.text import is_slip_of, words

_LEAST_WORDS = 3

_FILE_NAME = re.compile(
    r"^\S+\.(?:png|jpe?g|gif|webp|heic|pdf|har|mp4|mov|webm|txt|log|zip|csv|xlsx?|docx?|json|xml|eml)$", re.IGNORECASE
)
_MOST_WORDS_WITH_FILE = 8

_MOST_WORDS_NOT_AT_HAND = 7


def is_question(text: str, catalog: Catalog) -> bool:
    """Whether the text asks something, question mark or not."""
    said = words(text)
    if not said:
        return False
    if "?" in text or "¿" in text:
        return len(said) >= 2
    speech = speech_of(catalog)
    asking, before = speech.phrases("question"), speech.words("before_question")
    while said and said[0] in before and not begins_with(said, asking):
        said = said[1:]
    return len(said) >= _LEAST_WORDS and begins_with(said, asking)


def is_file_alone(text: str, catalog: Catalog) -> bool:
    """Whether a text that came with a file says nothing but that."""
    said = words(text)
    if not said or all(_FILE_NAME.match(each) for each in text.split()):
        return True
    if len(said) > _MOST_WORDS_WITH_FILE:
        return False
    known = set(speech_of(catalog).words("file"))
    for language in catalog.languages:
        for field in catalog.fields:
            if field.kind == "attachments" and field_named(catalog, field.id) is not None:
                for phrase in catalog.words("fields", field.id, language):
                    known.update(words(phrase))
    return any(is_slip_of(each, every) for each in said for every in known)


def is_not_at_hand(text: str, catalog: Catalog) -> bool:
    """Whether somebody who was asked for a detail says that they do not have it."""
    said = words(text)
    if not 0 < len(said) <= _MOST_WORDS_NOT_AT_HAND:
        return False
    speech = speech_of(catalog)
    pattern = rf"(?:{speech.pattern('before_not_at_hand')} )*{speech.pattern('not_at_hand')}"
    return re.fullmatch(pattern, " ".join(said)) is not None
