"""Which notice a description is about; and, more important, which it is not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.notices.matching import Word, matching
from api.notices.models import ServiceNotice
from bot.catalog import load_catalog

CATALOG = load_catalog()
NOW = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def notice(name: str, **values: Any) -> ServiceNotice:
    given: dict[str, Any] = {
        "kind": "incident",
        "state": "open",
        "texts": {"es": name},
        "keywords": {},
        "categories": ["incident"],
        "subcategories": [],
        "topics": [],
        "started_at": NOW - HOUR,
    }
    return ServiceNotice(**{**given, **values})


EXPORTS = notice(
    "exports",
    titles={
        "es": "La exportación de reportes tarda más de lo normal",
        "en": "Report exports take longer than usual",
        "pt": "A exportação de relatórios está demorando mais que o normal",
    },
    keywords={
        "es": ["exportar reportes", "exportación de reportes", "exportar informe", "descargar reporte"],
        "en": ["export reports", "download report"],
        "pt": ["exportar relatórios", "exportação de relatórios", "baixar relatório"],
    },
    subcategories=["reports", "slowness"],
)
PAYMENTS = notice(
    "payments",
    titles={
        "es": "Pagos con tarjeta rechazados de forma intermitente",
        "en": "Card payments are declined intermittently",
        "pt": "Pagamentos com cartão recusados de forma intermitente",
    },
    keywords={
        "es": ["tarjeta*", "pago rechazado"],
        "en": ["card*", "declined"],
        "pt": ["cartão", "cartões", "recusado"],
    },
    topics=["payments"],
)
MAIL = notice(
    "mail",
    titles={
        "es": "Demoras en el envío de notificaciones",
        "en": "Notifications are delayed",
        "pt": "Atraso no envio de notificações",
    },
    subcategories=["notifications"],
)
SLOW = notice(
    "slow",
    titles={"es": "La plataforma está lenta", "en": "The platform is slow", "pt": "A plataforma está lenta"},
    subcategories=["slowness"],
)


def found(text: str, language: str, *notices: ServiceNotice, now: dt.datetime = NOW) -> list[str]:
    known = notices or (EXPORTS, PAYMENTS, MAIL)
    return [each.texts["es"] for each in matching(known, text, language, CATALOG, now)]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("es", "no puedo exportar mis reportes de ventas desde ayer", "exports"),
        ("es", "la exportacion del reporte mensual lleva una hora", "exports"),
        ("es", "quiero exportar los reprotes y no termina", "exports"),
        ("es", "me rechaza todas las tarjetas de mis clientes", "payments"),
        ("es", "un pago sale rechazado aunque hay saldo", "payments"),
        ("es", "no llegan las notificaciones a los compradores", "mail"),
        ("en", "exporting the monthly reports never finishes", "exports"),
        ("en", "the report download hangs, I need to download a report today", "exports"),
        ("en", "my customers' cards get declined", "payments"),
        ("en", "notifications arrive hours late", "mail"),
        ("pt", "não consigo exportar os relatórios de vendas", "exports"),
        ("pt", "a exportacao de relatorios nao termina nunca", "exports"),
        ("pt", "o cartão dos clientes é recusado", "payments"),
        ("pt", "as notificações não chegam", "mail"),
    ],
)
def test_a_description_of_the_same_trouble_finds_the_notice(language: str, text: str, name: str) -> None:
    assert found(text, language)[:1] == [name]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # The same verb, another thing.
        ("es", "no puedo exportar los pedidos de la semana"),
        ("es", "la importación de productos falla"),
        # The same area, another trouble.
        ("es", "el reporte de ventas muestra un total equivocado"),
        ("es", "el checkout está muy lento"),
        ("es", "tengo un problema, sale un error y no carga nada"),
        ("es", "perdí el acceso al panel, no puedo iniciar sesión"),
        ("es", "quiero saber cuándo me pagan la comisión"),
        ("es", "el envío de un pedido no sale"),
        ("es", "gracias, todo bien"),
        ("en", "I can't export my orders"),
        ("en", "the sales report shows the wrong total"),
        ("en", "checkout is slow"),
        ("en", "it takes longer than usual to log in"),
        ("en", "the platform does not work, help"),
        ("en", "the shipping label does not print"),
        ("pt", "não consigo exportar os pedidos"),
        ("pt", "o relatório de vendas mostra o total errado"),
        ("pt", "o checkout está lento"),
        ("pt", "o sistema está com erro e não carrega"),
        ("pt", "o envio do pedido atrasou"),
    ],
)
def test_a_description_of_another_trouble_finds_none(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "about", "other"),
    [
        ("es", "todo va muy lento desde la mañana", "el checkout está lento"),
        ("en", "everything is so slow today", "my reports are slow"),
        ("pt", "está tudo lento hoje", "a integração com o ERP está lenta"),
    ],
)
def test_a_notice_of_everyday_words_is_for_descriptions_that_name_no_part(
    language: str, about: str, other: str
) -> None:
    assert found(about, language, SLOW) == ["slow"]
    assert found(other, language, SLOW) == []
    assert found("la plataforma da error al guardar", "es", SLOW) == []


def test_the_best_comes_first_and_the_newest_among_equals() -> None:
    older = notice("older", titles={"es": "Pagos caídos"}, topics=["payments"], started_at=NOW - 5 * HOUR)
    newer = notice("newer", titles={"es": "Pagos caídos"}, topics=["payments"], started_at=NOW - 2 * HOUR)
    assert found("los pagos con tarjeta fallan", "es", older, PAYMENTS, newer) == ["payments", "newer", "older"]


def test_what_is_resolved_matches_no_more_and_what_is_watched_does() -> None:
    for state, expected in (("open", ["it"]), ("monitoring", ["it"]), ("resolved", [])):
        assert found("los reportes no cargan", "es", notice("it", titles={"es": "Reportes"}, state=state)) == expected


def test_planned_work_matches_only_while_it_runs() -> None:
    work = notice("work", kind="maintenance", titles={"es": "Reportes"}, planned_from=NOW, planned_until=NOW + 2 * HOUR)
    text = "los reportes no cargan"
    assert [bool(found(text, "es", work, now=NOW + shift)) for shift in (-HOUR, 0 * HOUR, HOUR, 2 * HOUR)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_notice_in_one_language_is_found_by_the_catalogs_words_of_the_others() -> None:
    only = notice("only", titles={"es": "Los reportes no cargan"}, subcategories=["reports"])
    assert found("the reports stay empty", "en", only) == ["only"]
    assert found("os relatórios não abrem", "pt", only) == ["only"]
    assert found("the banners stay empty", "en", only) == []


def test_somebody_who_writes_in_another_language_than_chosen_is_understood() -> None:
    assert found("I can't export the reports of my shop", "es") == ["exports"]


def test_a_word_is_taken_by_the_longest_name_that_it_belongs_to() -> None:
    log = notice("log", titles={"en": "Missing log entries"}, subcategories=["records"])
    assert found("I cannot log in since this morning", "en", log) == []
    assert found("the log lacks today's changes", "en", log) == ["log"]


def test_a_slip_of_the_pen_is_forgiven_in_long_words_only() -> None:
    def is_slip(one: str, other: str) -> bool:
        return Word(one, one).is_said_by(Word(other, other))

    for typed in ("reprotes", "reporrtes", "repotes", "reportas", "reportess"):
        assert is_slip("reportes", typed) == (len(typed) > 7), typed
    assert not is_slip("reportes", "deportes")
    assert not is_slip("charges", "changes")
    assert not is_slip("reportes", "reportados")


@given(st.text(max_size=300), st.sampled_from(CATALOG.languages))
def test_no_text_is_too_odd(text: str, language: str) -> None:
    assert len(found(text, language)) <= 3


@given(st.text(alphabet="qwxzjk ", max_size=60))
def test_words_that_nobody_wrote_match_nothing(text: str) -> None:
    assert found(text, "es") == []
