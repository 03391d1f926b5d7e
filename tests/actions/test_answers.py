"""The answer to a problem, and what comes after it."""

import pytest

from actions.answers.actions import AfterHelp, AnswerAndAsk, StartOver
from api.client import CopilotUnavailable
from tests.actions.conftest import Customer

PROBLEM = "no puedo exportar el reporte"


def test_a_problem_is_answered_with_its_source_and_then_asked_about(customer: Customer) -> None:
    customer.slots["problem"] = PROBLEM
    done = customer.run(AnswerAndAsk, PROBLEM)
    answer, question = (each["metadata"] for each in done.messages)
    assert answer["kind"] == "answer"
    assert answer["answer"]["confident"]
    assert answer["answer"]["query"] == PROBLEM
    assert answer["answer"]["passages"][0]["article_id"] == "export-reports"
    assert question["asks"] == "solved"
    assert done.names == ["solved.yes", "solved.no"]
    assert done.slots == {
        "answered": PROBLEM,
        "answer_kind": "confident",
        "shown": [{"title": "Export a report", "url": "/help/export-reports#steps"}],
    }
    assert customer.api.asked("/help-center/search")[0].query == {"q": PROBLEM, "language": "es", "limit": "4"}


def test_the_same_problem_is_asked_about_again_without_another_search(customer: Customer) -> None:
    customer.slots["problem"] = PROBLEM
    customer.run(AnswerAndAsk)
    again = customer.run(AnswerAndAsk, "gracias", "thank")
    assert again.asks == "solved"
    assert again.slots == {}
    assert len(customer.api.asked("/help-center/search")) == 1


def test_where_it_is_unsure_it_says_so_and_offers_a_person(customer: Customer) -> None:
    customer.api.confident = False
    customer.slots["problem"] = PROBLEM
    done = customer.run(AnswerAndAsk)
    assert done.messages[0]["text"].startswith("No estoy seguro")
    assert done.messages[0]["metadata"]["answer"]["confident"] is False
    assert [(each["name"], each["intent"]) for each in done.messages[1]["metadata"]["choices"]] == [
        ("solved.yes", "affirm"),
        ("solved.no", "talk_to_person"),
    ]


def test_below_the_other_limit_a_person_is_offered_at_once_with_the_nearest_articles(customer: Customer) -> None:
    customer.api.confident = False
    customer.api.decision = "person"
    customer.slots["problem"] = PROBLEM
    done = customer.run(AnswerAndAsk)
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
        customer.slots.update(problem=f"{PROBLEM} {confident}")
        related = customer.run(AnswerAndAsk).messages[0]["metadata"]["answer"]["related"]
        assert [each["article_id"] for each in related] == expected


def test_where_nothing_was_found_a_person_is_offered_at_once(customer: Customer) -> None:
    customer.slots["problem"] = "nothing at all"
    done = customer.run(AnswerAndAsk)
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
    customer.slots.update(problem=PROBLEM, language=language)
    passage = {"article_id": "a", "title": "A", "url": "/a", "locale": locale, "snippet": "s"}
    customer.api.searches = {"confident": True, "confidence": 0.9, "passages": [passage]}
    assert customer.run(AnswerAndAsk).messages[0]["text"] == said


def test_a_dead_api_fails_the_turn(customer: Customer) -> None:
    customer.api.failing = True
    customer.slots["problem"] = PROBLEM
    with pytest.raises(CopilotUnavailable):
        customer.run(AnswerAndAsk)


def test_solved_closes_and_forgets_the_problem_but_not_the_language(customer: Customer) -> None:
    customer.slots.update(problem=PROBLEM, answered=PROBLEM, solved="yes", shown=[], scenario="incident")
    done = customer.run(AfterHelp, "sí", "affirm")
    assert (done.messages[0]["text"], done.asks) == (customer.catalog.wording("es").text("messages.closing"), None)
    assert set(done.slots) == {"problem", "answered", "solved", "shown"}
    assert not any(done.slots.values())
    assert customer.slots["language"] == "es"


def test_not_solved_goes_on_to_a_person(customer: Customer) -> None:
    customer.slots.update(problem=PROBLEM, solved="no")
    done = customer.run(AfterHelp, "no", "deny")
    assert done.slots == {"solved": None}
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
