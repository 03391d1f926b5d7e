"""A service notice through the real processes: published, shown, followed by mail, ended."""

from __future__ import annotations

import json
import uuid

import pytest

from api.metrics.events import Event
from tests.support.customer import Customer
from tests.support.stack import Stack

pytestmark = pytest.mark.processes

TEXTS = (
    *("--title-es", "La sincronización con bodegas externas se detiene", "--text-es", "Nada se pierde."),
    *("--title-en", "The external warehouse sync stops", "--text-en", "Nothing is lost."),
    *("--title-pt", "A sincronização com depósitos externos está parando", "--text-pt", "Nada se perde."),
)
PROBLEM = {
    "es": "se detiene la sincronización con mi bodega externa y sale un error",
    "en": "the sync with my external warehouse stops with an error",
    "pt": "a sincronização com o meu depósito externo está parando com erro",
}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_a_known_problem_is_told_at_once_and_its_news_by_mail(stack: Stack, language: str) -> None:
    number = json.loads(stack.copilot("notices", "publish", *TEXTS, "--json"))["id"]
    email = f"ana.{uuid.uuid4().hex[:8]}@shop.example"
    try:
        customer = Customer(stack, language)
        customer.choose(f"language.{language}")
        customer.choose("scenario.incident")
        [shown] = customer.say(PROBLEM[language])
        assert (shown["kind"], customer.asks) == ("notice", "notice")
        customer.choose("notice.subscribe")
        customer.verify(email)
        assert email in customer.said
    finally:
        ended = stack.copilot("notices", "resolve", str(number), f"--text-{language}", "Ok 123.")
    assert "mails written: 1" in ended
    # The first mail was the code.
    [news, _] = stack.mails(email)
    assert "Ok 123." in news["text"]
    with stack.database.read() as session:
        events = [each for each in session.query(Event).filter(Event.conversation_id == customer.id)]
    told = [(each.type, each.data) for each in events if each.type.startswith("notice_")]
    assert told == [("notice_shown", {"notice_id": number}), ("notice_subscribed", {"notice_id": number})]
