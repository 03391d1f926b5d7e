"""Who comes back is told what was gathered, and asked nothing again."""

from __future__ import annotations

from typing import Any

import pytest

from bot.catalog import load_catalog
from bot.recap import PROBLEM_LENGTH, few_words, recap, welcome_back
from bot.turn import DialogueState, Turn
from bot.voice import Voice

CATALOG = load_catalog()
LANGUAGES = ("es", "en", "pt")
GATHERED = {
    "language": "es",
    "problem": "El reporte de ventas llega vacío desde ayer",
    "category": "incident",
    "subcategory": "reports",
    "platform": "Lumbra Store",
}


def voice(language: str) -> Voice:
    return Voice(CATALOG, language)


def turn(slots: dict[str, Any], *, returned: bool = True, asks: str | None = None) -> Turn:
    return Turn("c", "t", "token", "hola", None, asks, (), DialogueState(dict(slots)), {"returned": returned})


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "es",
            ["• Categoría: Inconveniente Técnico", "• Subcategoría: Reportes", "• Plataforma: Lumbra Store"],
        ),
        ("en", ["• Category: Technical issue", "• Subcategory: Reports", "• Platform: Lumbra Store"]),
        ("pt", ["• Categoria: Problema técnico", "• Subcategoria: Relatórios", "• Plataforma: Lumbra Store"]),
    ],
)
def test_all_that_was_gathered_is_told_in_the_customers_language(language: str, lines: list[str]) -> None:
    told = recap(GATHERED, voice(language), asked="impact")
    assert told is not None
    first, matter, *rest = told.split("\n")
    assert first == voice(language).message("recap_intro")
    assert GATHERED["problem"] in matter
    assert rest[:-1] == lines
    assert voice(language).label("fields", "impact") in rest[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_was_asked_whether_it_helped_is_told_so(language: str) -> None:
    told = recap({"problem": "no exporta"}, voice(language), asked="solved")
    assert told is not None
    assert told.endswith(voice(language).message("recap_asked_solved"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_ticket_its_number_is_told_instead(language: str) -> None:
    assert recap({"language": language, "ticket_id": "1042"}, voice(language)) == voice(language).message(
        "recap_ticket", id="1042"
    )


def test_a_new_matter_counts_more_than_the_ticket_before_it() -> None:
    told = recap({"ticket_id": "1042", "problem": "ahora no exporta"}, voice("es"))
    assert told is not None
    assert "1042" not in told


def test_nothing_gathered_is_nothing_to_tell() -> None:
    assert recap({"language": "es", "problem": None, "category": ""}, voice("es")) is None


def test_a_long_problem_is_told_in_a_few_words() -> None:
    short = few_words("palabra " * 60)
    assert len(short) <= PROBLEM_LENGTH
    assert short.endswith("palabra…")
    assert few_words("una\n línea") == "una línea"


def test_what_the_catalog_no_longer_has_is_left_out() -> None:
    told = recap({"problem": "x", "category": "gone", "subcategory": "away"}, voice("en"), asked="nothing_like_it")
    assert told == "Welcome back! This is what I already have:\n• You told me: “x”"


def test_only_a_turn_after_a_silence_begins_with_it() -> None:
    after = DialogueState(dict(GATHERED))
    assert welcome_back(turn(GATHERED, returned=False), after, "inform", voice("es")) is None
    assert welcome_back(turn(GATHERED), after, "inform", voice("es")) == recap(GATHERED, voice("es"))


def test_what_this_very_turn_changed_or_emptied_is_not_told_as_remembered() -> None:
    after = DialogueState({**GATHERED, "category": "request", "subcategory": None})
    told = welcome_back(turn(GATHERED), after, "change_field", voice("es"))
    assert told is not None
    assert "Categoría" not in told
    assert "Subcategoría" not in told
    assert GATHERED["problem"] in told


@pytest.mark.parametrize("intent", ["start_over", "cancel", "goodbye"])
def test_who_begins_anew_or_leaves_is_told_nothing(intent: str) -> None:
    assert welcome_back(turn(GATHERED), DialogueState(dict(GATHERED)), intent, voice("es")) is None


def test_a_matter_that_is_settled_gets_a_short_welcome_and_a_greeting_none_on_top() -> None:
    settled = {"language": "en"}
    assert welcome_back(turn(settled), DialogueState(settled), "describe_problem", voice("en")) == "Welcome back!"
    assert welcome_back(turn(settled), DialogueState(settled), "greet", voice("en")) is None
