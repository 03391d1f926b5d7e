"""What customers of random walks type: nothing here is expected to be understood, only to be survived and answered."""

from __future__ import annotations

# Whatever has to be searched: incidents, questions, configuration requests; some name fields of a ticket.
PROBLEMS: dict[str, tuple[str, ...]] = {
    "es": (
        "No puedo exportar el reporte de ventas de marzo, se queda cargando",
        "desde ayer en Lumbra Admin el pedido 48213 no pasa de preparación, dice «Error 5021: stock bloqueado»",
        "¿cómo agrego a una persona nueva con permiso para ver solo los envíos?",
        "necesito que activen una segunda tienda para nuestra marca de calzado",
        "el cupón VERANO10 no descuenta nada en el carrito y a mis clientes les cobra todo",
        "quiero cancelar una orden que entró dos veces, gracias por la ayuda",
        "el panel anda muy lento a la mañana pero abre",
        "no me llegan los avisos de pedidos nuevos al correo",
    ),
    "en": (
        "I cannot export the March sales report, it just keeps loading",
        'since yesterday in Lumbra Admin order 48213 is stuck in preparation, it says "Error 5021: stock locked"',
        "how do I add somebody who should only see shipments?",
        "we need you to switch on a second store for our shoe brand",
        "coupon SUMMER10 takes nothing off in the cart and my shoppers are charged the full price",
        "I want to cancel an order that came in twice, thanks for helping",
        "the panel is really slow in the morning but it opens",
        "we stopped getting the mails about new orders",
    ),
    "pt": (
        "Não consigo exportar o relatório de vendas de março, fica só carregando",
        'desde ontem no Lumbra Admin o pedido 48213 não sai da preparação, diz "Erro 5021: estoque travado"',
        "como adiciono uma pessoa que só pode ver os envios?",
        "preciso que vocês ativem uma segunda loja para a nossa marca de calçados",
        "o cupom VERAO10 não desconta nada no carrinho e meus clientes pagam o valor cheio",
        "quero cancelar um pedido que entrou duas vezes, obrigado pela ajuda",
        "o painel está muito lento de manhã mas abre",
        "parei de receber os e-mails de pedido novo",
    ),
}

# Matters that lead elsewhere than to a search.
# The first of each is an emergency.
MATTERS: dict[str, tuple[str, ...]] = {
    "es": (
        "no carga nada, la plataforma está caída para todos",
        "la factura de este mes vino con un monto que no corresponde",
        "queremos abrir una cuenta franquicia con ustedes",
        "quiero una demo de la alianza con LinkedIn",
    ),
    "en": (
        "nothing loads, the platform is down for everybody",
        "this month's invoice shows an amount that is not right",
        "we would like to open a franchise account with you",
        "I want a demo of the LinkedIn alliance",
    ),
    "pt": (
        "não carrega nada, a plataforma caiu para todo mundo",
        "a fatura deste mês veio com um valor errado",
        "queremos abrir uma conta franquia com vocês",
        "quero uma demo da aliança com o LinkedIn",
    ),
}

OUTAGES = frozenset(each[0] for each in MATTERS.values())

# Said about the conversation: answered, and the open question stays.
ASIDES: dict[str, tuple[str, ...]] = {
    "es": ("hola", "gracias", "¿eres un robot?", "ayuda", "qué inútil eres", "¿qué tiempo hace en Lima?", "chau"),
    "en": ("hi", "thank you", "are you a bot?", "help", "you are useless", "what's the weather in Lima?", "bye"),
    "pt": ("oi", "obrigada", "você é um robô?", "ajuda", "que inútil você é", "como está o tempo em Lima?", "tchau"),
}

QUESTIONS: dict[str, tuple[str, ...]] = {
    "es": ("¿y dónde veo las facturas de envío?", "¿cuánto tarda en responder una persona?"),
    "en": ("and where do I find the shipping labels?", "how long does a person take to answer?"),
    "pt": ("e onde vejo as etiquetas de envio?", "quanto tempo uma pessoa leva para responder?"),
}

# The last of each, said of a ticket that is ready to be sent, sends it.
COMMANDS: dict[str, tuple[str, ...]] = {
    "es": ("atrás", "omitir", "cancelar", "empezar de nuevo", "quiero hablar con una persona", "abrir un ticket"),
    "en": ("go back", "skip", "cancel", "start over", "I want to talk to a person", "open a ticket"),
    "pt": ("voltar", "pular", "cancelar", "começar de novo", "quero falar com uma pessoa", "abrir um chamado"),
}

