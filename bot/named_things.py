"""The catalog's things that a text names, small slips forgiven: what an entity extractor would have to be trained for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.catalog import Catalog
from bot.text import is_slip_of, words

# A ticket's number: said after its word, or with a #.
_TICKET = re.compile(
    r"(?:#\s?|\b(?:ticket|tickets|caso|chamado|case|numero|número|number|n[.º°o]{1,2})\s*(?:n[.º°o]{0,2}|#|number|numero|número)?\s*)(\d{1,10})\b",
    re.IGNORECASE,
)

_LONGEST_PHRASE = 6


@dataclass(frozen=True)
class NamedThing:
    entity: str
    value: str


@dataclass(frozen=True)
class _Phrase:
    words: tuple[str, ...]
    thing: NamedThing


class NamedThings:
    """Finds things by their labels, in every language, and by the catalog's own words for them."""

    def __init__(self, catalog: Catalog) -> None:
        self._phrases = {
            "language": list(_language_phrases(catalog)),
            "scenario": list(_phrases(catalog, "scenarios", "scenario", (each.id for each in catalog.scenarios))),
            "category": list(_phrases(catalog, "categories", "category", (each.id for each in catalog.categories))),
            "subcategory": list(
                _phrases(
                    catalog,
                    "subcategories",
                    "subcategory",
                    dict.fromkeys(every for each in catalog.categories for every in each.subcategories),
                )
            ),
            "field": list(
                _phrases(catalog, "fields", "field", [*(each.id for each in catalog.fields if each.enabled), "email"])
            ),
            **{
                each.id: list(_phrases(catalog, each.label_kind, each.id, each.options))
                for each in catalog.fields
                if each.enabled and each.options
            },
        }

    def find(self, text: str, intent: str | None) -> list[NamedThing]:
        """The things that matter to an intent, at most one of a kind; none where two of a kind are named."""
        said = words(text)
        number = _TICKET.search(text)
        found = [NamedThing("ticket_id", number.group(1))] if number else []
        if intent == "change_field":
            return found + self._change(said)
        wanted = {"choose_language": "language", "choose_scenario": "scenario"}.get(intent or "")
        thing = self._longest(said, wanted) if wanted else None
        return [*found, thing] if thing else found

    def _change(self, said: tuple[str, ...]) -> list[NamedThing]:
        """The field that is to change, and its new value where that is said: with no field named, a value names it."""
        field = self._longest(said, "field")
        if field is not None:
            value = self._longest(said, field.value) if field.value in self._phrases else None
            return [field, value] if value else [field]
        values = [
            self._longest(said, each) for each in ("category", "users_affected", "impact") if each in self._phrases
        ]
        named = [each for each in values if each is not None]
        return named if len(named) == 1 else []

    def _longest(self, said: tuple[str, ...], entity: str) -> NamedThing | None:
        best: dict[NamedThing, int] = {}
        for phrase in self._phrases[entity]:
            if _stands_in(phrase.words, said):
                best[phrase.thing] = max(best.get(phrase.thing, 0), sum(map(len, phrase.words)))
        if not best:
            return None
        longest = max(best.values())
        winners = [thing for thing, length in best.items() if length == longest]
        return winners[0] if len(winners) == 1 else None


def _stands_in(phrase: tuple[str, ...], said: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(
        all(is_slip_of(typed, meant) for typed, meant in zip(said[start : start + size], phrase))  # noqa: B905 - same size
        for start in range(len(said) - size + 1)
    )


def _phrases(catalog: Catalog, kind: str, entity: str, values: Iterable[str]) -> Iterator[_Phrase]:
    for value in values:
        thing = NamedThing(entity, value)
        for language in catalog.languages:
            wording = catalog.wording(language)
            key = f"labels.{kind}.{value}"
            texts = [wording.text(key)] if key in wording else []
            texts += catalog.words(kind, value, language)
            for text in texts:
                spelled = words(text)
                if 0 < len(spelled) <= _LONGEST_PHRASE:
                    yield _Phrase(spelled, thing)


# What languages are called, in each of them. A language that is not here is found by its own name (its label).
_LANGUAGE_NAMES = {
    "es": "espanol castellano spanish espanhol spanisch espagnol",
    "en": "ingles english inglesa inglese englisch",
    "pt": "portugues portuguese portuguesa brasileiro brasileno brazilian",
}


def _language_phrases(catalog: Catalog) -> Iterator[_Phrase]:
    yield from _phrases(catalog, "languages", "language", catalog.languages)
    for language in catalog.languages:
        for name in _LANGUAGE_NAMES.get(language, "").split():
            yield _Phrase((name,), NamedThing("language", language))
