"""One message with several questions, and one problem that only looks like several."""

import pytest

from bot.several_questions import several_questions


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("¿Cómo cambio el logo? ¿Y cómo agrego un usuario?", ("¿Cómo cambio el logo?", "¿Y cómo agrego un usuario?")),
        ("How do I add a role? Can I export reports?", ("How do I add a role?", "Can I export reports?")),
        ("Como mudo o banner? Dá para agendar o relatório?", ("Como mudo o banner?", "Dá para agendar o relatório?")),
        ("no me carga el checkout y además los correos no llegan", ("no me carga el checkout", "los correos no llegan")),
        ("The import fails. Also, how do I change the domain?", ("The import fails.", "how do I change the domain?")),
        ("Não consigo entrar. E também, como mudo o idioma?", ("Não consigo entrar.", "como mudo o idioma?")),
        ("quiero cambiar el logo y además configurar el envío", ("quiero cambiar el logo", "quiero configurar el envío")),
        ("how do i add a user and also change the logo", ("how do i add a user", "how do i change the logo")),
        ("posso exportar pedidos e também criar um cupom?", ("posso exportar pedidos", "posso criar um cupom?")),
        ("cómo exporto pedidos y además no me funciona el login", ("cómo exporto pedidos", "no me funciona el login")),
        ("orders are not syncing and also emails are not sent", ("orders are not syncing", "emails are not sent")),
        ("preciso mudar o domínio e também não consigo entrar", ("preciso mudar o domínio", "não consigo entrar")),
        ("1. no carga el checkout 2. cómo cambio el logo", ("no carga el checkout", "cómo cambio el logo")),
        ("dos dudas:\n- cómo cambio el logo\n- cómo agrego un dominio", ("cómo cambio el logo", "cómo agrego un dominio")),
        ("1) reports fail\n2) how to add users\n3) webhook stopped", ("reports fail", "how to add users", "webhook stopped")),
    ],
)  # fmt: skip
def test_separate_questions_are_split(text: str, parts: tuple[str, ...]) -> None:
    assert several_questions(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "hola",
        "¿Cómo cambio el logo?",
        "hola que tal mira tengo un problema con los pedidos que no bajan al erp y ya probe todo y no se que hacer",
        "no carga el checkout, y el pedido 1234-01. 2 clientes se quejaron",
        "me dice «No se pudo guardar. ¿Reintentar? ¿Cancelar?» al editar un producto",
        "¿Hola? ¿alguien me puede ayudar? no puedo entrar al panel",
        "The order 1. is broken and 2 customers complained",
        "el reporte también sale vacío en la otra tienda",
        "I can't log in. It also says my account is locked.",
        "quiero cambiar el precio y además guardarlo, pero no me deja",
        "el reporte sale vacío y además tarda mucho",
        "the checkout fails and also shows a blank page",
        "limpei o cache e também tentei em outro navegador",
        "¿pueden ayudarme? no llegan los correos",
        "não consigo exportar o relatório, alguém pode ajudar? obrigado",
        "subí la versión 1.2 y luego la 2.0 y se rompió",
        "see https://shop.example/?a=1&b=2 how do I fix this?",
    ],
)
def test_one_problem_stays_one(text: str) -> None:
    assert several_questions(text) == (text,)


def test_more_questions_than_can_be_taken_one_by_one_stay_together() -> None:
    text = " ".join(f"{number}. how do I change the part {'abcdef'[number]} of it" for number in range(1, 6))
    assert several_questions(text) == (text,)


COUNTED = (
    (2, "¿Cómo exporto los clientes? ¿Y se puede programar cada semana?"),
    (2, "no llegan los correos. Además no puedo cambiar el logo"),
    (2, "quiero saber cómo cambiar la moneda y también cómo agrego un usuario nuevo"),
    (2, "tengo dos problemas: 1) el checkout no carga 2) los reportes salen vacíos"),
    (3, "1- cómo agrego un banner 2- cómo cambio el idioma 3- cómo creo un rol"),
    (2, "El webhook no dispara. Por otro lado, ¿cómo roto la api key?"),
    (2, "otra cosa: el cupón no descuenta. Otra cosa: cómo apago los sms?"),
    (1, "no carga el checkout ni el carrito, ¿alguien me puede ayudar?"),
    (1, "hice lo siguiente: 1. entré al panel 2. abrí reportes 3. le di exportar y quedó en blanco"),
    (1, "¿por qué no puedo entrar? ya cambié la contraseña y nada"),
    (1, "mis clientes no pueden pagar con tarjeta y también fallan los pagos en efectivo"),
    (1, "buenas como estan les cuento que desde ayer no puedo ver los pedidos y ademas el equipo tampoco los ve"),
    (1, "¿me pueden ayudar? ¿es normal que tarde tanto el reporte?"),
    (2, "How do I add a banner? And where do I change the currency?"),
    (2, "I can't export the report. Also, how do I add a user?"),
    (2, "two things: 1. the cart empties itself 2. emails are not sent"),
    (2, "the import fails and another thing, how can I rotate my api key?"),
    (1, "Is it down? I can't load the admin, is anyone there?"),
    (1, "I click export, it also asks for my password, then nothing happens"),
    (1, "What does error 4012 mean? It shows up at checkout."),
    (
        1,
        "hi there I was wondering if you could help me the store is slow since the update and I also cleared the cache",
    ),
    (1, "I did: 1. open settings 2. click domains 3. save"),
    (2, "Como mudo o logo? E onde troco a moeda?"),
    (2, "não consigo exportar o relatório. Além disso, os e-mails não chegam"),
    (2, "tenho duas dúvidas: 1) como crio um cupom 2) como mudo o idioma"),
    (2, "o webhook parou. Outra coisa: como adiciono um usuário?"),
    (1, "o pedido 1. não desceu pro erp e também não aparece no painel"),
    (1, "alguém pode me ajudar? não consigo entrar no painel"),
    (1, 'quando clico em salvar aparece "Tem certeza? Deseja continuar?" e trava'),
    (1, "por que o frete não aparece? já configurei as zonas"),
    (2, "¿dónde veo los reportes? ¿cómo creo un cupón?"),
    (2, "no puedo subir imágenes y además el cupón no descuenta"),
    (2, "necesito cambiar el dominio. También quiero saber cómo agregar un idioma"),
    (2, "dudas: 1. cómo creo un rol 2. cómo exporto pedidos"),
    (1, "no puedo subir imágenes, probé con jpg y con png, también con otro navegador"),
    (1, "¿el reporte tarda? porque lleva una hora cargando"),
    (1, "me sale error al pagar, además del error sale la página en blanco"),
    (2, "Where do I see reports? How do I create a coupon?"),
    (2, "images won't upload and also the coupon gives no discount"),
    (1, "images won't upload, I tried jpg and png, also another browser"),
    (1, "Why is the report slow? It has been loading for an hour."),
    (2, "Onde vejo os relatórios? Como crio um cupom?"),
    (2, "não consigo subir imagens e além disso o cupom não dá desconto"),
    (1, "não consigo subir imagens, tentei jpg e png, também em outro navegador"),
    (1, "o pedido 123. o cliente pagou duas vezes, podem ver?"),
    (3, "1) como crio um cupom? 2) como mudo o logo? 3) como exporto clientes?"),
)


@pytest.mark.parametrize(("count", "text"), COUNTED)
def test_as_many_parts_are_found_as_are_asked(count: int, text: str) -> None:
    assert len(several_questions(text)) == count
