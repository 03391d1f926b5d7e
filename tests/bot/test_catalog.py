"""The catalog of the first deployment, the rules it computes, and what loading refuses."""

from __future__ import annotations

import ast
import json
import shutil
import sys
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest

import bot
from bot.catalog import Catalog, CatalogError, OpenRange, Target, load_catalog

DATA = Path(bot.__file__).parent.parent / "data"
Edit = Callable[[str, str, str], None]
HOLIDAYS = "holidays: {country: CO, subdivision: null, extra: [], without: []}"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(DATA)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil."""
    shutil.copy(DATA / "catalog.yml", tmp_path)
    shutil.copytree(DATA / "wording", tmp_path / "wording")
    return tmp_path


@pytest.fixture
def edit(data_dir: Path) -> Edit:
    def replace(file: str, old: str, new: str) -> None:
        path = data_dir / file
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{file} no longer holds {old!r}; correct the test"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return replace


# What the first deployment is made of: the support process's lists, byte for byte and in its order.

REQUESTS = [
    "Actualizaciones de versión",
    "Administración",
    "Avisos concurrencia",
    "Bajas",
    "Capacitación",
    "Desarrollos",
    "Dominios",
    "Gráfica",
    "Nuevos servicios",
    "Reclamo",
    "Seguridad",
    "Web de Clientes",
    "Otros",
]
INCIDENTS = [
    "Acciones Masivas",
    "Autenticación",
    "Configuraciones",
    "Idioma",
    "Integraciones",
    "Lentitud",
    "Mensaje error",
    "Notificaciones",
    "Plugins",
    "Registros",
    "Reportes",
    "Roles",
    "Seguridad",
    "Web de Clientes",
    "Otros",
]
QUESTIONS = [
    "Acciones Masivas",
    "Autenticación",
    "Configuraciones",
    "Integraciones",
    "Notificaciones",
    "Otros",
    "Plugins",
    "Registros",
    "Reportes",
    "Roles",
]
CATEGORIES = {
    "request": ("Solicitudes", REQUESTS),
    "incident": ("Inconveniente Técnico", INCIDENTS),
    "question": ("Consultas", QUESTIONS),
    "outage": ("Plataforma Inaccesible", []),
    "linkedin": ("LinkedIn", []),
}
# id -> English, Portuguese.
LABELS = {
    "categories": {
        "request": ("Requests", "Solicitações"),
        "incident": ("Technical issue", "Problema técnico"),
        "question": ("Questions", "Dúvidas"),
        "outage": ("Platform down", "Plataforma fora do ar"),
        "linkedin": ("LinkedIn", "LinkedIn"),
    },
    "subcategories": {
        "version_upgrades": ("Version upgrades", "Atualizações de versão"),
        "administration": ("Administration", "Administração"),
        "concurrency_notices": ("Concurrency notices", "Avisos de simultaneidade"),
        "cancellations": ("Cancellations", "Cancelamentos"),
        "training": ("Training", "Treinamento"),
        "development": ("Development", "Desenvolvimentos"),
        "domains": ("Domains", "Domínios"),
        "graphics": ("Graphic design", "Design gráfico"),
        "new_services": ("New services", "Novos serviços"),
        "complaint": ("Complaint", "Reclamação"),
        "security": ("Security", "Segurança"),
        "customer_portal": ("Customer portal", "Portal do cliente"),
        "other": ("Other", "Outros"),
        "bulk_actions": ("Bulk actions", "Ações em massa"),
        "authentication": ("Authentication", "Autenticação"),
        "configuration": ("Configuration", "Configurações"),
        "language": ("Language", "Idioma"),
        "integrations": ("Integrations", "Integrações"),
        "slowness": ("Slowness", "Lentidão"),
        "error_message": ("Error message", "Mensagem de erro"),
        "notifications": ("Notifications", "Notificações"),
        "plugins": ("Plugins", "Plugins"),
        "records": ("Records", "Registros"),
        "reports": ("Reports", "Relatórios"),
        "roles": ("Roles", "Perfis de acesso"),
    },
    "scenarios": {
        "question": ("I have a question", "Tenho uma dúvida"),
        "incident": ("Something isn't working as expected", "Tenho um comportamento inesperado"),
        "configuration": (
            "I need Lumbra to set something up",
            "Preciso de uma configuração por parte da Lumbra",
        ),
    },
}


def test_the_categories_and_their_subcategories_have_the_process_labels_in_its_order(catalog: Catalog) -> None:
    shown = {
        each.id: (
            catalog.label("categories", each.id, "es"),
            [catalog.label("subcategories", sub, "es") for sub in each.subcategories],
        )
        for each in catalog.categories
    }
    assert shown == CATEGORIES
    assert list(shown) == list(CATEGORIES)


@pytest.mark.parametrize("kind", LABELS)
def test_the_english_and_portuguese_labels_are_those_of_the_process(catalog: Catalog, kind: str) -> None:
    shown = {id_: (catalog.label(kind, id_, "en"), catalog.label(kind, id_, "pt")) for id_ in LABELS[kind]}
    assert shown == LABELS[kind]


def test_every_subcategory_in_use_is_in_the_label_table(catalog: Catalog) -> None:
    assert {sub for each in catalog.categories for sub in each.subcategories} == set(LABELS["subcategories"])


def test_the_three_scenarios_name_the_vendor_and_lead_to_their_categories(catalog: Catalog) -> None:
    assert [
        (catalog.label("scenarios", each.id, "es"), each.default_category, each.ticket_type)
        for each in catalog.scenarios
    ] == [
        ("Tengo una duda", "question", "question"),
        ("Tengo un comportamiento inesperado", "incident", "incident"),
        ("Necesito una configuración por parte de Lumbra", "request", "task"),
    ]
    assert {each.support_type for each in catalog.scenarios} == {"technical"}


def test_the_quick_classification_asks_the_guide_s_questions(catalog: Catalog) -> None:
    cards = [catalog.card(each.id, "es") for each in catalog.categories]
    assert [(each.emoji, each.question) for each in cards] == [
        ("💡", "¿Necesitas algo nuevo?"),
        ("🔧", "¿Algo falló?"),
        ("❓", "¿Dudas de uso?"),
        ("🚨", "¿Emergencia Total?"),
        ("🤝", "¿Alianza o Demos?"),
    ]
    for language in catalog.languages:
        assert all(catalog.card(each.id, language).use for each in catalog.categories)


def test_ids_are_those_that_outside_parties_rely_on(catalog: Catalog) -> None:
    assert catalog.languages == ("es", "en", "pt")
    assert [each.id for each in catalog.support_types] == ["technical", "financial", "commercial"]
    assert catalog.ticket_types == ("question", "incident", "task", "problem")
    assert catalog.priorities == ("low", "normal", "high", "urgent")
    assert [each.id for each in catalog.statuses] == ["new", "open", "pending", "hold", "solved", "closed"]
    assert catalog.options("users_affected") == ("internal", "external", "all")
    assert catalog.options("impact") == ("low", "moderate", "high")
    assert catalog.options("environment") == ("production", "development")
    assert catalog.options("purpose", category="linkedin") == ("alliance", "demo", "assistance")


def test_financial_and_commercial_subjects_are_all_there(catalog: Catalog) -> None:
    assert len(catalog.subjects["financial"]) == 13
    assert catalog.subjects["commercial"] == (
        "sales_channel",
        "additional_environment",
        "franchise_account",
        "account_owner",
    )
    assert catalog.options("subject", support_type="financial") == catalog.subjects["financial"]
    assert catalog.options("subject", support_type="technical") == ()


def test_every_list_of_subcategories_that_is_asked_holds_the_wildcard(catalog: Catalog) -> None:
    asked = [each.id for each in catalog.categories if catalog.selectable_subcategories(each.id)]
    assert asked == ["request", "incident", "question"]
    assert all("other" in catalog.selectable_subcategories(each) for each in asked)


def test_facts_of_the_service_are_the_published_ones(catalog: Catalog) -> None:
    assert catalog.reopen_working_hours == 27
    assert catalog.first_response_minutes == 20
    assert catalog.attachment_limits.bytes == 10 * 1024 * 1024
    assert catalog.attachment_limits.count == 5
    assert catalog.support_hours.days[0] == (OpenRange(time(8), time(18)),)
    assert catalog.support_hours.days[6] == ()


def test_details_are_those_of_each_topic_and_each_language_has_words_for_it(catalog: Catalog) -> None:
    assert {each.id: [detail.id for detail in each.details] for each in catalog.topics} == {
        "orders": ["order_id", "order_url"],
        "checkout": ["cart_url", "sku_ids", "postal_code", "har_file"],
        "logistics": ["seller_id", "sku_ids", "postal_codes"],
        "payments": ["transaction_id", "transaction_url"],
        "apps": ["app_name", "app_version", "workspace"],
        "promotions": ["promotion_name", "promotion_url", "product", "postal_code"],
        "integrations": ["endpoint", "request_body", "response_body", "affiliate_id"],
    }
    assert all(set(each.words) == set(catalog.languages) for each in catalog.topics)


@pytest.mark.parametrize(
    ("language", "text", "topics"),
    [
        ("es", "Mis PEDIDOS no llegan a la logística", ["orders", "logistics"]),
        ("es", "el código postal no calcula el envío en el checkout", ["checkout", "logistics"]),
        ("es", "no puedo entrar", []),
        ("es", "la tarjeta fue rechazada", ["payments"]),
        ("en", "The coupon isn't applied to the cart.", ["checkout", "promotions"]),
        ("en", "I would like to reorder the menu", []),
        ("en", "our ERP webhook fails", ["integrations"]),
        ("en", "unhappy with the approach", []),
        ("pt", "A transação do cartão foi recusada", ["payments"]),
        ("pt", "o frete não aparece no carrinho", ["checkout", "logistics"]),
        ("pt", "o aplicativo não abre", ["apps"]),
        ("en", "", []),
    ],
)
def test_words_reveal_the_topic(catalog: Catalog, language: str, text: str, topics: list[str]) -> None:
    assert [each.id for each in catalog.topics_in(text, language)] == topics


# Priorities


@pytest.mark.parametrize(
    ("facts", "priority"),
    [
        ({"support_type": "financial"}, "low"),
        ({"support_type": "financial", "ticket_type": "incident"}, "low"),
        ({"support_type": "commercial"}, "normal"),
        ({"category": "outage"}, "urgent"),
        ({"category": "outage", "users_affected": "internal", "impact": "low"}, "urgent"),
        ({"category": "linkedin"}, "normal"),
        ({"category": "question"}, "low"),
        ({"category": "question", "ticket_type": "incident"}, "low"),
        ({"category": "request", "ticket_type": "task"}, "normal"),
        ({"category": "request", "support_type": "technical"}, "normal"),
        ({"ticket_type": "question"}, "low"),
        ({"ticket_type": "task"}, "low"),
        ({"scenario": "question"}, "low"),
        ({"scenario": "configuration"}, "normal"),
        ({"category": "incident", "users_affected": "internal", "impact": "low"}, "low"),
        ({"category": "incident", "users_affected": "internal", "impact": "moderate"}, "normal"),
        ({"category": "incident", "users_affected": "internal", "impact": "high"}, "high"),
        ({"category": "incident", "users_affected": "external", "impact": "low"}, "normal"),
        ({"category": "incident", "users_affected": "external", "impact": "moderate"}, "high"),
        ({"category": "incident", "users_affected": "external", "impact": "high"}, "urgent"),
        ({"category": "incident", "users_affected": "all", "impact": "low"}, "normal"),
        ({"category": "incident", "users_affected": "all", "impact": "moderate"}, "high"),
        ({"category": "incident", "users_affected": "all", "impact": "high"}, "urgent"),
        ({"ticket_type": "incident", "users_affected": "all", "impact": "high"}, "urgent"),
        ({"ticket_type": "problem", "users_affected": "internal", "impact": "low"}, "low"),
        ({"scenario": "incident", "users_affected": "external", "impact": "high"}, "urgent"),
        ({"scenario": "incident", "category": "question"}, "low"),
        ({"category": "incident"}, "normal"),
        ({"category": "incident", "impact": "high"}, "normal"),
        ({}, "normal"),
    ],
)
def test_the_priority_follows_the_process(catalog: Catalog, facts: dict[str, str], priority: str) -> None:
    assert catalog.priority(**facts) == priority


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"category": "nothing"}, "request, incident, question, outage, linkedin"),
        ({"support_type": "medical"}, "technical, financial, commercial"),
        ({"ticket_type": "wish"}, "question, incident, task, problem"),
        ({"scenario": "wish"}, "question, incident, configuration"),
        ({"category": "incident", "users_affected": "few", "impact": "low"}, "internal, external, all"),
        ({"category": "incident", "users_affected": "all", "impact": "huge"}, "low, moderate, high"),
    ],
)
def test_an_unknown_fact_is_refused_with_the_known_ones(catalog: Catalog, facts: dict[str, str], named: str) -> None:
    with pytest.raises(CatalogError, match=named):
        catalog.priority(**facts)


# Forms


@pytest.mark.parametrize(
    ("category", "fields"),
    [
        ("request", ("category", "subcategory", "platform", "title", "description")),
        (
            "incident",
            ("category", "subcategory", "platform", "users_affected", "impact", "title", "description"),
        ),
        ("question", ("category", "subcategory", "platform", "title", "description")),
        ("outage", ("category", "title", "description")),
        ("linkedin", ("category", "purpose", "title", "description")),
    ],
)
def test_a_category_requires_its_fields_in_asking_order(
    catalog: Catalog, category: str, fields: tuple[str, ...]
) -> None:
    assert catalog.required_fields(category) == fields
    assert catalog.required_fields(category, support_type="technical") == fields


def test_financial_and_commercial_tickets_have_their_own_fields(catalog: Catalog) -> None:
    financial = catalog.required_fields(support_type="financial")
    assert financial == ("support_type", "subject", "what_happened", "title", "description")
    assert catalog.required_fields(support_type="commercial") == ("support_type", "subject", "title", "description")
    assert catalog.required_fields("incident", support_type="financial") == financial
    assert "attachments" in catalog.asked_fields(support_type="financial")


def test_without_a_category_only_what_every_technical_ticket_needs_is_required(catalog: Catalog) -> None:
    assert catalog.required_fields() == ("category", "title", "description")


def test_only_steps_of_their_own_are_asked_and_attachments_are_offered(catalog: Catalog) -> None:
    assert catalog.asked_fields("incident") == (
        "category",
        "subcategory",
        "platform",
        "users_affected",
        "impact",
        "attachments",
    )
    assert catalog.asked_fields("outage") == ("category",)


def test_fields_of_one_source_only_are_switched_off(catalog: Catalog) -> None:
    off = [each.id for each in catalog.fields if not each.enabled]
    assert off == ["experience_level", "agency"]
    assert not set(off) & {each for category in catalog.categories for each in catalog.shown_fields(category.id)}


def test_a_field_switched_on_is_shown_where_it_applies(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", "shown_for: [technical], enabled: false}", "shown_for: [technical], enabled: true}")
    catalog = Catalog.load(data_dir)
    assert "experience_level" in catalog.shown_fields("question")
    assert "experience_level" not in catalog.shown_fields(support_type="financial")
    assert "experience_level" in [each["id"] for each in catalog.to_json("en")["fields"]]


def test_the_environment_stands_as_production_until_changed(catalog: Catalog) -> None:
    environment = catalog.field("environment")
    assert (environment.default, environment.ask) == ("production", "summary")


def test_a_list_of_one_subcategory_is_not_asked(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", "    team: alliances\n", "    team: alliances\n    subcategories: [other]\n")
    catalog = Catalog.load(data_dir)
    assert catalog.selectable_subcategories("linkedin") == ()
    assert "subcategory" not in catalog.required_fields("linkedin")


def test_platforms_are_the_account_s_own_or_the_deployment_s(catalog: Catalog) -> None:
    account_id, platforms = next(iter(catalog.account_platforms().items()))
    assert catalog.platforms_of(account_id) == platforms
    assert catalog.options("platform", account_id=account_id) == platforms
    assert catalog.platforms_of(None) == catalog.platforms_of("nobody") == catalog.default_platforms
    assert all(catalog.vendor in each for each in catalog.default_platforms)


# Statuses and hours


@pytest.mark.parametrize(
    ("status", "to", "by_customer", "allowed"),
    [
        ("new", "open", False, True),
        ("open", "pending", False, True),
        ("pending", "open", True, True),
        ("solved", "open", True, True),
        ("solved", "closed", True, False),
        ("solved", "closed", False, True),
        ("open", "new", False, False),
        ("closed", "open", False, False),
        ("closed", "open", True, False),
        ("new", "pending", True, False),
    ],
)
def test_a_ticket_moves_only_as_the_process_says(
    catalog: Catalog, status: str, to: str, by_customer: bool, allowed: bool
) -> None:
    assert catalog.may_move(status, to, by_customer=by_customer) is allowed


def test_only_closed_is_final(catalog: Catalog) -> None:
    assert [each.id for each in catalog.statuses if each.final] == ["closed"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "lunes a viernes de 8:00 a 18:00 (hora de Bogotá)"),
        ("en", "Monday to Friday from 8:00 to 18:00 (Bogotá time)"),
        ("pt", "segunda-feira a sexta-feira das 8:00 às 18:00 (horário de Bogotá)"),
    ],
)
def test_support_hours_are_told_in_one_line(catalog: Catalog, language: str, text: str) -> None:
    assert catalog.support_hours_text(language) == text


def test_days_with_other_hours_are_told_apart(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", 'wednesday: ["08:00-18:00"]', 'wednesday: ["08:00-12:00", "14:00-24:00"]')
    edit("catalog.yml", HOLIDAYS, 'holidays: ["2026-12-25"]')
    catalog = Catalog.load(data_dir)
    assert catalog.support_hours_text("en") == (
        "Monday and Tuesday from 8:00 to 18:00; Wednesday from 8:00 to 12:00 and from 14:00 to 24:00; "
        "Thursday and Friday from 8:00 to 18:00 (Bogotá time)"
    )
    assert catalog.support_hours.holidays == {date(2026, 12, 25)}
    hours = catalog.to_json("en")["support_hours"]
    assert hours["days"][2]["hours"] == [{"start": "08:00", "end": "12:00"}, {"start": "14:00", "end": "24:00"}]
    assert hours["holidays"] == ["2026-12-25"]


def test_support_around_the_clock_is_told_as_such(data_dir: Path) -> None:
    path = data_dir / "catalog.yml"
    content = path.read_text(encoding="utf-8").replace('["08:00-18:00"]', '["00:00-24:00"]')
    path.write_text(content.replace("day: []", 'day: ["00:00-24:00"]'), encoding="utf-8")
    assert Catalog.load(data_dir).support_hours_text("es") == "todos los días, las 24 horas"


# The public face and the digest


def test_the_public_face_is_plain_ordered_and_in_the_language_asked_for(catalog: Catalog) -> None:
    for language in catalog.languages:
        face = json.loads(json.dumps(catalog.to_json(language)))
        assert face["language"] == language
        assert [each["id"] for each in face["categories"]] == [each.id for each in catalog.categories]
        incident = face["categories"][1]
        assert incident["label"] == catalog.label("categories", "incident", language)
        assert [each["label"] for each in incident["subcategories"]] == [
            catalog.label("subcategories", each, language) for each in catalog.category("incident").subcategories
        ]
        assert incident["required_fields"] == list(catalog.required_fields("incident"))
        users = next(each for each in face["fields"] if each["id"] == "users_affected")
        assert [set(each) for each in users["options"]] == [{"id", "label", "help"}] * 3
        assert face["attachments"] == {"max_bytes": 10485760, "max_files": 5}
        assert [each["id"] for each in face["support_types"][1]["subjects"]] == list(catalog.subjects["financial"])


def test_the_public_face_tells_nothing_of_accounts_teams_or_words(catalog: Catalog) -> None:
    text = json.dumps(catalog.to_json("es"), ensure_ascii=False)
    for account_id, platforms in catalog.account_platforms().items():
        assert account_id not in text
        assert not any(each in text for each in platforms)
    assert '"team"' not in text
    assert "transportadora" not in text


def test_the_digest_changes_with_content_and_not_with_comments(data_dir: Path, edit: Edit) -> None:
    before = Catalog.load(data_dir).digest()
    edit("catalog.yml", "# The cards", "# Another comment. The cards")
    assert Catalog.load(data_dir).digest() == before
    edit("wording/pt.yml", "Relatórios", "Relatórios e painéis")
    after = Catalog.load(data_dir).digest()
    assert after != before
    edit("catalog.yml", "[alliance, demo, assistance]", "[demo, alliance, assistance]")
    assert Catalog.load(data_dir).digest() not in (before, after)


def test_a_page_s_wording_is_nothing_that_the_dialogue_is_trained_from(data_dir: Path, edit: Edit) -> None:
    before = Catalog.load(data_dir)
    edit("wording/es.yml", "    subtitle: Te ayudo a resolverlo ahora", "    subtitle: Te ayudo")
    after = Catalog.load(data_dir)
    assert after.digest() != before.digest()
    assert after.dialogue_digest() == before.dialogue_digest()
    for file, old, new in (
        ("wording/pt.yml", "Relatórios", "Relatórios e painéis"),
        ("catalog.yml", "[alliance, demo, assistance]", "[demo, alliance, assistance]"),
    ):
        edit(file, old, new)
        assert Catalog.load(data_dir).dialogue_digest() != after.dialogue_digest()
        after = Catalog.load(data_dir)


def test_another_vendor_is_a_change_of_data_only(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", "vendor: Lumbra", "vendor: Acme")
    catalog = Catalog.load(data_dir)
    assert catalog.label("scenarios", "configuration", "es") == "Necesito una configuración por parte de Acme"
    assert catalog.default_platforms[0] == "Acme Store"
    assert "Lumbra" not in json.dumps([catalog.to_json(each) for each in catalog.languages])


def test_another_category_is_a_change_of_data_only(data_dir: Path, edit: Edit) -> None:
    edit(
        "catalog.yml",
        "  - id: outage\n",
        "  - {id: hardware, emoji: 🖨, ticket_type: incident, priority: high, team: support, "
        "subcategories: [printers, other]}\n  - id: outage\n",
    )
    for language in ("es", "en", "pt"):
        edit(f"wording/{language}.yml", "  categories:\n", "  categories:\n    hardware: Hardware\n")
        edit(f"wording/{language}.yml", "  subcategories:\n", "  subcategories:\n    printers: Printers\n")
        edit(f"wording/{language}.yml", "  cards:\n", "  cards:\n    hardware: {question: A printer, use: Printers}\n")
    catalog = Catalog.load(data_dir)
    assert catalog.priority(category="hardware") == "high"
    assert catalog.required_fields("hardware") == ("category", "subcategory", "title", "description")


def test_the_project_s_own_catalog_is_found_without_naming_a_folder(catalog: Catalog) -> None:
    assert load_catalog().digest() == catalog.digest()


# What loading refuses


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("  - id: question\n    emoji", "  - id: incident\n    emoji", "categories.incident", "twice"),
        (
            "      - roles\n      - security",
            "      - roles\n      - roles",
            "categories.incident.subcategories",
            "twice",
        ),
        ("languages: [es, en, pt]", "languages: [es, en, es]", "languages.es", "twice"),
        (
            "default_language: es",
            "default_language: fr",
            "default_language",
            "'fr', which is not known. Use one of: es",
        ),
        ("default_category: request", "default_category: wish", "scenarios.configuration.default_category", "'wish'"),
        ("priority: matrix", "priority: huge", "categories.incident.priority", "'huge'"),
        ("asks_impact: true", "asks_impact: false", "categories.incident.asks_impact", "not asked"),
        ("      - customer_portal\n      - other\n", "      - customer_portal\n", "subcategories", "no `other`"),
        ("all: {low: normal, ", "all: {", "priority.matrix.all", "Write one cell each for: low, moderate, high"),
        ("    all: {low: normal, moderate: high, high: urgent}\n", "", "priority.matrix", "Write one row each for"),
        ("required_for: [request, incident, question]", "required_for: [requests]", "fields.platform", "'requests'"),
        ('options: "catalog:purposes"', 'options: "catalog:wishes"', "fields.purpose.options", "catalog:subjects"),
        ("default: production", "default: staging", "fields.environment.default", "'staging'"),
        (
            "customer_next: [open], pauses",
            "customer_next: [opened], pauses",
            "statuses.solved.customer_next",
            "'opened'",
        ),
        ("reopen_working_hours: 27", "reopen_working_hours: soon", "reopen_working_hours", "whole number"),
        ("reopen_working_hours: 27", "reopen_hours: 27", "reopen_working_hours", "missing"),
        ("first_response_minutes: 20", "first_response_minutes: 20\nfirst: 1", "first", "no such key"),
        ("time_zone: America/Bogota", "time_zone: Bogota", "support_hours.time_zone", "IANA"),
        ('monday: ["08:00-18:00"]', 'monday: ["8-18"]', "support_hours.days.monday", "no range of hours"),
        ('monday: ["08:00-18:00"]', 'monday: ["18:00-08:00"]', "support_hours.days.monday", "ends before it starts"),
        (HOLIDAYS, "holidays: [christmas]", "support_hours.holidays", "not a list of dates"),
        (HOLIDAYS, "holidays: {extra: [christmas]}", "support_hours.holidays.extra", "not a list of dates"),
        (HOLIDAYS, 'holidays: {without: ["2026-12-25"]}', "support_hours.holidays.country", "missing"),
        ("first_response: 15m", "first_response: 15", "targets.urgent.first_response", "no duration"),
        ("clock: emergencies", "clock: sun", "targets.urgent.clock", "'sun'"),
        ("warn_at_percent: 75", "warn_at_percent: 100", "targets.warn_at_percent", "100"),
        ("  urgent: {first", "  huge: {first", "targets.huge", "no such key"),
        ("vendor: Lumbra", "vendor:", "vendor", "not text"),
        ("id: order_id, kind: text", "id: order_id, kind: number", "topics.orders.details.order_id.kind", "'number'"),
        ("  commercial:\n    - sales", "  social:\n    - sales", "subjects.social", "'social'"),
    ],
)
def test_a_catalog_that_does_not_fit_together_is_refused_by_key_and_cure(
    data_dir: Path, edit: Edit, old: str, new: str, key: str, problem: str
) -> None:
    edit("catalog.yml", old, new)
    with pytest.raises(CatalogError) as refused:
        Catalog.load(data_dir)
    assert refused.value.file == "catalog.yml"
    assert key in refused.value.key
    assert problem in str(refused.value)
    assert refused.value.cure in str(refused.value)


def test_an_id_that_is_both_category_and_support_type_is_refused(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", "  - id: linkedin\n", "  - id: commercial\n")
    with pytest.raises(CatalogError, match=r"categories\.commercial: .* also one of the support types"):
        Catalog.load(data_dir)


def test_yaml_that_cannot_be_read_is_named_with_its_line(data_dir: Path, edit: Edit) -> None:
    edit("catalog.yml", "languages: [es, en, pt]", "languages: [es, en, pt")
    with pytest.raises(CatalogError, match=r"catalog\.yml: line 1[0-9], column"):
        Catalog.load(data_dir)


def test_a_key_that_stands_twice_is_named_with_its_line(data_dir: Path, edit: Edit) -> None:
    edit("wording/en.yml", "labels:\n", "labels:\n  days: {}\n")
    with pytest.raises(CatalogError, match=r"en\.yml: line [0-9]+, column 3: the key 'days' stands here a second time"):
        Catalog.load(data_dir)


def test_a_missing_file_is_named(data_dir: Path) -> None:
    (data_dir / "wording" / "pt.yml").unlink()
    with pytest.raises(CatalogError, match=r"wording/pt\.yml: there is no such file in .*wording"):
        Catalog.load(data_dir)


def test_a_file_in_another_encoding_is_named_with_its_line(data_dir: Path) -> None:
    path = data_dir / "wording" / "es.yml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1", errors="replace"))
    with pytest.raises(CatalogError, match=r"es\.yml: line [0-9]+: this is not UTF-8"):
        Catalog.load(data_dir)


@pytest.mark.parametrize("content", ["", "- a list\n", "text\n"])
def test_a_file_without_keys_is_refused(data_dir: Path, content: str) -> None:
    (data_dir / "catalog.yml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"catalog\.yml: it holds no mapping"):
        Catalog.load(data_dir)


# What may import it


def test_the_catalog_needs_only_the_standard_library_and_yaml_and_python_3_10() -> None:
    """The Rasa process reads it with Python 3.10 and Rasa's own pinned packages."""
    folder = Path(bot.__file__).parent
    pending = ["bot.catalog"]
    seen: set[str] = set()
    while pending:
        module = pending.pop()
        if module in seen:
            continue
        seen.add(module)
        path = folder / f"{module.removeprefix('bot.')}.py"
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [f"bot.{each.name}" for each in node.names] if node.module == "bot" else [node.module]
            elif isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top == "bot":
                    pending.append(name)
                elif (module, top) != ("bot.public_holidays", "holidays"):  # imported when a date is asked for
                    assert top in sys.stdlib_module_names | {"yaml"}, f"{module} imports {name}"
    assert "bot.wording" in seen


