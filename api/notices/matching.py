"""Which notices a description may be about. Precision first: a wrong notice keeps a customer from the answer.

What speaks for a notice are words that name *what* is wrong: the staff's keywords for it, and its title, in which a word of
the catalog's for a part of the product stands for all of them. That something is wrong is said in every description
(`everyday_words`).

* One keyword is enough; one of several words needs all of them close together.
* Otherwise the description has to complain, to name most of what the title names (half of it, where it says a word of the
  title and names an affected area), and to name no other part of the product first. Where staff gave keywords and none is
  said, one word is not most of a title.
* A notice without one telling word ("everything is slow") is recognised by the words of its affected areas alone, in
  descriptions that name no other part.

Measured: seven notices at once are shown wrongly to 1.7 % of the descriptions in data/evaluation (docs/notices.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.notices.everyday_words import everyday_stems, trouble_words
from api.notices.models import ServiceNotice
from bot.text import words as words_of_text
from knowledge_base.text import guess_language, stem, stopwords

if TYPE_CHECKING:
    from bot.catalog import Catalog

# So many words may stand between those of a keyword: "exports of my monthly reports".
_BETWEEN = 4
# Shorter words with one letter changed are often other words (charges, changes).
_SLIP_FROM = 8
# Words of a description that are looked at: a pasted log takes seconds, and says what is wrong at its top or nowhere.
_LONGEST = 300
_MOST = 3


@dataclass(frozen=True)
class Word:
    """A folded word and its stem. `open`: whatever begins so (`refund*`)."""

    text: str
    stem: str
    open: bool = False

    def is_said_by(self, said: Word) -> bool:
        if self.stem == said.stem or (self.open and said.text.startswith(self.text)):
            return True
        return _is_slip(self.text, said.text)


Phrase = tuple[Word, ...]


def _is_slip(one: str, other: str) -> bool:
    """One letter more, less, changed or swapped with its neighbour, behind an equal first letter. `bot.text.edits` counts
    any number of them, for 100 times the cost."""
    size = len(one) - len(other)
    if abs(size) > 1 or min(len(one), len(other)) < _SLIP_FROM or one[0] != other[0]:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return size != 0
    if size:
        return one[start + (size > 0) :] == other[start + (size < 0) :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return swapped or one[start + 1 :] == other[start + 1 :]


@dataclass(frozen=True)
class Area:
    """A part of the product that the catalog names: (`subcategories`, id), (`categories`, id) or (`topics`, id)."""

    kind: str
    id: str


@dataclass(frozen=True)
class Mention:
    """An area that a description names, by the words at these places; `telling`: not by everyday words alone."""

    area: Area
    places: frozenset[int]
    telling: bool


@dataclass(frozen=True)
class Description:
    """What a customer said, the areas that it names, and whether it says that something is wrong."""

    words: Phrase
    mentions: tuple[Mention, ...]
    complains: bool


def matching(
    notices: Iterable[ServiceNotice], text: str, language: str, catalog: Catalog, now: dt.datetime
) -> list[ServiceNotice]:
    """The running notices that `text` may be about, best first, three at most.

    `language` is what the customer chose; where nothing matches in it, the one that the text seems to be in is tried.
    """
    running = [each for each in notices if each.is_running(now)]
    if not running:
        return []
    guessed = guess_language(text, catalog.languages)
    for spoken in dict.fromkeys((language, guessed or language)):
        known = catalog_words(catalog, spoken)
        description = describe(text, known)
        scored = [(score(each, description, known, catalog), each.since, each) for each in running]
        found = sorted((each for each in scored if each[0] > 0), key=lambda each: each[:2], reverse=True)
        if found:
            return [each for _, _, each in found[:_MOST]]
    return []


def describe(text: str, known: CatalogWords) -> Description:
    """The words of a text and the areas that they name; of two names the longer has the words ("log in" is no log)."""
    words = tuple(Word(each, stem(each, known.language)) for each in words_of_text(text)[:_LONGEST])
    stop = stopwords(known.language)
    found = []
    for area, phrase in known.areas:
        telling = any(each.stem not in known.everyday for each in phrase)
        for start in range(len(words) - len(phrase) + 1):
            span = range(start, start + len(phrase))
            # "buenas tardes" is not "tarda".
            by_chance = len(phrase) == 1 and words[start].text in stop and words[start].text != phrase[0].text
            if not by_chance and all(each.is_said_by(words[place]) for each, place in zip(phrase, span, strict=True)):
                found.append(Mention(area, frozenset(span), telling))
    longest = [each for each in found if not any(each.places < other.places for other in found)]
    trouble = trouble_words(known.language)
    complains = not trouble or any(each.text in trouble for each in words)
    return Description(words, tuple(longest), complains)


def score(notice: ServiceNotice, said: Description, known: CatalogWords, catalog: Catalog) -> float:
    """How much speaks for the notice; 0 where it does not match."""
    keywords = [_content(each, known.language) for each in _texts(notice.keywords, known.language, catalog)]
    telling_keywords = [each for each in keywords if any(word.stem not in known.everyday for word in each)]
    said_keywords = [each for each in telling_keywords if _is_said(each, said.words)]
    title = _title(notice, known, catalog)
    said_title = [each for each in title.words if any(each.is_said_by(word) for word in said.words)]
    affected = _affected(notice, known)
    in_areas = len({each.area for each in said.mentions if each.telling} & affected)
    own = [*said_title, *(word for each in said_keywords for word in each)]
    told = 3.0 * len(said_keywords) + 2.0 * in_areas + len(said_title)
    if said_keywords:
        several = any(len(each) > 1 for each in said_keywords)
        return told if several or not _speaks_of_another_area(said, affected | title.areas, own) else 0.0
    if not title.words and not telling_keywords:
        # Nothing but everyday words: those of the areas or keywords have to be said, and no other part be named.
        hinted = any(each.area in affected for each in said.mentions) or any(
            _is_said(each, said.words) for each in keywords
        )
        elsewhere = any(each.telling and each.area not in affected for each in said.mentions)
        return 0.5 + told if hinted and not elsewhere else 0.0
    if not title.words or not said.complains:
        return 0.0
    by_other_names = {each.area for each in said.mentions} & title.areas - title.areas_of(said_title)
    share = (len(said_title) + len(by_other_names)) / len(title.words)
    enough = share > 0.5 or (share == 0.5 and bool(said_title) and in_areas > 0)
    if telling_keywords and len(said_title) + len(by_other_names) < 2:
        return 0.0
    if not enough or _speaks_of_another_area(said, affected | title.areas, own):
        return 0.0
    return told + len(by_other_names)


@dataclass(frozen=True)
class Title:
    """The telling words of a title, and the areas that each of them names."""

    words: tuple[Word, ...]
    named: tuple[frozenset[Area], ...]

    @property
    def areas(self) -> frozenset[Area]:
        return frozenset().union(*self.named)

    def areas_of(self, words: Sequence[Word]) -> frozenset[Area]:
        return frozenset().union(*(areas for word, areas in zip(self.words, self.named, strict=True) if word in words))


def _title(notice: ServiceNotice, known: CatalogWords, catalog: Catalog) -> Title:
    """In the description's language, else in the one that its readers get: its areas are the same in all."""
    language = next(
        each for each in (known.language, catalog.default_language, *notice.titles) if notice.titles.get(each)
    )
    there = known if language == known.language else catalog_words(catalog, language)
    read = describe(notice.titles[language], there)
    stop = stopwords(language)
    found: dict[str, tuple[Word, frozenset[Area]]] = {}
    for place, word in enumerate(read.words):
        if word.text not in stop and word.stem not in there.everyday:
            named = frozenset(each.area for each in read.mentions if each.telling and place in each.places)
            found.setdefault(word.stem, (word, named))
    return Title(tuple(word for word, _ in found.values()), tuple(named for _, named in found.values()))


