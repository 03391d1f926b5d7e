"""The domain that the catalog means."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.domain_builder import build_domain, conversation_slots, form_slots


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_every_enabled_field_of_the_catalog_is_a_slot_of_the_ticket_form(catalog: Catalog) -> None:
    domain = build_domain(catalog)
    enabled = {each.id for each in catalog.fields if each.enabled}
    assert enabled <= set(domain["slots"])
    assert enabled <= set(domain["forms"]["ticket_form"]["required_slots"])


def test_nothing_that_grants_a_right_is_a_slot(catalog: Catalog) -> None:
    assert not {"verified", "customer", "identity", "role", "turn_token"} & set(build_domain(catalog)["slots"])


def test_no_text_fills_a_slot_by_itself(catalog: Catalog) -> None:
    mappings = {
        name: mapping["type"]
        for name, slot in build_domain(catalog)["slots"].items()
        for mapping in slot["mappings"]
        if mapping["type"] != "custom"
    }
    assert mappings == {"language": "from_entity", "language_choice": "from_entity"}


def test_each_response_has_one_variation_a_language_and_one_fallback(catalog: Catalog) -> None:
    for name, variations in build_domain(catalog)["responses"].items():
        conditions = [each.get("condition") for each in variations]
        assert conditions == [
            *([{"type": "slot", "name": "language", "value": language}] for language in catalog.languages),
            None,
        ], name
        assert variations[-1]["metadata"]["language"] == catalog.default_language
        assert len({each["text"] for each in variations}) == len(catalog.languages), name


def test_the_language_question_offers_its_own_language_first(catalog: Catalog) -> None:
    for variation in build_domain(catalog)["responses"]["utter_which_language"]:
        held = variation["metadata"]
        assert held["asks"] == "language"
        assert held["choices"][0]["name"] == f"language.{held['language']}"
        assert {each["name"] for each in held["choices"]} == {f"language.{each}" for each in catalog.languages}


def test_rasa_finds_no_placeholder_to_fill_in_a_sentence(catalog: Catalog) -> None:
    for variations in build_domain(catalog)["responses"].values():
        for variation in variations:
            assert "{" not in variation["text"].replace("{{", "")


def test_what_is_settled_leaves_nothing_of_it_behind(catalog: Catalog) -> None:
    assert set(form_slots(catalog)) < set(conversation_slots(catalog))
    assert {"problem", "answered", "shown"} <= set(conversation_slots(catalog))
    assert "language" not in conversation_slots(catalog)
