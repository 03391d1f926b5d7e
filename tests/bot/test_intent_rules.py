"""When a recognised intent is believed."""

import pytest

from bot.intent_rules import TIMES_LIKELIER, believed_intent


@pytest.mark.parametrize(
    ("text", "likely", "believed"),
    [
        ("gracias", {"thank": 0.99}, "thank"),
        ("cancelar", {"cancel": 0.2, "describe_problem": 0.01}, "describe_problem"),
        (
            "gracias pero el checkout sigue sin cobrar a mis clientes desde ayer por la tarde y ya no sé qué más probar "
            "con ellos",
            {"thank": 0.9, "describe_problem": 0.01},
            "describe_problem",
        ),
        (
            "el sistema entero no carga para nadie desde hace diez minutos por favor ayuda",
            {"report_outage": 0.9, "describe_problem": 0.05},
            "report_outage",
        ),
        ("aaaaaaaaaa", {"thank": 0.9}, "describe_problem"),
        ("я не могу скачать отчёт", {"affirm": 0.3, "deny": 0.2}, "describe_problem"),
        ("我不能下载报告", {"affirm": 0.9}, "describe_problem"),
        ("ok да", {"affirm": 0.9}, "describe_problem"),
        ("123456", {"check_ticket_status": 0.9}, "describe_problem"),
        ("😀😀", {"thank": 0.9}, "out_of_scope"),
        ("s", {"affirm": 0.9}, "affirm"),
        ("no exporta", {"describe_problem": 0.1, "deny": 0.05}, "describe_problem"),
        ("hola", {}, "describe_problem"),
    ],
)
def test_only_short_and_certain_commands_are_believed(text: str, likely: dict[str, float], believed: str) -> None:
    assert believed_intent(text, likely)[0] == believed


def test_a_command_must_be_much_likelier_than_a_problem() -> None:
    close = {"restart": 0.6, "describe_problem": 0.6 / TIMES_LIKELIER * 1.1}
    clear = {"restart": 0.6, "describe_problem": 0.6 / TIMES_LIKELIER * 0.9}
    assert believed_intent("reset the stock", close)[0] == "describe_problem"
    assert believed_intent("reset the chat", clear) == ("restart", 0.6)


def test_an_emergency_is_heard_sooner_because_it_is_confirmed_first() -> None:
    between = {"describe_problem": 0.1}
    assert believed_intent("nothing works", {"report_outage": 0.35, **between})[0] == "report_outage"
    assert believed_intent("nothing works", {"insult": 0.35, **between})[0] == "describe_problem"


@pytest.mark.parametrize(
    "text",
    [
        "the whole site crawls and is so slow",
        "nada carga só pra mim",
        "la tienda no abre en una computadora",
        "where do i see whether the platform is down",
        "the store was down yesterday",
    ],
)
def test_an_emergency_that_spares_somebody_has_to_be_surer(text: str) -> None:
    assert believed_intent(text, {"report_outage": 0.7, "describe_problem": 0.25})[0] == "describe_problem"


@pytest.mark.parametrize(
    "text",
    [
        "no es solo a mí, a nadie le abre nada",
        "the store has been dead since yesterday, nobody gets in",
        "a página não existe mais pra ninguém",
    ],
)
def test_not_only_me_and_since_yesterday_spare_nobody(text: str) -> None:
    assert believed_intent(text, {"report_outage": 0.7, "describe_problem": 0.2})[0] == "report_outage"


STORY = "we just sent the newsletter to thousands and every buyer stares at a spinner"


def heard_in(text: str, clause: dict[str, float], whole: float = 0.1) -> str:
    """What is heard of a text that is taken for a problem as a whole, where each of its clauses is read as `clause`."""
    return believed_intent(text, {"report_outage": whole, "describe_problem": 0.8}, lambda _part: clause)[0]


def test_an_emergency_in_one_clause_of_a_story_is_heard() -> None:
    assert heard_in(STORY, {"report_outage": 0.9, "describe_problem": 0.05}) == "report_outage"
    assert heard_in("omg we have a sale and the site is down", {}, whole=0.0) == "report_outage"


@pytest.mark.parametrize(
    "text", ["every buyer stares at a spinner", STORY + " since my browser is slow", "what if " + STORY]
)
def test_one_clause_alone_a_slow_one_and_a_supposed_one_stay_problems(text: str) -> None:
    assert heard_in(text, {"report_outage": 0.9, "describe_problem": 0.05}) == "describe_problem"


def test_a_clause_that_names_a_place_only_is_no_emergency() -> None:
    place = {"report_outage": 0.94, "describe_problem": 0.04}
    said = "the coupon takes nothing off, in our store, and buyers complain"
    assert (
        believed_intent(
            said, {"report_outage": 0.4, "describe_problem": 0.5}, lambda part: place if "our" in part else {}
        )[0]
        == "describe_problem"
    )


def test_a_clause_has_to_say_it_clearly_and_the_whole_not_to_rule_it_out() -> None:
    assert heard_in(STORY, {"report_outage": 0.6, "describe_problem": 0.3}) == "describe_problem"
    assert heard_in(STORY, {"report_outage": 0.9, "describe_problem": 0.05}, whole=0.01) == "describe_problem"
    assert believed_intent(STORY, {"report_outage": 0.1, "describe_problem": 0.8})[0] == "describe_problem"


@pytest.mark.parametrize(
    "text", ["kualico has been down since nine", "Jadlog tá fora do ar", "el banco está caído hoy"]
)
def test_another_companys_outage_has_to_be_surer(text: str) -> None:
    assert believed_intent(text, {"report_outage": 0.8, "describe_problem": 0.2})[0] == "describe_problem"


def test_where_nothing_is_said_to_fail_there_is_no_emergency() -> None:
    surely = {"report_outage": 0.99, "describe_problem": 0.01}
    assert believed_intent("mesma letra em todas as telas da loja", surely)[0] == "describe_problem"
    assert believed_intent("o checkout caiu e a loja inteira tá fora", surely)[0] == "report_outage"


def test_no_clause_of_another_companys_outage_is_an_emergency() -> None:
    def read(_: str) -> dict[str, float]:
        return {"report_outage": 0.99, "describe_problem": 0.01}

    whole = {"report_outage": 0.3, "describe_problem": 0.7}
    assert believed_intent("el banco está caído, no responde desde ayer", whole, read)[0] == "describe_problem"
    assert believed_intent("lancé la promo, y ahora el sitio no responde", whole, read)[0] == "report_outage"


def test_a_part_named_beside_the_whole_is_an_emergency_still() -> None:
    likely = {"report_outage": 0.48, "describe_problem": 0.52}
    assert believed_intent("the cart page is down and so is the whole site", likely)[0] == "report_outage"
    assert believed_intent("the cart page is down on the site", likely)[0] == "describe_problem"