def _speaks_of_another_area(said: Description, ours: frozenset[Area], own: Sequence[Word]) -> bool:
    """Whether the description names another area before anything of the notice's: "the cart empties when I sign in"."""
    spoken = {place for place, word in enumerate(said.words) if any(each.is_said_by(word) for each in own)}
    spoken |= {place for each in said.mentions if each.area in ours for place in each.places}
    first = min(spoken, default=len(said.words))
    others = [each for each in said.mentions if each.telling and each.area not in ours and not each.places & spoken]
    return any(min(each.places) < first for each in others)


def _affected(notice: ServiceNotice, known: CatalogWords) -> frozenset[Area]:
    ticked = [
        *(Area("subcategories", each) for each in notice.subcategories),
        *(Area("topics", each) for each in notice.topics),
        *(Area("categories", each) for each in notice.categories),
    ]
    return frozenset(ticked) & {area for area, _ in known.areas}


def _texts(by_language: dict[str, str] | dict[str, list[str]], language: str, catalog: Catalog) -> list[str]:
    """In the language, else in the default one, else in whatever there is."""
    for each in (language, catalog.default_language, *by_language):
        found = by_language.get(each)
        if found:
            return [found] if isinstance(found, str) else list(found)
    return []


def _is_said(phrase: Phrase, words: Phrase) -> bool:
    """Whether every word of the phrase is said, in any order, no further apart than `_BETWEEN` lets them be."""
    if not phrase:
        return False
    places = [[place for place, word in enumerate(words) if each.is_said_by(word)] for each in phrase]
    if not all(places):
        return False
    reach = len(phrase) + _BETWEEN
    return any(all(any(abs(place - first) < reach for place in each) for each in places) for first in places[0])


