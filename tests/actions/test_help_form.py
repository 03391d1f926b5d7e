"""The help form's way: language, scenario, problem, notice, answer, and what follows one that did not help."""

from __future__ import annotations

import pytest

from actions.help.actions import AfterHelp, ValidateHelpForm, ValidateNoticeForm
from actions.tickets.actions import ValidateTicketForm
from tests.actions.conftest import Customer, Outcome
from tests.support.fake_api import notice

INCIDENT = {
    "es": "no puedo exportar el reporte de ventas, sale un error",
    "en": "I cannot export the sales report, it shows an error",
    "pt": "não consigo exportar o relatório de vendas, aparece um erro",
}
QUESTION = {
    "es": "¿cómo cambio el color de los botones?",
    "en": "how do I change the colour of the buttons?",
    "pt": "como eu mudo a cor dos botões?",
}
# What only suggests that something fails.
HINTS = {
    "es": "no puedo exportar el reporte de ventas",
    "en": "I cannot export the sales report",
    "pt": "não consigo exportar o relatório de vendas",
}
LANGUAGES = ["es", "en", "pt"]


def turn(customer: Customer, text: str, intent: str = "describe_problem", **more: object) -> Outcome:
    return customer.run(ValidateHelpForm, text, intent, **more)  # type: ignore[arg-type]


def begun(customer: Customer, step: str, language: str = "es", **slots: object) -> Customer:
    """A customer who is asked `step`."""
    customer.slots.update(language=language, requested_slot=step)
    if step != "language":
        customer.slots["language_choice"] = language
    customer.slots.update(slots)
    return customer


def answered(customer: Customer, language: str = "es", scenario: str = "incident") -> Outcome:
    """A customer with an answer that asks whether it helped."""
    words = INCIDENT if scenario == "incident" else QUESTION
    return turn(begun(customer, "problem", language, scenario=scenario), words[language])


def test_it_begins_with_the_language_the_proposed_one_first(customer: Customer) -> None:
    customer.slots["language"] = "pt"
    done = turn(customer, "", "start")
    assert (done.asks, done.names) == ("language", ["language.pt", "language.es", "language.en"])
    assert done.slots["requested_slot"] == "language"


def test_a_language_that_is_known_is_not_asked(customer: Customer) -> None:
    customer.slots.update(language="en", language_choice="en")
    assert turn(customer, "", "start").asks == "scenario"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_begins_with_the_problem_confirms_what_was_understood_in_one_tap(customer: Customer, language: str) -> None:
    proposed = "en" if language != "en" else "es"
    done = turn(begun(customer, "language", proposed), HINTS[language])
    assert (done.asks, done.names[0]) == ("scenario", "scenario.incident")
    assert len(done.names) == 3
    assert customer.slots["language_choice"] == language
    assert customer.catalog.label("scenarios", "incident", language) in done.text
    done = turn(customer, "", "choose_scenario", entities={"scenario": "incident"}, choice="scenario.incident")
    assert done.asks == "solved"
    assert customer.api.asked("/help-center/search")[0].query["q"] == HINTS[language]


@pytest.mark.parametrize(("said", "intent"), [("sí", "affirm"), ("pasa con todos los reportes", "describe_problem")])
def test_yes_or_more_words_confirm_too_and_nothing_is_asked_again(customer: Customer, said: str, intent: str) -> None:
    turn(begun(customer, "language"), HINTS["es"])
    assert turn(customer, said, intent).asks == "solved"
    assert customer.slots["scenario"] == "incident"
    assert str(customer.slots["problem"]).startswith(HINTS["es"])


