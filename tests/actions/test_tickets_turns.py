"""Changes of mind, questions in the middle, ways back, and emergencies: what a customer says instead of an answer."""

from __future__ import annotations

import pytest

from actions.tickets.actions import SubmitTicket, ValidateContactForm, ValidateTicketForm
from actions.tickets.asides import is_file_alone, is_not_at_hand, is_question
from actions.tickets.changing import Wish, wish
from actions.tickets.emergency import nothing_loads
from bot.catalog import Catalog
from tests.actions.conftest import Customer, Outcome

VERIFIED = {"verified": True, "email": "ana@example.com"}
PLATFORMS = ("Lumbra Store", "Lumbra Admin")


def told(customer: Customer, problem: str = "El reporte de ventas sale vacío", language: str = "es") -> Outcome:
    """A verified customer's incident whose subcategory is said: the platform is asked."""
    customer.context["customer"] = VERIFIED
    customer.slots.update(problem=problem, answered=problem, scenario="incident", language=language)
    customer.slots["evidence_offered"] = "yes"
    return customer.run(ValidateTicketForm, "no", "deny", choice="solved.no")


def say(customer: Customer, text: str, intent: str = "describe_problem", **entities: str) -> Outcome:
    return customer.run(ValidateTicketForm, text, intent, entities)


def press(customer: Customer, name: str, intent: str = "inform") -> Outcome:
    asks, _, value = name.partition(".")
    return customer.run(ValidateTicketForm, value, intent, {asks: value}, choice=name)


def summary(customer: Customer) -> Outcome:
    told(customer)
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    return press(customer, "impact.high")


# Changes in plain words


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("cambia la categoría a solicitudes", Wish("category", "request")),
        ("change the category to requests", Wish("category", "request")),
        ("muda a categoria para solicitações", Wish("category", "request")),
        ("the title is wrong", Wish("title", None)),
        ("el título está mal", Wish("title", None)),
        ("o título está errado", Wish("title", None)),
        ("el título es Reporte vacío en Lima", Wish("title", "Reporte vacío en Lima")),
        ("change the title to Empty report", Wish("title", "Empty report")),
        ("cambia el título por: Reporte sin datos", Wish("title", "Reporte sin datos")),
        ("na verdade é na Lumbra Store", Wish("platform", "Lumbra Store")),
        ("en realidad es en Lumbra Admin", Wish("platform", "Lumbra Admin")),
        ("actually it's Lumbra Store", Wish("platform", "Lumbra Store")),
        ("o impacto é alto", Wish("impact", "high")),
        ("pon el impacto en bajo", Wish("impact", "low")),
        ("perdón, mejor dicho afecta a usuarios externos", Wish("users_affected", "external")),
        ("quiero cambiar la descripción", Wish("description", None)),
        ("mi correo es otra@example.com", Wish("email", "otra@example.com")),
        ("el número del pedido es 555-01", Wish("order_id", "555-01")),
    ],
)
def test_a_change_is_understood_with_its_value_where_that_is_said(catalog: Catalog, text: str, changed: Wish) -> None:
    values = {"category": "incident", "support_type": "technical", "subcategory": "reports"}
    assert wish(text, catalog, values, PLATFORMS) == changed


@pytest.mark.parametrize(
    "text",
    [
        "la tienda es muy lenta",
        "cuando quiero cambiar el precio de un producto no pasa nada",
        "Lumbra Store",
        "the report is wrong since yesterday because all the totals that we see there are empty",
        "a todos",
        "no carga el título del producto en la tienda",
    ],
)
def test_a_story_is_no_change(catalog: Catalog, text: str) -> None:
    values = {"category": "incident", "support_type": "technical", "subcategory": "reports"}
    assert wish(text, catalog, values, PLATFORMS) is None


def test_a_change_outside_of_the_summary_leaves_the_form_where_it_was(customer: Customer) -> None:
    told(customer)
    done = say(customer, "cambia el título por Reporte vacío", "change_field", field="title")
    assert customer.slots["title"] == "Reporte vacío"
    assert done.asks == "platform"
    asked = say(customer, "the title is wrong", "describe_problem")
    assert asked.asks == "title"
    assert say(customer, "Reporte vacío en Lima").asks == "platform"
    assert customer.slots["title"] == "Reporte vacío en Lima"


def test_a_changed_category_drops_only_what_does_not_fit(customer: Customer) -> None:
    summary(customer)
    done = say(customer, "cambia la categoría a consultas", "change_field", field="category", category="question")
    assert done.asks == "confirm"  # `reports` is a subcategory of questions, too
    assert customer.slots["subcategory"] == "reports"
    done = say(customer, "cambia la categoría a solicitudes", "change_field", field="category", category="request")
    assert done.asks == "subcategory"
    press(customer, "subcategory.domains")
    assert (customer.slots["platform"], customer.slots["title"]) == ("Lumbra Admin", "El reporte de ventas sale vacío")


