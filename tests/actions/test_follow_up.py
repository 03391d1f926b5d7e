"""A wish for a ticket that is there already, action by action."""

from __future__ import annotations

import pytest

from actions.follow_up.actions import BeginFollowUp, EndFollowUp, ValidateFollowForm
from api.client import CopilotUnavailable
from tests.actions.conftest import Customer, Outcome

VERIFIED = {"customer": {"verified": True}}


@pytest.fixture
def known(customer: Customer) -> Customer:
    """A customer whose address is confirmed."""
    customer.context.update(VERIFIED)
    customer.loop = None
    return customer


def wants(customer: Customer, text: str, intent: str = "check_ticket_status", **entities: str) -> Outcome:
    """Begins, and where something has to be asked opens the form as Rasa does."""
    done = customer.run(BeginFollowUp, text, intent, entities)
    if not any(each["event"] == "followup" for each in done.events):
        return done
    asked = customer.run(ValidateFollowForm, text, intent, entities)
    return Outcome({**done.slots, **asked.slots}, asked.events, [*done.messages, *asked.messages])


def says(customer: Customer, text: str, intent: str = "describe_problem", **entities: str) -> Outcome:
    return customer.run(ValidateFollowForm, text, intent, entities)


def picks(customer: Customer, name: str) -> Outcome:
    asks, _, value = name.partition(".")
    intents = {"confirm.yes": "affirm", "confirm.no": "deny", "ticket.none": "deny", "comment.skip": "skip"}
    entities = {} if name in intents else {asks: value}
    return customer.run(ValidateFollowForm, value, intents.get(name, "inform"), entities, choice=name)


def puts(customer: Customer) -> list[dict[str, object]]:
    return [each.body["request"] for each in customer.api.calls if each.method == "PUT"]


def goes_to(outcome: Outcome) -> str | None:
    return next((each["name"] for each in outcome.events if each["event"] == "followup"), None)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "¿cómo va mi ticket 1024?", "Abierto"),
        ("en", "how is my ticket 1024 going?", "Open"),
        ("pt", "como está meu chamado 1024?", "Aberto"),
    ],
)
def test_a_verified_customer_hears_at_once_where_a_ticket_stands(
    known: Customer, language: str, text: str, expected: str
) -> None:
    known.slots["language"] = language
    known.api.own_ticket(1024, "Reportes vacíos")
    known.api.replies = ["Lo estamos revisando."]
    done = wants(known, text, ticket_id="1024")
    [message] = done.messages
    assert (message["metadata"]["kind"], message["metadata"]["ticket"]["id"]) == ("ticket", 1024)
    for part in ("1024", "Reportes vacíos", expected, "Lo estamos revisando."):
        assert part in message["text"]
    assert done.slots["ticket_id"] == "1024"
    assert goes_to(done) is None


def test_an_unverified_customer_sees_nothing_before_the_code_and_is_not_asked_again(customer: Customer) -> None:
    customer.api.own_ticket(1024, "Reportes vacíos")
    customer.slots["ticket_id"] = "1024"
    assert wants(customer, "agrega al 1024 que también pasa en Safari", "add_comment").asks == "email"
    assert says(customer, "es ana@example.com").asks == "code"
    assert says(customer, "111111").asks == "code"
    assert not [each for each in customer.api.calls if each.path.startswith("/api/v2")]
    done = says(customer, "mi código es 123 456")
    assert puts(customer) == [{"comment": {"body": "también pasa en Safari"}}]
    assert "«también pasa en Safari»" in done.text
    assert done.slots["requested_slot"] is None


def test_another_customers_ticket_and_one_that_is_not_there_get_the_same_answer(known: Customer) -> None:
    missing = wants(known, "ticket 1025", ticket_id="1025")
    assert "1025" in missing.text
    assert "/portal" in missing.text
    assert goes_to(missing) is None
    known.api.own_ticket(1024, "Reportes vacíos")
    again = wants(known, "ticket 1026", ticket_id="1026")
    assert again.text.replace("1026", "1025").startswith(missing.messages[0]["text"])
    assert (again.asks, again.names) == ("ticket", ["ticket.1024", "ticket.none"]), "something is left to do"


def test_of_several_tickets_one_is_picked_by_choice_or_number(known: Customer) -> None:
    for number in range(1001, 1012):
        known.api.own_ticket(number, f"Caso {number}")
    asked = wants(known, "¿cómo va mi ticket?")
    assert asked.names == [*(f"ticket.{number}" for number in range(1011, 1003, -1)), "ticket.none"]
    assert "3" in asked.text
    assert "Caso 1005" in picks(known, "ticket.1005").text
    wants(known, "mis tickets")
    assert "Caso 1002" in says(known, "el 1002").text
    wants(known, "mis tickets")
    assert says(known, "no sé").asks == "ticket"
    left = picks(known, "ticket.none")
    assert left.slots["requested_slot"] is None
    assert "mis tickets" in customer_end(known).text


