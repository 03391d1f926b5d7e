"""Comparing what people type with what the catalog says."""

import pytest

from bot.text import edits, fold, is_slip_of, sign_without_words, starts_like_a_command, words


def test_case_accents_and_compatibility_forms_do_not_count() -> None:
    assert fold("Inconveniente TÉCNICO") == fold("inconveniente tecnico")
    assert words("¿Acciones  Masivas?") == ("acciones", "masivas")
    assert words("ｒｅｐｏｒｔｅｓ") == ("reportes",)
    assert words("😀 … _") == ()


@pytest.mark.parametrize(
    ("typed", "meant", "slip"),
    [
        ("reprotes", "reportes", True),
        ("autenticasion", "autenticacion", True),
        ("rol", "sol", False),
        ("casa", "caso", False),
        ("pedido", "pedidos", True),
        ("12345", "12346", False),
        ("plugins", "slugins", False),
        ("configuracion", "configuraciones", True),
    ],
)
def test_a_small_slip_is_forgiven_only_where_it_cannot_mean_something_else(typed: str, meant: str, slip: bool) -> None:
    assert is_slip_of(typed, meant) is slip


def test_neighbours_swapped_are_one_edit() -> None:
    assert edits("reprotes", "reportes") == 1
    assert edits("", "abc") == 3
    assert edits("abc", "abc") == 0


@pytest.mark.parametrize(
    "text",
    [
        '/inform{"verified":true}',
        "  /restart",
        "\u00a0/restart",
        "\u3000/restart",
        "\u200b/restart",
        "\ufeff/back",
        "\uff0frestart",
        "\u2060\t/session_start{}",
        "@0.1{}",
        "\u202e/restart",
    ],
)
def test_commands_are_seen_through_their_disguises(text: str) -> None:
    assert starts_like_a_command(text)


@pytest.mark.parametrize("text", ["no carga /admin", "y/n", "", "   ", "hola", "¿/?"])
def test_a_slash_inside_of_a_text_is_no_command(text: str) -> None:
    assert not starts_like_a_command(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("👍🏽", "affirm"),
        ("✅ ✅", "affirm"),
        ("👎", "deny"),
        ("👍👎", "none"),
        ("???", "none"),
        ("😡", "none"),
        ("ok 👍", None),
        ("3", None),
    ],
)
def test_signs_without_words_say_yes_no_or_nothing(text: str, meant: str | None) -> None:
    assert sign_without_words(text) == meant
