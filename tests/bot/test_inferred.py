"""What a customer's words already tell of a ticket."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.inferred import Inferred, inferred


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("language", "text", "scenario", "sure"),
    [
        ("es", "tengo una duda: ¿cómo agrego un usuario?", "question", True),
        ("es", "como configuro las zonas de envio", "question", False),
        ("es", "¿se puede programar un reporte?", "question", False),
        ("es", "no me deja hacer checkout", "incident", False),
        ("es", "el panel dejó de funcionar", "incident", True),
        ("es", "necesito que activen el sso", "configuration", True),
        ("es", "¿pueden aumentar el límite de usuarios?", "configuration", False),
        ("en", "I have a question about reports", "question", True),
        ("en", "how do I change the logo", "question", False),
        ("en", "the import keeps failing", "incident", True),
        ("en", "customers can't pay", "incident", False),
        ("en", "please enable bulk import for us", "configuration", True),
        ("pt", "tenho uma dúvida sobre o frete", "question", True),
        ("pt", "como faço para mudar o banner", "question", False),
        ("pt", "o relatório parou de funcionar", "incident", True),
        ("pt", "nao consigo entrar no painel", "incident", False),
        ("pt", "preciso que vocês configurem o domínio", "configuration", True),
        ("es", "hola", None, False),
        ("es", "", None, False),
    ],
)
def test_the_scenario_is_heard(catalog: Catalog, language: str, text: str, scenario: str | None, sure: bool) -> None:
    found = inferred(text, catalog, language)
    assert (found.scenario, found.sure) == (scenario, sure)


@pytest.mark.parametrize(
    ("language", "text", "fields"),
    [
        ("es", "ningún cliente puede comprar", {"users_affected": "external", "impact": "high"}),
        ("es", "el reporte falla solo a mí", {"users_affected": "internal", "subcategory": "reports"}),
        ("es", "falla en el sandbox", {"environment": "development"}),
        ("es", "no es urgente, el logo se ve pixelado", {"impact": "low"}),
        ("en", "nobody can buy anything, we are losing sales", {"users_affected": "external", "impact": "high"}),
        ("en", "only me, the plugin crashes", {"users_affected": "internal", "subcategory": "plugins"}),
        ("pt", "nenhum cliente consegue comprar", {"users_affected": "external", "impact": "high"}),
        ("pt", "só comigo, o webhook falha", {"users_affected": "internal", "subcategory": "integrations"}),
        ("es", "quiero una demo de linkedin", {"category": "linkedin", "purpose": "demo"}),
        ("es", "no funcionan ni los reportes ni los permisos", {"subcategory": None}),
        ("es", "cómo cambio el idioma del reporte", {"subcategory": "reports"}),
        ("es", "me sale un mensaje de error en el reporte", {"subcategory": "reports"}),
        ("es", "me sale un mensaje de error", {"subcategory": "error_message"}),
    ],
)
def test_fields_are_filled_only_where_they_are_clearly_said(
    catalog: Catalog, language: str, text: str, fields: dict[str, str | None]
) -> None:
    found = inferred(text, catalog, language)
    assert {name: getattr(found, name) for name in fields} == fields


def test_words_of_another_language_than_the_one_spoken_are_heard(catalog: Catalog) -> None:
    assert inferred("please enable the sandbox for us", catalog, "es").scenario == "configuration"


def test_nothing_said_tells_nothing(catalog: Catalog) -> None:
    assert inferred("👍", catalog, "es") == Inferred()
    assert inferred("no carga el carrito", catalog, "es").category is None
