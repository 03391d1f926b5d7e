"""The body of a turn is checked before anything acts on it."""

from typing import Any

import pytest

from bot.turn import MAX_CHOICES, MAX_TEXT, MalformedTurn, parse_turn


def body(**changes: Any) -> dict[str, Any]:
    return {
        "conversation_id": "c1",
        "turn_id": "t1",
        "turn_token": "secret",
        "text": "hola",
        "choice": None,
        "asks": None,
        "choices": [],
        "state": None,
        "context": {"language": "es"},
        **changes,
    }


def test_a_turn_is_read_whole() -> None:
    choice = {"label": "Sí", "name": "solved.yes", "intent": "affirm", "entities": {}}
    turn = parse_turn(
        body(choice=choice, choices=[choice], asks="solved", state={"slots": {"language": "es"}, "active_loop": None})
    )
    assert turn.choice is not None
    assert turn.choice.name == "solved.yes"
    assert turn.choices == (turn.choice,)
    assert turn.state is not None
    assert turn.state.slots == {"language": "es"}
    assert turn.metadata == {"turn_id": "t1", "turn_token": "secret", "context": {"language": "es"}}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"text": None}, "text"),
        ({"text": "   "}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": "a" * (MAX_TEXT + 1)}, "text"),
        ({"conversation_id": ""}, "conversation_id"),
        ({"turn_id": 7}, "turn_id"),
        ({"turn_token": None}, "turn_token"),
        ({"choice": "affirm"}, "choice"),
        ({"choice": {"name": "a", "label": "a", "intent": "a", "entities": {"verified": True}}}, "entities"),
        ({"choice": {"name": "a", "label": "a", "intent": ["start"]}}, "intent"),
        ({"choices": {}}, "choices"),
        ({"choices": [{}] * (MAX_CHOICES + 1)}, "choices"),
        ({"state": []}, "state"),
        ({"state": {"slots": []}}, "state"),
        ({"state": {"slots": {}, "active_loop": 3}}, "active_loop"),
        ({"context": "es"}, "context"),
    ],
)
def test_what_breaks_the_contract_is_named_and_never_quoted(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(MalformedTurn, match=named) as caught:
        parse_turn(body(**changes))
    assert "aaaa" not in str(caught.value)


@pytest.mark.parametrize("anything", [None, [], "text", 3, {}])
def test_a_body_that_is_no_turn_is_refused(anything: object) -> None:
    with pytest.raises(MalformedTurn):
        parse_turn(anything)
