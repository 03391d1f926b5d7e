"""The one clarifying question: which of the topics that compete is meant."""

from __future__ import annotations

import pytest

from actions.answers.answer import QUERY_LENGTH
from actions.answers.clarifying import with_addition
from actions.help.actions import ValidateHelpForm
from tests.actions.conftest import Customer, Outcome

PROBLEM = "no me llega el reporte"
TOPICS = ["Download invoices", "Payment methods", "Notification settings"]


@pytest.fixture
def asked(customer: Customer) -> Customer:
    """A customer whose problem could be about any of three topics."""
    customer.api.topics = TOPICS
    ask(customer)
    return customer


def ask(customer: Customer, problem: str = PROBLEM, **slots: str) -> Outcome:
    known = {"language_choice": "es", "scenario": "question", "requested_slot": "problem"}
    customer.slots.update({**known, **slots})
    return customer.run(ValidateHelpForm, problem)


def choose(customer: Customer, value: str) -> Outcome:
    if value == "none":
        return customer.run(ValidateHelpForm, "", "deny", choice="clarify.none")
    return customer.run(ValidateHelpForm, "", "inform", {"clarify": value}, choice=f"clarify.{value}")


@pytest.mark.parametrize(
    ("language", "none"), [("es", "Ninguna de estas"), ("en", "None of these"), ("pt", "Nenhuma dessas")]
)
def test_competing_topics_are_offered_and_none_of_them_claimed_as_the_answer(
    customer: Customer, language: str, none: str
) -> None:
    customer.api.topics = TOPICS
    done = ask(customer, language=language, language_offered="yes")
    assert [each["text"] for each in done.messages] == [customer.catalog.wording(language).text("messages.ask_clarify")]
    question = done.messages[0]["metadata"]
    assert (question["asks"], question["kind"]) == ("clarify", "choices")
    assert [(each["name"], each["label"], each["intent"]) for each in question["choices"]] == [
        ("clarify.download-invoices", "Download invoices", "inform"),
        ("clarify.payment-methods", "Payment methods", "inform"),
        ("clarify.notification-settings", "Notification settings", "inform"),
        ("clarify.none", none, "deny"),
    ]
    assert question["answer"]["passages"] == []
    assert question["answer"]["topics"][0]["article_id"] == "download-invoices"
    assert (done.slots["requested_slot"], done.slots["answered"]) == ("clarify", PROBLEM)
    assert "shown" not in done.slots


def test_the_chosen_topic_is_answered_without_another_search(asked: Customer) -> None:
    done = choose(asked, "payment-methods")
    answer, question = (each["metadata"] for each in done.messages)
    assert answer["answer"]["clarified"]
    assert not answer["answer"]["confident"]
    (passage,) = answer["answer"]["passages"]
    assert passage["article_id"] == "payment-methods"
    assert passage["steps"] == [{"number": 1, "start": 3, "end": 24}]
    assert passage["continues"]
    assert done.messages[0]["text"] == "Esto dice el centro de ayuda sobre ese tema:"
    assert (question["asks"], done.names) == ("solved", ["solved.yes", "solved.no"])
    assert {name: done.slots[name] for name in ("answer_kind", "topics", "shown")} == {
        "answer_kind": "clarified",
        "topics": None,
        "shown": [{"title": "Payment methods", "url": "/help/payment-methods#steps"}],
    }
    assert len(asked.api.asked("/help-center/search")) == 1


def test_none_of_these_offers_a_person_or_other_words(asked: Customer) -> None:
    done = choose(asked, "none")
    assert [(each["name"], each["intent"]) for each in done.messages[0]["metadata"]["choices"]] == [
        ("solved.no", "talk_to_person")
    ]
    assert done.messages[0]["metadata"]["answer"] is None
    assert asked.slots.get("shown") is None


def test_an_aside_is_followed_by_the_same_question(asked: Customer) -> None:
    assert asked.run(ValidateHelpForm, "gracias", "thank").slots == {}
    again = asked.run(ValidateHelpForm, "gracias", "thank", resumed=True)
    assert (again.asks, again.slots["requested_slot"]) == ("clarify", "clarify")
    assert len(asked.api.asked("/help-center/search")) == 1


def test_more_words_are_searched_with_the_problem_and_nothing_is_asked_twice(asked: Customer) -> None:
    done = asked.run(ValidateHelpForm, "es la de la suscripción")
    assert [call.query["q"] for call in asked.api.asked("/help-center/search")] == [
        PROBLEM,
        "es la de la suscripción",
        f"{PROBLEM} es la de la suscripción",
    ]
    assert done.asks == "solved"
    assert done.messages[0]["text"].startswith("No estoy seguro")
    assert asked.slots["problem"] == asked.slots["answered"] == f"{PROBLEM}\nes la de la suscripción"
    assert asked.slots["topics"] is None


def test_other_words_after_none_of_these_belong_to_the_problem(asked: Customer) -> None:
    choose(asked, "none")
    done = asked.run(ValidateHelpForm, "quiero el comprobante de mayo")
    assert asked.api.asked("/help-center/search")[-1].query["q"] == f"{PROBLEM} quiero el comprobante de mayo"
    assert done.asks == "solved"


def test_a_single_topic_leaves_nothing_to_ask(customer: Customer) -> None:
    customer.api.topics = TOPICS[:1]
    assert ask(customer).asks == "solved"


@pytest.mark.parametrize("text", ["@0.1{}", "500", "a 1"])
def test_what_holds_no_word_is_not_asked_about(customer: Customer, text: str) -> None:
    customer.api.topics = TOPICS
    assert ask(customer, text).asks == "solved"


def test_an_id_that_is_too_long_for_a_choice_is_offered_by_its_number(customer: Customer) -> None:
    customer.api.topics = ["Payments", "x" * 250]
    assert ask(customer).names == ["clarify.payments", "clarify.2", "clarify.none"]
    assert choose(customer, "2").messages[0]["metadata"]["answer"]["passages"][0]["title"] == "x" * 250


def test_a_slot_that_holds_something_else_is_no_open_question(asked: Customer) -> None:
    asked.slots["topics"] = {"topics": "?"}
    assert asked.run(ValidateHelpForm, "gracias", "thank", resumed=True).asks == "problem"


def test_an_addition_is_searched_whole_with_what_fits_of_the_problem() -> None:
    assert with_addition("a b", "c") == "a b c"
    assert len(with_addition("a" * 3_000, "b" * 20)) == QUERY_LENGTH
    assert with_addition("a" * 3_000, "b" * 20).endswith("a " + "b" * 20)
    assert with_addition("a", "b" * 3_000) == "b" * QUERY_LENGTH
