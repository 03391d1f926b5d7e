"""Other words for the choices on offer: their labels in every language, and what the catalog says customers call them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.catalog import Catalog
from bot.turn import Choice

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


def spoken_choices(choices: Sequence[Choice], catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """By choice name: the phrases that mean it beside its own label."""
    return {choice.name: _phrases(choice.name, catalog) for choice in choices}


def _phrases(name: str, catalog: Catalog) -> tuple[str, ...]:
    asks, _, value = name.partition(".")
    kind = _KINDS.get(asks, asks)
    found: list[str] = []
    for language in catalog.languages:
        wording = catalog.wording(language)
        for key in (f"labels.{kind}.{value}", f"labels.choices.{value}"):
            if key in wording:
                found.append(wording.text(key))
        found += catalog.words(kind, value, language)
        found += catalog.words("choices", value, language)
    return tuple(dict.fromkeys(found))
