"""What a customer's text already tells for a ticket: order numbers, addresses of pages, error messages, since when, platform.

Pure, and quiet where it is not sure: a number that stands beside no word of a detail is nobody's. Which details there are
comes from the catalog; the words beside which they stand are `words.details` of the wording files, where `{id}` is a number
or code of three characters or more, `{ids}` one or several of any length, `{name}` a name in quotes or in capitals,
`{version}` 1.2.3 and `{code}` a postal code. A detail of kind url lists words that stand in the address or just before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from bot.catalog import Catalog, Detail, Topic
from bot.spoken_errors import error_text
from bot.spoken_time import since
from bot.text import is_slip_of, words

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'«»“”`]+[^\s<>\"'«»“”`.,;:!?)\]]", re.IGNORECASE)
_BEFORE_URL = 6  # words

# Between a detail's word and its value: "pedido nº 1234", "order number is 77", "promo llamada «Verano»".
_LINK = (
    r"(?:\s*[:#=(-]\s*|\s+|\bn[.\u00ba\u00b0]{0,2}(?=[\s#\d])|\b(?:num|numero|number|no|nro|id|ids|cod|codigo|code|es|is|are|son|e|sao|"
    r"el|la|the|o|a|os|as|con|with|com|de\s+nombre|con\s+nombre|llamad[ao]|que\s+se\s+llama|se\s+llama|called|named|chamad[ao]|se\s+chama|version|versao)\b\.?)*?"
)
_ID = r"#?(?=[\w./-]*\d)[a-z0-9][\w-]{2,}(?:[./-][a-z0-9][\w-]*)*"
_SMALL_ID = r"#?(?=[\w./-]*\d)[a-z0-9][\w-]*"
_AND = r"(?:\s*[,;/&+]\s*(?:y\s+|e\s+|and\s+)?|\s+(?:y|e|and|o|ou|or)\s+(?:(?:el|la|o|a|the)\s+)?)"
_POSTAL = r"(?:\d{5}-?\d{3}|\d{4,8}|[a-z]\d{4}[a-z]{3}|[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2})"
_VALUES = {
    "id": rf"{_ID}(?:{_AND}{_ID})*",
    "ids": rf"{_SMALL_ID}(?:{_AND}{_SMALL_ID})*",
    "code": rf"{_POSTAL}(?:{_AND}{_POSTAL})*",
    "version": r"v?\d+(?:\.\d+)+[\w.-]*",
    "name": r"(?:[\"«“'](?P<quoted>[^\"»”'\n]{2,80})[\"»”'])",
}
_BARE_ID = re.compile(r"(?<![\w#])#(?=[\w-]*\d)[a-zA-Z0-9][\w-]{2,}")
_CAPITALS = re.compile(r"[A-ZÁÉÍÓÚÑÇÃÕÂÊÔ0-9][\w%-]*(?:\s+(?:de\s+|of\s+|do\s+|da\s+)?[A-ZÁÉÍÓÚÑÇÃÕÂÊÔ0-9][\w%-]*)*")
_NOT_A_NAME = re.compile(r"[\d.,%\s]+")


@dataclass(frozen=True)
class PickedOut:
    """What a text holds. `details`: by detail id, in the customer's spelling. `topics`: in the catalog's order."""

    platform: str | None
    details: Mapping[str, str]
    topics: tuple[str, ...]
    error_text: str | None
    since: str | None


def picked_out(text: str, catalog: Catalog, language: str, platforms: Sequence[str] = ()) -> PickedOut:
    """Everything that the text tells. `language`: the text's own, tried first. `platforms`: the names to look for."""
    topics = _topics(text, catalog, language)
    return PickedOut(
        platform=_platform(text, platforms),
        details=MappingProxyType(dict(_details(text, catalog, language, topics))),
        topics=tuple(each.id for each in topics),
        error_text=error_text(text),
        since=since(text),
    )


def _topics(text: str, catalog: Catalog, language: str) -> tuple[Topic, ...]:
    bare = _URL.sub(" ", text)
    found = catalog.topics_in(bare, language) if language in catalog.languages else ()
    if found:
        return found
    for other in catalog.languages:
        found = catalog.topics_in(bare, other)
        if found:
            return found
    return ()


def _platform(text: str, platforms: Sequence[str]) -> str | None:
    """The one platform whose whole name stands in the text; of two, the longer name that holds the other."""
    typed = words(text)
    named = []
    for platform in dict.fromkeys(platforms):
        name = words(platform)
        size = len(name)
        if size and any(
            all(is_slip_of(said, meant) for said, meant in zip(typed[at : at + size], name))  # noqa: B905 - same size
            for at in range(len(typed) - size + 1)
        ):
            named.append(platform)
    longest = [each for each in named if not any(_holds(other, each) for other in named)]
    return longest[0] if len(longest) == 1 else None


def _holds(longer: str, shorter: str) -> bool:
    return longer != shorter and set(words(shorter)) < set(words(longer))


