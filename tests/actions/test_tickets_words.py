"""What the form takes from the customer's own words, and what it therefore does not ask."""

from __future__ import annotations

import pytest

from actions.tickets import contact
from actions.tickets.actions import SubmitTicket, ValidateTicketForm
from tests.actions.conftest import Customer, Outcome

VERIFIED = {"verified": True, "email": "ana@example.com"}


def told(customer: Customer, problem: str, scenario: str | None = "incident", language: str = "es") -> Outcome:
    """A verified customer whose problem found no answer."""
    customer.context["customer"] = VERIFIED
    customer.slots.update(problem=problem, answered=problem, scenario=scenario, language=language)
    return customer.run(ValidateTicketForm, "no", "deny", choice="solved.no")


def say(customer: Customer, text: str, intent: str = "describe_problem", **entities: str) -> Outcome:
    return customer.run(ValidateTicketForm, text, intent, entities)


def press(customer: Customer, name: str, intent: str = "inform") -> Outcome:
    asks, _, value = name.partition(".")
    return customer.run(ValidateTicketForm, value, intent, {asks: value}, choice=name)


@pytest.mark.parametrize(
    ("language", "problem", "subcategory"),
    [
        ("es", "El reporte de ventas sale vacío desde ayer", "reports"),
        ("en", "The sales report comes out empty since yesterday", "reports"),
        ("pt", "O relatório de vendas sai vazio desde ontem", "reports"),
    ],
)
def test_a_subcategory_that_was_named_is_not_asked(
    customer: Customer, language: str, problem: str, subcategory: str
) -> None:
    assert told(customer, problem, language=language).asks == "platform"
    assert (customer.slots["category"], customer.slots["subcategory"]) == ("incident", subcategory)


def test_a_subcategory_of_another_category_is_not_taken(customer: Customer) -> None:
    done = told(customer, "Está muy lenta la pantalla de inicio", "configuration")
    assert done.asks == "subcategory"
    assert customer.slots.get("subcategory") is None
    assert "subcategory.other" in done.names


@pytest.mark.parametrize(
    ("language", "problem"),
    [
        ("es", "En Lumbra Admin la pantalla queda en blanco y mis clientes no pueden comprar"),
        ("en", "In Lumbra Admin the screen stays blank and our customers cannot buy"),
        ("pt", "No Lumbra Admin a tela fica em branco e meus clientes não conseguem comprar"),
    ],
)
def test_platform_and_users_that_were_named_are_not_asked(customer: Customer, language: str, problem: str) -> None:
    asked = told(customer, problem, language=language)
    assert asked.asks == "subcategory"
    assert press(customer, "subcategory.other").asks not in ("platform", "users_affected")
    assert (customer.slots["platform"], customer.slots["users_affected"]) == ("Lumbra Admin", "external")


def test_the_environment_is_what_the_words_say(customer: Customer) -> None:
    told(customer, "La pantalla queda en blanco en el ambiente de pruebas")
    assert customer.slots["environment"] == "development"


def test_a_person_without_a_problem_is_first_told_what_follows_and_asked_what_it_is(customer: Customer) -> None:
    customer.context["now"] = "2026-01-05T15:00:00+00:00"  # ten in the morning where support is
    asked = customer.run(ValidateTicketForm, "quiero hablar con una persona", "talk_to_person")
    assert asked.asks == "description"
    for expected in ("18:00", "Primera respuesta", "correo", "chat"):
        assert expected in asked.text
    assert say(customer, "La pantalla queda en blanco al guardar").asks == "email"
    assert customer.slots["title"] == "La pantalla queda en blanco al guardar"


@pytest.mark.parametrize(
    ("language", "opens"), [("es", "lunes a las 8:00"), ("en", "Monday at 8:00"), ("pt", "segunda-feira às 8:00")]
)
def test_outside_of_the_hours_it_says_when_support_opens(customer: Customer, language: str, opens: str) -> None:
    customer.slots["language"] = language
    customer.context["now"] = "2026-01-17T15:00:00+00:00"  # a Saturday
    assert opens in customer.run(ValidateTicketForm, "persona", "talk_to_person").text


def test_the_problem_told_with_the_wish_for_a_ticket_is_not_asked_again(customer: Customer) -> None:
    asked = customer.run(ValidateTicketForm, "abre un ticket, el reporte de ventas sale vacío", "open_ticket")
    assert asked.asks == "email"
    assert "sale vacío" in customer.slots["description"]


