"""After the ticket, through the channel, with the real Rasa and the real actions: wishes for a ticket, and the rating."""

from __future__ import annotations

import pytest

from bot.catalog import load_catalog
from tests.bot.conftest import DialogueProcesses
from tests.support.dialogue import Dialogue

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

VERIFIED = {"verified": True, "email": "ana@example.com", "name": "Ana"}
PROBLEMS = {
    "es": "No puedo exportar el reporte de ventas, aparece el error 500",
    "en": "I cannot export the sales report, it shows error 500",
    "pt": "Não consigo exportar o relatório de vendas, aparece o erro 500",
}
PERSON = {"es": "hablar con una persona", "en": "talk to a person", "pt": "falar com uma pessoa"}


def comments(dialogue: DialogueProcesses) -> list[str]:
    return [each.body["request"]["comment"]["body"] for each in dialogue.api.calls if each.method == "PUT"]


def known(dialogue: DialogueProcesses, language: str = "es") -> Dialogue:
    return dialogue.conversation(language, language_chosen=language, customer=VERIFIED)


@pytest.mark.parametrize(
    ("language", "text", "title"),
    [
        ("es", "¿cómo va mi ticket 1024?", "Reportes"),
        ("en", "what is the status of ticket 1024?", "Reports"),
        ("pt", "como está o chamado 1024?", "Relatórios"),
    ],
)
def test_a_ticket_is_shown_once_the_address_is_confirmed(
    dialogue: DialogueProcesses, language: str, text: str, title: str
) -> None:
    dialogue.api.own_ticket(1024, title)
    talk = dialogue.conversation(language, language_chosen=language)
    assert talk.say(text).asks == "email"
    assert talk.say("ana@example.com").asks == "code"
    assert not [each for each in dialogue.api.calls if each.path.startswith("/api/v2")]
    talk.say("123456")
    assert title in talk.text
    assert talk.status == "completed"
    assert talk.slots["ticket_id"] == "1024"


@pytest.mark.parametrize(
    ("language", "text", "comment"),
    [
        ("es", "agrega al ticket 1024 que también pasa en Safari", "también pasa en Safari"),
        ("en", "add to ticket 1024 that it also happens in Safari", "it also happens in Safari"),
        ("pt", "adiciona ao chamado 1024 que também acontece no Safari", "também acontece no Safari"),
    ],
)
def test_a_comment_in_the_middle_of_a_form_is_added_and_the_form_goes_on(
    dialogue: DialogueProcesses, language: str, text: str, comment: str
) -> None:
    dialogue.api.own_ticket(1024, "Reportes")
    talk = known(dialogue, language)
    talk.press("scenario.incident").say(PROBLEMS[language]).say(PERSON[language])
    asked = talk.asks
    assert talk.state is not None
    assert talk.state["active_loop"] == "ticket_form"
    talk.say(text)
    assert comments(dialogue) == [comment]
    assert comment in talk.text
    assert (talk.asks, talk.state["active_loop"]) == (asked, "ticket_form")


def test_an_unverified_customer_in_the_form_confirms_once_and_sees_their_tickets_then(
    dialogue: DialogueProcesses,
) -> None:
    dialogue.api.own_ticket(1024, "Reportes")
    dialogue.api.own_ticket(1025, "Dominio")
    talk = dialogue.conversation("es", language_chosen="es")
    talk.press("scenario.incident").say(PROBLEMS["es"]).say(PERSON["es"])
    assert talk.asks == "email"
    assert talk.say("mis tickets").asks == "email"
    assert load_catalog().wording("es").text("messages.ticket_later") in talk.text
    assert "Reportes" not in talk.text
    assert talk.say("ana@example.com").asks == "code"
    asked = talk.say("123456").asks
    assert asked not in (None, "email", "code", "ticket")
    assert talk.say("mis tickets").asks == "ticket"
    talk.say("1025")
    assert "Dominio" in talk.text
    assert talk.state is not None
    assert (talk.asks, talk.state["active_loop"]) == (asked, "ticket_form")


