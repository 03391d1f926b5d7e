"""What a sentence wants of a ticket: its number, and the words that are meant for it."""

import dataclasses
import datetime as dt

import pytest

from actions.follow_up.wish import comment_in, reason_in, ticket_number, wish
from actions.heard import Heard
from bot.catalog import Catalog

HEARD = Heard(
    turn_id="t",
    conversation_id="c",
    token="token",
    text="",
    intent="check_ticket_status",
    confidence=1.0,
    entities={},
    slots={},
    language="es",
    loop=None,
    typed=True,
    resumed=False,
    verified=True,
    known_email=None,
    platforms=(),
    attachments=0,
    now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC),
    files=(),
)


def heard(text: str, intent: str = "check_ticket_status", **entities: str) -> Heard:
    return dataclasses.replace(HEARD, text=text, intent=intent, entities=entities)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("¿cómo va el 1024?", "1024"),
        ("agrega al 1024 que también pasa en Safari", "1024"),
        ("adiciona ao 1024 que também acontece no Safari", "1024"),
        ("what about #1024", "1024"),
        ("1024?", "1024"),
        ("agrega que sale el error 500", None),
        ("mi factura de 1024.50 pesos", None),
        ("el pedido ABC-1024 no llega y nadie sabe decirme por qué pasa esto", None),
        ("mis tickets", None),
    ],
)
def test_a_number_is_a_tickets_where_one_is_meant(text: str, number: str | None) -> None:
    assert ticket_number(heard(text)) == number


def test_a_number_that_was_asked_for_may_be_short_and_two_are_none() -> None:
    assert ticket_number(heard("es el 12"), asked=True) == "12"
    assert ticket_number(heard("el 12 o el 13"), asked=True) is None
    assert ticket_number(heard("ahora tampoco puedo exportar, sale el error 500"), asked=True) is None


@pytest.mark.parametrize(
    ("text", "number", "comment"),
    [
        ("agrega al 1024 que también pasa en Safari", "1024", "también pasa en Safari"),
        ("agrega un comentario al ticket 1024: sigue igual", "1024", "sigue igual"),
        ("add to ticket 1024 that it also happens in Safari", "1024", "it also happens in Safari"),
        ("comment on ticket 1024, it also happens in Safari", "1024", "it also happens in Safari"),
        ("adiciona ao chamado 1024 que também acontece no Safari", "1024", "também acontece no Safari"),
        ("add «it fails since Monday» to my ticket", None, None),
        ("add to my ticket «it fails since Monday»", None, "it fails since Monday"),
        ("agrega a mi ticket que ahora pasa en Safari", None, "ahora pasa en Safari"),
        ("agregar un comentario al ticket 1024", "1024", None),
        ("quiero comentar el ticket 1024 que abrí ayer por la tarde", "1024", None),
        ("i want to comment on the ticket that i opened yesterday", None, None),
        ("add more information to ticket 1024", "1024", None),
        ("tengo más detalles del ticket 1024 para ustedes", "1024", None),
    ],
)
def test_a_comment_is_taken_from_the_sentence_that_asks_for_it(
    text: str, number: str | None, comment: str | None
) -> None:
    assert comment_in(text, number) == comment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("reabre el 1024 porque volvió a fallar", "volvió a fallar"),
        ("reopen ticket 1024, it is failing again", "it is failing again"),
        ("fecharam meu chamado mas continua com erro", "continua com erro"),
        ("reabrir el ticket 1024", None),
    ],
)
def test_why_a_ticket_is_opened_again_is_taken_from_the_sentence(text: str, reason: str | None) -> None:
    assert reason_in(text) == reason


@pytest.mark.parametrize(
    ("text", "kind", "open_only"),
    [
        ("mis tickets", "list", False),
        ("mis tickets abiertos", "list", True),
        ("my open tickets", "list", True),
        ("show me my tickets", "list", False),
        ("meus chamados em aberto", "list", True),
        ("¿cómo va mi ticket?", "status", False),
    ],
)
def test_a_list_is_told_apart_from_one_ticket(catalog: Catalog, text: str, kind: str, open_only: bool) -> None:
    found = wish(heard(text), catalog)
    assert found is not None
    assert (found.kind, found.open_only) == (kind, open_only)


def test_other_intents_are_no_wish(catalog: Catalog) -> None:
    assert wish(heard("hola", "greet"), catalog) is None
