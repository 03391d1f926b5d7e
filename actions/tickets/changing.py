"""A field that the customer wants otherwise, in plain words: "change the title to X", "na verdade é na Loja B". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from actions.tickets import fields
from actions.tickets.fields import EMAIL
from bot.catalog import Catalog
from bot.speech import Held, speech_of
from bot.spoken_choices import spoken_choices
from bot.text import fold, words
from bot.turn import Choice
from bot.typed_answers import resolve

_PUNCTUATION = r"[:=\u2192-]"


@dataclass(frozen=True)
class Wish:
    """`value` is what the field takes; None where it was not said, or is none of the field's options."""

    field: str
    value: str | None


@dataclass(frozen=True)
class _Named:
    field: str
    start: int
    end: int


def wish(
    text: str, catalog: Catalog, values: fields.Values, platforms: tuple[str, ...], *, asked: bool = False
) -> Wish | None:
    """The change that a text asks for, None where it asks for none. `asked`: it is known that a change is wanted."""
    folded = _folded(text)
    spoken = _of(Held(catalog))
    verb, corrects = spoken.verb.search(folded), spoken.corrects.search(" ".join(words(text)))
    sure = asked or corrects is not None or (verb is not None and verb.start() < _EARLY)
    named = _named(folded, catalog)
    found = None if named is None else _for_field(text, folded, named, catalog, values, platforms, sure=sure)
    if found is not None and found.value is not None:
        return found
    # A value may name its field, or stand anywhere beside it.
    by_value = _by_value(text, catalog, values, platforms) if sure else None
    if found is None or (by_value is not None and (corrects or by_value.field == found.field)):
        return by_value
    return found


# A command stands at the beginning: "... y cuando quiero cambiar el precio falla" is none.
_EARLY = 12


def _for_field(
    text: str,
    folded: str,
    named: _Named,
    catalog: Catalog,
    values: fields.Values,
    platforms: tuple[str, ...],
    *,
    sure: bool,
) -> Wish | None:
    spoken = _of(Held(catalog))
    rest = folded[named.end :]
    connected = spoken.connects.match(rest)
    at_start = spoken.leads.fullmatch(folded[: named.start]) is not None
    wrong = spoken.wrong.search(folded) is not None
    if not sure and not (wrong and len(words(text)) <= _SHORT) and not (at_start and connected):
        return None
    told = text[named.end + connected.end() :].strip(" .\"'«»“”") if connected else ""
    if spoken.wrong.fullmatch(" ".join(words(told))):
        told = ""
    value = value_of(told, named.field, catalog, values, platforms) if told else None
    if value is None and not sure and not wrong:
        return None  # "la tienda es muy lenta": a story, not a change
    return Wish(named.field, value)


_SHORT = 8


def value_of(told: str, name: str, catalog: Catalog, values: fields.Values, platforms: tuple[str, ...]) -> str | None:
    """The value of a field that some words mean: one of its options, or the words themselves where it is typed."""
    offered = fields.options(catalog, name, values, platforms)
    field = fields.field_named(catalog, name)
    if not offered:
        return told if field is None or field.kind == "text" or fields.is_platform(field) else None
    labelled = [
        Choice(f"{name}.{each}", _label(catalog, name, each, values), "inform", {name: each}) for each in offered
    ]
    found = resolve(told, name, labelled, speech_of(catalog), spoken_choices(labelled, catalog))
    return None if found is None else found.entities[name]


def _label(catalog: Catalog, name: str, value: str, values: fields.Values) -> str:
    field = fields.field_named(catalog, name)
    if field is None or fields.is_platform(field):
        return value
    return catalog.label(field.label_kind, value, str(values.get("language") or catalog.default_language))


