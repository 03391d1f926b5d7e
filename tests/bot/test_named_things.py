"""The catalog's things that a text names."""

import pytest

from bot.catalog import load_catalog
from bot.named_things import NamedThings

# A row: intent, what is found (entity=value, or None), the text.
NAMED = """
change_field field=category category=request | cambia la categoría a solicitudes
change_field field=category category=incident | no es una consulta, es un inconveniente técnico
change_field field=subcategory subcategory=reports | la subcategoría es reportes
change_field field=subcategory subcategory=slowness | ponle lentitud en la subcategoría
change_field field=category category=question | pasa la categoría de solicitudes a consultas
change_field field=category category=incident | la categoría está mal, debería ser inconveniente técnico
change_field field=impact impact=high | el impacto es crítico
change_field field=impact impact=low | bajá el impacto a leve
change_field field=users_affected users_affected=all | afecta a todos los usuarios
change_field field=users_affected users_affected=external | los afectados son los clientes
change_field field=environment environment=development | el entorno es sandbox
change_field field=title | cambiar el titulo
change_field field=description | quiero corregir lo que escribí en la descripción
change_field field=email | mi correo está mal escrito
change_field field=platform | la tienda no es esa
change_field field=subcategory subcategory=integrations | es de integraciones, no de plugins
change_field field=subcategory subcategory=roles | mejor ponlo en permisos
change_field field=category | me equivoqué de categoría
change_field field=category category=request | change the category to requests
change_field field=category category=question | it should be a question instead of a technical issue
change_field field=subcategory subcategory=plugins | the subcategory should be plugins
change_field field=subcategory subcategory=security | move it to security
change_field field=category category=incident | category: technical issue
change_field field=impact impact=moderate | set the impact to moderate
change_field field=impact impact=high | impact is high not low
change_field field=users_affected users_affected=internal | users affected: only us
change_field field=environment environment=development | change the environment to development
change_field field=title | the title is wrong
change_field field=attachments | I want to change the screenshot
change_field field=subcategory subcategory=notifications | it's about notifications, not reports
change_field field=category category=request | mude a categoria para solicitações
change_field field=category category=incident | a categoria certa é problema técnico
change_field field=subcategory subcategory=reports | troca a subcategoria para relatórios
change_field field=subcategory subcategory=authentication | coloca em autenticação
change_field field=category category=question | em vez de problema técnico põe dúvidas
change_field field=impact impact=high | o impacto é alto
change_field field=users_affected users_affected=external | usuários afetados: os compradores
change_field field=environment environment=development | o ambiente é de testes
change_field field=description | a descrição está errada
change_field field=email | meu e-mail está errado
describe_problem subcategory=reports | creo que es algo de los informes
describe_problem subcategory=roles | es por lo de los permisos de usuarios
describe_problem subcategory=plugins | it's about the plug in
describe_problem subcategory=reports | el reporte de ventas no se exporta
describe_problem subcategory=integrations | nuestro erp no recibe los pedidos
describe_problem subcategory=slowness | la tienda va lentísima
describe_problem subcategory=authentication | olvidé mi contraseña
describe_problem category=linkedin | quiero información de la alianza con linkedin
describe_problem None | no me deja guardar el producto
describe_problem None | cancelar un pedido de un cliente
describe_problem None | quiero cambiar el precio de un producto
describe_problem subcategory=notifications | customers do not get the order confirmation email
describe_problem subcategory=bulk_actions | the csv import fails
describe_problem subcategory=roles | how do I create a role for the warehouse
describe_problem subcategory=security | I think my account was hacked
describe_problem subcategory=domains | our domain does not point to the store
describe_problem None | the button is grey
describe_problem None | product photos look blurry
describe_problem None | a customer wants a refund
describe_problem subcategory=slowness | o painel está muito lento
describe_problem subcategory=authentication | não consigo fazer login
describe_problem subcategory=integrations | o webhook não dispara
describe_problem subcategory=language | a loja aparece em outro idioma
describe_problem subcategory=bulk_actions | a planilha de produtos não importa
describe_problem None | o botão de comprar não aparece
describe_problem None | o cliente quer trocar o produto
describe_problem category=incident subcategory=reports | es un inconveniente técnico con los reportes
describe_problem category=question subcategory=roles | é só uma dúvida sobre perfis de acesso
open_ticket category=request | quiero abrir un ticket de solicitudes
open_ticket subcategory=integrations | open a ticket about integrations
open_ticket None | quero abrir um chamado
change_field field=category category=question | pon la categoría en consultas
change_field field=category category=request | debería ser una solicitud, no un incidente
change_field field=subcategory subcategory=authentication | la subcategoría correcta es autenticación
change_field field=subcategory subcategory=bulk_actions | cambia de reportes a acciones masivas
change_field field=impact impact=moderate | el impacto es moderado
change_field field=users_affected users_affected=internal | usuarios afectados: internos
change_field field=title | quiero otro título
change_field field=platform | cambia la plataforma
change_field field=category category=request | the category should be requests
change_field field=subcategory subcategory=integrations | change subcategory from plugins to integrations
change_field field=impact impact=low | the impact is actually low
change_field field=users_affected users_affected=external | it affects our customers, not us
change_field field=description | let me edit the description
change_field field=category category=incident | mude para problema técnico
change_field field=subcategory subcategory=notifications | a subcategoria é notificações
change_field field=subcategory subcategory=roles | não é segurança, é perfis de acesso
change_field field=environment environment=production | o ambiente é produção
change_field field=email | quero trocar o e-mail
describe_problem subcategory=plugins | es sobre un plugin que compré
describe_problem subcategory=notifications | creo que tiene que ver con notificaciones
describe_problem subcategory=integrations | algo de la api
describe_problem subcategory=authentication | problem with the login page
describe_problem subcategory=reports | my question is about reports
describe_problem category=linkedin | I would like a linkedin demo
describe_problem subcategory=domains | é sobre o domínio da loja
describe_problem subcategory=slowness | o site anda muito lento
describe_problem subcategory=roles | tem a ver com permissões
describe_problem None | no aparece el botón de pagar
describe_problem None | the price is wrong on one product
describe_problem None | o cliente não recebeu o reembolso
describe_problem None | quero trocar a foto do produto
"""


