"""The scripted conversations: their own rules, and each of them through the real processes.

`make test` plays those that say `core: true`, `make soak` all the others too.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.conversations.player import Theatre
from tests.conversations.scripts import Script, ScriptError, load_scripts, same_sequences, typed_share
from tests.support.stack import Stack

SCRIPTS = load_scripts()
CORE = [each for each in SCRIPTS if each.core]
OTHERS = [each for each in SCRIPTS if not each.core]
LANGUAGES = ("es", "en", "pt")


@pytest.fixture(scope="module")
def theatre(stack: Stack) -> Theatre:
    return Theatre(stack)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_fifty_conversations(language: str) -> None:
    assert len([each for each in SCRIPTS if each.language == language]) >= 50


def test_no_two_scripts_ask_the_same_in_the_same_order() -> None:
    assert same_sequences(SCRIPTS) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_customers_type_at_least_two_turns_in_five(language: str) -> None:
    assert typed_share(each for each in SCRIPTS if each.language == language) >= 0.4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quick_core_spreads_over_the_themes(language: str) -> None:
    themes = Counter(each.theme for each in CORE if each.language == language)
    assert 6 <= themes.total() <= 10
    assert max(themes.values(), default=0) <= 2


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("steps: [{say: hola, press: solved.yes}]", "step 1: say one thing"),
        ("steps: [{say: hola, asked: email}]", "step 1: there is no asked"),
        ("steps: [{say: hola, says: [no_such_key]}]", "step 1: the wording has no message no_such_key"),
        ("steps: [{say: hola}]", "it says neither which `ticket` nor which `outcome`"),
        ("steps: [{say: hola}]\n    ticket: {title: t, type: question, priority: low}", "`description` is missing"),
        ("steps: [{say: hola}]\n    outcome: {events: [[solved_yes]]}", "an event is its name"),
    ],
)
def test_a_script_that_cannot_be_played_is_named(tmp_path: Path, written: str, complaint: str) -> None:
    (tmp_path / "es").mkdir()
    text = f"scripts:\n  - id: es-start-01\n    title: A title\n    asks: [language]\n    {written}\n"
    (tmp_path / "es" / "start.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError) as refused:
        load_scripts(tmp_path)
    assert "scripts/es/start.yml" in str(refused.value)
    assert "es-start-01" in str(refused.value)
    assert complaint in str(refused.value)


@pytest.mark.processes
@pytest.mark.parametrize("script", CORE, ids=lambda each: each.id)
def test_a_conversation_of_the_core(theatre: Theatre, script: Script) -> None:
    theatre.play(script)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.parametrize("script", OTHERS, ids=lambda each: each.id)
def test_a_conversation_of_the_rest(theatre: Theatre, script: Script) -> None:
    theatre.play(script)