def test_a_changed_detail_is_the_ticket_s(customer: Customer) -> None:
    told(customer, "El pedido 7654321-02 no sale en el reporte")
    say(customer, "el número del pedido es 7654321-03")
    assert customer.slots["order_id"] == "7654321-03"


def test_a_confirmation_with_a_change_confirms_nothing(customer: Customer) -> None:
    summary(customer)
    done = say(customer, "sí, pero cambia el impacto a bajo", "affirm")
    assert customer.slots["impact"] == "low"
    assert done.asks == "confirm"
    assert customer.slots.get("confirm") is None


def test_an_unclear_answer_to_the_summary_is_never_a_yes_and_ends_in_the_list_of_fields(customer: Customer) -> None:
    summary(customer)
    for _ in range(2):
        assert say(customer, "mmm").names == ["confirm.yes", "confirm.change"]
    assert "confirm.title" in say(customer, "mmm").names
    assert customer.slots.get("confirm") is None


# Ways back


def test_back_goes_on_step_after_step_and_then_to_the_answer(customer: Customer) -> None:
    told(customer)
    press(customer, "platform.Lumbra Admin")
    assert press(customer, "users_affected.internal").asks == "impact"
    assert say(customer, "atrás", "go_back").asks == "users_affected"
    assert say(customer, "atrás", "go_back").asks == "platform"
    gone = say(customer, "atrás", "go_back")
    assert gone.slots["requested_slot"] is None
    left = customer.run(SubmitTicket)
    assert [each["name"] for each in left.events] == ["help_form"]
    assert customer.slots["form_id"] is None
    assert customer.api.opened == []
    again = customer.run(ValidateTicketForm, "no", "deny", choice="solved.no")
    assert again.asks == "impact"  # nothing that was answered is asked again
    assert customer.slots.get("left") is None


def test_an_earlier_step_answered_anew_leads_to_where_the_form_was(customer: Customer) -> None:
    told(customer)
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    say(customer, "atrás", "go_back")
    say(customer, "atrás", "go_back")
    assert press(customer, "platform.Lumbra Store").asks == "impact"
    assert customer.slots["platform"] == "Lumbra Store"


def test_back_from_a_change_is_back_to_the_summary(customer: Customer) -> None:
    summary(customer)
    customer.run(ValidateTicketForm, "Título", "change_field", {"field": "title"}, choice="confirm.title")
    assert say(customer, "atrás", "go_back").asks == "confirm"


def test_another_problem_after_the_way_back_begins_another_form(customer: Customer) -> None:
    told(customer)
    press(customer, "platform.Lumbra Admin")
    for _ in range(2):
        say(customer, "atrás", "go_back")
    customer.run(SubmitTicket)
    told(customer, "Los correos automáticos no llegan a nadie")
    assert customer.slots["platform"] is None
    assert customer.slots["description"] == "Los correos automáticos no llegan a nadie"


# Questions in the middle


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "cómo saco un har"), ("en", "what is a SKU"), ("pt", "o que é um SKU?"), ("es", "¿qué es eso?")],
)
def test_a_question_is_answered_and_the_step_asked_again(customer: Customer, language: str, text: str) -> None:
    told(customer, language=language)
    done = say(customer, text)
    assert done.messages[0]["metadata"]["kind"] == "answer"
    assert done.messages[-1]["metadata"]["asks"] is not None
    assert customer.slots.get("platform") is None


def test_a_question_where_a_text_is_asked_is_no_value_of_it(customer: Customer) -> None:
    summary(customer)
    customer.run(ValidateTicketForm, "Título", "change_field", {"field": "title"}, choice="confirm.title")
    assert say(customer, "¿qué es un título?").asks == "title"
    customer.api.confident = False
    assert say(customer, "Cómo exportar sin errores").asks == "confirm"
    assert customer.slots["title"] == "Cómo exportar sin errores"


@pytest.mark.parametrize("text", ["cómo saco un har", "what is a SKU", "o que é um SKU", "¿por qué?" + " eso"])
def test_questions_are_known_without_their_mark(catalog: Catalog, text: str) -> None:
    assert is_question(text, catalog)


@pytest.mark.parametrize("text", ["Lumbra Store", "cuando entro se cae", "como siempre", "?", "no sé"])
def test_answers_are_no_questions(catalog: Catalog, text: str) -> None:
    assert not is_question(text, catalog)


@pytest.mark.parametrize("text", ["no sé", "I don't know", "não tenho", "n/a", "no lo tengo a mano", "none"])
def test_a_detail_that_is_not_at_hand_is_none(catalog: Catalog, text: str) -> None:
    assert is_not_at_hand(text, catalog)


