"""The ticket form through the real dialogue: what is typed instead of an answer, in three languages."""

from __future__ import annotations

import pytest

from tests.bot.conftest import DialogueProcesses
from tests.support.dialogue import Dialogue

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

PROBLEMS = {
    "es": "El reporte de ventas sale vacío desde ayer, dice «error 500»",
    "en": "The sales report comes out empty since yesterday, it says “error 500”",
    "pt": "O relatório de vendas sai vazio desde ontem, diz “erro 500”",
}


def in_the_form(dialogue: DialogueProcesses, language: str = "es") -> Dialogue:
    """A verified customer's incident in the ticket form: the platform is asked."""
    talk = dialogue.conversation(
        language, language_chosen=language, customer={"verified": True, "email": "ana@example.com"}
    )
    talk.press("scenario.incident").say(PROBLEMS[language]).press("solved.no")
    if talk.asks != "platform":
        talk.press(f"{talk.asks}.person")
    assert talk.asks == "platform", talk.text
    return talk


@pytest.mark.parametrize(
    ("language", "question", "change", "back"),
    [
        ("es", "cómo saco un har", "cambia el título a Reporte sin datos", "atrás"),
        ("en", "what is a har file", "change the title to Empty report", "go back"),
        ("pt", "o que é um arquivo har?", "muda o título para Relatório sem dados", "voltar"),
    ],
)
def test_a_question_a_change_and_a_way_back_are_typed_in_the_middle(
    dialogue: DialogueProcesses, language: str, question: str, change: str, back: str
) -> None:
    talk = in_the_form(dialogue, language)
    talk.say(question)
    assert (talk.messages[0]["kind"], talk.asks) == ("answer", "platform")
    assert talk.say(change).asks == "platform"
    assert talk.slots["title"] in change
    talk.say("Lumbra Admin")
    assert talk.asks == "users_affected"
    assert talk.say(back).asks == "platform"
    assert talk.say(back).asks == "solved"


@pytest.mark.parametrize(
    ("language", "report", "yes"),
    [
        ("es", "se cayó la plataforma, no carga nada", "sí no carga nada para nadie"),
        ("en", "the whole platform is down", "yes, nobody can get in at all"),
        ("pt", "a plataforma caiu, nada carrega", "sim, ninguém consegue entrar"),
    ],
)
def test_an_emergency_is_confirmed_in_the_customers_own_words(
    dialogue: DialogueProcesses, language: str, report: str, yes: str
) -> None:
    talk = dialogue.conversation(language, language_chosen=language).say(report)
    assert talk.asks == "confirm"
    talk.say(yes)
    assert talk.messages[0]["kind"] == "ticket"
    assert (talk.asks, talk.names) == ("email", ["email.skip"])
    talk.press("email.skip")
    assert len(dialogue.api.tickets) == 1


@pytest.mark.parametrize(
    ("language", "report", "no"),
    [
        ("es", "se cayó la plataforma, no carga nada", "solo a mí me pasa"),
        ("en", "the whole platform is down", "the admin works but the store doesn't"),
        ("pt", "a plataforma caiu, nada carrega", "não, só está lento"),
    ],
)
def test_what_is_no_emergency_goes_on_with_everything_that_was_told(
    dialogue: DialogueProcesses, language: str, report: str, no: str
) -> None:
    talk = dialogue.conversation(language, language_chosen=language).say(report)
    talk.say(no)
    assert talk.status == "completed"
    assert talk.asks == "solved"
    assert dialogue.api.tickets == {}
    assert report in talk.slots["problem"]
    assert no in talk.slots["problem"]


@pytest.mark.parametrize(
    ("language", "text", "cancel"),
    [
        ("es", "quiero hablar con una persona", "cancelar"),
        ("en", "I want to talk to a person", "cancel"),
        ("pt", "quero falar com uma pessoa", "cancelar"),
    ],
)
def test_a_person_at_once_is_told_what_follows_and_asked_what_it_is_about(
    dialogue: DialogueProcesses, language: str, text: str, cancel: str
) -> None:
    talk = dialogue.conversation(language).say(text)
    assert talk.asks == "description"
    assert "20" in talk.text
    assert talk.say(PROBLEMS[language]).asks == "email"
    talk.say(text)
    assert talk.asks == "email"
    assert "20" in talk.text
    assert talk.say(cancel).choices or talk.asks is not None
    assert dialogue.api.tickets == {}


@pytest.mark.parametrize(
    ("language", "left"),
    [("es", "ay no, mejor olvídalo"), ("en", "never mind"), ("pt", "ah deixa pra lá, obrigado")],
)
def test_a_form_is_left_in_everyday_words_where_own_words_are_asked(
    dialogue: DialogueProcesses, language: str, left: str
) -> None:
    talk = in_the_form(dialogue, language).say("Lumbra Admin")
    assert talk.asks == "users_affected"
    assert talk.say(left).asks == "problem"
    assert left not in talk.slots.values()