@pytest.fixture(scope="module")
def things() -> NamedThings:
    return NamedThings(load_catalog())


@pytest.mark.parametrize(
    ("text", "intent", "found"),
    [
        ("cambia la categoría a solicitudes", "change_field", {"field": "category", "category": "request"}),
        ("cambia la categoria a solisitudes", "change_field", {"field": "category", "category": "request"}),
        ("mude a categoria para problema técnico", "change_field", {"field": "category", "category": "incident"}),
        ("the title is wrong", "change_field", {"field": "title"}),
        ("el título está mal", "change_field", {"field": "title"}),
        ("change the email", "change_field", {"field": "email"}),
        ("o impacto é alto", "change_field", {"field": "impact", "impact": "high"}),
        ("can we do this in english?", "choose_language", {"language": "en"}),
        ("em espanhol por favor", "choose_language", {"language": "es"}),
        ("hablemos en portugues", "choose_language", {"language": "pt"}),
        ("inglés o español", "choose_language", {"language": "es"}),
        ("¿cómo va mi ticket 1024?", "check_ticket_status", {"ticket_id": "1024"}),
        ("meu chamado nº 77", "check_ticket_status", {"ticket_id": "77"}),
        ("status of #1001", "check_ticket_status", {"ticket_id": "1001"}),
        ("no puedo ver 5 reportes", "describe_problem", {"subcategory": "reports"}),
        ("no puedo ver 5 pedidos", "describe_problem", {}),
        ("hola", "greet", {}),
    ],
)
def test_what_matters_to_the_intent_is_found(
    things: NamedThings, text: str, intent: str, found: dict[str, str]
) -> None:
    assert {each.entity: each.value for each in things.find(text, intent)} == found


def test_two_of_a_kind_said_with_equal_weight_are_none(things: NamedThings) -> None:
    assert things.find("spanish or english", "choose_language") == []


def rows() -> list[tuple[str, str, dict[str, str]]]:
    found = []
    for line in NAMED.strip().splitlines():
        meta, _, text = line.partition(" | ")
        intent, *things = meta.split()
        found.append((text, intent, dict(each.split("=") for each in things if each != "None")))
    return found


@pytest.mark.parametrize(("text", "intent", "found"), rows())
def test_fields_categories_and_their_parts_are_named_in_free_words(
    things: NamedThings, text: str, intent: str, found: dict[str, str]
) -> None:
    assert {each.entity: each.value for each in things.find(text, intent)} == found
