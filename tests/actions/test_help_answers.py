"""The answer to a problem, and what comes after it."""

import pytest

from actions.help.actions import AfterHelp, StartOver, ValidateHelpForm
from api.client import CopilotUnavailable
from tests.actions.conftest import Customer, Outcome

PROBLEM = "no puedo exportar el reporte"


def ask(customer: Customer, problem: str = PROBLEM, **slots: str) -> Outcome:
    known = {"language_choice": "es", "scenario": "question", "requested_slot": "problem", "language_offered": "yes"}
    customer.slots.update({**known, **slots})
    return customer.run(ValidateHelpForm, problem)


def test_a_problem_is_answered_with_its_source_and_then_asked_about(customer: Customer) -> None:
    done = ask(customer)
    answer, question = (each["metadata"] for each in done.messages)
    assert answer["kind"] == "answer"
    assert answer["answer"]["confident"]
    assert answer["answer"]["query"] == PROBLEM
    assert answer["answer"]["passages"][0]["article_id"] == "export-reports"
    assert question["asks"] == "solved"
    assert done.names == ["solved.yes", "solved.no"]
    assert done.slots["requested_slot"] == "solved"
    assert (done.slots["problem"], done.slots["answered"], done.slots["attempts"]) == (PROBLEM, PROBLEM, "1")
    assert done.slots["answer_kind"] == "confident"
    assert done.slots["shown"] == [{"title": "Export a report", "url": "/help/export-reports#steps"}]
    assert customer.api.asked("/help-center/search")[0].query == {"q": PROBLEM, "language": "es", "limit": "4"}


def test_the_same_problem_is_asked_about_again_without_another_search(customer: Customer) -> None:
    ask(customer)
    again = customer.run(ValidateHelpForm, "gracias", "thank", resumed=True)
    assert again.asks == "solved"
    assert len(customer.api.asked("/help-center/search")) == 1


def test_where_it_is_unsure_it_says_so_and_offers_a_person(customer: Customer) -> None:
    customer.api.confident = False
    done = ask(customer)
    assert done.messages[0]["text"].startswith("No estoy seguro")
    assert done.messages[0]["metadata"]["answer"]["confident"] is False
    assert [(each["name"], each["intent"]) for each in done.messages[1]["metadata"]["choices"]] == [
        ("solved.yes", "affirm"),
        ("solved.no", "talk_to_person"),
    ]


def test_below_the_other_limit_a_person_is_offered_at_once_with_the_nearest_articles(customer: Customer) -> None:
    customer.api.confident = False
    customer.api.decision = "person"
    done = ask(customer)
    answer = done.messages[0]["metadata"]["answer"]
    assert done.messages[0]["text"].startswith("No tengo una respuesta")
    assert (answer["decision"], answer["confident"], len(answer["passages"])) == ("person", False, 1)
    assert [(each["name"], each["intent"]) for each in done.messages[1]["metadata"]["choices"]] == [
        ("solved.no", "talk_to_person")
    ]
    assert done.slots["shown"] == [{"title": "Export a report", "url": "/help/export-reports#steps"}]


def test_related_articles_come_with_an_answer_only(customer: Customer) -> None:
    customer.api.related = [
        {"article_id": "export-reports", "title": "Shown already", "url": "/x", "locale": "es"},
        {"article_id": "schedule-reports", "title": "Schedule a report", "url": "/help/schedule", "locale": "es"},
    ]
    for confident, expected in ((True, ["schedule-reports"]), (False, [])):
        customer.api.confident = confident
        customer.slots.clear()
        related = ask(customer, language="es").messages[0]["metadata"]["answer"]["related"]
        assert [each["article_id"] for each in related] == expected


def test_where_nothing_was_found_a_person_is_offered_at_once(customer: Customer) -> None:
    done = ask(customer, "nothing at all")
    assert done.messages[0]["metadata"]["answer"]["passages"] == []
    assert done.names == ["solved.no"]


@pytest.mark.parametrize(
    ("language", "locale", "said"),
    [
        ("pt", "en", "Só encontrei a resposta em outro idioma (English):"),
        ("es", "pt-BR", "Solo encontré la respuesta en otro idioma (Português):"),
        ("en", "es", "I only found the answer in another language (Español):"),
        ("en", "fr", "I only found the answer in another language (fr):"),
        ("pt", "pt-BR", "Isto é o que encontrei na central de ajuda:"),
    ],
)
def test_an_article_in_another_language_is_announced_as_such(
    customer: Customer, language: str, locale: str, said: str
) -> None:
    passage = {"article_id": "a", "title": "A", "url": "/a", "locale": locale, "snippet": "s"}
    customer.api.searches = {"confident": True, "confidence": 0.9, "passages": [passage]}
    assert ask(customer, language=language).messages[0]["text"] == said


def test_a_dead_api_fails_the_turn(customer: Customer) -> None:
    customer.api.failing = True
    with pytest.raises(CopilotUnavailable):
        ask(customer)


def test_solved_closes_and_forgets_the_problem_but_not_the_language(customer: Customer) -> None:
    customer.slots.update(problem=PROBLEM, answered=PROBLEM, settled="yes", shown=[], scenario="incident")
    done = customer.run(AfterHelp, "sí", "affirm")
    assert (done.messages[0]["text"], done.asks) == (customer.catalog.wording("es").text("messages.closing"), None)
    assert set(done.slots) == {"problem", "answered", "settled", "shown"}
    assert not any(done.slots.values())
    assert customer.slots["language"] == "es"
    assert [(each["event"], each["name"]) for each in done.events] == [("followup", "rating_form")]


def test_nobody_is_asked_for_a_rating_twice(customer: Customer) -> None:
    customer.slots.update(settled="yes", rating={"score": "good"})
    assert customer.run(AfterHelp, "sí", "affirm").events == []


def test_not_solved_goes_on_to_a_person(customer: Customer) -> None:
    customer.slots.update(problem=PROBLEM, settled="person")
    done = customer.run(AfterHelp, "no", "deny")
    assert done.slots == {"settled": None}
    assert [(each["event"], each["name"]) for each in done.events] == [("followup", "ticket_form")]


def test_starting_over_keeps_only_the_language(customer: Customer) -> None:
    customer.slots.update(problem=PROBLEM, scenario="incident", title="T", form_id="t0", language="pt")
    done = customer.run(StartOver, "começar de novo", "start_over")
    assert done.slots == {
        "problem": None,
        "title": None,
        "form_id": None,
        "scenario": None,
        "language_choice": "pt",
        "requested_slot": None,
    }
    assert done.events == [{"event": "active_loop", "timestamp": None, "name": None}]