@pytest.mark.parametrize("text", ["12345", "Nordic 12", "no-break 500", "nada-77"])
def test_a_value_is_not_taken_for_the_lack_of_one(catalog: Catalog, text: str) -> None:
    assert not is_not_at_hand(text, catalog)


def test_a_file_says_nothing_but_itself(catalog: Catalog) -> None:
    for text in ("captura.png", "📎", "aquí va la captura", "here is the screenshot", "segue o print"):
        assert is_file_alone(text, catalog), text
    for text in ("Lumbra Store", "sí", "pasa con todos los pedidos de ayer y de hoy también"):
        assert not is_file_alone(text, catalog), text


# Emergencies


@pytest.mark.parametrize(
    "text",
    [
        "sí",
        "sí no carga nada para nadie",
        "no funciona nada",
        "yes, the whole site is down",
        "it doesn't load for anyone",
        "nothing works",
        "não carrega nada para ninguém",
        "ninguém consegue entrar",
        "exacto, a nadie le abre",
    ],
)
def test_a_total_failure_is_confirmed_in_any_wording(catalog: Catalog, text: str) -> None:
    assert nothing_loads(text, catalog) is True


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "solo a mí me pasa",
        "no, solo va lento",
        "the admin works but the store doesn't",
        "the store doesn't load but the admin works",
        "it loads but very slowly",
        "carrega devagar",
        "algumas telas",
        "só comigo",
        "no, funciona la tienda",
        "not everything",
        "the orders page",
        "la página de pedidos",
        "a página de relatórios",
        "checkout",
        "el buscador de productos",
    ],
)
def test_what_is_slow_partial_or_one_person_s_is_no_emergency(catalog: Catalog, text: str) -> None:
    assert nothing_loads(text, catalog) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mmm",
        "no sé",
        "maybe",
        "pantalla blanca",
        "¿y dónde veo las facturas de envío?",
        "y cuando me llama alguien",
    ],
)
def test_what_says_neither_is_asked_again(catalog: Catalog, text: str) -> None:
    assert nothing_loads(text, catalog) is None


def outage(customer: Customer, language: str = "es") -> Outcome:
    customer.slots["language"] = language
    return say(customer, "la plataforma está caída", "report_outage")


def test_a_typed_answer_that_looks_like_the_wrong_choice_is_heard_as_it_is(customer: Customer) -> None:
    outage(customer)
    customer.run(ValidateTicketForm, "carga lento", "affirm", choice="confirm.yes")
    assert customer.slots["outage"] == "no"
    customer.run(SubmitTicket)
    assert customer.api.opened == []


@pytest.mark.parametrize(("language", "why"), [("es", "guardia"), ("en", "on call"), ("pt", "plantão")])
def test_no_emergency_is_told_why_and_goes_on_with_everything(customer: Customer, language: str, why: str) -> None:
    outage(customer, language)
    done = say(customer, "no, solo va lento", "deny")
    assert why in done.text
    assert done.slots["requested_slot"] is None
    customer.run(SubmitTicket)
    assert "la plataforma está caída" in customer.slots["problem"]
    assert "solo va lento" in customer.slots["problem"]


def test_a_denied_emergency_in_the_middle_goes_on_as_an_incident(customer: Customer) -> None:
    told(customer)
    press(customer, "platform.Lumbra Admin")
    assert say(customer, "cambia la categoría a plataforma inaccesible").asks == "confirm"
    done = say(customer, "no, funciona la tienda", "deny")
    assert done.asks == "users_affected"
    assert (customer.slots["category"], customer.slots["platform"]) == ("incident", "Lumbra Admin")


def test_unclear_twice_offers_a_person_and_the_third_time_it_goes_on(customer: Customer) -> None:
    outage(customer)
    assert say(customer, "pantalla blanca").names == ["confirm.yes", "confirm.no"]
    assert say(customer, "mmm").names == ["confirm.yes", "confirm.no", "confirm.person"]
    done = say(customer, "mmm")
    assert done.slots["requested_slot"] is None
    assert customer.slots["outage"] == "no"


def contact(customer: Customer) -> Outcome:
    outage(customer)
    say(customer, "sí, nada carga", "affirm")
    customer.run(SubmitTicket)
    return customer.run(ValidateContactForm, "sí", "affirm")


def test_the_address_after_an_outage_may_be_kept(customer: Customer) -> None:
    asked = contact(customer)
    assert (asked.asks, asked.names) == ("email", ["email.skip"])
    done = customer.run(ValidateContactForm, "Prefiero no darlo", "skip", choice="email.skip")
    assert (done.slots["contact"], done.slots["requested_slot"]) == ("skipped", None)


