"""The way to a ticket, action by action."""

import pytest

from actions.tickets.actions import CancelTicket, SubmitTicket, ValidateContactForm, ValidateTicketForm
from actions.tickets.summary import TITLE_LENGTH, proposed_title
from api.client import CopilotUnavailable
from tests.actions.conftest import Customer, Outcome

PROBLEM = "La pantalla queda en blanco cuando guardo un cambio. Pasa desde ayer."


def begun(customer: Customer, **slots: object) -> Outcome:
    customer.slots.update(problem=PROBLEM, scenario="incident", **slots)
    return customer.run(ValidateTicketForm, "no", "deny", choice="solved.no")


def pick(customer: Customer, name: str) -> Outcome:
    asks, _, value = name.partition(".")
    return customer.run(ValidateTicketForm, value, "inform", {asks: value}, choice=name)


def filled(customer: Customer) -> Outcome:
    """A verified customer's incident, up to the summary."""
    customer.context["customer"] = {"verified": True}
    begun(customer)
    for name in (
        "subcategory.reports",
        "platform.Lumbra Admin",
        "users_affected.internal",
        "impact.high",
    ):
        pick(customer, name)
    return customer.run(ValidateTicketForm, "Omitir", "skip", choice="attachments.skip")


def confirmed(customer: Customer) -> Outcome:
    filled(customer)
    return customer.run(ValidateTicketForm, "Enviar", "affirm", choice="confirm.yes")


def test_the_form_begins_with_what_the_customer_has_said(customer: Customer) -> None:
    done = begun(customer)
    assert done.slots["form_id"] == "t1"
    assert done.slots["title"] == "La pantalla queda en blanco cuando guardo un cambio."
    assert done.slots["description"] == PROBLEM
    assert done.asks == "email"


