"""What a customer's words already tell of a ticket."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.inferred import Inferred, inferred

# A row: language, scenario, fields that are told, the text.
TOLD = """
es question | cómo hago para que mis clientes reciban factura
es question | donde encuentro el historial de cambios
es question | hay forma de ocultar un producto sin borrarlo
es question | quería saber cuánto tarda la activación del dominio
es question | puedo tener dos monedas en la misma tienda?
es question | qué hace el botón de republicar
es question | cual es el limite de banners
es question | consulta: el plan permite varios usuarios?
es question | necesito saber si puedo migrar mi catálogo
es question | me explican la diferencia entre pedido y orden
es incident | hola buenas el checkout tira error al confirmar
es incident | se me borraron las fotos de los productos
es incident | los envíos aparecen en cero
es incident | desde la actualización no me deja facturar
es incident | no logro subir imágenes
es incident | el precio sale mal en la vitrina
es incident | me cobró dos veces el mismo pedido
es incident | la pagina de inicio queda en blanco
es incident | tengo un problema con los cupones no descuentan
es incident | los mails no salen
es configuration | necesito que habiliten transferencias en mi cuenta
es configuration | podrían subir el límite de sesiones
es configuration | queremos contratar el módulo de reportes
es configuration | solicito la creación de un entorno de pruebas
es configuration | requerimos que nos instalen el certificado
es configuration | quiero darme de baja del servicio de sms
es configuration | nos pueden agendar una capacitación
es configuration | por favor activen el multi idioma
es configuration | necesitamos un desarrollo a medida para el checkout
es configuration | me gustaría que ustedes configuren los impuestos
en question | what's the way to hide a product
en question | is it possible to have two currencies
en question | where can I download the invoices of my customers
en question | how long does a domain take to work
en question | do promotions stack with coupons
en question | can you explain what the antifraud status means
en question | just wondering whether refunds are automatic
en question | which roles can see reports
en question | need help understanding the sales report
en question | I'd like to know how to export my catalog
en incident | checkout throws an error when confirming
en incident | product photos disappeared
en incident | shipping shows as zero
en incident | since the update I can't invoice
en incident | images won't upload
en incident | wrong price on the storefront
en incident | my homepage is blank
en incident | coupons are not applied
en incident | emails aren't going out
en incident | the dashboard keeps logging me out
en configuration | please turn on bank transfers for our account
en configuration | could you raise the session limit
en configuration | we'd like to buy the reporting module
en configuration | we need a second sandbox created
en configuration | can you install the certificate for us
en configuration | I want to unsubscribe from the sms service
en configuration | could someone schedule a training for my team
en configuration | we need custom development for checkout
en configuration | I need you guys to configure taxes
en configuration | requesting access to the beta
pt question | como deixo um produto oculto
pt question | onde baixo as notas dos meus clientes
pt question | tem jeito de usar duas moedas
pt question | queria saber quanto tempo demora o domínio
pt question | o cupom acumula com promoção?
pt question | qual a diferença entre perfil e permissão
pt question | posso ter duas lojas na mesma conta?
pt question | me explica como funciona o antifraude
pt question | dúvida: o plano permite vários usuários?
pt question | gostaria de entender o relatório de vendas
pt incident | o checkout dá erro na hora de confirmar
pt incident | sumiram as fotos dos produtos
pt incident | o frete aparece zerado
pt incident | depois da atualização não emite nota
pt incident | as imagens não sobem
pt incident | o preço está errado na vitrine
pt incident | a página inicial fica em branco
pt incident | os cupons não estão funcionando
pt incident | estou com problema no login
pt incident | o painel fica me deslogando
pt configuration | por favor habilitem transferência na minha conta
pt configuration | vocês poderiam aumentar o limite de sessões
pt configuration | queremos contratar o módulo de relatórios
pt configuration | preciso que criem um ambiente de testes
pt configuration | precisamos que instalem o certificado pra gente
pt configuration | quero cancelar o serviço de sms
pt configuration | gostaria de agendar um treinamento
pt configuration | solicito a ativação do multi idioma
pt configuration | precisamos de um desenvolvimento sob medida
pt configuration | preciso que vocês configurem os impostos
es incident users_affected=external impact=high | nadie puede pagar en la tienda
es incident users_affected=internal | solo me pasa a mí, no abre el panel
es incident users_affected=all | no funciona el buscador, a todos les pasa, clientes y equipo
es incident impact=low | el logo sale borroso, no es urgente
es incident environment=development | en el ambiente de pruebas no carga el carrito
es incident users_affected=external | mis clientes dicen que el cupón no anda
es incident impact=high | estamos perdiendo ventas, no funciona el pago con tarjeta
es incident users_affected=- | un cliente me pidió un reembolso y no me deja hacerlo
en incident impact=high | nobody can check out, we're losing money
en incident users_affected=internal | only my account can't see the orders
en incident users_affected=all | search is broken for everyone
en incident impact=low | the footer looks wrong, no rush
en incident environment=development | the webhook fails in staging
en incident users_affected=external | shoppers get an error on the cart page
en incident impact=high | it's urgent, orders can't be shipped because the labels don't print
pt incident users_affected=external impact=high | ninguém consegue finalizar a compra
pt incident users_affected=internal | só acontece comigo, o painel não abre
pt incident users_affected=all | a busca parou para todo mundo
pt incident impact=low | o rodapé está errado, sem pressa
pt incident environment=development | no ambiente de homologação o webhook falha
pt incident users_affected=external | os clientes reclamam que o cupom não funciona
pt incident impact=high | loja parada, não entra nenhum pedido
es question | cómo le hago para duplicar un producto
es question | en qué parte cambio el texto del footer
es question | se pueden agendar las promociones?
es question | cuántos usuarios permite mi plan
es question | para qué sirve el workspace
es question | tengo una consulta sobre los roles
es incident | el buscador no encuentra nada
es incident | me aparece acceso denegado
es incident | los clientes reciben dos correos por pedido
es incident | se trabó la importación
es incident | el stock queda desfasado con el erp
es incident | desde hace rato el panel está lento
es configuration | necesitamos que nos migren el dominio
es configuration | pueden habilitarnos el pago en cuotas
es configuration | quiero pedir una capacitación
es configuration | quisiera solicitar un nuevo ambiente
es configuration | den de alta a este usuario como administrador
en question | how should I duplicate a product
en question | where's the footer text
en question | can promotions be scheduled
en question | what's a workspace for
en question | is bulk editing available on my plan
en question | hi, I have a question regarding roles
en incident | search returns nothing
en incident | I'm seeing access denied
en incident | customers get two emails per order
en incident | the import got stuck
en incident | stock is out of sync with our erp
en incident | the admin has been slow for a while
en configuration | we need our domain migrated by you
en configuration | can you guys enable installments
en configuration | I'd like to request a training
en configuration | please add this person as an administrator
en configuration | we want a new environment
pt question | como que eu duplico um produto
pt question | onde altero o texto do rodapé
pt question | dá pra agendar promoções?
pt question | quantos usuários meu plano permite
pt question | pra que serve o workspace
pt question | tenho uma dúvida sobre perfis
pt incident | a busca não encontra nada
pt incident | aparece acesso negado
pt incident | os clientes recebem dois e-mails por pedido
pt incident | a importação travou
pt incident | o estoque está diferente do erp
pt incident | o painel está lento faz um tempo
pt configuration | precisamos que migrem nosso domínio
pt configuration | vocês podem habilitar parcelamento
pt configuration | quero pedir um treinamento
pt configuration | gostaria de solicitar um novo ambiente
es incident users_affected=external | a una clienta le sale error al pagar
es incident impact=high | es crítico, no podemos despachar
es incident users_affected=internal | mis compañeros no pueden entrar al panel
en incident users_affected=external | two customers can't log in
en incident impact=low | small glitch in the footer, not urgent
pt incident users_affected=external | uma cliente não consegue pagar
pt incident impact=high | não conseguimos faturar nada
pt incident users_affected=internal | minha equipe não consegue entrar no painel
"""


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
        ("es", "el webhook de pedidos devuelve 500", "incident", False),
        ("en", "the orders webhook returns 500", "incident", False),
        ("pt", "o webhook de pedidos retorna 502", "incident", False),
        ("es", "a mis compradores no les llegan los correos de confirmación", "incident", False),
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
        ("en", "my customers can't pay with card", {"users_affected": "external", "impact": "high"}),
        ("en", "we cant sell anything", {"impact": "high"}),
        ("en", "only me, the plugin crashes", {"users_affected": "internal", "subcategory": "plugins"}),
        ("pt", "nenhum cliente consegue comprar", {"users_affected": "external", "impact": "high"}),
        ("pt", "só comigo, o webhook falha", {"users_affected": "internal", "subcategory": "integrations"}),
        ("es", "quiero una demo de linkedin", {"category": "linkedin", "purpose": "demo"}),
        ("es", "no funcionan ni los reportes ni los permisos", {"subcategory": None}),
        ("es", "cómo cambio el idioma del reporte", {"subcategory": "reports"}),
        ("es", "me sale un mensaje de error en el reporte", {"subcategory": "reports"}),
        ("es", "me sale un mensaje de error", {"subcategory": "error_message"}),
        ("es", "los roles de mi equipo se borraron solos anoche", {"subcategory": "roles"}),
        ("es", "se borraron dos productos", {"subcategory": "records"}),
        ("en", "the roles of my team were deleted overnight", {"subcategory": "roles"}),
        ("pt", "os relatórios foram apagados", {"subcategory": "reports"}),
        ("en", "roles are messed up in the panel", {"subcategory": "roles"}),
        ("es", "no me llegan los avisos de pedidos nuevos al correo", {"subcategory": "notifications"}),
        ("pt", "não chegam os avisos de pedidos novos", {"subcategory": "notifications"}),
        ("es", "no se guardan los cambios en configuraciones", {"subcategory": "configuration"}),
        ("es", "no cargan otros pedidos", {"subcategory": None}),
        ("en", "it freezes for some of us, here is the recording", {"subcategory": None}),
        ("es", "es importante, pero vendemos igual", {"subcategory": None}),
        ("es", "el panel va lentísimo y así no se puede trabajar", {"subcategory": "slowness", "impact": "high"}),
        ("en", "the panel crawls, it is impossible to work", {"impact": "high"}),
        ("pt", "o painel está lento, não dá pra trabalhar", {"impact": "high"}),
        ("en", "can we get a demo of the linkedin alliance", {"purpose": "demo"}),
        ("en", "tell me about the linkedin alliance", {"purpose": "alliance"}),
        ("en", "we bought the linkedin product and need help with it", {"purpose": "assistance"}),
        ("es", "compramos el producto de linkedin y necesitamos ayuda", {"purpose": "assistance"}),
        ("pt", "compramos a licença do linkedin e precisamos de ajuda", {"purpose": "assistance"}),
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


def told() -> list[tuple[str, str, dict[str, str], str]]:
    found = []
    for line in TOLD.strip().splitlines():
        meta, _, text = line.partition(" | ")
        language, scenario, *fields = meta.split()
        found.append((language, scenario, dict(each.split("=") for each in fields), text))
    return found


@pytest.mark.parametrize(("language", "scenario", "fields", "text"), told())
def test_a_story_tells_its_scenario_and_what_is_said_of_fields(
    catalog: Catalog, language: str, scenario: str, fields: dict[str, str], text: str
) -> None:
    found = inferred(text, catalog, language)
    assert found.scenario == scenario
    assert {name: getattr(found, name) or "-" for name in fields} == fields