def test_a_wrong_guess_is_taken_back_and_the_three_are_offered(customer: Customer) -> None:
    turn(begun(customer, "language"), HINTS["es"])
    done = turn(customer, "no", "deny")
    assert (done.asks, done.names[0]) == ("scenario", "scenario.question")
    assert customer.slots["problem"] == HINTS["es"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_outright_needs_no_tap_and_is_said_back(customer: Customer, language: str) -> None:
    outright = {
        "es": "tengo una duda: ¿cómo exporto el reporte?",
        "en": "quick question, how do I export the report?",
        "pt": "uma dúvida: como exporto o relatório?",
    }
    done = turn(begun(customer, "language", language), outright[language])
    assert done.asks == "solved"
    assert customer.slots["scenario"] == "question"
    assert customer.catalog.label("scenarios", "question", language) in done.messages[0]["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_language_is_offered_once_and_nothing_is_lost(customer: Customer, language: str) -> None:
    spoken = "en" if language != "en" else "es"
    done = turn(begun(customer, "problem", language, scenario="question"), QUESTION[spoken])
    assert (done.asks, done.names) == ("language", [f"language.{spoken}", f"language.{language}"])
    done = turn(customer, "", "choose_language", entities={"language": spoken}, choice=f"language.{spoken}")
    assert done.asks == "solved"
    assert {each["metadata"]["language"] for each in done.messages} == {spoken}
    assert customer.slots["problem"] == QUESTION[spoken]
    customer.api.topics = ["Buttons"]
    turn(customer, QUESTION[language])
    assert customer.slots["requested_slot"] == "solved"


def test_a_language_that_we_do_not_speak_is_said_to_be_one(customer: Customer) -> None:
    done = turn(
        begun(customer, "problem", "en", scenario="question"), "bonjour, je ne peux pas exporter le rapport des ventes"
    )
    assert (done.asks, len(done.names)) == ("language", 3)


@pytest.mark.parametrize(
    ("language", "text"), [("es", "no funciona"), ("en", "it doesn't work"), ("pt", "não funciona")]
)
def test_a_problem_that_says_nothing_is_asked_about_once(customer: Customer, language: str, text: str) -> None:
    done = turn(begun(customer, "problem", language, scenario="incident"), text)
    assert (done.asks, done.names) == ("problem", ["problem.person"])
    assert turn(customer, INCIDENT[language]).asks == "solved"
    assert customer.slots["problem"] == INCIDENT[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_incident_that_was_not_solved_is_asked_for_its_message_and_since_when(
    customer: Customer, language: str
) -> None:
    answered(customer, language)
    done = turn(customer, "no", "deny")
    assert (done.asks, done.names) == ("clarify", ["clarify.none", "clarify.person"])
    customer.api.searches = None
    customer.api.topics = []
    more = {
        "es": "dice ERR_EXPORT_9, desde ayer",
        "en": "it says ERR_EXPORT_9, since yesterday",
        "pt": "diz ERR_EXPORT_9, desde ontem",
    }
    done = turn(customer, more[language])
    assert more[language] in customer.slots["problem"]
    assert customer.slots["evidence_offered"] == "yes"
    # The same article again is no new answer: a person is next.
    assert (done.slots["settled"], done.slots["requested_slot"]) == ("person", None)


def test_what_is_told_instead_of_a_message_is_kept(customer: Customer) -> None:
    answered(customer, "en")
    turn(customer, "no", "deny")
    turn(customer, "no error just the spinner", "deny")
    assert customer.slots["problem"].endswith("no error just the spinner")


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "quiero pedirles algo"), ("en", "I wanted to ask you something"), ("pt", "quero pedir uma coisa a vocês")],
)
def test_a_vague_beginning_is_a_beginning(customer: Customer, language: str, text: str) -> None:
    done = turn(begun(customer, "language", "en" if language != "en" else "es"), text, "out_of_scope")
    assert done.asks in ("problem", "scenario")


def test_of_message_and_since_when_only_what_was_not_said_is_asked(customer: Customer) -> None:
    both = "no exporta el reporte, dice «ERR_EXPORT_9» desde ayer"
    turn(begun(customer, "problem", scenario="incident"), both)
    assert turn(customer, "no", "deny").asks == "problem"


def test_who_knows_no_message_goes_on_to_a_person(customer: Customer) -> None:
    answered(customer)
    turn(customer, "no", "deny")
    assert turn(customer, "no lo sé", "deny").slots["settled"] == "person"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("no, that did not help at all", "deny"), ("hmm no", "describe_problem"), (QUESTION["en"], "describe_problem")],
)
def test_what_tells_nothing_new_is_no_other_problem(customer: Customer, text: str, intent: str) -> None:
    answered(customer, "en", "question")
    assert turn(customer, text, intent).asks == "problem"
    assert customer.slots["problem"] == QUESTION["en"]
    assert len(customer.api.asked("/help-center/search")) == 1


def test_a_refusal_that_tells_more_is_looked_up(customer: Customer) -> None:
    answered(customer)
    turn(customer, "no, sigue igual y dice Error 503", "deny")
    assert "Error 503" in customer.slots["problem"]