def _content(text: str, language: str) -> Phrase:
    """The words of a keyword or title without those that carry no meaning; all of them where nothing else is left."""
    found = []
    for part in text.split():
        words = words_of_text(part)
        for number, each in enumerate(words):
            is_open = part.endswith("*") and number == len(words) - 1
            found.append(Word(each, stem(each, language), is_open))
    stop = stopwords(language)
    return tuple(each for each in found if each.text not in stop) or tuple(found)


@dataclass(frozen=True)
class CatalogWords:
    """What one language of the catalog calls things: the stems that every trouble is described with, and the names of its
    areas. Categories that are kinds of matter (a scenario's default, an emergency) are no areas."""

    language: str
    everyday: frozenset[str]
    areas: tuple[tuple[Area, Phrase], ...]


# By the catalog's digest and language: reading it takes 10 ms, and a process has one catalog.
_known: dict[tuple[str, str], CatalogWords] = {}


def catalog_words(catalog: Catalog, language: str) -> CatalogWords:
    key = (catalog.digest(), language)
    if key not in _known:
        _known[key] = _read_catalog(catalog, language)
    return _known[key]


def _read_catalog(catalog: Catalog, language: str) -> CatalogWords:
    def names(kind: str, id_: str) -> list[str]:
        return [catalog.label(kind, id_, language), *catalog.words(kind, id_, language)]

    matters = {each.default_category for each in catalog.scenarios}
    matters |= {each.id for each in catalog.categories if each.emergency}
    ids = {("categories", each.id) for each in catalog.categories if each.id not in matters}
    ids |= {("subcategories", each) for category in catalog.categories for each in category.subcategories}
    ids |= {("topics", each.id) for each in catalog.topics}
    stop = stopwords(language)
    areas: dict[tuple[Area, Phrase], None] = {}
    for kind, id_ in sorted(ids):
        for text in names(kind, id_):
            words = words_of_text(text)
            phrase = tuple(
                Word(each, stem(each, language), text.endswith("*") and number == len(words) - 1)
                for number, each in enumerate(words)
            )
            # "Others", "none": nothing has such a name for itself.
            if not all(each in stop for each in words):
                areas[Area(kind, id_), phrase] = None
    said = [catalog.vendor]
    said += [name for each in catalog.scenarios for name in names("scenarios", each.id)]
    said += [name for each in sorted(matters) for name in names("categories", each)]
    # In Spanish a request is a "pedido", and so is an order, which is a part of the product.
    parts = {phrase[0].stem for _, phrase in areas if len(phrase) == 1}
    everyday = everyday_stems(language) | {word.stem for text in said for word in _content(text, language)} - parts
    return CatalogWords(language, everyday, tuple(areas))
