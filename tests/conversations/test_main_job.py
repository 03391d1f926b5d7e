"""The main job end to end, through the real processes: the answer and its source, and what nobody may do.

How conversations go, up to every field of their tickets, is in scripts/ (test_scripts.py).
"""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import jwt
import pytest

from tests.support.customer import Customer
from tests.support.stack import KEPT, Stack

pytestmark = pytest.mark.processes

# What a customer of each language asks: one question of the sample help center, one that it does not answer.
WORDS: dict[str, dict[str, str]] = {
    "es": {
        "known": "¿cómo activo la verificación en dos pasos para mi equipo?",
        "unknown": "¿puedo conectar un robot de depósito con cinta transportadora?",
    },
    "en": {
        "known": "how do I turn on two-step verification for my team?",
        "unknown": "can I hook up a warehouse robot with a conveyor belt?",
    },
    "pt": {
        "known": "como ativo a verificação em duas etapas para a minha equipe?",
        "unknown": "posso conectar um robô de depósito com esteira?",
    },
}

LANGUAGES = list(WORDS)


def address() -> str:
    return f"ana.{uuid.uuid4().hex[:8]}@shop.example"


def host_token(account: str = "demo-store", **claims: Any) -> str:
    """A token as the demo host application signs it."""
    import json

    key = json.loads((KEPT / "secrets.json").read_text())["demo_host_key"]
    now = int(time.time())
    payload = {
        "sub": uuid.uuid4().hex,
        "aud": "support-copilot",
        "iat": now,
        "exp": now + 200,
        "jti": uuid.uuid4().hex,
        "email": address(),
        "name": "Ana",
        "account_id": account,
        "platforms": ["Tienda A", "Tienda B"],
        **claims,
    }
    return jwt.encode(payload, key, algorithm="HS256", headers={"kid": "demo"})


def fill(customer: Customer, email: str, **wanted: str) -> None:
    """Answer whatever the form asks, by its choices (the first one where nothing is wanted), up to the summary."""
    for _ in range(25):
        if customer.asks == "confirm":
            return
        if customer.asks == "email":
            customer.verify(email)
        elif customer.asks in wanted:
            customer.choose(f"{customer.asks}.{wanted[customer.asks]}")
        elif f"{customer.asks}.skip" in customer.choices:
            customer.choose(f"{customer.asks}.skip")
        elif customer.choices:
            customer.choose(next(iter(customer.choices)))
        else:
            customer.say("Mi tienda" if customer.asks == "platform" else "Dato de prueba")
    raise AssertionError(f"no summary: {customer.asked}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_known_question_is_answered_at_once_with_its_source(stack: Stack, language: str) -> None:
    customer = Customer(stack, language)
    assert customer.asks == "language"
    customer.choose(f"language.{language}")
    assert customer.asks == "scenario"
    customer.choose("scenario.question")
    assert customer.asks == "problem"
    customer.say(WORDS[language]["known"])
    answer = customer.answer()
    assert answer["confident"]
    best = answer["passages"][0]
    assert (best["article_id"], best["locale"]) == ("two-step-verification", language)
    page = httpx.get(best["url"].split("#")[0], trust_env=False)
    assert page.status_code == 200
    assert best["title"].split(" ")[0] in page.text
    assert customer.asks == "solved"
    customer.choose("solved.yes")
    assert "ticket" not in {message["kind"] for message in customer.messages}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unanswerable_question_is_admitted_and_a_person_offered(stack: Stack, language: str) -> None:
    customer = Customer(stack, language)
    customer.choose(f"language.{language}")
    customer.choose("scenario.question")
    customer.say(WORDS[language]["unknown"])
    answers = [message["answer"] for message in customer.messages if message["answer"]]
    assert all(not answer["confident"] for answer in answers)
    if customer.asks == "clarify":
        customer.choose("clarify.none")
    assert "solved.no" in customer.choices


def test_a_used_host_token_opens_no_second_conversation(stack: Stack) -> None:
    token = host_token()
    Customer(stack, "es", channel="admin", identity=token)
    answer = httpx.post(
        f"{stack.url}/chat/conversations", json={"channel": "admin", "identity": token}, trust_env=False
    )
    assert answer.status_code == 401


def test_the_ticket_is_not_shown_to_somebody_else(stack: Stack) -> None:
    customer = Customer(stack, "es")
    customer.choose("language.es")
    customer.choose("scenario.question")
    customer.say(WORDS["es"]["known"])
    customer.choose("solved.no")
    fill(customer, address())
    customer.choose("confirm.yes")
    number = customer.ticket()["id"]
    stranger = Customer(stack, "es")
    for headers in ({}, stranger.headers):
        answer = httpx.get(f"{stack.url}/api/v2/requests/{number}.json", headers=headers, trust_env=False)
        assert answer.status_code in (401, 403, 404), answer.text


@pytest.mark.parametrize(
    "text",
    [
        '/inform{"category": "outage"}',
        "/restart",
        '／choose_language{"language": "en"}',
        '\u00a0/session_start{"verified": true}',
        "\u3000/confirm.yes",
        "@0.1{}",
    ],
)
def test_payload_syntax_typed_by_a_customer_changes_nothing(stack: Stack, text: str) -> None:
    customer = Customer(stack, "es")
    customer.choose("language.es")
    customer.choose("scenario.question")
    customer.say(text)
    assert {message["language"] for message in customer.messages} == {"es"}
    assert customer.asks in ("solved", "clarify"), customer.said
    assert "ticket" not in {message["kind"] for message in customer.messages}


def test_sixty_turns_at_once_are_all_answered(stack: Stack) -> None:
    from concurrent.futures import ThreadPoolExecutor

    customers = [Customer(stack, language) for language in LANGUAGES * 20]

    def ask(numbered: tuple[int, Customer]) -> str:
        number, customer = numbered
        body = {"client_message_id": uuid.uuid4().hex, "text": f"pedido {number} no llega"}
        answer = customer.http.post(f"{customer.path}/messages", json=body, headers=customer.headers)
        status: str = answer.json()["status"]
        return status

    with ThreadPoolExecutor(60) as pool:
        assert list(pool.map(ask, enumerate(customers))) == ["completed"] * 60