@pytest.mark.parametrize(("said", "confidence"), [("ya probé todo eso de la lista de pasos", 0.9), ("era eso", 0.5)])
def test_a_case_is_not_closed_by_what_only_looks_like_a_yes(customer: Customer, said: str, confidence: float) -> None:
    answered(customer)
    assert turn(customer, said, "affirm", confidence=confidence).asks == "solved"


def test_the_same_question_is_put_three_times_at_most(customer: Customer) -> None:
    answered(customer)
    asked = [turn(customer, "quizás", "affirm", confidence=0.5).slots for _ in range(3)]
    assert [each["requested_slot"] for each in asked] == ["solved", "solved", None]
    assert customer.slots["settled"] == "person"


@pytest.mark.parametrize("text", ["quería preguntar algo", "tengo una duda sobre algo", "algo no anda"])
def test_a_first_message_without_substance_is_asked_what_it_is_about(customer: Customer, text: str) -> None:
    assert turn(begun(customer, "scenario"), text).asks == "problem"
    assert customer.api.asked("/help-center/search") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_that_was_not_solved_is_put_in_other_words(customer: Customer, language: str) -> None:
    answered(customer, language, "question")
    done = turn(customer, "no", "deny")
    assert (done.asks, done.names) == ("problem", ["problem.person"])
    customer.api.topics = ["Buttons"]
    assert (
        turn(
            customer,
            {
                "es": "el fondo del botón comprar",
                "en": "the background of the buy button",
                "pt": "o fundo do botão comprar",
            }[language],
        ).asks
        == "solved"
    )
    assert customer.slots["attempts"] == "2"
    done = turn(customer, "no", "deny")
    assert (done.slots["settled"], done.slots["requested_slot"]) == ("person", None)


def test_three_answers_are_the_most(customer: Customer) -> None:
    answered(customer, scenario="question")
    for number in (2, 3):
        customer.api.topics = [f"Topic {number}"]
        assert turn(customer, f"y el botón número {number} de la página").asks == "solved"
    assert turn(customer, "tampoco es eso, es el de arriba a la derecha").slots["settled"] == "person"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_the_vendor_can_set_up_is_asked_of_the_vendor_with_what_it_needs(
    customer: Customer, language: str
) -> None:
    customer.api.confident = False
    done = turn(begun(customer, "problem", language, scenario="configuration"), QUESTION[language])
    assert (done.asks, done.names) == ("solved", ["solved.yes", "solved.no"])
    assert done.messages[-1]["metadata"]["choices"][1]["label"] == customer.catalog.wording(language).text(
        "messages.choice_ask_vendor"
    )
    assert turn(customer, "", "deny", choice="solved.no").asks == "clarify"
    wish = {"es": "que sea verde, para el lunes", "en": "green, by Monday", "pt": "que seja verde, até segunda"}[
        language
    ]
    assert turn(customer, wish).slots["settled"] == "person"
    assert customer.slots["problem"] == f"{QUESTION[language]}\n{wish}"


def test_what_the_customer_can_set_up_alone_is_said_to_be_that(customer: Customer) -> None:
    done = answered(customer, scenario="configuration")
    assert done.messages[0]["text"] == customer.catalog.wording("es").text("messages.answer_alone")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "¿Cómo cambio el logo de la tienda? ¿Y cómo exporto los pedidos del mes?"),
        ("en", "How do I change the logo of the store? And how do I export last month's orders?"),
        ("pt", "Como eu troco o logo da loja? E como exporto os pedidos do mês?"),
    ],
)
def test_several_questions_are_taken_one_by_one(customer: Customer, language: str, text: str) -> None:
    done = turn(begun(customer, "problem", language, scenario="question"), text)
    assert done.asks == "solved"
    first = customer.api.asked("/help-center/search")[0].query["q"]
    assert "logo" in first
    assert len(first) < len(text) / 1.5
    done = turn(customer, "", "affirm", choice="solved.yes")
    assert done.asks == "solved"
    second = customer.api.asked("/help-center/search")[-1].query["q"]
    assert "logo" not in second
    done = turn(customer, "", "affirm", choice="solved.yes")
    assert (done.slots["settled"], done.slots["requested_slot"]) == ("yes", None)


