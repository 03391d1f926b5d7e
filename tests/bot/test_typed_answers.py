"""What a typed answer chooses, in the three languages, against the project's own catalog."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.turn import Choice
from bot.typed_answers import resolve
from bot.voice import Voice, option


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def offered(catalog: Catalog, asks: str, language: str) -> list[Choice]:
    voice = Voice(catalog, language)
    values: dict[str, tuple[str, tuple[str, ...]]] = {
        "language": ("languages", catalog.languages),
        "scenario": ("scenarios", tuple(each.id for each in catalog.scenarios)),
        "category": ("categories", tuple(each.id for each in catalog.categories)),
        "subcategory": ("subcategories", catalog.category("incident").subcategories),
        "users_affected": ("users_affected", catalog.field("users_affected").options),
        "impact": ("impact", catalog.field("impact").options),
    }
    kind, ids = values[asks]
    return [option(voice, asks, each, voice.label(kind, each)) for each in ids]


@pytest.mark.parametrize(
    ("asks", "language", "text", "name"),
    [
        ("language", "es", "español", "language.es"),
        ("language", "es", "en inglés por favor", "language.en"),
        ("language", "en", "brazilian portuguese", "language.pt"),
        ("language", "es", "no sé inglés, español por favor", None),
        ("language", "es", "english please", "language.en"),
        ("language", "pt", "PORTUGUES", "language.pt"),
        ("language", "en", "the first one", "language.es"),
        ("scenario", "es", "2", "scenario.incident"),
        ("scenario", "es", "la segunda", "scenario.incident"),
        ("scenario", "es", "opción 3", "scenario.configuration"),
        ("scenario", "es", "tengo una duda", "scenario.question"),
        ("scenario", "es", "es un error", "scenario.incident"),
        ("scenario", "en", "I have a question", "scenario.question"),
        ("scenario", "pt", "a última", "scenario.configuration"),
        ("scenario", "pt", "tenho uma duvida", "scenario.question"),
        ("category", "es", "solicitudes", "category.request"),
        ("category", "es", "Solicitud", "category.request"),
        ("category", "es", "inconveniente tecnico", "category.incident"),
        ("category", "es", "technical issue", "category.incident"),
        ("category", "pt", "dúvidas", "category.question"),
        ("subcategory", "es", "reportes", "subcategory.reports"),
        ("subcategory", "es", "reprotes", "subcategory.reports"),
        ("subcategory", "es", "los reportes", "subcategory.reports"),
        ("subcategory", "es", "accioens masivas", "subcategory.bulk_actions"),
        ("subcategory", "en", "number 6", "subcategory.slowness"),
        ("subcategory", "pt", "relatorios", "subcategory.reports"),
        ("category", "en", "Nordic Store", None),
        ("category", "es", "la tienda", None),
        ("category", "en", "platform down", "category.outage"),
        ("category", "pt", "emergência", "category.outage"),
        ("users_affected", "es", "todos", "users_affected.all"),
        ("users_affected", "es", "los internos", "users_affected.internal"),
        ("impact", "en", "high", "impact.high"),
        ("impact", "pt", "alto", "impact.high"),
    ],
)
def test_an_answer_finds_its_choice(catalog: Catalog, asks: str, language: str, text: str, name: str | None) -> None:
    choices = offered(catalog, asks, language)
    found = resolve(text, asks, choices, speech_of(catalog), spoken_choices(choices, catalog))
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    "text",
    [
        "no puedo exportar los reportes de ventas desde ayer por la mañana",
        "el checkout me cobra dos veces",
        "quiero cancelar un pedido de un cliente y no aparece la opción",
        "my customers cannot pay with their cards since the last update",
        "como configuro las notificaciones de pedidos en mi tienda",
        "20",
        "0",
        "",
        "👍",
    ],
)
def test_a_problem_is_never_taken_for_a_choice(catalog: Catalog, text: str) -> None:
    choices = offered(catalog, "scenario", "es")
    assert resolve(text, "scenario", choices, speech_of(catalog), spoken_choices(choices, catalog)) is None


@pytest.mark.parametrize(
    ("asks", "values", "text", "value"),
    [
        ("clarify", ("none", "person"), "no error just the spinner", None),
        ("clarify", ("none", "person"), "sin mensaje, solo la ruedita", None),
        ("clarify", ("none", "person"), "no error, sorry", "none"),
        ("clarify", ("none", "person"), "sin mensaje", "none"),
        ("confirm", ("yes", "change"), "el titulo esta mal", None),
        ("confirm", ("yes", "change"), "the title is wrong", None),
        ("confirm", ("yes", "change"), "o titulo esta errado", None),
        ("attachments", ("done", "skip"), "nada", "skip"),
        ("attachments", ("done", "skip"), "nothing", "skip"),
        ("attachments", ("done", "skip"), "nada por enquanto", "skip"),
    ],
)
def test_where_words_tell_more_than_a_choice_they_are_kept(
    catalog: Catalog, asks: str, values: tuple[str, ...], text: str, value: str | None
) -> None:
    choices = [Choice(f"{asks}.{each}", f"<{each}>", "inform") for each in values]
    found = resolve(text, asks, choices, speech_of(catalog), spoken_choices(choices, catalog))
    assert (found.name if found else None) == (f"{asks}.{value}" if value else None)


def test_a_word_of_two_choices_chooses_neither(catalog: Catalog) -> None:
    choices = [Choice("platform.a", "Demo Shop", "inform"), Choice("platform.b", "Demo Outlet", "inform")]
    assert resolve("demo", "platform", choices, speech_of(catalog)) is None
    assert resolve("outlet", "platform", choices, speech_of(catalog)) == choices[1]
    assert resolve("Demo Shop", "platform", choices, speech_of(catalog)) == choices[0]


def test_where_free_text_is_asked_only_a_whole_label_is_a_choice(catalog: Catalog) -> None:
    resend = Choice("code.resend", "Enviar otro código", "inform", {"code": "resend"})
    assert resolve("1", "code", [resend], speech_of(catalog)) is None
    assert resolve("otro", "code", [resend], speech_of(catalog)) is None
    assert resolve("enviar otro codigo", "code", [resend], speech_of(catalog)) == resend


def test_with_nothing_on_offer_nothing_is_chosen(catalog: Catalog) -> None:
    assert resolve("2", "scenario", [], speech_of(catalog)) is None
