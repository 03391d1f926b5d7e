"""The questions that the benchmark asks."""

from __future__ import annotations

import json

import pytest

from tools.bench.burst import CONVERSATIONS
from tools.bench.machine import ROOT
from tools.bench.questions import LANGUAGES, MOST_ROUNDS, OPENINGS, QUESTIONS, unique_question
from tools.bench.turns import CONVERSATIONS_A_LANGUAGE, QUESTIONS_A_CONVERSATION, ROUNDS, WARM_UP_ROUND


def test_every_language_has_questions_for_a_round_a_warm_up_and_the_burst() -> None:
    for language in LANGUAGES:
        assert len(QUESTIONS[language]) > CONVERSATIONS_A_LANGUAGE * QUESTIONS_A_CONVERSATION
        assert len(QUESTIONS[language]) >= CONVERSATIONS / len(LANGUAGES)
        assert len(OPENINGS[language]) == MOST_ROUNDS
    assert ROUNDS <= WARM_UP_ROUND < MOST_ROUNDS - 1


def test_no_text_is_asked_twice_in_a_run() -> None:
    asked = [
        unique_question(language, number, turn)
        for language in LANGUAGES
        for number in range(len(QUESTIONS[language]))
        for turn in range(MOST_ROUNDS)
    ]
    assert len({text.casefold() for text in asked}) == len(asked)


def test_a_question_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IndexError):
        unique_question("es", len(QUESTIONS["es"]), 0)


def test_no_question_is_one_of_the_evaluation() -> None:
    lines = (ROOT / "data" / "evaluation" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    evaluated = {json.loads(line)["query"].casefold() for line in lines if line.strip()}
    assert evaluated
    assert not evaluated & {text.casefold() for texts in QUESTIONS.values() for text in texts}
