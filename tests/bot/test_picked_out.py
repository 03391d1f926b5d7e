"""What a customer's text already tells for a ticket."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.picked_out import picked_out

PLATFORMS = ("Demo Shop", "Demo Shop Outlet", "Lumbra Payments")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("language", "text", "details"),
    [
        ("es", "el pedido 1234-01 sigue en preparación", {"order_id": "1234-01"}),
        ("es", "el pedido nº 55821 no se factura", {"order_id": "55821"}),
        ("es", "los pedidos 1234567 y 1234568 no bajaron", {"order_id": "1234567 y 1234568"}),
        ("en", "order #v10234abc is stuck", {"order_id": "v10234abc"}),
        ("en", "Order number is 900-1", {"order_id": "900-1"}),
        ("pt", "o pedido v10234abc-01 não foi faturado", {"order_id": "v10234abc-01"}),
        ("es", "no hay envío de los SKU 55, 56 con código postal 11000", {"sku_ids": "55, 56", "postal_codes": "11000"}),
        ("pt", "o frete não aparece para o CEP 01310-100", {"postal_codes": "01310-100"}),
        ("en", "no shipping to zip code 90210", {"postal_codes": "90210"}),
        ("es", "la transacción A1B2C3D4 quedó pendiente de pago", {"transaction_id": "A1B2C3D4"}),
        ("en", "app version 2.3.1 crashes", {"app_version": "2.3.1"}),
        ("es", "la promoción «2x1 Verano» no descuenta", {"promotion_name": "2x1 Verano"}),
        ("pt", "o cupom chamado \"BEMVINDO10\" não aplica o desconto", {"promotion_name": "BEMVINDO10"}),
        ("es", "el carrito https://tienda.example/checkout/#/cart?x=1 se vacía", {"cart_url": "https://tienda.example/checkout/#/cart?x=1"}),
        ("en", "our webhook https://hooks.example.com/in never fires", {"endpoint": "https://hooks.example.com/in"}),
        ("pt", "veja o pedido em https://loja.example/admin/orders/77.", {"order_url": "https://loja.example/admin/orders/77"}),
        ("es", "tengo 3 pedidos parados", {}),
        ("es", "un pedido de 500 pesos no se cobró", {}),
        ("en", "my orders are late by 2 days", {}),
        ("es", "mi ticket #1024 sigue abierto", {}),
    ],
)  # fmt: skip
def test_details_are_found_beside_their_words(
    catalog: Catalog, language: str, text: str, details: dict[str, str]
) -> None:
    assert dict(picked_out(text, catalog, language).details) == details


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Error 503: upstream timed out", "Error 503: upstream timed out"),
        ("me sale «No se pudo guardar el producto» al editar", "No se pudo guardar el producto"),
        ('returns `{"error": "invalid sku"}` every time', '{"error": "invalid sku"}'),
        ("aparece el mensaje de error LMB-4012 al pagar", "LMB-4012"),
        ("me dice que el usuario no existe. ya probé todo", "el usuario no existe"),
        ("it says that the card was declined", "the card was declined"),
        ("diz que a sessão expirou", "a sessão expirou"),
        ("da error 500 al guardar", "error 500"),
        ("la promoción «2x1 Verano» no descuenta", None),
        ("no carga el checkout", None),
        ("hay un error en la factura", None),
    ],
)
def test_the_error_message_is_found(catalog: Catalog, text: str, error: str | None) -> None:
    assert picked_out(text, catalog, "es").error_text == error


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("no carga desde ayer por la tarde", "desde ayer por la tarde"),
        ("desde el lunes no entran pedidos", "desde el lunes"),
        ("desde hace dos días va lento", "desde hace dos días"),
        ("since monday 9am nobody can pay", "since monday 9am"),
        ("it has been down for the last 3 hours", "for the last 3 hours"),
        ("faz dois dias que não exporta", "faz dois dias"),
        ("desde ontem à noite", "desde ontem"),
        ("parou desde a última atualização", "desde a última atualização"),
        ("no puedo entrar desde el panel", None),
        ("I bought it from a friend", None),
    ],
)
def test_since_when_is_found(catalog: Catalog, text: str, since: str | None) -> None:
    assert picked_out(text, catalog, "es").since == since


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("en demo shop no carga el carrito", "Demo Shop"),
        ("pasa en Demo Shop Outlet", "Demo Shop Outlet"),
        ("lumbra paymnets rechaza tarjetas", "Lumbra Payments"),
        ("en la tienda", None),
        ("pasa en Demo Shop y en Lumbra Payments", None),
    ],
)
def test_the_platform_is_found_by_name(catalog: Catalog, text: str, platform: str | None) -> None:
    assert picked_out(text, catalog, "es", PLATFORMS).platform == platform


def test_topics_are_recognised_in_the_text_s_language_and_else_in_another(catalog: Catalog) -> None:
    assert picked_out("el carrito no aplica el cupón", catalog, "es").topics == ("checkout", "promotions")
    assert picked_out("the coupon is refused", catalog, "es").topics == ("promotions",)
    assert picked_out("hola", catalog, "es").topics == ()