def noticed(customer: Customer, language: str = "es") -> Outcome:
    customer.api.notices = [notice(7, about="export")]
    return turn(begun(customer, "problem", language, scenario="incident"), INCIDENT[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_that_matches_an_incident_comes_before_any_search(customer: Customer, language: str) -> None:
    done = noticed(customer, language)
    assert (done.asks, done.names) == ("notice", ["notice.subscribe", "notice.continue"])
    shown = done.messages[-1]["metadata"]
    assert (shown["kind"], shown["notice"]) == ("notice", 7)
    assert customer.api.asked("/help-center/search") == []
    assert turn(customer, "", "deny", choice="notice.continue").asks == "solved"


def test_a_question_is_told_of_no_notice(customer: Customer) -> None:
    customer.api.notices = [notice(7, about="export")]
    assert turn(begun(customer, "problem", scenario="question"), INCIDENT["es"]).asks == "solved"


def test_a_verified_customer_is_subscribed_at_once(customer: Customer) -> None:
    customer.context = {"customer": {"verified": True, "email": "ana@example.com"}}
    customer.api.verified = True
    noticed(customer)
    turn(customer, "", "affirm", choice="notice.subscribe")
    assert customer.slots["settled"] == "subscribed"
    done = customer.run(AfterHelp, "", "affirm")
    assert "ana@example.com" in done.text
    assert not customer.slots["problem"]


def test_an_anonymous_one_gives_the_address_first(customer: Customer) -> None:
    noticed(customer)
    turn(customer, "", "affirm", choice="notice.subscribe")
    done = customer.run(AfterHelp, "", "affirm")
    assert [(each["event"], each["name"]) for each in done.events] == [("followup", "notice_form")]


def test_who_gives_no_address_is_helped_all_the_same(customer: Customer) -> None:
    noticed(customer)
    turn(customer, "", "affirm", choice="notice.subscribe")
    customer.slots["contact"] = "skipped"
    done = customer.run(AfterHelp, "cancelar", "cancel")
    assert [each["name"] for each in done.events] == ["help_form"]
    customer.slots["requested_slot"] = None
    assert turn(customer, "cancelar", "cancel").asks == "solved"


@pytest.mark.parametrize(("intent", "settled"), [("talk_to_person", "person"), ("financial_matter", "person")])
def test_a_person_is_a_word_away_while_the_address_for_a_notice_is_asked(
    customer: Customer, intent: str, settled: str
) -> None:
    noticed(customer)
    turn(customer, "", "affirm", choice="notice.subscribe")
    assert customer.run(ValidateNoticeForm, "", "affirm").asks == "email"
    done = customer.run(ValidateNoticeForm, "quiero hablar con alguien", intent)
    assert (done.slots["settled"], done.slots["requested_slot"], done.slots["form_id"]) == (settled, None, None)
    assert [each["name"] for each in customer.run(AfterHelp, "", intent).events] == ["ticket_form"]


def test_back_goes_to_the_problem_the_scenario_and_the_language(customer: Customer) -> None:
    answered(customer)
    assert [turn(customer, "atrás", "go_back").asks for _ in range(4)] == [
        "problem",
        "scenario",
        "language",
        "language",
    ]


def test_a_problem_that_is_given_up_is_forgotten_and_another_may_be_told(customer: Customer) -> None:
    answered(customer)
    assert turn(customer, "cancelar", "cancel").asks == "problem"
    assert customer.slots["problem"] is None


@pytest.mark.parametrize("step", ["language", "scenario", "problem", "clarify", "solved"])
def test_a_text_without_a_word_is_not_understood_and_the_question_asked_again(customer: Customer, step: str) -> None:
    answered(customer)
    customer.slots["requested_slot"] = step
    assert turn(customer, "😡😡", "inform").asks is not None
    assert turn(customer, "?!", "inform").messages


@pytest.mark.parametrize("intent", ["thank", "greet", "talk_to_person", "report_outage", "check_ticket_status"])
def test_what_is_no_answer_is_left_to_the_rules(customer: Customer, intent: str) -> None:
    answered(customer)
    done = turn(customer, "algo", intent)
    assert (done.slots, done.messages) == ({}, [])


@pytest.mark.parametrize("denied", [None, "yes"])
def test_an_emergency_that_was_denied_is_not_asked_about_again(customer: Customer, denied: str | None) -> None:
    customer.slots.update(problem="no carga nada, está todo caído", scenario="incident", no_emergency=denied)
    done = customer.run(ValidateTicketForm, "quiero una persona", "talk_to_person")
    assert done.asks == ("email" if denied else "confirm")


# A thing that is only named

NAMED = {"es": "registro de actividad", "en": "activity log", "pt": "registro de atividades"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thing_that_is_only_named_is_looked_up_and_what_is_needed_asked_with_the_answer(
    customer: Customer, language: str
) -> None:
    done = turn(begun(customer, "language", language), NAMED[language])
    assert done.asks == "solved"
    scenarios = [f"scenario.{each.id}" for each in customer.catalog.scenarios]
    assert done.names == ["solved.yes", *scenarios, "solved.no"]
    assert customer.catalog.wording(language).text("messages.ask_solved_or_what") in done.text
    done = turn(customer, "", "choose_scenario", entities={"scenario": "incident"}, choice="scenario.incident")
    assert (customer.slots["scenario"], done.asks) == ("incident", "clarify")
    assert len(customer.api.asked("/help-center/search")) == 1


def test_what_is_needed_of_it_is_asked_by_itself_where_the_answer_is_only_refused(customer: Customer) -> None:
    turn(begun(customer, "language"), NAMED["es"])
    assert turn(customer, "no", "deny").asks == "scenario"
    done = turn(customer, "", "choose_scenario", entities={"scenario": "incident"}, choice="scenario.incident")
    assert done.asks == "clarify"


def test_a_word_that_names_nothing_is_not_looked_up(customer: Customer) -> None:
    assert turn(begun(customer, "scenario", "en"), "whatever").asks == "scenario"


def test_more_about_a_thing_that_was_only_named_tells_what_is_needed(customer: Customer) -> None:
    turn(begun(customer, "language"), NAMED["es"])
    turn(customer, "da error al abrirlo desde ayer")
    assert customer.slots["scenario"] == "incident"


# Money and contracts, and yes with a question

MATTER = {"es": "quiero otra cuenta para mayoreo", "en": "my invoice is wrong", "pt": "mais uma conta so pra atacado"}
AND_ALSO = {
    "es": ("sí, gracias, y además ¿cómo agrego un usuario?", "¿cómo agrego un usuario?"),
    "en": ("yes, thanks. and also how do i change the logo?", "how do i change the logo?"),
    "pt": ("sim, e também como crio um cupom?", "como crio um cupom?"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_matter_of_money_or_contracts_that_was_heard_as_a_problem_goes_to_its_team(
    customer: Customer, language: str
) -> None:
    turn(begun(customer, "language", language), MATTER[language])
    assert (customer.slots["settled"], customer.api.asked("/help-center/search")) == ("person", [])
    customer.run(ValidateTicketForm, MATTER[language])
    assert customer.slots["support_type"] in ("financial", "commercial")
    assert customer.slots.get("category") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_together_with_a_yes_comes_next(customer: Customer, language: str) -> None:
    said, asked = AND_ALSO[language]
    answered(customer, language, "question")
    done = turn(customer, said, "describe_problem")
    assert asked in done.text
    assert customer.slots["problem"] == asked


def test_yes_and_thanks_is_a_yes(customer: Customer) -> None:
    turn(begun(customer, "language"), HINTS["es"])
    assert turn(customer, "sí gracias", "thank").asks == "solved"
    assert customer.slots["scenario"] == "incident"


@pytest.mark.parametrize(
    ("language", "text", "intent"),
    [
        ("es", "HOLA NO ME ANDA NADA DE LOS REPORTES!!!", "greet"),
        ("en", "hi the reports are not working", "greet"),
        ("pt", "que droga, os relatórios não estão funcionando", "insult"),
    ],
)
def test_a_problem_inside_of_a_greeting_or_a_curse_is_heard(
    customer: Customer, language: str, text: str, intent: str
) -> None:
    done = turn(begun(customer, "language", language), text, intent)
    assert (customer.slots["problem"], customer.slots["language_choice"]) == (text, language)
    assert customer.catalog.wording(language).text(
        f"messages.{'insult' if intent == 'insult' else 'greet_back'}"
    ) in str(done.text)


def test_a_mere_greeting_is_one(customer: Customer) -> None:
    assert turn(begun(customer, "language"), "hola buenas tardes", "greet").messages == []