def _details(text: str, catalog: Catalog, language: str, topics: tuple[Topic, ...]) -> Iterator[tuple[str, str]]:
    level = _level(text)
    inside = [each.span() for each in _URL.finditer(text)]
    about = {detail.id for topic in topics for detail in topic.details}
    found: dict[str, str] = {}
    taken: dict[tuple[int, int], str] = {}
    listed = sorted(_listed(catalog), key=lambda each: each.id not in about)
    for detail in listed:
        if detail.kind not in ("text", "long_text"):
            continue
        span = _value(text, level, detail, catalog, language)
        if span is None or any(start <= span[0] < end for start, end in inside):
            continue
        holder = taken.get(span)
        # One value for several details ("CEP 01310-100"): for all of the topics that were recognised, else for the first.
        if holder is None or (detail.id in about and holder in about):
            taken[span] = detail.id
            found[detail.id] = text[span[0] : span[1]].lstrip("#").strip()
    found.update(_bare(text, topics, catalog, found))
    found.update(_urls(text, catalog, language, topics))
    for detail in listed:
        if detail.id in found:
            yield detail.id, found[detail.id]


def _listed(catalog: Catalog) -> list[Detail]:
    return list({detail.id: detail for topic in catalog.topics for detail in topic.details}.values())


def _value(text: str, level: str, detail: Detail, catalog: Catalog, language: str) -> tuple[int, int] | None:
    for phrase in _phrases(catalog, detail.id, language):
        if "{" not in phrase:
            continue
        for match in _expression(phrase).finditer(level):
            span = match.span("quoted") if "{name}" in phrase and match.group("quoted") else match.span("value")
            if "{name}" in phrase and not match.groupdict().get("quoted"):
                named = _CAPITALS.match(text, match.end("value"))
                if named is None or _NOT_A_NAME.fullmatch(named.group()):
                    continue
                span = named.span()
            return span
    return None


def _phrases(catalog: Catalog, detail: str, language: str) -> list[str]:
    """The detail's phrases, those of the text's language first."""
    order = sorted(catalog.languages, key=lambda each: each != language)
    return list(dict.fromkeys(each for known in order for each in catalog.words("details", detail, known)))


@lru_cache(maxsize=2000)
def _expression(phrase: str) -> re.Pattern[str]:
    before, _, rest = phrase.partition("{")
    kind = rest.partition("}")[0]
    spoken = r"\s+".join(re.escape(each) for each in _level(before).split())
    value = _VALUES[kind]
    if kind == "name":
        # The name itself is read from the text where it is not quoted: only its capitals tell where it ends.
        return re.compile(rf"(?<!\w){spoken}(?!\w){_LINK[:-1]}(?P<value>{value}?)")
    return re.compile(rf"(?<!\w){spoken}(?!\w){_LINK}(?P<value>{value})(?!\w)")


def _bare(text: str, topics: tuple[Topic, ...], catalog: Catalog, found: dict[str, str]) -> dict[str, str]:
    """`#v1024` with no word beside it: the first number that the topic knows of, unless it is a ticket's."""
    hashes = [each for each in _BARE_ID.finditer(text) if each.group().lstrip("#") not in found.values()]
    if len(hashes) != 1 or not topics:
        return {}
    for detail in topics[0].details:
        listed = [each for language in catalog.languages for each in catalog.words("details", detail.id, language)]
        if any("{id}" in each for each in listed):
            return {} if detail.id in found else {detail.id: hashes[0].group().lstrip("#")}
    return {}


def _urls(text: str, catalog: Catalog, language: str, topics: tuple[Topic, ...]) -> dict[str, str]:
    """Each address for the url detail whose words it holds or follows; one that tells nothing, for the first topic's."""
    found: dict[str, str] = {}
    asked = list({each.id: each for topic in topics for each in topic.details if each.kind == "url"}.values())
    every = asked + [each for each in _listed(catalog) if each.kind == "url" and each not in asked]
    for match in _URL.finditer(text):
        address = match.group()
        path = words(re.sub(r"^[a-z]+://", "", address.casefold()))
        before = words(text[: match.start()])[-_BEFORE_URL:]
        open_ones = [each for each in every if each.id not in found]
        named = [each for each in open_ones if _revealed(catalog, each, language, path)] or [
            each for each in open_ones if each in asked and _revealed(catalog, each, language, before)
        ]
        fallback = [each for each in open_ones if each in asked]
        if named or fallback:
            found[(named or fallback)[0].id] = address
    return found


def _revealed(catalog: Catalog, detail: Detail, language: str, said: Sequence[str]) -> bool:
    listed = [_level(each) for each in _phrases(catalog, detail.id, language)]
    return any(
        word == phrase or (phrase.endswith("*") and word.startswith(phrase[:-1])) for word in said for phrase in listed
    )


def _level(text: str) -> str:
    """The text without case and accents, character for character."""
    return "".join(_plain(each) for each in text)


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    plain = unicodedata.normalize("NFD", letter)[0].lower()
    return plain if len(plain) == 1 else letter
