"""What a turn may carry, and what it starts from."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.speech import speech_of
from bot.turn import Choice
from bot.turn_rules import (
    allowed_choice,
    category_meant,
    first_state,
    interrupts_own_words,
    is_contact,
    known_intent,
    names_an_option,
    overrules_choice,
    rasa_intent,
    takes_own_words,
    too_doubtful,
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("intent", "entities"),
    [
        ("start", {}),
        ("affirm", {}),
        ("choose_language", {"language": "pt"}),
        ("choose_scenario", {"scenario": "incident"}),
        ("inform", {"category": "outage"}),
        ("inform", {"subcategory": "reports"}),
        ("inform", {"impact": "high"}),
        ("inform", {"platform": "Some Shop"}),
        ("inform", {"subject": "payment_receipt"}),
        ("change_field", {"field": "title"}),
        ("inform", {"clarify": "guides/two-step-verification"}),
    ],
)
def test_choices_of_the_catalog_pass(catalog: Catalog, intent: str, entities: dict[str, str]) -> None:
    assert allowed_choice(Choice("a.b", "A", intent, entities), catalog)


@pytest.mark.parametrize(
    ("intent", "entities"),
    [
        ("restart", {}),
        ("session_start", {}),
        ("back", {}),
        ("describe_problem", {}),
        ("affirm", {"verified": "true"}),
        ("inform", {"category": "no_such_category"}),
        ("inform", {"email": "a@example.com"}),
        ("inform", {"code": "verified"}),
        ("inform", {"confirm": "digest"}),
        ("choose_language", {"language": "xx"}),
        ("inform", {"platform": "x" * 301}),
        ("inform", {"clarify": "x" * 301}),
        ("change_field", {"field": "form_id"}),
    ],
)
def test_what_the_catalog_does_not_know_is_refused(catalog: Catalog, intent: str, entities: dict[str, str]) -> None:
    assert not allowed_choice(Choice("a.b", "A", intent, entities), catalog)


def test_a_conversation_begins_in_the_language_that_is_proposed(catalog: Catalog) -> None:
    assert first_state({"language": "pt"}, catalog).slots == {"language": "pt"}
    assert first_state({"language": "de"}, catalog).slots == {"language": catalog.default_language}
    assert first_state({}, catalog).slots == {"language": catalog.default_language}


def test_a_language_chosen_before_is_not_asked_again(catalog: Catalog) -> None:
    both = {"language": "en", "language_choice": "en"}
    assert first_state({"language": "es", "language_chosen": "en"}, catalog).slots == both
    assert first_state({"language": "en", "language_confirmed": True}, catalog).slots == both


def test_rasas_own_intents_are_never_used() -> None:
    assert rasa_intent("restart") == "start_over"
    assert known_intent("start_over") == "restart"
    assert rasa_intent("choose_language") == "which_language"
    assert rasa_intent("choose_language", ["language"]) == "choose_language"
    assert known_intent("which_language") == "choose_language"
    assert rasa_intent("thank") == known_intent("thank") == "thank"


def test_our_own_intent_of_the_alliance_is_told_outside_as_a_commercial_matter_of_its_category() -> None:
    assert known_intent("linkedin_matter") == "commercial_matter"
    assert category_meant("linkedin_matter") == "linkedin"
    assert category_meant("commercial_matter") is None


def test_only_a_certain_command_overrules_what_could_be_an_option() -> None:
    assert overrules_choice("cancel", 0.95)
    assert not overrules_choice("cancel", 0.6)
    assert not overrules_choice("describe_problem", 1.0)
    assert not overrules_choice("affirm", 1.0)


def test_own_words_are_taken_where_they_were_asked_for(catalog: Catalog) -> None:
    skip = Choice("order_id.skip", "Saltar", "skip")
    assert takes_own_words("title", [], catalog)
    assert takes_own_words("order_id", [skip], catalog)
    assert not takes_own_words("category", [Choice("category.incident", "I", "inform")], catalog)
    assert not takes_own_words("problem", [], catalog)
    assert not takes_own_words(None, [], catalog)


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("restart", "The store did not come up after the restart"),
        ("restart", "Kept through a restart"),
        ("restart", "Problem with the restart"),
        ("restart", "Se pierde tras reiniciar"),
        ("restart", "Ao reiniciar some tudo"),
        ("cancel", "Customers cannot cancel orders"),
        ("cancel", "No deja cancelar pedidos"),
        ("cancel", "Não consigo cancelar pedidos"),
        ("cancel", "..."),
        ("thank", "Gracias"),
    ],
)
def test_a_title_that_holds_a_commands_word_is_a_title(catalog: Catalog, intent: str, text: str) -> None:
    assert not interrupts_own_words(intent, 1.0, text, speech_of(catalog))


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("cancel", "cancelar"),
        ("cancel", "quiero cancelar el ticket"),
        ("cancel", "I want to cancel this"),
        ("cancel", "quero cancelar o chamado"),
        ("restart", "empezar de nuevo"),
        ("restart", "quiero empezar de nuevo"),
        ("restart", "Start over, please"),
        ("restart", "let's start over"),
        ("restart", "quero começar de novo"),
        ("go_back", "volver atrás"),
        ("talk_to_person", "quiero hablar con una persona"),
        ("insult", "qué inútil eres"),  # it is no description
    ],
)
def test_a_command_and_hardly_more_is_obeyed_where_own_words_are_asked(
    catalog: Catalog, intent: str, text: str
) -> None:
    assert interrupts_own_words(intent, 1.0, text, speech_of(catalog))
    assert not interrupts_own_words(intent, 0.5, text, speech_of(catalog))


@pytest.mark.parametrize("text", ["Cannot restart", "Se reinicia sola", "Erro ao reiniciar"])
def test_a_short_title_is_a_costly_command_only_beyond_doubt(catalog: Catalog, text: str) -> None:
    assert not interrupts_own_words("restart", 0.992, text, speech_of(catalog))


@pytest.mark.parametrize("asks", ["category", "subcategory", "title"])
def test_the_label_of_an_option_is_no_command_while_a_field_is_asked(asks: str) -> None:
    assert names_an_option("alto", asks, load_catalog()) == {"impact": "high"}


@pytest.mark.parametrize(
    ("text", "asks"), [("alto", "problem"), ("alto", None), ("cancelar", "category"), ("", "category")]
)
def test_a_command_stays_one_elsewhere(text: str, asks: str | None) -> None:
    assert names_an_option(text, asks, load_catalog()) == {}


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("ana.4c47837d@shop.example", True),
        ("<ana@shop.example>.", True),
        ("123 456", True),
        ("123-456", True),
        ("mi correo es ana@shop.example", False),
        ("503", False),
        ("nada carga", False),
    ],
)
def test_an_address_or_a_code_alone_is_never_a_wish(text: str, contact: bool) -> None:
    assert is_contact(text) is contact


def test_only_what_costs_everything_has_to_be_said_surely() -> None:
    assert too_doubtful("cancel", 0.6)
    assert not too_doubtful("cancel", 0.95)
    assert not too_doubtful("go_back", 0.6)


def test_the_exact_message_is_the_customers_own_words_and_a_topic_is_not() -> None:
    none, person = Choice("clarify.none", "No", "deny"), Choice("clarify.person", "P", "talk_to_person")
    topic = Choice("clarify.a", "A", "inform", {"clarify": "a"})
    assert takes_own_words("clarify", (none, person), load_catalog())
    assert not takes_own_words("clarify", (topic, none), load_catalog())
