"""What a customer's own words already tell of a ticket: the scenario, and fields of the form where they are clearly said.

Pure. Which words tell what is data: `words.told` of the wording files (bot/phrases.py says how they are written). Precision
before recall: what is not told is asked, what is told wrongly has to be found and changed by the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.catalog import Catalog
from bot.phrases import Found, Phrases, Said, outermost, said
from bot.text import words

# A scenario said on purpose ("tengo una duda:") outweighs what else the story holds.
_ON_PURPOSE = 3.0
_HINT = 1.0
# A hint in the first words tells more than one at the end of a story.
_FIRST_WORDS = 3
_FIRST = 0.5

_QUESTION_MARK = "¿?"
# "Otros pedidos" names no subcategory.
_WILDCARD = "other"

_KINDS = ("scenarios", "categories", "subcategories", "purposes", "subjects", "users_affected", "impact", "environment")


@dataclass(frozen=True)
class Inferred:
    """Catalog ids, None where nothing clear is said.

    `sure`: the scenario is said in so many words, and needs no confirmation. `category`: only where the words name one; else
    the scenario's default stands. `subcategory`: one that the category (named, or the scenario's default) has. `subject`: of
    any support type; it only means something once the matter is known to be of that type.
    """

    scenario: str | None = None
    category: str | None = None
    subcategory: str | None = None
    purpose: str | None = None
    subject: str | None = None
    users_affected: str | None = None
    impact: str | None = None
    environment: str | None = None
    sure: bool = False


def inferred(text: str, catalog: Catalog, language: str) -> Inferred:
    """What the text tells. `language`: the text's own; the other languages' words are tried where it tells no scenario."""
    heard = said(text)
    if not heard.words:
        return Inferred()
    order = [language] if language in catalog.languages else []
    order += [each for each in catalog.languages if each not in order]
    found = _told(heard, catalog, order[0])
    if not found["scenarios"]:
        for other in order[1:]:
            again = _told(heard, catalog, other)
            if again["scenarios"]:
                found = {kind: again[kind] or found[kind] for kind in _KINDS}
                break
    scenario, sure = _scenario([*found["scenarios"], *_asked(text, catalog, order[0])])
    category = clearest(found["categories"])
    return Inferred(
        scenario=scenario,
        category=category,
        subcategory=_subcategory(found["subcategories"], catalog, category, scenario),
        purpose=_purpose(found["purposes"], catalog, category),
        subject=clearest(found["subjects"]),
        users_affected=_users_affected(found["users_affected"], catalog),
        impact=_only(found["impact"]),
        environment=_only(found["environment"]),
        sure=sure,
    )


def _told(heard: Said, catalog: Catalog, language: str) -> dict[str, list[Found]]:
    """By kind: what is found, without what lies inside of something longer ("urgent" in "not urgent")."""
    found: dict[str, list[Found]] = {kind: [] for kind in _KINDS}
    for each in _phrases(catalog, language).find(heard):
        found[each.meaning[0]].append(each)
    return {kind: outermost(every) for kind, every in found.items()}


def _asked(text: str, catalog: Catalog, language: str) -> list[Found]:
    """A hint at each scenario that a question mark tells: the one phrase that is no word."""
    told = [each.id for each in catalog.scenarios if _QUESTION_MARK in catalog.told("scenarios", each.id, language)]
    last = len(words(text))
    return [Found(("scenarios", id_), last, last, 0, sure=False, weak=False) for id_ in told if "?" in text]


def _scenario(found: Sequence[Found]) -> tuple[str | None, bool]:
    found = [each for each in found if not each.weak] or found
    scores: dict[str, float] = {}
    purposely: set[str] = set()
    for each in found:
        id_ = each.meaning[1]
        weight = _ON_PURPOSE if each.sure else _HINT
        if each.start < _FIRST_WORDS:
            weight += _FIRST
        scores[id_] = scores.get(id_, 0.0) + weight
        if each.sure:
            purposely.add(id_)
    if not scores:
        return None, False
    best = max(scores, key=lambda id_: scores[id_])
    if sum(score == scores[best] for score in scores.values()) > 1:
        # Equal: what is said first is what the customer came for.
        best = next(each.meaning[1] for each in found if scores[each.meaning[1]] == scores[best])
        return best, False
    return best, best in purposely and len(purposely) == 1


def clearest(found: Sequence[Found]) -> str | None:
    """What most of the words speak for; None where another has as many. Weak words count where there are no others."""
    strong = [each for each in found if not each.weak] or list(found)
    votes: dict[str, set[tuple[int, int]]] = {}
    for each in strong:
        votes.setdefault(each.meaning[1], set()).add((each.start, each.end))
    if not votes:
        return None
    ranked = sorted(votes, key=lambda id_: len(votes[id_]), reverse=True)
    if len(ranked) > 1 and len(votes[ranked[0]]) == len(votes[ranked[1]]):
        return None
    return ranked[0]


def _only(found: Sequence[Found]) -> str | None:
    told = {each.meaning[1] for each in found if not each.weak} or {each.meaning[1] for each in found}
    return told.pop() if len(told) == 1 else None


def _users_affected(found: Sequence[Found], catalog: Catalog) -> str | None:
    """The catalog's last option is the widest: said beside others, it holds them ("a todos, clientes y equipo")."""
    told = {each.meaning[1] for each in found}
    widest = catalog.field("users_affected").options[-1:]
    return widest[0] if widest and widest[0] in told else _only(found)


def _subcategory(found: Sequence[Found], catalog: Catalog, category: str | None, scenario: str | None) -> str | None:
    if category is None and scenario is not None:
        category = catalog.scenario(scenario).default_category
    allowed = catalog.selectable_subcategories(category) if category is not None else None
    return clearest([each for each in found if allowed is None or each.meaning[1] in allowed])


def _purpose(found: Sequence[Found], catalog: Catalog, category: str | None) -> str | None:
    allowed = catalog.category(category).purposes if category is not None else ()
    return clearest([each for each in found if each.meaning[1] in allowed])


_BOOKS: dict[tuple[str, str], Phrases] = {}


def _phrases(catalog: Catalog, language: str) -> Phrases:
    """Read once for a catalog and language: a few hundred phrases take 20 ms."""
    key = (catalog.digest(), language)
    if key not in _BOOKS:
        _BOOKS[key] = Phrases(_entries(catalog, language))
    return _BOOKS[key]


def _entries(catalog: Catalog, language: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for kind, ids in _ids(catalog):
        for id_ in dict.fromkeys(ids):
            for phrase in catalog.told(kind, id_, language):
                yield phrase, (kind, id_)
            if kind in ("categories", "subcategories"):
                label = catalog.label(kind, id_, language)
                if len(words(label)) > 1:
                    yield label, (kind, id_)
                elif kind == "subcategories" and id_ != _WILDCARD:
                    # One word ("Registros") is also said of other things: it counts where nothing else speaks.
                    yield f"?{label}", (kind, id_)


def _ids(catalog: Catalog) -> Iterator[tuple[str, Iterable[str]]]:
    yield "scenarios", (each.id for each in catalog.scenarios)
    yield "categories", (each.id for each in catalog.categories)
    yield "subcategories", (every for each in catalog.categories for every in each.subcategories)
    yield "purposes", (every for each in catalog.categories for every in each.purposes)
    yield "subjects", (every for each in catalog.subjects.values() for every in each)
    for field in ("users_affected", "impact", "environment"):
        if any(each.id == field for each in catalog.fields):
            yield field, catalog.field(field).options
