"""How the help is rated: once, at the end, in one tap, and nobody is held up by it."""

from __future__ import annotations

import pytest

from actions.follow_up.rating import EndRating, SayGoodbye, ValidateRatingForm
from tests.actions.conftest import Customer, Outcome


@pytest.fixture
def leaving(customer: Customer) -> Customer:
    """A customer who was just asked for a rating."""
    customer.loop = "rating_form"
    asked = customer.run(ValidateRatingForm, "sí", "affirm")
    assert (asked.asks, asked.names) == ("rating", ["rating.good", "rating.bad", "rating.skip"])
    return customer


def says(customer: Customer, text: str, intent: str = "describe_problem", **entities: str) -> Outcome:
    return customer.run(ValidateRatingForm, text, intent, entities)


def picks(customer: Customer, value: str) -> Outcome:
    intent, entities = ("skip", {}) if value == "skip" else ("inform", {"rating": value})
    return customer.run(ValidateRatingForm, value, intent, entities, choice=f"rating.{value}")


def goal(customer: Customer, text: str, intent: str) -> str | None:
    events = customer.run(EndRating, text, intent).events
    return next((each["name"] for each in events if each["event"] == "followup"), None)


@pytest.mark.parametrize("score", ["good", "bad"])
def test_a_score_is_stored_at_once_and_a_comment_with_it(leaving: Customer, score: str) -> None:
    asked = picks(leaving, score)
    assert (asked.asks, asked.names) == ("rating", ["rating.skip"])
    assert leaving.api.ratings == [{"score": score}]
    assert leaving.api.calls[-1].path == "/chat/conversations/c1/rating"
    done = says(leaving, "Los pasos eran justo lo que buscaba")
    assert leaving.api.ratings[-1] == {"score": score, "comment": "Los pasos eran justo lo que buscaba"}
    assert done.slots["requested_slot"] is None
    assert ("hablar con una persona" in done.text) == (score == "bad")
    assert goal(leaving, "x", "describe_problem") is None


def test_the_comment_may_be_left_out_and_so_may_the_rating(customer: Customer) -> None:
    customer.loop = "rating_form"
    customer.run(ValidateRatingForm, "sí", "affirm")
    picks(customer, "good")
    assert picks(customer, "skip").slots["requested_slot"] is None
    assert customer.api.ratings == [{"score": "good"}]
    customer.slots["rating"] = None
    customer.run(ValidateRatingForm, "sí", "affirm")
    done = picks(customer, "skip")
    assert done.slots["requested_slot"] is None
    assert "escríbela aquí" in done.text
    assert len(customer.api.ratings) == 1


@pytest.mark.parametrize(
    ("text", "score", "whole"),
    [
        ("muy bien", "good", False),
        ("excelente, gracias", "good", False),
        ("no me fue bien", "bad", True),
        ("pésimo", "bad", False),
        ("great", "good", False),
        ("it was useless for me", "bad", True),
        ("foi ótimo", "good", False),
        ("não ajudou em nada", "bad", True),
    ],
)
def test_a_rating_is_understood_in_words_of_every_language(
    leaving: Customer, text: str, score: str, whole: bool
) -> None:
    done = says(leaving, text)
    assert leaving.api.ratings == [{"score": score, **({"comment": text} if whole else {})}]
    assert (done.slots["requested_slot"] is None) == whole, "a whole sentence is its own comment"


@pytest.mark.parametrize(
    ("text", "intent", "goes_to"),
    [
        ("ahora no puedo cambiar el logo de mi tienda", "describe_problem", "help_form"),
        ("quiero hablar con una persona", "talk_to_person", "ticket_form"),
        ("no carga nada, a nadie", "report_outage", "ticket_form"),
        ("¿cómo va mi ticket 1024?", "check_ticket_status", "action_follow_up"),
    ],
)
def test_something_else_is_simply_taken(leaving: Customer, text: str, intent: str, goes_to: str) -> None:
    assert says(leaving, text, intent).slots["requested_slot"] is None
    assert goal(leaving, text, intent) == goes_to
    assert leaving.slots["rating"]["done"] is True, "it is not asked twice"
    assert leaving.api.ratings == []


def test_what_says_nothing_is_asked_again_and_manners_are_left_to_the_rules(leaving: Customer) -> None:
    assert says(leaving, "eh").asks == "rating"
    assert says(leaving, "¿eres un robot?", "bot_challenge").slots == {}
    assert leaving.run(ValidateRatingForm, "¿eres un robot?", "bot_challenge", resumed=True).asks == "rating"
    assert "Si te surge otra cosa" in says(leaving, "gracias", "thank").text


def test_goodbye_asks_once_where_there_was_an_answer(customer: Customer) -> None:
    customer.loop = "help_form"
    assert customer.run(SayGoodbye, "chao", "goodbye").events == []
    customer.slots["answered"] = "No puedo exportar"
    events = customer.run(SayGoodbye, "chao", "goodbye").events
    assert [each.get("name") for each in events] == [None, "rating_form"]
    assert customer.slots["answered"] is None, "what comes next is another problem"
    customer.slots["answered"] = "No puedo exportar"
    customer.slots["rating"] = {"score": "good", "done": True}
    assert customer.run(SayGoodbye, "chao", "goodbye").events == []
    customer.slots["rating"] = None
    customer.loop = "ticket_form"
    assert customer.run(SayGoodbye, "chao", "goodbye").events == [], "nobody is led away from a form"