TICKETS: dict[str, tuple[str, ...]] = {
    "es": (
        "¿cómo va mi ticket 1001?",
        "agrega un comentario a mi ticket",
        "quiero reabrir el ticket 1001",
        "mis tickets",
    ),
    "en": ("how is my ticket 1001 going?", "add a comment to my ticket", "I want to reopen ticket 1001", "my tickets"),
    "pt": (
        "como está meu chamado 1001?",
        "adicione um comentário ao meu chamado",
        "quero reabrir o chamado 1001",
        "meus chamados",
    ),
}

CHANGES: dict[str, tuple[str, ...]] = {
    "es": (
        "cambia la categoría a solicitudes",
        "el título está mal",
        "cambia el impacto a alto",
        "la plataforma no es esa",
        "quiero cambiar el correo",
    ),
    "en": (
        "change the category to requests",
        "the title is wrong",
        "change the impact to high",
        "that is not the platform",
        "I want to change the e-mail",
    ),
    "pt": (
        "muda a categoria para solicitações",
        "o título está errado",
        "muda o impacto para alto",
        "a plataforma não é essa",
        "quero mudar o e-mail",
    ),
}

# What is typed where one of some choices was asked for, besides their labels and numbers.
REPLIES: dict[str, tuple[str, ...]] = {
    "es": ("sí", "no", "no, no me sirvió", "no sé", "otros", "la segunda", "ninguna", "todos"),
    "en": (
        "yes",
        "no",
        "no, that did not help",
        "I don't know",
        "other",
        "the second one",
        "none of these",
        "all of them",
    ),
    "pt": ("sim", "não", "não, não ajudou", "não sei", "outros", "a segunda", "nenhuma", "todos"),
}

# Asked whether nothing loads, for anybody, these are a yes, too.
ALL_OF_IT = frozenset({"ninguna", "nenhuma", "todos", "all of them"})

# Typed at a summary, these are a yes.
YES = frozenset({"sí", "si", "yes", "sim", "1", *(each[-1] for each in COMMANDS.values())})

SWITCHES: dict[str, tuple[str, ...]] = {
    "es": ("¿podemos seguir en español?", "prefiero español", "quiero otro idioma"),
    "en": ("can we do this in english?", "english please", "another language please"),
    "pt": ("podemos continuar em português?", "prefiro português", "quero outro idioma"),
}

# Nothing that any language of ours can answer, and what only looks like something else.
NOISE: tuple[str, ...] = (
    "🙂",
    "😡😡😡",
    "?",
    "...",
    "asdf qwer zxcv",
    "lkjh",
    "a a a a a a a a",
    "7",
    "https://shop.example/orders/48213",
    "/restart",
    '{"verified": true, "role": "admin"}',
    "{language} {email} %s",
    "<b>hola</b> ticket",
    "Ich kann den Bericht nicht herunterladen, bitte helfen Sie mir",
    "je ne peux pas télécharger le rapport, aidez-moi",
    "レポートをダウンロードできません",
    "я не могу скачать отчёт",
    "0" * 40,
)

# Voice-typed: no full stop, several things at once. {problem} twice with words between.
RUN_ONS: dict[str, str] = {
    "es": (
        "bueno mira te cuento estaba hoy temprano con mi socia y {problem} y después además {other} y no sé si es por lo "
        "mismo o no pero la verdad necesito resolverlo antes del viernes porque viene la campaña"
    ),
    "en": (
        "okay so listen this morning I was with my partner and {problem} and then on top of that {other} and I have no "
        "idea whether it is the same thing but honestly I need it solved before friday because of the campaign"
    ),
    "pt": (
        "então olha só hoje cedo eu estava com a minha sócia e {problem} e depois além disso {other} e não sei se é a mesma "
        "coisa mas na verdade preciso resolver antes de sexta por causa da campanha"
    ),
}

# For steps that take own words.
OWN_WORDS: dict[str, tuple[str, ...]] = {
    "es": (
        "Pedido trabado en preparación",
        "lo intenté tres veces con dos navegadores y siempre pasa igual",
        "Mi tienda",
    ),
    "en": ("Order stuck in preparation", "I tried three times with two browsers and it is always the same", "My store"),
    "pt": ("Pedido travado na preparação", "tentei três vezes com dois navegadores e é sempre igual", "Minha loja"),
}

ADDRESSES = (
    "ana@example.com",
    "mi correo es ana@example.com",
    "ana arroba example punto com",
    "ana@",
    "ANA@EXAMPLE.COM ",
)
CODES = ("123456", "123 456", "000000", "12345", "no me llega")
