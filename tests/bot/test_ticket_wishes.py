"""Plain wishes for a ticket that is there already, and what only sounds like one."""

import pytest

from bot.catalog import load_catalog
from bot.ticket_wishes import TicketWishes, named_ticket

WISHES = TicketWishes(load_catalog())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("agrega al ticket 1024 que también pasa en Safari", "add_comment"),
        ("agrega al 1024 que también pasa en Safari", "add_comment"),
        ("puedes agregar a mi ticket que ya probé en otro navegador", "add_comment"),
        ("add to ticket 1024 that it also happens in Safari", "add_comment"),
        ("please attach this log to my ticket", "add_comment"),
        ("adiciona ao chamado 1024 que também acontece no Safari", "add_comment"),
        ("reabre el 1024 porque volvió a fallar", "reopen_ticket"),
        ("please reopen 1024, it fails again", "reopen_ticket"),
        ("reabrir o chamado 1024", "reopen_ticket"),
        ("¿cómo va el 1024?", "check_ticket_status"),
        ("what about ticket 1024", "check_ticket_status"),
        ("como está o chamado 1024", "check_ticket_status"),
    ],
)
def test_a_wish_is_plain_where_a_ticket_is_named_behind_its_verb(text: str, intent: str) -> None:
    assert WISHES.intent(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "no puedo agregar productos al carrito",
        "agregar el pedido número 10245 a la lista",
        "agregar descuento al ticket de compra",
        "estado del pedido 10245",
        "en mi ticket 1024 dijeron que agregara el log y no puedo",
        "how is the order 10245 doing",
        "add order number 10245 to the report",
        "open the panel again",
        "cómo agrego 1500 productos al catálogo",
        "o webhook 1024 não funciona",
        "comentar",
        "",
    ],
)
def test_what_only_sounds_like_one_is_left_to_the_classifier(text: str) -> None:
    assert WISHES.intent(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("ticket 12", "12"), ("chamado nº 1024", "1024"), ("case #7", "7"), ("#1024", "1024"), ("el 999", None)],
)
def test_a_number_names_a_ticket_by_its_word_or_by_its_size(text: str, number: str | None) -> None:
    assert named_ticket(text) == number
