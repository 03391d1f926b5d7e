"""The category or subcategory that an answer in free words comes nearest to."""

import pytest

from bot.catalog import load_catalog
from bot.nearest_choice import nearest
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.turn import Choice
from bot.typed_answers import SpokenChoice

CATALOG = load_catalog()


def found(text: str, asks: str, choices: list[Choice], spoken: dict[str, SpokenChoice] | None = None) -> str | None:
    spoken = spoken if spoken is not None else spoken_choices(choices, CATALOG)
    choice = nearest(text, asks, choices, speech_of(CATALOG), spoken)
    return choice.name if choice else None


def offered(asks: str, *labels: str) -> list[Choice]:
    return [Choice(f"{asks}.{label.lower()}", label, "inform", {asks: label}) for label in labels]


@pytest.mark.parametrize(
    ("language", "category", "value", "text"),
    [
        ("es", "incident", "roles", "lo que cada usuario tiene permitido"),
        ("es", "question", "reports", "eso de la reportería"),
        ("en", "incident", "roles", "what every user is permitted to see"),
        ("en", "question", "reports", "how reports work"),
        ("pt", "incident", "bulk_actions", "quando a gente faz em massa"),
        ("pt", "question", "integrations", "integrar um outro"),
    ],
)
def test_the_nearest_subcategory_is_found_in_words_of_the_customers_own(
    language: str, category: str, value: str, text: str
) -> None:
    ids = CATALOG.selectable_subcategories(category)
    choices = [
        Choice(
            f"subcategory.{each}",
            CATALOG.label("subcategories", each, language),
            "inform",
            {"subcategory": each},
        )
        for each in ids
    ]
    assert found(text, "subcategory", choices) == f"subcategory.{value}"


def test_the_labels_of_any_catalog_are_enough() -> None:
    choices = offered("subcategory", "Greenhouses", "Irrigation pumps", "Tractors")
    assert found("the irigation pumping", "subcategory", choices, {}) == "subcategory.irrigation pumps"
    assert found("a greenhouse thing", "subcategory", choices, {}) == "subcategory.greenhouses"


def test_what_two_choices_are_as_near_to_is_asked_again() -> None:
    choices = offered("subcategory", "Water pumps", "Fuel pumps")
    assert found("pumping", "subcategory", choices, {}) is None


@pytest.mark.parametrize(
    "text", ["and what are tractors?", "tractors " + "then we drove on and " * 3, "it is", "unicorn dust"]
)
def test_a_question_a_story_and_strange_words_choose_nothing(text: str) -> None:
    assert found(text, "subcategory", offered("subcategory", "Greenhouses", "Tractors"), {}) is None


def test_only_categories_and_subcategories_are_named_so() -> None:
    assert found("my tractors", "title", offered("title", "Greenhouses", "Tractors"), {}) is None
