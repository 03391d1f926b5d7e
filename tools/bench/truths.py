"""What the simulated customers know: their problem, and everything that a ticket about it would hold.

Invented for measuring; nothing was learnt from it. Two problems for each language and scenario.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LANGUAGES = ("es", "en", "pt")
SCENARIOS = ("question", "incident", "configuration")


@dataclass(frozen=True)
class Truth:
    """One problem. `poor` says next to nothing; `story` says what it is about; `again` says it in other words.
    `extras`: sentences that tell more, by the fact that they tell (`platform`, `error`, `since`, a field, a detail)."""

    language: str
    scenario: str
    category: str
    subcategory: str
    platform: str
    poor: str
    story: str
    again: tuple[str, str]
    extras: dict[str, str]
    users_affected: str | None = None
    impact: str | None = None
    details: dict[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        """What the opened ticket should hold."""
        held = {
            "category": self.category,
            "subcategory": self.subcategory,
            "platform": self.platform,
            "users_affected": self.users_affected,
            "impact": self.impact,
            **self.details,
        }
        return {name: value for name, value in held.items() if value is not None}


TRUTHS: tuple[Truth, ...] = (
    Truth(
        language="es",
        scenario="incident",
        category="incident",
        subcategory="reports",
        platform="Lumbra Admin",
        poor="no me funciona",
        story="el reporte de ventas de esta semana sale vacío",
        again=(
            "abro el reporte de ventas, elijo la semana y la tabla no trae ninguna fila",
            "las ventas existen, las veo una por una, pero el reporte no las suma",
        ),
        extras={
            "platform": "me pasa en Lumbra Admin",
            "error": "aparece el mensaje «No hay datos para mostrar (R-204)»",
            "since": "empezó ayer por la tarde",
        },
        users_affected="internal",
        impact="moderate",
    ),
    Truth(
        language="es",
        scenario="incident",
        category="incident",
        subcategory="error_message",
        platform="Lumbra Store",
        poor="algo anda mal con un pedido",
        story="al pasar un pedido a preparación el botón se queda gris y no avanza",
        again=(
            "quiero mover el pedido a preparación y no me deja, el botón no responde",
            "el pedido sigue en el mismo estado aunque ya está pagado",
        ),
        extras={
            "platform": "es en Lumbra Store",
            "order_id": "el pedido es el 48213",
            "error": "dice «Error 5021: stock bloqueado»",
            "since": "pasa desde el lunes",
            "users_affected": "afecta a los compradores",
            "impact": "es crítico, no podemos vender",
        },
        users_affected="external",
        impact="high",
        details={"order_id": "48213"},
    ),
    Truth(
        language="es",
        scenario="question",
        category="question",
        subcategory="roles",
        platform="Lumbra Admin",
        poor="tengo una duda",
        story="¿cómo hago para que una empleada vea el depósito pero no los precios?",
        again=(
            "quiero darle a una persona acceso solo a lo que hay en el depósito",
            "que entre al panel sin ver cuánto cuesta cada cosa",
        ),
        extras={"platform": "es para Lumbra Admin", "since": "la contratamos esta semana"},
    ),
    Truth(
        language="es",
        scenario="question",
        category="question",
        subcategory="reports",
        platform="Lumbra Store",
        poor="quería preguntar algo",
        story="¿se puede programar el reporte de devoluciones para que llegue cada lunes?",
        again=(
            "quiero recibir las devoluciones todas las semanas sin entrar a buscarlas",
            "que el reporte se mande solo a primera hora del lunes",
        ),
        extras={"platform": "lo necesito en Lumbra Store", "since": "hasta marzo lo hacíamos a mano"},
    ),
    Truth(
        language="es",
        scenario="configuration",
        category="request",
        subcategory="domains",
        platform="Lumbra Store",
        poor="necesito que configuren algo",
        story="necesito que ustedes conecten nuestro dominio nuevo a la tienda",
        again=(
            "compramos otro dominio y queremos que la tienda abra con esa dirección",
            "el dominio ya es nuestro, falta que lo apunten ustedes",
        ),
        extras={"platform": "es para Lumbra Store", "since": "lo compramos el viernes"},
    ),
    Truth(
        language="es",
        scenario="configuration",
        category="request",
        subcategory="training",
        platform="Lumbra Admin",
        poor="quiero pedirles algo",
        story="queremos una capacitación de ustedes para tres personas nuevas del equipo",
        again=(
            "que alguien de ustedes les enseñe a usar el panel a los nuevos",
            "un curso corto, de una tarde, para tres personas",
        ),
        extras={"platform": "sería sobre Lumbra Admin", "since": "entraron el primero de mes"},
    ),
    Truth(
        language="en",
        scenario="incident",
        category="incident",
        subcategory="notifications",
        platform="Lumbra Store",
        poor="it doesn't work",
        story="shoppers no longer get the mail that says their parcel has left",
        again=(
            "the dispatch mail is not sent any more, although everything is switched on",
            "parcels leave, but nobody hears of it by mail",
        ),
        extras={
            "platform": "it happens in Lumbra Store",
            "error": 'the log shows "N-311 template not found"',
            "since": "it began on Tuesday morning",
        },
        users_affected="external",
        impact="moderate",
    ),
    Truth(
        language="en",
        scenario="incident",
        category="incident",
        subcategory="error_message",
        platform="Lumbra Payments",
        poor="there is a problem with an order",
        story="a refund for an order stays pending and I cannot finish it",
        again=(
            "I press refund on the order and it never completes",
            "the money does not go back to the buyer, the order just stays as it is",
        ),
        extras={
            "platform": "this is Lumbra Payments",
            "order_id": "the order number is 77145",
            "error": 'it says "Refund failed: PX-88"',
            "since": "since last Friday",
            "users_affected": "it affects our buyers",
            "impact": "it is critical, we cannot sell",
        },
        users_affected="external",
        impact="high",
        details={"order_id": "77145"},
    ),
    Truth(
        language="en",
        scenario="question",
        category="question",
        subcategory="authentication",
        platform="Lumbra Admin",
        poor="I have a question",
        story="how can my accountant sign in without sharing my password?",
        again=(
            "I want a login of his own for the accountant",
            "somebody outside of the company should get in under another name",
        ),
        extras={"platform": "it is about Lumbra Admin", "since": "he starts next week"},
    ),
    Truth(
        language="en",
        scenario="question",
        category="question",
        subcategory="bulk_actions",
        platform="Lumbra Store",
        poor="can I ask you something",
        story="how do I change the weight of four hundred products at once?",
        again=(
            "I would like to edit the weights of many products together",
            "one by one would take me days, is there a sheet to upload?",
        ),
        extras={"platform": "in Lumbra Store", "since": "we changed the boxes in May"},
    ),
    Truth(
        language="en",
        scenario="configuration",
        category="request",
        subcategory="new_services",
        platform="Lumbra Marketplace",
        poor="I need you to set something up",
        story="we need you to switch on the sale of gift boxes by other sellers for us",
        again=(
            "please activate a new service for us, outside sellers with gift boxes",
            "only you can enable it, our panel has no button for it",
        ),
        extras={"platform": "for Lumbra Marketplace", "since": "we signed for it last month"},
    ),
    Truth(
        language="en",
        scenario="configuration",
        category="request",
        subcategory="version_upgrades",
        platform="Lumbra Admin",
        poor="please configure something for us",
        story="we need you to move our panel to the newest version",
        again=(
            "our panel is still the old version and we would like the upgrade",
            "please plan the upgrade for us, at night if possible",
        ),
        extras={"platform": "it is Lumbra Admin", "since": "the new one came out in spring"},
    ),
    Truth(
        language="pt",
        scenario="incident",
        category="incident",
        subcategory="slowness",
        platform="Lumbra Admin",
        poor="está com problema",
        story="a tela de produtos demora quase um minuto para abrir",
        again=(
            "clico em produtos e fico esperando a lista aparecer, é muito lento",
            "as outras telas abrem rápido, só a de produtos que não",
        ),
        extras={
            "platform": "acontece no Lumbra Admin",
            "error": 'aparece a mensagem "Tempo esgotado T-90"',
            "since": "começou na quarta-feira",
        },
        users_affected="internal",
        impact="low",
    ),
    Truth(
        language="pt",
        scenario="incident",
        category="incident",
        subcategory="integrations",
        platform="Lumbra Store",
        poor="deu erro num pedido",
        story="um pedido não chegou ao nosso ERP e a nota não saiu",
        again=(
            "o pedido está na loja mas a integração não mandou para o ERP",
            "faltou um pedido na integração e não consigo mandar de novo",
        ),
        extras={
            "platform": "é na Lumbra Store",
            "order_id": "o pedido é o 90377",
            "error": 'diz "Falha I-12: destino recusou"',
            "since": "desde ontem de manhã",
            "users_affected": "afeta os compradores",
            "impact": "é crítico, não conseguimos vender",
        },
        users_affected="external",
        impact="high",
        details={"order_id": "90377"},
    ),
    Truth(
        language="pt",
        scenario="question",
        category="question",
        subcategory="configuration",
        platform="Lumbra Store",
        poor="tenho uma dúvida",
        story="como escondo da vitrine os produtos que acabaram?",
        again=(
            "quero que o que está sem estoque não apareça para quem compra",
            "tem alguma opção para tirar da loja o que acabou?",
        ),
        extras={"platform": "é na Lumbra Store", "since": "mudamos a coleção em abril"},
    ),
    Truth(
        language="pt",
        scenario="question",
        category="question",
        subcategory="records",
        platform="Lumbra Admin",
        poor="queria perguntar uma coisa",
        story="onde vejo quem apagou um produto na semana passada?",
        again=(
            "preciso saber qual pessoa tirou o produto do ar",
            "existe um histórico com o nome de quem fez cada mudança?",
        ),
        extras={"platform": "no Lumbra Admin", "since": "sumiu na quinta-feira"},
    ),
    Truth(
        language="pt",
        scenario="configuration",
        category="request",
        subcategory="graphics",
        platform="Lumbra Store",
        poor="preciso que vocês configurem algo",
        story="queremos que vocês façam a arte dos banners da campanha de inverno",
        again=(
            "precisamos do design gráfico de três banners feito por vocês",
            "a campanha é nossa, a arte ficaria com a equipe de vocês",
        ),
        extras={"platform": "é para a Lumbra Store", "since": "a campanha começa em junho"},
    ),
    Truth(
        language="pt",
        scenario="configuration",
        category="request",
        subcategory="cancellations",
        platform="Lumbra Marketplace",
        poor="quero pedir uma coisa a vocês",
        story="precisamos que vocês deem baixa no serviço de anúncios que não usamos mais",
        again=(
            "queremos cancelar com vocês o serviço de anúncios",
            "não há botão para isso no painel, só vocês conseguem desligar",
        ),
        extras={"platform": "no Lumbra Marketplace", "since": "paramos de usar em fevereiro"},
    ),
)


def truths(language: str, scenario: str) -> list[Truth]:
    return [each for each in TRUTHS if (each.language, each.scenario) == (language, scenario)]
