"""The catalog's things that a text names, small slips forgiven: what an entity extractor would have to be trained for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.catalog import Catalog
from bot.inferred import clearest
from bot.phrases import Found, Phrases, Said, outermost, said
from bot.speech import Speech, speech_of
from bot.spoken_choices import spoken_choices
from bot.turn import Choice
from bot.typed_answers import SpokenChoice, resolve, turned

# A ticket's number: said after its word, or with a #.
_TICKET = re.compile(
    r"(?:#\s?|\b(?:ticket|tickets|caso|chamado|case|numero|número|number|n[.º°o]{1,2})\s*(?:n[.º°o]{0,2}|#|number|numero|número)?\s*)(\d{1,10})\b",
    re.IGNORECASE,
)

# A text is searched for the category and the subcategory that it names where these intents are recognised.
_TELLING = frozenset({"describe_problem", "inform", "open_ticket", "talk_to_person", "choose_scenario"})
_ASKING = frozenset({"open_ticket", "talk_to_person"})
# Values that a change may name without naming their field, most telling first.
_VALUES = ("category", "subcategory", "purpose", "users_affected", "impact", "environment")

# "cambia la categoría de consultas a solicitudes": what stands before an old and a new value.
_OLD = frozenset({"de", "from", "do", "da", "of", "than"})
_INSTEAD = frozenset({"vez", "lugar", "inves", "instead", "rather"})
_NEW = frozenset("a to para pra por como as into es e is be sea seja ser sino en em".split())  # noqa: SIM905 - as above
_ARTICLES = frozenset("el la los las un una unos o os as um uma the an".split())  # noqa: SIM905


@dataclass(frozen=True)
class NamedThing:
    entity: str
    value: str


class NamedThings:
    """Finds things by their labels, in every language, and by the catalog's own words for them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._speech = speech_of(catalog)
        self._languages = Phrases(_language_names(catalog))
        self._names = Phrases(_names(catalog))
        self._told = Phrases(_told(catalog))
        self._categories = _choices("category", (each.id for each in catalog.categories))
        self._subcategories = _choices("subcategory", _subcategories(catalog))

    def find(self, text: str, intent: str | None) -> list[NamedThing]:
        """The things that matter to an intent, at most one of a kind; none where two of a kind are named."""
        heard = said(text)
        number = _TICKET.search(text)
        found = [NamedThing("ticket_id", number.group(1))] if number else []
        if intent == "change_field":
            return found + self._change(heard)
        if intent == "choose_language":
            return found + _one("language", self._languages.find(heard))
        if intent == "choose_scenario":
            found += _one("scenario", [each for each in self._names.find(heard) if each.meaning[0] == "scenario"])
        if intent in _TELLING:
            found += self._told_or_named("category", self._categories, text, intent or "")
            found += self._told_or_named("subcategory", self._subcategories, text, intent or "")
        return found

    def _told_or_named(self, entity: str, choices: Sequence[Choice], text: str, intent: str) -> list[NamedThing]:
        """What is told in a story, or what the text is nothing but a name of."""
        heard = said(text)
        # Who asks for a ticket tells what of: there a name counts as what is told elsewhere ("un ticket de solicitudes").
        books = (self._told, self._names) if intent in _ASKING else (self._told,)
        found = [each for book in books for each in book.find(heard) if each.meaning[0] == entity]
        value = clearest([each for each in outermost(found) if not turned(each, heard, self._speech)])
        if value is None:
            chosen = resolve(text, entity, choices, self._speech, _names_only(choices, self._catalog))
            value = chosen.entities[entity] if chosen else None
        return [NamedThing(entity, value)] if value else []

    def _change(self, heard: Said) -> list[NamedThing]:
        """The field that is to change, and its new value where that is said: with no field named, a value names it."""
        named = self._names.find(heard) + self._told.find(heard)
        values = {
            entity: _new_value([each for each in named if each.meaning[0] == entity], heard, self._speech)
            for entity in _VALUES
        }
        fields = _one("field", [each for each in named if each.meaning[0] == "field"])
        if fields:
            field = fields[0].value
            value = values.get(field)
            if value is None and field == "category" and values["subcategory"] is not None:
                field = "subcategory"
                value = values[field]
            return [NamedThing("field", field)] + ([NamedThing(field, value.meaning[1])] if value else [])
        said_values = {entity: value for entity, value in values.items() if value is not None}
        strong = {entity: value for entity, value in said_values.items() if not value.weak} or said_values
        if not strong:
            return []
        longest = max(value.letters for value in strong.values())
        entity = next(each for each in _VALUES if each in strong and strong[each].letters == longest)
        return [NamedThing("field", entity), NamedThing(entity, strong[entity].meaning[1])]