def test_a_person_asked_for_in_the_form_is_told_what_follows_and_nothing_optional_is_asked(customer: Customer) -> None:
    told(customer, "La pantalla queda en blanco con el pedido de un cliente")
    again = say(customer, "quiero hablar con una persona", "talk_to_person")
    assert again.asks == "subcategory"
    assert "35 minutos" in again.text
    press(customer, "subcategory.other")
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    assert press(customer, "impact.low").asks == "confirm"


# Details


ORDER = "Un pedido no avanza y el reporte no lo muestra"


def to_details(customer: Customer, problem: str = ORDER) -> Outcome:
    customer.slots["evidence_offered"] = "yes"
    told(customer, problem)
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    return press(customer, "impact.high")


def test_the_details_of_the_topic_are_asked_and_reach_the_ticket(customer: Customer) -> None:
    asked = to_details(customer)
    assert (asked.asks, asked.names) == ("order_id", ["order_id.skip"])
    assert say(customer, "es el pedido 1234567-01").asks == "order_url"
    summary = say(customer, "https://shop.example.com/orders/1234567-01")
    assert summary.asks == "confirm"
    assert "1234567-01" in summary.text
    press(customer, "confirm.yes", "affirm")
    customer.run(SubmitTicket)
    fields = {each["id"]: each["value"] for each in customer.api.opened[0].body["request"]["custom_fields"]}
    assert fields["order_id"] == "1234567-01"
    assert fields["order_url"] == "https://shop.example.com/orders/1234567-01"


def test_a_detail_that_was_said_is_not_asked(customer: Customer) -> None:
    assert to_details(customer, "El pedido 7654321-02 no avanza y el reporte no lo muestra").asks == "order_url"
    assert customer.slots["order_id"] == "7654321-02"


@pytest.mark.parametrize("said", [("Omitir", "skip"), ("no lo tengo a mano", "describe_problem"), ("no sé", "deny")])
def test_a_detail_skipped_ends_them_all(customer: Customer, said: tuple[str, str]) -> None:
    to_details(customer)
    assert say(customer, *said).asks == "confirm"
    assert customer.slots.get("order_id") is None


def test_two_details_are_the_most_and_a_long_form_asks_one(customer: Customer) -> None:
    customer.slots["evidence_offered"] = "yes"
    told(customer, "El carrito no calcula nada al finalizar la compra")
    press(customer, "subcategory.other")
    press(customer, "platform.Lumbra Store")
    press(customer, "users_affected.external")
    assert press(customer, "impact.high").asks == "cart_url"
    assert say(customer, "https://shop.example.com/cart/77").asks == "confirm"


def test_a_question_asks_for_no_detail_and_no_file(customer: Customer) -> None:
    told(customer, "¿Cómo veo el reporte de un pedido?", "question")
    assert press(customer, "platform.Lumbra Admin").asks == "confirm"


def test_a_detail_that_is_a_file_is_asked_for_as_one_and_not_where_there_is_one(customer: Customer) -> None:
    problem = (
        "El carrito https://shop.example.com/checkout/cart/77 no calcula el envío al finalizar la compra "
        "con los SKU 1201 y 1202 y el código postal 110111"
    )
    customer.slots["evidence_offered"] = "yes"
    told(customer, problem)
    press(customer, "subcategory.other")
    press(customer, "platform.Lumbra Store")
    press(customer, "users_affected.external")
    asked = press(customer, "impact.high")
    assert (asked.asks, asked.names) == ("har_file", ["har_file.done", "har_file.skip"])
    customer.context["attachments"] = 1
    assert say(customer, "aquí va el archivo").asks == "confirm"


# Files


