"""A customer who comes back after a silence, through the real dialogue: told what was gathered, asked nothing twice."""

from __future__ import annotations

import pytest

from bot.catalog import load_catalog
from tests.bot.conftest import DialogueProcesses
from tests.support.dialogue import Dialogue

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

CATALOG = load_catalog()
PROBLEMS = {
    "es": "el reporte de ventas llega vacío desde ayer",
    "en": "the sales report arrives empty since yesterday",
    "pt": "o relatório de vendas chega vazio desde ontem",
}


def message(language: str, key: str, **values: object) -> str:
    return CATALOG.wording(language).text(f"messages.{key}", **values)


def comes_back(talk: Dialogue) -> Dialogue:
    talk.context["returned"] = True
    return talk


@pytest.mark.parametrize("language", PROBLEMS)
def test_who_comes_back_is_told_their_problem_and_the_question_goes_on(
    dialogue: DialogueProcesses, language: str
) -> None:
    talk = dialogue.conversation(language, language_chosen=language)
    talk.press("scenario.incident").say(PROBLEMS[language])
    asked = talk.asks
    comes_back(talk).say({"es": "hola", "en": "hello", "pt": "olá"}[language])
    first = talk.messages[0]["text"].split("\n")
    assert first[0] == message(language, "recap_intro")
    assert first[1] == message(language, "recap_matter", text=PROBLEMS[language])
    assert talk.asks == asked
    assert talk.slots["problem"] == PROBLEMS[language]
    talk.context["returned"] = False
    talk.say({"es": "gracias", "en": "thanks", "pt": "obrigado"}[language])
    assert message(language, "recap_intro") not in talk.text


@pytest.mark.parametrize("language", PROBLEMS)
def test_the_half_filled_form_goes_on_with_the_answer_that_ends_the_silence(
    dialogue: DialogueProcesses, language: str
) -> None:
    known = {"verified": True, "email": "ana@example.com", "name": None}
    talk = dialogue.conversation(language, language_chosen=language, customer=known)
    talk.press("scenario.incident").say(PROBLEMS[language])
    for _ in range(10):
        if talk.asks == "impact":
            break
        person = [name for name in talk.names if name in ("solved.no", "clarify.person")]
        if talk.names:
            talk.press(person[0] if person else talk.names[0])
        else:
            talk.say("Lumbra Store")
    comes_back(talk).press("impact.high")
    assert talk.text.startswith(message(language, "recap_intro"))
    assert message(language, "recap_asked", field=CATALOG.label("fields", "impact", language)) in talk.text
    assert talk.asks not in (None, "impact")
    assert talk.slots["impact"] == "high"