def _by_value(text: str, catalog: Catalog, values: fields.Values, platforms: tuple[str, ...]) -> Wish | None:
    """The field that a value alone names: "na verdade é na Loja B"."""
    joined = f" {' '.join(words(text))} "
    best: Wish | None = None
    longest = 0
    for name in fields.shown(catalog, values):  # of equally long ones the first: a category before a subcategory
        field = fields.field_named(catalog, name)
        if field is None or field.kind != "choice" or name == "support_type":
            continue
        said = {}
        for value in fields.options(catalog, name, values, platforms):
            phrases = _phrases_of(catalog, field.label_kind, value, fields.is_platform(field))
            said[value] = max((len(each) for each in phrases if f" {each} " in joined), default=0)
        top = max(said.values(), default=0)
        meant = [value for value, length in said.items() if length == top]
        if top > longest and len(meant) == 1:
            best, longest = Wish(name, meant[0]), top
    return best


@dataclass(frozen=True)
class _Spoken:
    """How a change is put into words: `verb` commands it, `connects` stands between a field and its new value, `leads` before
    a field that is set right ("ah y el ambiente es pruebas")."""

    verb: re.Pattern[str]
    wrong: re.Pattern[str]
    corrects: re.Pattern[str]
    connects: re.Pattern[str]
    leads: re.Pattern[str]


@lru_cache(maxsize=8)
def _of(held: Held) -> _Spoken:
    say = speech_of(held.it).pattern
    articles = rf"(?:{say('article')}\s+)?"
    return _Spoken(
        verb=re.compile(rf"\b{say('change')}\b"),
        wrong=re.compile(rf"\b{say('wrong')}\b"),
        corrects=re.compile(rf"^(?:{say('not_that')} )?(?:{say('sorry')} )*{say('corrects')}\b"),
        connects=re.compile(
            rf"^[\s,]*(?:{say('of_the_ticket')}\s+)?(?:{say('wrong')}[\s,;:.]*)?"
            rf"(?:{say('becomes')}\b|{_PUNCTUATION})[\s:]*{articles}(?=\S)"
        ),
        leads=re.compile(rf"\W*(?:{say('before_field')}\W+)*{articles}"),
    )


@lru_cache(maxsize=512)
def _phrases_for(held: Held, kind: str, value: str) -> tuple[str, ...]:
    found = []
    for language in held.it.languages:
        wording = held.it.wording(language)
        key = f"labels.{kind}.{value}"
        texts = [wording.text(key)] if key in wording else []
        texts += [each for each in held.it.words(kind, value, language) if not set(each) & set("*|_^!")]
        found += [" ".join(words(each)) for each in texts]
    return tuple(each for each in dict.fromkeys(found) if each)


def _phrases_of(catalog: Catalog, kind: str, value: str, platform: bool) -> Sequence[str]:
    if platform:
        return (" ".join(words(value)),)
    return _phrases_for(Held(catalog), kind, value)


def _named(folded: str, catalog: Catalog) -> _Named | None:
    """The field that is named: the longest name, and of equally long ones the first."""
    best: _Named | None = None
    for name, phrase in _field_names(Held(catalog)):
        found = re.search(rf"(?<!\w){phrase}(?!\w)", folded)
        if found is None:
            continue
        candidate = _Named(name, found.start(), found.end())
        if best is None or candidate.start < best.start or (candidate.start == best.start and candidate.end > best.end):
            best = candidate
    return best


@lru_cache(maxsize=8)
def _field_names(held: Held) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_spelled(held.it)))


def _spelled(catalog: Catalog) -> Iterator[tuple[str, str]]:
    details = dict.fromkeys(detail.id for topic in catalog.topics for detail in topic.details)
    known = [each.id for each in catalog.fields if each.enabled]
    for language in catalog.languages:
        for kind, ids in (("fields", [*known, EMAIL]), ("details", list(details))):
            for id_ in ids:
                for text in (catalog.label(kind, id_, language), *catalog.words(kind, id_, language)):
                    spelled = words(text)
                    if spelled and not set(text) & set("*|_^!"):
                        yield id_, r"\W+".join(map(re.escape, spelled))


def _folded(text: str) -> str:
    """Folded letter by letter, so that a place in it is the same place in the text."""
    return "".join((fold(each) or each)[:1] for each in text)