# Targets


def test_a_target_counts_every_hour_for_an_emergency_and_support_hours_for_the_rest(catalog: Catalog) -> None:
    assert catalog.target("urgent", "outage") == Target(timedelta(minutes=15), timedelta(hours=4), "calendar")
    assert catalog.target("urgent", "incident") == Target(timedelta(minutes=15), timedelta(hours=4), "working")
    assert catalog.target("low") == Target(timedelta(hours=4), timedelta(hours=50), "working")
    assert [each.id for each in catalog.statuses if each.pauses] == ["pending", "hold", "solved", "closed"]


def test_a_catalog_without_targets_promises_nothing(data_dir: Path) -> None:
    path = data_dir / "catalog.yml"
    content = path.read_text(encoding="utf-8")
    before, _, after = content.partition("targets:\n")
    path.write_text(before + after[after.index("\n\n") :], encoding="utf-8")
    assert Catalog.load(data_dir).target("urgent", "outage") is None


def test_the_holidays_of_the_country_are_part_of_the_hours(data_dir: Path, edit: Edit) -> None:
    edit(
        "catalog.yml",
        HOLIDAYS,
        'holidays: {country: BR, subdivision: SP, extra: ["2026-12-24"], without: ["2026-07-09"]}',
    )
    hours = Catalog.load(data_dir).support_hours
    assert [hours.is_holiday(date(2026, *day)) for day in ((9, 7), (12, 24), (7, 9), (7, 20))] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(("named", "told"), [("country: XX", "XX are"), ("country: BR, subdivision: Q", "BR, Q are")])
def test_an_unknown_country_is_named_when_its_holidays_are_asked_for(
    data_dir: Path, edit: Edit, named: str, told: str
) -> None:
    edit("catalog.yml", HOLIDAYS, f"holidays: {{{named}}}")
    hours = Catalog.load(data_dir).support_hours
    with pytest.raises(CatalogError, match=f"support_hours.holidays.country: the holidays of {told} not known"):
        hours.is_holiday(date(2026, 1, 1))
