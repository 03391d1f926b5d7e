"""Other words for the choices on offer: their labels in every language, and what the catalog says customers call them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.catalog import Catalog
from bot.turn import Choice
from bot.typed_answers import SpokenChoice

# asks -> where its values have labels, and words.
_KINDS = {
    "language": "languages",
    "scenario": "scenarios",
    "category": "categories",
    "subcategory": "subcategories",
    "purpose": "purposes",
    "support_type": "support_types",
    "subject": "subjects",
    "confirm": "fields",
}
# Where a longer answer may tell the value. At `scenario` a story is a problem to be searched, not an answer.
_TOLD = frozenset({"category", "subcategory", "purpose", "subject", "users_affected", "impact", "environment"})


def spoken_choices(choices: Sequence[Choice], catalog: Catalog) -> dict[str, SpokenChoice]:
    """By choice name: the phrases that mean it beside its own label."""
    return {choice.name: _spoken(choice.name, catalog) for choice in choices}


def _spoken(name: str, catalog: Catalog) -> SpokenChoice:
    asks, _, value = name.partition(".")
    kind = _KINDS.get(asks, asks)
    names: list[str] = []
    told: list[str] = []
    of_catalog = False
    for language in catalog.languages:
        wording = catalog.wording(language)
        key = f"labels.{kind}.{value}"
        if key in wording:
            of_catalog = True
            names.append(wording.text(key))
        if f"labels.choices.{value}" in wording:
            names.append(wording.text(f"labels.choices.{value}"))
        names += catalog.words(kind, value, language)
        names += catalog.words("choices", value, language)
        names += catalog.words("choices", name, language)
        if asks in _TOLD:
            told += catalog.told(kind, value, language)
            told += _of_scenarios(kind, value, catalog, language)
    # A choice whose label is a sentence of the bot is meant by whole phrases only: "ayuda" is no "no, I need more help".
    by_words = of_catalog or not any(catalog.words("choices", name, each) for each in catalog.languages)
    if kind == "categories" and any(each.id == value and each.emergency for each in catalog.categories):
        by_words = False  # "Lumbra Store" is where it happens, and no word for everything being down
    return SpokenChoice(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(told)), by_words)


def _of_scenarios(kind: str, value: str, catalog: Catalog, language: str) -> Iterator[str]:
    """What tells a scenario tells its category, where that is asked."""
    for scenario in catalog.scenarios if kind == "categories" else ():
        if scenario.default_category == value:
            yield from (f"?{each.lstrip('!')}" for each in catalog.told("scenarios", scenario.id, language))