def _new_value(found: Sequence[Found], heard: Said, speech: Speech) -> Found | None:
    """The value that is meant, of several: not the one that is denied, replaced or left behind."""
    left = [each for each in outermost(found) if not turned(each, heard, speech) and not _replaced(each, heard)]
    left = [each for each in left if not each.weak] or left
    if len({each.meaning for each in left}) > 1:
        left = [each for each in left if _before(each, heard) in _NEW] or left
    meanings = {each.meaning for each in left}
    return max(left, key=lambda each: each.letters) if len(meanings) == 1 else None


def _replaced(found: Found, heard: Said) -> bool:
    at = _before_index(found, heard)
    # "a" is an article in English only; in Spanish and Portuguese it leads to the new value.
    at -= at >= 1 and heard.words[at] == "a" and heard.words[at - 1] in _OLD
    return at >= 1 and heard.words[at] in _OLD and heard.words[at - 1] in _INSTEAD


def _before(found: Found, heard: Said) -> str:
    at = _before_index(found, heard)
    return heard.words[at] if at >= 0 else ""


def _before_index(found: Found, heard: Said) -> int:
    at = found.start - 1
    while at >= 0 and heard.words[at] in _ARTICLES:
        at -= 1
    return at


def _one(entity: str, found: Sequence[Found]) -> list[NamedThing]:
    """The longest of what is named; none where two are equally long."""
    if not found:
        return []
    longest = max(each.letters for each in found)
    values = {each.meaning[1] for each in found if each.letters == longest}
    return [NamedThing(entity, values.pop())] if len(values) == 1 else []


def _choices(entity: str, ids: Iterable[str]) -> list[Choice]:
    return [Choice(f"{entity}.{each}", each.replace("_", " "), "inform", {entity: each}) for each in ids]


def _subcategories(catalog: Catalog) -> Iterator[str]:
    yield from dict.fromkeys(every for each in catalog.categories for every in each.subcategories)


def _names_only(choices: Sequence[Choice], catalog: Catalog) -> dict[str, SpokenChoice]:
    """Only what an answer is made of as a whole: "cancelar un pedido" holds the name of a subcategory, and means none."""
    return {name: SpokenChoice(each.names, by_words=False) for name, each in spoken_choices(choices, catalog).items()}


def _kinds(catalog: Catalog) -> Iterator[tuple[str, str, Iterable[str]]]:
    """(entity, kind of its labels and words, ids)"""
    yield "scenario", "scenarios", (each.id for each in catalog.scenarios)
    yield "category", "categories", (each.id for each in catalog.categories)
    yield "subcategory", "subcategories", _subcategories(catalog)
    yield "purpose", "purposes", (every for each in catalog.categories for every in each.purposes)
    yield "field", "fields", [*(each.id for each in catalog.fields if each.enabled), "email"]
    for field in catalog.fields:
        if field.enabled and field.options:
            yield field.id, field.label_kind, field.options


def _names(catalog: Catalog) -> Iterator[tuple[str, tuple[str, str]]]:
    for entity, kind, ids in _kinds(catalog):
        for id_ in dict.fromkeys(ids):
            for language in catalog.languages:
                wording = catalog.wording(language)
                key = f"labels.{kind}.{id_}"
                for phrase in ((wording.text(key),) if key in wording else ()) + catalog.words(kind, id_, language):
                    yield phrase, (entity, id_)


def _told(catalog: Catalog) -> Iterator[tuple[str, tuple[str, str]]]:
    for entity, kind, ids in _kinds(catalog):
        for id_ in dict.fromkeys(ids) if entity != "scenario" else ():
            for language in catalog.languages:
                for phrase in catalog.told(kind, id_, language):
                    yield phrase, (entity, id_)


def _language_names(catalog: Catalog) -> Iterator[tuple[str, tuple[str, str]]]:
    for language in catalog.languages:
        for spoken in catalog.languages:
            wording = catalog.wording(spoken)
            key = f"labels.languages.{language}"
            for phrase in ((wording.text(key),) if key in wording else ()) + catalog.words(
                "languages", language, spoken
            ):
                yield phrase, ("language", language)