def customer_end(customer: Customer) -> Outcome:
    return customer.run(EndFollowUp, "no", "deny")


def test_a_list_names_every_ticket_with_its_status_and_open_ones_only_where_asked(known: Customer) -> None:
    known.api.own_ticket(1001, "Reportes", "solved")
    known.api.own_ticket(1002, "Dominio", "pending")
    known.api.own_ticket(1003, "Banner", "open")
    text = wants(known, "mis tickets").text
    assert all(part in text for part in ("1001", "Resuelto", "1002", "Dominio", "1003", "Abierto"))
    only_open = wants(known, "mis tickets abiertos")
    assert only_open.names == ["ticket.1003", "ticket.1002", "ticket.none"]


def test_the_only_ticket_is_shown_and_none_is_said(known: Customer) -> None:
    assert "Todavía no tienes tickets" in wants(known, "mis tickets").text
    known.api.own_ticket(1001, "Reportes")
    assert "Reportes" in wants(known, "mis tickets").text


def test_a_comment_is_asked_for_where_it_was_not_said(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos")
    asked = wants(known, "agregar un comentario al ticket 1024", "add_comment", ticket_id="1024")
    assert (asked.asks, asked.names) == ("comment", [])
    assert says(known, "🙂").asks == "comment"
    done = says(known, "También pasa en Safari")
    assert puts(known) == [{"comment": {"body": "También pasa en Safari"}}]
    assert done.messages[0]["metadata"]["kind"] == "ticket"


def test_files_come_with_the_comment_and_may_be_all_of_it(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos")
    known.context["files"] = ["f1"]
    assert wants(known, "adjunta esta captura al 1024", "add_comment").slots["follow"] is None
    [sent] = puts(known)
    assert sent["comment"]["uploads"] == ["f1"]  # type: ignore[index]
    known.context["files"] = []
    known.api.own_ticket(1025, "Banner")
    known.slots["ticket_id"] = None
    assert wants(known, "agregar un comentario", "add_comment").asks == "ticket"
    known.context["files"] = ["f2"]
    picks(known, "ticket.1025")
    assert puts(known)[-1]["comment"]["uploads"] == ["f2"]  # type: ignore[index]


def test_a_solved_ticket_is_reopened_with_a_reason_or_without(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos", "solved")
    asked = wants(known, "reabrir el ticket 1024", "reopen_ticket", ticket_id="1024")
    assert (asked.asks, asked.names) == ("comment", ["comment.skip"])
    done = picks(known, "comment.skip")
    assert puts(known) == [{"solved": False}]
    assert "reabrí" in done.text
    known.api.own_ticket(1024, "Reportes vacíos", "solved")
    wants(known, "reabre el 1024 porque volvió a fallar", "reopen_ticket")
    assert puts(known)[-1] == {"solved": False, "comment": {"body": "volvió a fallar"}}


def test_only_what_is_solved_is_offered_for_reopening(known: Customer) -> None:
    known.api.own_ticket(1001, "Reportes", "open")
    assert "Ninguno de tus tickets está resuelto" in wants(known, "reabrir mi ticket", "reopen_ticket").text
    known.api.own_ticket(1002, "Dominio", "solved")
    known.api.own_ticket(1003, "Banner", "closed")
    assert wants(known, "reabrir mi ticket", "reopen_ticket").names == ["ticket.1003", "ticket.1002", "ticket.none"]


def test_an_open_ticket_is_not_reopened_but_takes_what_was_said(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos", "open")
    done = wants(known, "reabre el 1024 porque volvió a fallar", "reopen_ticket")
    assert "no hace falta reabrirlo" in done.text
    assert puts(known) == [{"comment": {"body": "volvió a fallar"}}]


@pytest.mark.parametrize(
    ("intent", "text"), [("reopen_ticket", "reabre el 1024"), ("add_comment", "comentar el ticket 1024")]
)
def test_a_closed_ticket_is_followed_by_one_that_names_it(known: Customer, intent: str, text: str) -> None:
    known.api.own_ticket(1024, "Reportes vacíos", "closed")
    asked = wants(known, text, intent, ticket_id="1024")
    assert (asked.asks, asked.names) == ("confirm", ["confirm.yes", "confirm.no"])
    assert picks(known, "confirm.yes").asks == "comment"
    done = says(known, "Desde ayer otra vez vacíos")
    request = known.api.asked("/api/v2/requests")[-1].body["request"]
    assert request["via_followup_source_id"] == 1024
    assert request["comment"]["body"].startswith("Desde ayer otra vez vacíos")
    assert "1024" in request["subject"]
    assert "n.º 1124" in done.text
    assert done.slots["ticket_id"] == "1124"


def test_no_follow_up_is_opened_that_was_not_agreed_to(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos", "closed")
    wants(known, "reabre el 1024 porque volvió a fallar", "reopen_ticket")
    assert picks(known, "confirm.no").slots["requested_slot"] is None
    assert known.api.asked("/api/v2/requests") == []
    wants(known, "reabre el 1024", "reopen_ticket")
    assert "1124" in says(known, "otra vez salen vacíos los reportes").text, "why is as good as a yes"


@pytest.mark.parametrize("step", ["email", "code", "ticket"])
@pytest.mark.parametrize(
    ("text", "intent", "goal"),
    [
        ("no carga nada", "report_outage", "ticket_form"),
        ("quiero hablar con una persona", "talk_to_person", "ticket_form"),
        ("no puedo exportar el reporte de ventas", "describe_problem", "help_form"),
        ("cancelar", "cancel", None),
    ],
)
def test_whoever_wants_something_else_gets_it_at_every_step(
    customer: Customer, step: str, text: str, intent: str, goal: str | None
) -> None:
    for number in (1001, 1002):
        customer.api.own_ticket(number, "Reportes")
    customer.context["customer"] = {"verified": step == "ticket"}
    customer.loop = None
    wants(customer, "¿cómo va mi ticket?")
    if step == "code":
        says(customer, "ana@example.com")
    assert customer.slots["requested_slot"] == step
    done = says(customer, text, intent)
    assert done.slots["requested_slot"] is None
    ended = customer.run(EndFollowUp, text, intent)
    assert goes_to(ended) == goal
    assert customer.slots["follow"] is None
    assert not customer.slots.get("email")
    if goal is None:
        assert "hablar con una persona" in ended.text


@pytest.mark.parametrize("intent", ["greet", "thank", "insult", "help", "bot_challenge", "choose_language"])
def test_manners_are_left_to_the_rules_and_the_question_is_asked_again(known: Customer, intent: str) -> None:
    known.api.own_ticket(1001, "Reportes")
    known.api.own_ticket(1002, "Dominio")
    wants(known, "mis tickets")
    assert says(known, "hola", intent).slots == {}
    again = known.run(ValidateFollowForm, "hola", intent, resumed=True)
    assert (again.asks, len(again.names)) == ("ticket", 3)


def test_another_wish_takes_the_place_of_the_first(known: Customer) -> None:
    known.api.own_ticket(1001, "Reportes")
    known.api.own_ticket(1002, "Dominio")
    wants(known, "¿cómo va mi ticket?")
    says(known, "agrega al 1002 que sigue sin verse el dominio", "add_comment")
    assert puts(known) == [{"comment": {"body": "sigue sin verse el dominio"}}]


def test_back_goes_from_the_comment_to_the_tickets_and_from_the_code_to_the_address(customer: Customer) -> None:
    wants(customer, "¿cómo va mi ticket?")
    says(customer, "ana@example.com")
    assert says(customer, "atrás", "go_back").asks == "email"
    customer.context.update(VERIFIED)
    customer.slots.update(follow=None, ticket_id=None)
    customer.api.own_ticket(1001, "Reportes")
    customer.api.own_ticket(1002, "Dominio")
    wants(customer, "agregar un comentario", "add_comment")
    assert picks(customer, "ticket.1001").asks == "comment"
    assert says(customer, "atrás", "go_back").asks == "ticket"
    assert says(customer, "atrás", "go_back").slots["requested_slot"] is None


def test_the_form_that_was_interrupted_gets_the_word_back_and_only_asks_again(customer: Customer) -> None:
    customer.slots.update(form_id="t0", requested_slot="impact", description="x")
    customer.api.own_ticket(1024, "Reportes vacíos")
    wants(customer, "¿cómo va mi ticket 1024?", ticket_id="1024")
    says(customer, "ana@example.com")
    says(customer, "123456")
    done = customer.run(EndFollowUp, "123456")
    assert goes_to(done) == "ticket_form"
    assert customer.slots["requested_slot"] == "impact"
    assert customer.slots["code"] == "verified", "the interrupted form need not ask for it any more"
    assert customer.slots["follow"] == {"handed_back": f"t{customer.turn}"}


def test_words_for_the_form_that_was_interrupted_are_taken_by_it(customer: Customer) -> None:
    customer.loop = "help_form"
    customer.slots.update(requested_slot="solved", problem="No puedo exportar")
    wants(customer, "¿cómo va mi ticket?")
    says(customer, "tampoco puedo exportar el de inventario")
    done = customer.run(EndFollowUp, "tampoco puedo exportar el de inventario")
    assert goes_to(done) == "help_form"
    assert (customer.slots["requested_slot"], customer.slots["follow"]) == ("solved", None)


def test_a_refused_change_says_where_to_look(known: Customer) -> None:
    known.api.own_ticket(1024, "Reportes vacíos", "open", needs_followup=False)
    wants(known, "agregar un comentario al ticket 1024", "add_comment", ticket_id="1024")
    known.api.tickets["1024"]["refuses"] = True
    assert "/portal/tickets/1024" in says(known, "También pasa en Safari").text


def test_a_failing_api_fails_the_turn(known: Customer) -> None:
    known.api.failing = True
    with pytest.raises(CopilotUnavailable):
        known.run(BeginFollowUp, "mis tickets", "check_ticket_status")
