"""What the copilot does with its confidence, through the real processes: it answers, asks which topic, or offers a person."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.support.customer import Customer
from tests.support.stack import ROOT, Stack

pytestmark = pytest.mark.processes

LANGUAGES = ["es", "en", "pt"]
QUESTIONS = ROOT / "data" / "evaluation" / "questions.jsonl"

HOPELESS = {
    "es": "el robot del almacén no reconoce las cajas",
    "en": "can I connect a robot to the conveyor belt in the warehouse?",
    "pt": "posso ligar um robô na esteira do armazém?",
}


def search(stack: Stack, text: str, language: str) -> dict[str, Any]:
    answer = stack.http.get("/help-center/search", params={"q": text, "language": language, "limit": 4})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def questions(language: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    return [each for each in every if each["locale"] == language and each["relevant"]]


def asked_which(stack: Stack, language: str) -> tuple[Customer, str]:
    """A customer who is asked which topic is meant, and the topic that answers. Which question leads there changes with
    what is learnt from the articles; one that is taken for a wish (to speak to somebody) is not searched at all."""
    for each in questions(language):
        found = search(stack, each["query"], language)
        right = [topic["article_id"] for topic in found["topics"] if topic["article_id"] in each["relevant"]]
        if found["decision"] != "clarify" or not right:
            continue
        customer = at_the_problem(stack, language)
        customer.say(each["query"])
        if customer.asks in ("clarify", "solved"):
            assert customer.asks == "clarify", customer.said
            return customer, right[0]
    raise AssertionError("no question of the sample help center leaves topics to choose between")


def at_the_problem(stack: Stack, language: str) -> Customer:
    customer = Customer(stack, language)
    customer.choose(f"language.{language}")
    customer.choose("scenario.question")
    return customer


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_topics_compete_it_asks_once_which_is_meant(stack: Stack, language: str) -> None:
    customer, right = asked_which(stack, language)
    assert all(message["answer"] is None for message in customer.messages)
    assert 3 <= len(customer.choices) <= 5
    assert list(customer.choices)[-1] == "clarify.none"
    customer.choose(f"clarify.{right}")
    answer = customer.answer()
    assert answer["clarified"]
    (passage,) = answer["passages"]
    assert (passage["article_id"], passage["locale"]) == (right, language)
    assert passage["snippet"]
    assert customer.asks == "solved"
    assert "solved.yes" in customer.choices


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_words_instead_of_a_topic_are_never_asked_about_again(stack: Stack, language: str) -> None:
    customer, _ = asked_which(stack, language)
    customer.say(HOPELESS[language])
    assert customer.asks == "solved"
    assert customer.answer()["passages"]


def test_none_of_the_topics_leads_to_a_person_with_the_problem_kept(stack: Stack) -> None:
    customer, _ = asked_which(stack, "es")
    customer.choose("clarify.none")
    assert (customer.asks, list(customer.choices)) == ("solved", ["solved.no"])
    customer.choose("solved.no")
    assert customer.asks == "email"


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_no_answer_a_person_is_offered_at_once(stack: Stack, language: str) -> None:
    assert search(stack, HOPELESS[language], language)["decision"] == "person"
    customer = at_the_problem(stack, language)
    customer.say(HOPELESS[language])
    answer = customer.answer()
    assert (answer["confident"], answer["decision"], answer["related"]) == (False, "person", [])
    assert (customer.asks, list(customer.choices)) == ("solved", ["solved.no"])
    customer.choose("solved.no")
    assert customer.asks == "email"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_stands_in_the_article(stack: Stack, language: str) -> None:
    shown = 0
    for each in questions(language)[:12]:
        for passage in search(stack, each["query"], language)["passages"]:
            page = httpx.get(f"{stack.url}/help/{language}/{passage['article_id']}", trust_env=False)
            assert page.status_code == 200
            article = plain(page.text)
            for line in passage["snippet"].removesuffix("…").split("\n"):
                said = re.sub(r"^(- |\d+\. )", "", line).replace(" | ", " ")
                assert " ".join(said.split()) in article, passage["url"]
            shown += len(passage["steps"])
            for step in passage["steps"]:
                assert passage["snippet"][: step["start"]].endswith(f"{step['number']}. ")
    assert shown, "no question was answered with steps"


def plain(html: str) -> str:
    """The words of a page, in order, one space between them."""
    without_inline = re.sub(r"</?(mark|code|strong|em|a)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", without_inline)).split())
