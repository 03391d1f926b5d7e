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


TOLD: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "es",
        "el pedido número 998877-02 quedó en pago pendiente desde anteayer",
        {"order_id": "998877-02", "since": "desde anteayer"},
    ),
    ("es", "hola, orden: 5544332211 no se despachó", {"order_id": "5544332211"}),
    ("es", "pedido #v99881abc y el cliente reclama", {"order_id": "v99881abc"}),
    ("es", "al consultar el cp 1414 no sale envío", {"postal_codes": "1414"}),
    ("es", "el código postal 28013 no tiene envío", {"postal_codes": "28013"}),
    ("es", "la sku 8812 no aparece en el carrito", {"sku_ids": "8812"}),
    ("es", "seller id 42 no entrega", {"seller_id": "42"}),
    ("es", "la transacción 7F3A-991 del pago con tarjeta falló", {"transaction_id": "7F3A-991"}),
    ("es", "app de reseñas versión 4.0.2 no abre", {"app_version": "4.0.2"}),
    ("es", 'la promo "Hot Week" no se aplica', {"promotion_name": "Hot Week"}),
    (
        "es",
        "el endpoint https://api.mitienda.example/v1/stock devuelve 500",
        {"endpoint": "https://api.mitienda.example/v1/stock"},
    ),
    (
        "es",
        "https://mitienda.example/checkout/#/payment se queda cargando el checkout",
        {"cart_url": "https://mitienda.example/checkout/#/payment"},
    ),
    ("es", 'sale el cartel "Stock insuficiente" al agregar al carrito', {"error": "Stock insuficiente"}),
    ("es", "me tira error 403 cuando entro", {"error": "error 403"}),
    ("es", "el mensaje es: token inválido", {"error": "token inválido"}),
    ("es", "hace tres días que no llegan correos", {"since": "hace tres días"}),
    ("es", "desde las 10 de la mañana no carga", {"since": "desde las 10 de la mañana"}),
    ("es", "quiero cambiar el plazo de entrega de 3 a 5 días", {}),
    ("es", "el botón «Comprar» no hace nada", {}),
    ("es", "tengo 200 productos y 3 tiendas", {}),
    ("es", "vendo en 2 marketplaces", {}),
    ("en", "order no. 4455-B was never shipped", {"order_id": "4455-B"}),
    ("en", "orders 1001 and 1002 are duplicated", {"order_id": "1001 and 1002"}),
    ("en", "SKUs 12, 13 and 14 have no stock", {"sku_ids": "12, 13 and 14"}),
    ("en", "shipping to postcode SW1A 1AA is refused", {"postal_codes": "SW1A 1AA"}),
    ("en", "zip codes 10001, 10002 show no delivery", {"postal_codes": "10001, 10002"}),
    ("en", "transaction id tx_99811 was declined", {"transaction_id": "tx_99811"}),
    ("en", 'the coupon "SPRING20" gives no discount', {"promotion_name": "SPRING20"}),
    ("en", "plugin Reviews Plus version 1.4 broke", {"app_version": "1.4"}),
    ("en", "my cart https://shop.example/cart/abc empties itself", {"cart_url": "https://shop.example/cart/abc"}),
    ("en", "webhook to https://erp.example/hook returns 401", {"endpoint": "https://erp.example/hook"}),
    ("en", 'I get "Session expired, please sign in" all the time', {"error": "Session expired, please sign in"}),
    ("en", "it shows ERR_CONNECTION_RESET", {"error": "ERR_CONNECTION_RESET"}),
    ("en", "started yesterday around noon", {"since": "started yesterday around noon"}),
    ("en", "for about two weeks now the report is empty", {"since": "for about two weeks now"}),
    ("en", "I want a report for the last 3 months", {}),
    ("en", 'how do I change "Add to cart" to "Buy"', {}),
    ("en", "we have 20 users", {}),
    ("pt", "pedido nº 776655 parado desde segunda-feira", {"order_id": "776655", "since": "desde segunda-feira"}),
    ("pt", "os pedidos 88101, 88102 e 88103 não integraram", {"order_id": "88101, 88102 e 88103"}),
    ("pt", "CEPs 04538-133 e 20040-020 sem frete", {"postal_codes": "04538-133 e 20040-020"}),
    ("pt", "o sku 4410 sumiu", {"sku_ids": "4410"}),
    ("pt", "transação nº 553311 foi estornada no cartão", {"transaction_id": "553311"}),
    ("pt", "o cupom PRIMEIRACOMPRA não funciona", {"promotion_name": "PRIMEIRACOMPRA"}),
    ("pt", "aplicativo de frete versão 3.2.0 trava", {"app_version": "3.2.0"}),
    ("pt", "https://loja.example/checkout não finaliza a compra", {"cart_url": "https://loja.example/checkout"}),
    ("pt", "a api https://api.loja.example/orders retorna erro 429", {"error": "erro 429"}),
    ("pt", 'aparece a mensagem "CPF inválido" no checkout', {"error": "CPF inválido"}),
    ("pt", "diz que meu usuário está bloqueado", {"error": "meu usuário está bloqueado"}),
    ("pt", "há duas horas que o painel não abre", {"since": "há duas horas"}),
    ("pt", "desde ontem às 14h nada funciona", {"since": "desde ontem às 14h"}),
    ("pt", "o prazo de entrega é de 5 dias", {}),
    ("pt", "quero trocar o texto «Comprar» por «Levar»", {}),
    ("es", "mi pedido es el 445566-01 y no se factura", {"order_id": "445566-01"}),
    ("es", "revisen la orden #A77812 por favor", {"order_id": "A77812"}),
    ("es", "CP: 5000 y 5001 sin cobertura de envío", {"postal_codes": "5000 y 5001"}),
    ("es", "sku: 90-AB no descuenta stock", {"sku_ids": "90-AB"}),
    ("es", "el cupón VERANO25 no aplica", {"promotion_name": "VERANO25"}),
    ("es", 'sale "Acceso denegado" desde el martes', {"error": "Acceso denegado", "since": "desde el martes"}),
    ("es", "hace una semana que no funciona", {"since": "hace una semana"}),
    ("es", "aparece error de tipo TimeoutError", {"error": "TimeoutError"}),
    ("es", "el pago de ayer no se acreditó", {}),
    ("es", "quiero ponerle precio 1500 al producto", {}),
    ("en", "order id: 12-3456 missing", {"order_id": "12-3456"}),
    ("en", "the customer of order 778899 complains", {"order_id": "778899"}),
    ("en", "zip 60614 has no shipping", {"postal_codes": "60614"}),
    ("en", "promo code SAVE5 is rejected", {"promotion_name": "SAVE5"}),
    ("en", 'error: "Invalid address" on checkout', {"error": "Invalid address"}),
    ("en", "since last week payments fail", {"since": "since last week"}),
    (
        "en",
        "https://api.shop.example/v2/items gives 404 when our erp calls the api",
        {"endpoint": "https://api.shop.example/v2/items"},
    ),
    ("en", "it's been two days", {}),
    ("en", "I need 3 more users", {}),
    ("pt", "número do pedido: 66778-9", {"order_id": "66778-9"}),
    ("pt", "CEP 70040010 não calcula frete", {"postal_codes": "70040010"}),
    ("pt", "a transação id 8H77K2 do pagamento sumiu", {"transaction_id": "8H77K2"}),
    ("pt", 'mensagem: "Sessão inválida"', {"error": "Sessão inválida"}),
    ("pt", "desde sexta-feira o relatório não atualiza", {"since": "desde sexta-feira"}),
    ("pt", "faz uma hora que caiu", {"since": "faz uma hora"}),
    ("pt", "o erro é 502 bad gateway", {"error": "502 bad gateway"}),
    ("pt", "quero desconto de 10 reais", {}),
    ("pt", "seller 8812B não entrega", {"seller_id": "8812B"}),
)


@pytest.mark.parametrize(("language", "text", "held"), TOLD)
def test_what_a_message_holds_is_picked_out_and_nothing_from_one_that_holds_nothing(
    catalog: Catalog, language: str, text: str, held: dict[str, str]
) -> None:
    found = picked_out(text, catalog, language)
    everything = dict(found.details)
    everything.update({name: value for name, value in (("since", found.since), ("error", found.error_text)) if value})
    assert {name: everything.get(name) for name in held} == held
    assert held or not everything