def test_other_words_after_an_outage_never_loop(customer: Customer) -> None:
    contact(customer)
    assert customer.run(ValidateContactForm, "¿cuánto van a tardar?").asks == "email"
    assert customer.run(ValidateContactForm, "quiero hablar con alguien", "talk_to_person").asks == "email"
    assert customer.run(ValidateContactForm, "ya dije todo").slots["requested_slot"] is None


def test_a_wrong_address_after_an_outage_is_corrected(customer: Customer) -> None:
    contact(customer)
    assert customer.run(ValidateContactForm, "anna@example.com").asks == "code"
    assert customer.run(ValidateContactForm, "atrás", "go_back").asks == "email"
    assert customer.run(ValidateContactForm, "ana@example.com").asks == "code"
    assert customer.run(ValidateContactForm, "123456").slots["requested_slot"] is None


def test_who_wants_a_person_instead_of_the_one_question_gets_one(customer: Customer) -> None:
    outage(customer)
    assert say(customer, "quiero una persona", "talk_to_person").asks == "confirm"
    say(customer, "una persona, por favor", "talk_to_person")
    assert (customer.slots["category"], customer.slots["outage"]) == ("incident", "no")
    assert customer.slots["description"] == "la plataforma está caída"


# What the words told before a step, and beside it


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The webhook drops orders, only my team is affected"),
        ("es", "El webhook pierde pedidos, le pasa solo a mi equipo"),
        ("pt", "O webhook perde pedidos, só a minha equipe"),
    ],
)
def test_what_was_told_before_the_category_was_chosen_is_not_asked(
    customer: Customer, language: str, text: str
) -> None:
    customer.context["customer"] = VERIFIED
    customer.slots["language"] = language
    assert say(customer, "x", "talk_to_person").asks == "description"
    if say(customer, text).asks == "category":
        press(customer, "category.incident")
    assert customer.slots["users_affected"] == "internal"
    assert customer.slots["subcategory"] == "integrations"


def test_an_emergency_in_the_middle_of_a_matter_is_told_in_its_own_words(customer: Customer) -> None:
    customer.slots["problem"] = "tengo una duda sobre los reportes"
    say(customer, "olvídalo, se cayó toda la plataforma, pantalla en blanco para todos", "report_outage")
    assert customer.slots["title"].startswith("olvídalo, se cayó")
    assert customer.slots["description"].startswith("olvídalo, se cayó")
    assert customer.slots["description"].endswith("tengo una duda sobre los reportes")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "we want to end our contract at the end of june, what do we have to do"),
        ("es", "queremos rescindir el contrato a fin de junio, qué hacemos"),
        ("pt", "queremos encerrar o contrato no fim de junho, o que fazemos"),
    ],
)
def test_a_plan_and_its_date_say_what_happened(customer: Customer, language: str, text: str) -> None:
    customer.context["customer"] = VERIFIED
    customer.slots["language"] = language
    assert say(customer, text, "financial_matter").asks == "attachments"


def test_back_from_the_first_step_is_what_was_told_where_no_answer_was_shown(customer: Customer) -> None:
    customer.context["customer"] = VERIFIED
    said = "nos cobraron de más en la factura de marzo y queremos la devolución"
    assert say(customer, said, "financial_matter").asks == "attachments"
    assert say(customer, "atrás", "go_back").asks == "what_happened"
    assert say(customer, f"{said}, por transferencia").asks == "attachments"
    assert customer.slots.get("left") is None


def test_a_sentence_or_a_question_is_the_name_of_no_platform(customer: Customer) -> None:
    customer.context["platforms"] = []
    told(customer)
    assert customer.slots.get("platform") is None
    asked = say(customer, "lo intenté tres veces con dos navegadores y siempre pasa igual")
    assert (asked.asks, customer.slots.get("platform")) == ("platform", None)
    assert "dos navegadores" in customer.slots["description"]
    assert say(customer, "¿cuánto tarda una persona en responder?").asks == "platform"
    assert customer.slots.get("platform") is None
    say(customer, "Tienda del Sur")
    assert customer.slots["platform"] == "Tienda del Sur"


@pytest.mark.parametrize("text", ["nah its fine", "no, todo bien", "está bien así", "não, tudo certo"])
def test_nothing_to_change_after_all_is_the_summary_again(customer: Customer, text: str) -> None:
    summary(customer)
    assert press(customer, "confirm.change", "deny").asks == "confirm"
    again = say(customer, text, "describe_problem")
    assert again.names == ["confirm.yes", "confirm.change"]


@pytest.mark.parametrize("text", ["ah y el ambiente es pruebas", "oh, and the environment is development"])
def test_a_field_is_set_right_behind_words_of_no_weight(customer: Customer, text: str) -> None:
    summary(customer)
    say(customer, text)
    assert customer.slots["environment"] == "development"
