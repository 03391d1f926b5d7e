"""What the customer's own words already say about the ticket, so that nothing is asked that was said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.catalog import Catalog
from bot.inferred import inferred
from bot.picked_out import picked_out
from bot.speech import speech_of
from bot.text import words

# What of a text is read, in characters: what matters is said early, and the rest would only cost time.
READ_LENGTH = 4_000

# The fields that words may fill, in the order in which one decides what the next may hold.
INFERRED = ("category", "subcategory", "purpose", "subject", "users_affected", "impact", "environment")


@dataclass(frozen=True)
class Reading:
    """`fields`: by field id. `details`: by detail id. `topics`: ids, the likeliest first."""

    scenario: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    error_text: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether the words hold more than the wish to be helped."""
        return bool(self.fields or self.details or self.topics or self.error_text)


def read(text: str, catalog: Catalog, language: str, platforms: tuple[str, ...]) -> Reading:
    """What the text says of the catalog's fields and details."""
    text = text[:READ_LENGTH]
    told = inferred(text, catalog, language)
    picked = picked_out(text, catalog, language, platforms)
    found = {name: getattr(told, name) for name in INFERRED} | {"platform": picked.platform}
    return Reading(
        scenario=told.scenario,
        fields={name: value for name, value in found.items() if value is not None},
        details=dict(picked.details),
        topics=picked.topics,
        error_text=picked.error_text,
    )


_TELLING_WORDS, _LONG = 4, 3


def matter_told(text: str, catalog: Catalog, language: str) -> str | None:
    """The support type whose subject the words tell, where nothing of the product is told beside it."""
    text = text[:READ_LENGTH]
    told = inferred(text, catalog, language)
    if told.subject is None or told.subcategory is not None or told.category is not None:
        return None
    if picked_out(text, catalog, language).topics:
        return None
    return next((each for each, subjects in catalog.subjects.items() if told.subject in subjects), None)


def says_what_happened(text: str, catalog: Catalog) -> bool:
    """Whether the text says what happened, and not only what it is about ("I want to talk about my invoice")."""
    speech = speech_of(catalog)
    beside = speech.words("wishing") | speech.words("joining")
    telling = [each for each in words(text) if (len(each) >= _LONG or each.isdigit()) and each not in beside]
    return len(telling) >= _TELLING_WORDS