def test_files_are_offered_to_an_incident_only_where_they_were_not_before(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío")
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    assert press(customer, "impact.high").asks == "attachments"


def test_a_file_at_any_step_is_acknowledged_and_the_question_asked_again(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío")
    customer.context["attachments"] = 1
    again = say(customer, "captura.png")
    assert again.asks == "platform"
    assert "1" in again.messages[0]["text"]
    press(customer, "platform.Lumbra Admin")
    press(customer, "users_affected.internal")
    assert press(customer, "impact.high").asks == "confirm"  # it has its evidence


def test_a_file_that_comes_with_an_answer_is_acknowledged_with_it(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío")
    customer.context["attachments"] = 2
    done = press(customer, "platform.Lumbra Admin")
    assert done.asks == "users_affected"
    assert "2" in done.messages[0]["text"]


@pytest.mark.parametrize(
    ("language", "problem", "clip"),
    [
        ("es", "¿Cómo veo el reporte de ventas?", "clip"),
        ("en", "How do I see the sales report?", "paper clip"),
        ("pt", "Como vejo o relatório de vendas?", "clipe"),
    ],
)
def test_the_summary_says_that_files_can_be_attached_and_why(
    customer: Customer, language: str, problem: str, clip: str
) -> None:
    told(customer, problem, "question", language)
    assert clip in press(customer, "platform.Lumbra Admin").text


# Money, contracts, alliances


@pytest.mark.parametrize(
    ("language", "text", "subject"),
    [
        ("es", "Nos bloquearon el panel de administración y no entendemos la razón", "admin_blocked"),
        ("en", "Our admin panel was blocked this morning although nothing is overdue", "admin_blocked"),
        ("pt", "Quero mudar a data de vencimento da fatura para o dia quinze", "invoice_due_date"),
    ],
)
def test_a_financial_subject_and_what_happened_are_read_from_the_words(
    customer: Customer, language: str, text: str, subject: str
) -> None:
    customer.context["customer"] = VERIFIED
    customer.slots["language"] = language
    asked = say(customer, text, "financial_matter")
    assert (customer.slots["subject"], customer.slots["what_happened"]) == (subject, text)
    assert asked.asks == "attachments"
    assert customer.slots.get("category") is None
    assert press(customer, "attachments.skip", "skip").asks == "confirm"
    press(customer, "confirm.yes", "affirm")
    customer.run(SubmitTicket)
    draft = customer.api.opened[0].body["request"]
    assert draft["comment"]["body"].count(text) == 1
    assert customer.api.asked("/help-center/search") == []


def test_what_happened_is_asked_where_only_the_matter_was_named(customer: Customer) -> None:
    customer.context["customer"] = VERIFIED
    assert say(customer, "tengo un tema con la factura", "financial_matter").asks == "subject"
    assert press(customer, "subject.billing_amounts").asks == "what_happened"
    assert say(customer, "¿Por qué me cobraron dos veces en marzo?").asks == "attachments"


def test_the_same_matter_said_again_is_an_answer_like_any_other(customer: Customer) -> None:
    customer.context["customer"] = VERIFIED
    assert say(customer, "es por dinero", "financial_matter").asks == "subject"
    for _ in range(2):
        assert say(customer, "lo de siempre", "financial_matter").asks == "subject"
    assert say(customer, "lo de siempre", "financial_matter").asks == "what_happened"


def test_a_commercial_matter_has_no_triage(customer: Customer) -> None:
    customer.context["customer"] = VERIFIED
    asked = say(customer, "queremos abrir una cuenta franquicia para una tienda nueva", "commercial_matter")
    assert customer.slots["subject"] == "franchise_account"
    assert asked.asks == "attachments"
    assert "users_affected" not in asked.text


def test_the_purpose_of_an_alliance_matter_is_read_from_the_words(customer: Customer) -> None:
    customer.context["customer"] = VERIFIED
    asked = say(customer, "quiero una demo del producto de LinkedIn", "linkedin_matter")
    assert customer.slots["purpose"] == "demo"
    assert asked.asks == "confirm"


# Nobody gets stuck


def test_the_third_answer_that_fits_nothing_is_noted_as_it_was_written(customer: Customer) -> None:
    told(customer, "La pantalla queda en blanco al guardar")
    assert say(customer, "lo azul").asks == "subcategory"
    assert say(customer, "lo verde").asks == "subcategory"
    done = say(customer, "lo rojo")
    assert done.asks == "platform"
    assert customer.slots["subcategory"] == "other"
    assert "lo rojo" in customer.slots["description"]


@pytest.mark.parametrize(("language", "text"), [("es", "no sé"), ("en", "I don't know"), ("pt", "não sei")])
def test_who_does_not_know_is_not_asked_again(customer: Customer, language: str, text: str) -> None:
    told(customer, "Reportes / Reports / Relatórios", language=language)
    press(customer, "platform.Lumbra Admin")
    assert customer.slots["requested_slot"] == "users_affected"
    assert say(customer, text, "deny").asks == "impact"
    assert customer.slots["users_affected"] == "all"


def test_a_matter_told_in_the_middle_of_a_problem_is_added_to_it(customer: Customer) -> None:
    customer.slots.update(problem="El reporte de ventas sale vacío", scenario="incident")
    say(customer, "ahora no carga nada de nada", "report_outage")
    assert customer.slots["category"] == "outage"
    assert "reporte" in customer.slots["description"]
    assert "no carga nada" in customer.slots["description"]


def test_an_unknown_platform_is_taken_as_it_was_written_in_the_end(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío")
    assert say(customer, "la tienda roja").asks == "platform"
    assert say(customer, "la tienda roja").asks == "users_affected"
    assert customer.slots["platform"] == "la tienda roja"


def test_who_gives_no_address_is_shown_a_way_out(customer: Customer) -> None:
    customer.slots.update(problem="El reporte de ventas sale vacío", scenario="incident")
    customer.run(ValidateTicketForm, "no", "deny")
    assert say(customer, "luego").names == []
    assert say(customer, "más tarde").names == ["email.cancel"]
    assert say(customer, "ana@example.com").asks == "code"


def test_another_address_is_asked_for_where_the_code_goes_to_the_wrong_one(customer: Customer) -> None:
    customer.slots.update(problem="El reporte de ventas sale vacío", scenario="incident")
    customer.run(ValidateTicketForm, "no", "deny")
    assert say(customer, "anna@example.com").asks == "code"
    assert say(customer, "quiero cambiar el correo", "change_field", field="email").asks == "email"


@pytest.mark.parametrize(
    ("language", "wish"),
    [
        ("es", "cambia el título a Exportación colgada"),
        ("en", "change the title to Exportación colgada"),
        ("pt", "muda o título para Exportación colgada"),
    ],
)
def test_a_field_is_changed_while_the_code_is_waited_for_too(customer: Customer, language: str, wish: str) -> None:
    customer.slots.update(problem="El reporte de ventas sale vacío", scenario="incident", language=language)
    customer.run(ValidateTicketForm, "no", "deny")
    assert say(customer, "ana@example.com").asks == "code"
    assert say(customer, wish).asks == "code"
    assert customer.slots["title"] == "Exportación colgada"
    assert "colgada" not in (customer.slots["description"] or "")


def test_a_description_is_never_asked_without_a_way_out(customer: Customer) -> None:
    customer.run(ValidateTicketForm, "persona", "talk_to_person")
    for _ in range(2):
        again = say(customer, "omitir", "skip")
    assert again.names == ["description.cancel"]


def test_an_answer_inside_of_a_sentence_is_heard_and_the_rest_is_kept(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío")
    done = say(customer, "pasa en Lumbra Store y también en el celular de mi jefa")
    assert done.asks == "users_affected"
    assert customer.slots["platform"] == "Lumbra Store"
    assert customer.slots["description"].endswith("mi jefa")


# The last look


def test_an_article_for_the_full_description_is_shown_before_the_summary_once(customer: Customer) -> None:
    told(customer, "El reporte de ventas sale vacío", "question")
    say(customer, "además falla la exportación con el filtro de fechas")
    summary = press(customer, "platform.Lumbra Admin")
    assert [each["metadata"]["kind"] for each in summary.messages if each["metadata"]["kind"]] == ["answer"]
    assert summary.asks == "confirm"
    assert customer.slots["shown"][-1]["url"] == "/help/export-reports#steps"
    again = say(customer, "gracias", "affirm")
    assert again.slots["requested_slot"] is None
    assert len(customer.api.asked("/help-center/search")) == 1


def test_an_article_that_was_shown_already_is_not_shown_again(customer: Customer) -> None:
    customer.slots["shown"] = [{"title": "Export a report", "url": "/help/export-reports#other"}]
    told(customer, "El reporte de ventas sale vacío", "question")
    say(customer, "además falla la exportación con el filtro de fechas")
    summary = press(customer, "platform.Lumbra Admin")
    assert [each["metadata"]["kind"] for each in summary.messages if each["metadata"]["kind"]] == []


def open_one(customer: Customer, subject: str, status: str = "open") -> None:
    customer.api.tickets["before"] = {
        "id": 1000,
        "status": status,
        "subject": subject,
        "description": subject,
        "url": "/portal/tickets/1000",
        "custom_fields": [],
    }


@pytest.mark.parametrize(
    ("language", "before", "problem"),
    [
        ("es", "Reporte de ventas vacío", "El reporte de ventas sale vacío"),
        ("en", "Sales report is empty", "The sales report comes out empty"),
        ("pt", "Relatório de vendas vazio", "O relatório de vendas sai vazio"),
    ],
)
def test_an_open_ticket_about_the_same_takes_what_was_told_as_a_comment(
    customer: Customer, language: str, before: str, problem: str
) -> None:
    open_one(customer, before)
    customer.context.update(attachments=2, waiting_files=["f1", "f2"])
    told(customer, problem, "question", language)
    summary = press(customer, "platform.Lumbra Admin")
    assert "1000" in summary.text
    assert summary.names == ["confirm.yes", "confirm.change", "confirm.existing"]
    chosen = customer.run(ValidateTicketForm, "1000", "inform", {"confirm": "existing"}, choice="confirm.existing")
    assert chosen.slots["requested_slot"] is None
    done = customer.run(SubmitTicket)
    assert "1000" in done.text
    comment = customer.api.asked("/api/v2/requests/1000")[0]
    assert comment.method == "PUT"
    assert problem in comment.body["request"]["comment"]["body"]
    assert comment.body["request"]["comment"]["uploads"] == ["f1", "f2"]
    assert comment.headers["Idempotency-Key"] == f"t{customer.turn}:1"
    assert customer.api.opened == []
    assert customer.slots["form_id"] is None


@pytest.mark.parametrize(
    ("subject", "status"), [("Reporte de ventas vacío", "closed"), ("Cambiar el logo de la tienda nueva", "open")]
)
def test_a_closed_ticket_or_another_matter_is_no_reason_to_warn(customer: Customer, subject: str, status: str) -> None:
    open_one(customer, subject, status)
    told(customer, "El reporte de ventas sale vacío", "question")
    assert "confirm.existing" not in press(customer, "platform.Lumbra Admin").names


def test_nobody_who_is_not_verified_hears_of_tickets(customer: Customer) -> None:
    open_one(customer, "Reporte de ventas vacío")
    customer.slots.update(problem="El reporte de ventas sale vacío", scenario="question")
    customer.run(ValidateTicketForm, "no", "deny")
    assert customer.api.asked("/api/v2/requests") == []


# Asked for an address

ADDRESS_ASKED = {
    "es": (
        "El reporte de ventas sale vacío",
        "como veo el numero de mi ticket?",
        "cerramos el mes el día 15 sin falta",
    ),
    "en": ("The sales report comes out empty", "how do I see my ticket number", "we close our books on the 15th"),
    "pt": (
        "O relatório de vendas sai vazio",
        "como vejo o número do meu chamado?",
        "fechamos o mês no dia 15 sem falta",
    ),
}


@pytest.mark.parametrize("language", sorted(ADDRESS_ASKED))
def test_who_asks_for_their_ticket_before_the_address_is_confirmed_is_told_when_there_is_one(
    customer: Customer, language: str
) -> None:
    problem, asked, _ = ADDRESS_ASKED[language]
    customer.slots.update(problem=problem, answered=problem, scenario="incident", language=language)
    assert customer.run(ValidateTicketForm, "no", "deny").asks == "email"
    done = customer.run(ValidateTicketForm, asked, "check_ticket_status")
    assert done.asks == "email"
    assert customer.catalog.wording(language).text("messages.ticket_later") in done.text
    numbered = customer.run(ValidateTicketForm, "1024", "check_ticket_status", {"ticket_id": "1024"})
    assert numbered.messages == []  # the rules look that one up


@pytest.mark.parametrize("intent", ["describe_problem", "financial_matter", "out_of_scope"])
@pytest.mark.parametrize("language", sorted(ADDRESS_ASKED))
def test_what_is_told_instead_of_an_address_is_kept(customer: Customer, language: str, intent: str) -> None:
    problem, _, told_more = ADDRESS_ASKED[language]
    customer.slots.update(problem=problem, answered=problem, scenario="incident", language=language)
    customer.run(ValidateTicketForm, "no", "deny")
    done = customer.run(ValidateTicketForm, told_more, intent, confidence=0.9)
    assert done.asks == "email"
    assert told_more in str(customer.slots["description"])
    assert customer.slots["support_type"] == "technical"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("ana arroba tienda punto com", True),
        ("ana.arroba.tienda.com", True),
        ("ana at shop dot example", True),
        ("el reporte no abre. Gracias", False),
        ("https://shop.example/orders", False),
        ("no carga nada", False),
    ],
)
def test_an_address_that_cannot_be_one_is_known_for_an_address(text: str, spelled: bool) -> None:
    assert contact.spells_address(text) is spelled