def test_a_verified_customer_is_never_asked_for_an_address(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    assert begun(customer).asks == "subcategory"


@pytest.mark.parametrize(
    ("scenario", "category"), [("question", "question"), ("incident", "incident"), ("configuration", "request")]
)
def test_the_scenarios_category_is_taken_unasked(customer: Customer, scenario: str, category: str) -> None:
    customer.context["customer"] = {"verified": True}
    customer.slots.update(scenario=scenario, problem=PROBLEM)
    assert customer.run(ValidateTicketForm, "no", "deny").asks == "subcategory"
    assert customer.slots["category"] == category


def test_with_no_scenario_the_category_is_asked_and_every_one_offered(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    customer.slots["problem"] = PROBLEM
    done = customer.run(ValidateTicketForm, "no", "deny")
    assert done.asks == "category"
    names = done.names
    assert set(names) == {f"category.{each.id}" for each in customer.catalog.categories}


def test_an_address_is_confirmed_with_the_mailed_code(customer: Customer) -> None:
    begun(customer)
    assert customer.run(ValidateTicketForm, "no tengo idea").slots["requested_slot"] == "email"
    assert customer.run(ValidateTicketForm, "es ana@example.com, gracias", "thank").asks == "code"
    assert customer.api.asked("/identity/codes")[0].body == {"email": "ana@example.com"}
    wrong = customer.run(ValidateTicketForm, "111111", "check_ticket_status")
    assert wrong.asks == "code"
    assert "4" in wrong.text
    assert customer.run(ValidateTicketForm, "otra@example.com").slots["email"] == "otra@example.com"
    again = customer.run(ValidateTicketForm, "Enviar otro código", "inform", {"code": "resend"}, choice="code.resend")
    assert again.asks == "code"
    assert len(customer.api.asked("/identity/codes")) == 3
    assert customer.run(ValidateTicketForm, "mi código es 123 456").asks == "subcategory"
    assert customer.slots["code"] == "verified"


def test_a_code_that_no_longer_works_is_said_to_be_dead(customer: Customer) -> None:
    begun(customer)
    customer.run(ValidateTicketForm, "ana@example.com")
    customer.api.tries = 1
    assert "ya no sirve" in customer.run(ValidateTicketForm, "111111").text


def test_a_list_of_none_is_not_asked_and_an_only_platform_is_filled_in(customer: Customer) -> None:
    customer.context.update(customer={"verified": True}, platforms=["Only Shop"])
    begun(customer)
    assert pick(customer, "subcategory.reports").asks == "users_affected"
    assert customer.slots["platform"] == "Only Shop"


def test_a_platform_is_typed_where_none_is_known(customer: Customer) -> None:
    customer.context.update(customer={"verified": True}, platforms=[])
    begun(customer, category=None)
    customer.slots["category"] = "question"
    asked = pick(customer, "subcategory.reports")
    assert (asked.asks, asked.names) == ("platform", [])
    assert customer.run(ValidateTicketForm, "Mi tienda de zapatos").asks == "confirm"
    assert customer.slots["platform"] == "Mi tienda de zapatos"


def test_users_affected_and_impact_are_asked_of_incidents_only(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    customer.slots.update(problem=PROBLEM, scenario="configuration")
    customer.run(ValidateTicketForm, "no", "deny")
    pick(customer, "subcategory.domains")
    assert pick(customer, "platform.Lumbra Store").asks == "confirm"


def test_what_is_not_offered_is_not_taken(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    customer.slots.update(problem=PROBLEM, scenario="configuration")
    customer.run(ValidateTicketForm, "no", "deny")
    done = pick(customer, "subcategory.slowness")  # a technical issue's
    assert done.asks == "subcategory"
    assert customer.slots.get("subcategory") is None


def test_the_summary_shows_every_field_and_can_change_each(customer: Customer) -> None:
    summary = filled(customer)
    assert summary.asks == "confirm"
    assert summary.names == ["confirm.yes", "confirm.change"]
    for shown in ("Reportes", "Lumbra Admin", "Usuarios internos", "Alto", "Inconveniente Técnico", "Producción"):
        assert shown in summary.text
    change = customer.run(ValidateTicketForm, "Cambiar algo", "change_field", choice="confirm.change")
    assert {"confirm.title", "confirm.category", "confirm.impact", "confirm.platform"} <= set(change.names)
    asked = customer.run(ValidateTicketForm, "Título", "change_field", {"field": "title"}, choice="confirm.title")
    assert asked.asks == "title"
    back = customer.run(ValidateTicketForm, "Cambiar título del reporte", "change_field", {"field": "title"})
    assert back.asks == "confirm"
    assert "Cambiar título del reporte" in back.text


def test_a_field_is_changed_in_plain_words_at_any_step(customer: Customer) -> None:
    filled(customer)
    done = customer.run(
        ValidateTicketForm,
        "cambia la categoría a solicitudes",
        "change_field",
        {"field": "category", "category": "request"},
    )
    assert customer.slots["category"] == "request"
    assert customer.slots["subcategory"] is None  # `reports` is no subcategory of requests
    assert done.asks == "subcategory"


def test_a_required_field_cannot_be_skipped(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    begun(customer)
    done = customer.run(ValidateTicketForm, "omitir", "skip")
    assert done.asks == "subcategory"
    assert "hace falta" in done.text


def test_an_aside_leaves_the_form_to_the_rules_and_is_asked_again_after_them(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    begun(customer)
    aside = customer.run(ValidateTicketForm, "gracias", "thank")
    assert (aside.slots, aside.messages) == ({}, [])
    assert customer.run(ValidateTicketForm, "gracias", "thank", resumed=True).asks == "subcategory"


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    begun(customer)
    done = customer.run(ValidateTicketForm, "¿y cómo creo un reporte nuevo?")
    assert done.messages[0]["metadata"]["kind"] == "answer"
    assert done.asks == "subcategory"


def test_a_detail_told_in_the_middle_is_kept(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    begun(customer)
    done = customer.run(ValidateTicketForm, "también pasa cuando uso el navegador de mi teléfono")
    assert customer.slots["description"].endswith("el navegador de mi teléfono")
    assert done.asks == "subcategory"


def test_only_a_confirmed_form_opens_a_ticket(customer: Customer) -> None:
    filled(customer)
    done = customer.run(SubmitTicket)
    assert [each["name"] for each in done.events] == ["ticket_form"]
    assert customer.api.opened == []


@pytest.mark.parametrize(
    "missing", ["category", "subcategory", "platform", "impact", "title", "description", "form_id"]
)
def test_a_confirmation_does_not_cover_a_field_that_is_missing(customer: Customer, missing: str) -> None:
    confirmed(customer)
    customer.slots[missing] = None
    customer.run(SubmitTicket)
    assert customer.api.opened == []


def test_a_confirmation_does_not_cover_a_field_changed_after_it(customer: Customer) -> None:
    confirmed(customer)
    customer.slots["impact"] = "low"
    customer.run(SubmitTicket)
    assert customer.api.opened == []


def test_nothing_at_all_opens_no_ticket(customer: Customer) -> None:
    customer.run(SubmitTicket)
    assert customer.api.calls == []


def test_the_ticket_holds_everything_and_the_customer_is_told_what_follows(customer: Customer) -> None:
    customer.slots["shown"] = [{"title": "Exportar", "url": "/help/x"}]
    assert confirmed(customer).slots["requested_slot"] is None
    done = customer.run(SubmitTicket)
    call = customer.api.opened[0]
    assert call.headers["Idempotency-Key"] == f"t{customer.turn}:1"
    draft = call.body["request"]
    assert draft["external_id"] == "t1"
    assert draft["type"] == "incident"
    assert PROBLEM in draft["comment"]["body"]
    assert "/help/x" in draft["comment"]["body"]
    assert {each["id"]: each["value"] for each in draft["custom_fields"]} == {
        "language": "es",
        "scenario": "incident",
        "support_type": "technical",
        "category": "incident",
        "subcategory": "reports",
        "platform": "Lumbra Admin",
        "users_affected": "internal",
        "impact": "high",
        "environment": "production",
    }
    held = done.messages[0]["metadata"]
    assert held["kind"] == "ticket"
    assert held["ticket"]["id"] == 1001
    for told in ("1001", "Nuevo", "Normal", "35 minutos"):
        assert told in done.text
    assert customer.slots["form_id"] is None
    assert customer.slots["problem"] is None


def test_what_else_was_asked_in_the_same_message_follows_the_ticket(customer: Customer) -> None:
    customer.slots["waiting_questions"] = ["¿Cómo cambio el logo?", "¿Y el dominio?"]
    confirmed(customer)
    done = customer.run(SubmitTicket)
    assert [each["name"] for each in done.events] == ["help_form"]
    assert customer.slots["problem"] == "¿Cómo cambio el logo?"
    assert customer.slots["waiting_questions"] == ["¿Y el dominio?"]


def test_a_refused_ticket_is_looked_at_again(customer: Customer) -> None:
    confirmed(customer)
    customer.api.refuse_ticket = True
    done = customer.run(SubmitTicket)
    assert [each["name"] for each in done.events] == ["ticket_form"]
    assert customer.slots["confirm"] is None


def test_a_dead_api_fails_the_turn_and_empties_nothing(customer: Customer) -> None:
    confirmed(customer)
    customer.api.failing = True
    with pytest.raises(CopilotUnavailable):
        customer.run(SubmitTicket)
    assert customer.slots["form_id"] == "t1"


def test_an_emergency_asks_one_question_opens_at_once_and_verifies_afterwards(customer: Customer) -> None:
    asked = customer.run(ValidateTicketForm, "no carga nada de nada", "report_outage")
    assert asked.asks == "confirm"
    assert asked.names == ["confirm.yes", "confirm.no"]
    yes = customer.run(ValidateTicketForm, "sí", "affirm")
    assert yes.slots["requested_slot"] is None
    done = customer.run(SubmitTicket)
    draft = customer.api.opened[0].body["request"]
    assert {"id": "category", "value": "outage"} in draft["custom_fields"]
    assert draft["subject"] == "no carga nada de nada"
    assert [each["name"] for each in done.events] == ["contact_form"]
    assert customer.run(ValidateContactForm, "sí", "affirm").asks == "email"
    assert customer.run(ValidateContactForm, "ana@example.com").asks == "code"
    assert customer.run(ValidateContactForm, "123456").slots["requested_slot"] is None


def test_no_emergency_is_looked_up_first(customer: Customer) -> None:
    customer.run(ValidateTicketForm, "está muy lento todo", "report_outage")
    customer.run(ValidateTicketForm, "no", "deny")
    done = customer.run(SubmitTicket)
    assert customer.slots["problem"] == "está muy lento todo"
    assert customer.slots["scenario"] == "incident"
    assert [each["name"] for each in done.events] == ["help_form"]
    assert customer.api.opened == []


def test_an_unclear_matter_does_not_turn_the_form_over(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    begun(customer)
    assert customer.run(ValidateTicketForm, "Lumbra Store", "report_outage", confidence=0.7).asks == "subcategory"


@pytest.mark.parametrize(
    ("intent", "support_type", "steps"),
    [("financial_matter", "financial", ["subject", "what_happened"]), ("commercial_matter", "commercial", ["subject"])],
)
def test_financial_and_commercial_matters_have_their_own_form(
    customer: Customer, intent: str, support_type: str, steps: list[str]
) -> None:
    customer.context["customer"] = {"verified": True}
    asked = customer.run(ValidateTicketForm, "quiero hablar de mi contrato y mi factura", intent)
    assert customer.slots["support_type"] == support_type
    subjects = customer.catalog.subjects[support_type]
    assert (asked.asks, asked.names) == ("subject", [f"subject.{each}" for each in subjects])
    after = pick(customer, f"subject.{subjects[0]}")
    if "what_happened" in steps:
        assert after.asks == "what_happened"
        after = customer.run(ValidateTicketForm, "La factura de marzo llegó dos veces")
    assert after.asks in ("platform", "attachments")


def test_linkedin_asks_for_its_purpose(customer: Customer) -> None:
    customer.context["customer"] = {"verified": True}
    asked = customer.run(ValidateTicketForm, "es por LinkedIn", "linkedin_matter")
    assert customer.slots["category"] == "linkedin"
    assert asked.names == ["purpose.alliance", "purpose.demo", "purpose.assistance"]


def test_cancelling_empties_the_form_for_the_next_one(customer: Customer) -> None:
    filled(customer)
    done = customer.run(CancelTicket, "cancelar", "cancel")
    assert not [name for name in ("title", "category", "impact", "form_id", "problem") if customer.slots[name]]
    assert {"event": "active_loop", "timestamp": None, "name": None} in done.events


def test_a_change_of_language_changes_nothing_that_was_said_or_confirmed(customer: Customer) -> None:
    confirmed(customer)
    customer.slots["language"] = "en"
    done = customer.run(SubmitTicket)
    assert done.messages[0]["metadata"]["kind"] == "ticket"
    assert done.text.startswith("Done")


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        ("Una frase. Otra frase.", "Una frase."),
        ("línea uno\nlínea dos", "línea uno"),
        ("  espacios   de   más  ", "espacios de más"),
    ],
)
def test_a_title_is_the_problems_first_sentence(problem: str, title: str) -> None:
    assert proposed_title(problem) == title


def test_a_title_is_cut_at_a_word() -> None:
    title = proposed_title("palabra " * 30)
    assert len(title) <= TITLE_LENGTH
    assert title.endswith("palabra…")
    assert len(proposed_title("x" * 500)) == TITLE_LENGTH


@pytest.mark.parametrize(
    ("language", "more"),
    [
        ("es", "ah y solo pasa de noche con el celular"),
        ("en", "oh and it only happens at night on phones"),
        ("pt", "ah e só acontece de noite pelo celular"),
    ],
)
def test_more_of_the_story_where_the_address_is_asked_is_kept(customer: Customer, language: str, more: str) -> None:
    begun(customer, language=language)
    done = customer.run(ValidateTicketForm, more, "describe_problem")
    assert done.asks == "email"
    assert customer.slots["description"] == f"{PROBLEM}\n\n{more}"


def test_more_of_a_financial_matter_joins_what_happened(customer: Customer) -> None:
    customer.run(ValidateTicketForm, "quiero cambiar la fecha de vencimiento de mi factura mensual", "financial_matter")
    before = customer.slots["what_happened"]
    customer.run(ValidateTicketForm, "cerramos los libros el quince de cada mes", "describe_problem")
    assert "cerramos los libros" in f"{customer.slots['what_happened']}{customer.slots.get('description')}"
    assert before is None or before in customer.slots["what_happened"]


def test_the_summary_and_the_confirmation_say_when_the_first_response_is_expected(customer: Customer) -> None:
    customer.api.response_minutes = 50
    assert "La primera respuesta suele llegar en unos 50 minutos." in filled(customer).text
    asked = customer.api.asked("/api/v2/expected_response")[-1].query
    assert asked == {
        "support_type": "technical", "category": "incident", "users_affected": "internal", "impact": "high",
    }  # fmt: skip
    customer.api.response_minutes = 180
    done = customer.run(ValidateTicketForm, "Enviar", "affirm", choice="confirm.yes")
    assert done.slots["requested_slot"] is None
    assert "en unas 3 horas." in customer.run(SubmitTicket).text
