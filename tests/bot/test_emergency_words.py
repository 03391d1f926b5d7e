"""What is said so clearly that it needs no classifier: nothing loads, for anybody."""

import pytest

from bot.emergency_words import clearly_down, supposes
from bot.intent_rules import believed_intent


@pytest.mark.parametrize(
    "text",
    [
        "THE WHOLE STORE IS OFFLINE!!",
        "502 on every page",
        "neither the store nor the panel opens",
        "the platfrom is down for everyone",
        "nothing loads, customers are calling",
        "está tudo fora do ar",
        "não abre nem painel nem loja",
        "todas as páginas fora do ar",
        "o site caiu, o que houve?",
        "se cayo toda la tienda",
        "pantalla blanca en toda la tienda",
        "hola, la plataforma no carga",
        "no carga nada desde hace 20 minutos",
    ],
)
def test_everything_that_is_down_is_clear(text: str) -> None:
    assert clearly_down(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the checkout is down",
        "the store is down only in canada",
        "the site was down yesterday",
        "the whole site is slow",
        "our test store is down",
        "our erp server is offline",
        "how do i take the store offline",
        "a loja abre mas o painel não",
        "uma página não abre",
        "a loja de testes caiu",
        "a busca da loja caiu",
        "o sistema não carrega para um cliente",
        "se cayó el módulo de reportes",
        "la tienda va lenta",
        "no puedo entrar a la tienda",
        "si se cae el sitio, qué pasa",
        "no abran nada",
    ],
)
def test_a_part_the_past_a_test_or_a_question_is_not_clear(text: str) -> None:
    assert not clearly_down(text)


def test_what_is_clear_is_an_emergency_whatever_the_classifier_makes_of_it() -> None:
    assert believed_intent("the whole store is offline", {"describe_problem": 0.99})[0] == "report_outage"
    assert believed_intent("the checkout is offline", {"describe_problem": 0.99})[0] == "describe_problem"
    assert believed_intent("the whole store is offline", {"cancel": 0.95})[0] == "cancel"


@pytest.mark.parametrize(
    "text",
    [
        "Suppose the whole platform went offline, is there a backup?",
        "simulacro: todo está caído, ¿qué hacemos?",
        "e se tudo cair na black friday?",
    ],
)
def test_what_is_only_supposed_is_told_apart(text: str) -> None:
    assert supposes(text)
    assert not supposes("everything is offline, suppose nobody noticed yet")