def test_a_ticket_named_in_the_form_is_shown_after_the_one_confirmation_and_the_form_goes_on_where_it_was(
    dialogue: DialogueProcesses,
) -> None:
    dialogue.api.own_ticket(1025, "Dominio")
    talk = dialogue.conversation("es", language_chosen="es")
    talk.press("scenario.incident").say(PROBLEMS["es"]).say(PERSON["es"])
    assert talk.say("¿cómo va mi ticket 1025?").asks == "email"
    assert talk.say("ana@example.com").asks == "code"
    talk.say("123456")
    assert "Dominio" in talk.text
    assert talk.state is not None
    assert talk.state["active_loop"] == "ticket_form"
    assert talk.asks not in (None, "email", "code", "ticket")


def test_a_closed_ticket_is_followed_after_a_yes(dialogue: DialogueProcesses) -> None:
    dialogue.api.own_ticket(1024, "Reportes", "closed")
    talk = known(dialogue)
    assert talk.say("quiero reabrir el ticket 1024").asks == "confirm"
    assert talk.say("sí").asks == "comment"
    talk.say("desde ayer los reportes salen vacíos otra vez")
    request = dialogue.api.asked("/api/v2/requests")[-1].body["request"]
    assert request["via_followup_source_id"] == 1024
    assert "1124" in talk.text


def test_an_emergency_and_a_wish_for_a_person_are_heard_in_the_middle(dialogue: DialogueProcesses) -> None:
    dialogue.api.own_ticket(1024, "Reportes")
    dialogue.api.own_ticket(1025, "Dominio")
    talk = known(dialogue)
    assert talk.say("mis tickets").asks == "ticket"
    talk.say("quiero hablar con una persona")
    assert talk.state is not None
    assert talk.state["active_loop"] == "ticket_form"
    talk = known(dialogue)
    assert talk.say("agregar un comentario").asks == "ticket"
    assert talk.press("ticket.1025").asks == "comment"
    talk.say("cancelar")
    assert comments(dialogue) == []
    assert talk.status == "completed"


def test_a_new_language_and_a_new_beginning_are_heard_in_the_middle(dialogue: DialogueProcesses) -> None:
    dialogue.api.own_ticket(1024, "Reportes")
    dialogue.api.own_ticket(1025, "Dominio")
    talk = known(dialogue)
    talk.say("mis tickets")
    talk.say("can we do this in english?")
    assert (talk.asks, talk.facts["language"]) == ("ticket", "en")
    assert "These are your tickets" in talk.text
    assert talk.say("start over").asks in ("scenario", "language")


@pytest.mark.parametrize(("language", "bye"), [("es", "chao"), ("en", "bye"), ("pt", "tchau")])
def test_goodbye_after_an_answer_asks_for_a_rating_once(dialogue: DialogueProcesses, language: str, bye: str) -> None:
    talk = dialogue.conversation(language, language_chosen=language)
    talk.press("scenario.question").say(PROBLEMS[language])
    assert talk.asks == "solved"
    talk.say(bye)
    assert (talk.asks, talk.names) == ("rating", ["rating.good", "rating.bad", "rating.skip"])
    assert talk.press("rating.bad").asks == "rating"
    talk.say("El paso 2 no existe en mi panel")
    assert dialogue.api.ratings == [{"score": "bad"}, {"score": "bad", "comment": "El paso 2 no existe en mi panel"}]
    assert talk.asks is None
    assert talk.say(bye).asks is None
    assert len(dialogue.api.ratings) == 2


def test_a_new_problem_in_place_of_a_rating_is_looked_up(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es")
    talk.press("scenario.question").say(PROBLEMS["es"]).say("chao")
    assert talk.asks == "rating"
    talk.say("¿cómo cambio el logo de mi tienda en el panel?")
    assert talk.status == "completed"
    assert dialogue.api.ratings == []
    searched = [each.query["q"] for each in dialogue.api.asked("/help-center/search")]
    assert any("logo" in each for each in searched), talk.text
