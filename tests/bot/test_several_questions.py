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
