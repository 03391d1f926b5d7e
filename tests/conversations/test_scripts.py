"""The scripted conversations: their own rules, and each of them through the real processes.

`make test` plays those that say `core: true`, `make soak` every one.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conversations.player import Theatre
from tests.conversations.scripts import Script, load_scripts, same_sequences, typed_share
from tests.support.stack import Stack

SCRIPTS = load_scripts()
CORE = [each for each in SCRIPTS if each.core]
OTHERS = [each for each in SCRIPTS if not each.core]
LANGUAGES = sorted({each.language for each in SCRIPTS})


@pytest.fixture(scope="module")
def theatre(stack: Stack) -> Theatre:
    return Theatre(stack)


def test_no_two_scripts_ask_the_same_in_the_same_order() -> None:
    assert same_sequences(SCRIPTS) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_customers_type_at_least_two_turns_in_five(language: str) -> None:
    assert typed_share(each for each in SCRIPTS if each.language == language) >= 0.4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quick_core_spreads_over_the_themes(language: str) -> None:
    themes = Counter(each.theme for each in CORE if each.language == language)
    assert themes.total() <= 10
    assert not themes or max(themes.values()) <= 2


@pytest.mark.processes
@pytest.mark.parametrize("script", CORE, ids=lambda each: each.id)
def test_a_conversation_of_the_core(theatre: Theatre, script: Script) -> None:
    theatre.play(script)


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.parametrize("script", OTHERS, ids=lambda each: each.id)
def test_a_conversation_of_the_rest(theatre: Theatre, script: Script) -> None:
    theatre.play(script)
