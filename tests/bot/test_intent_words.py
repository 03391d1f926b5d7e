"""A command is said in a command's words; a problem that holds one of them is still a problem."""

from bot.intent_rules import guarded_intent
from bot.intent_words import LEAST_COVERED, IntentWords

EXAMPLES = [
    ("start over", "restart"),
    ("let us begin again", "restart"),
    ("cancel", "cancel"),
    ("forget it, cancel that", "cancel"),
    ("how do I get a refund", "describe_problem"),
    ("the report is empty", "describe_problem"),
]
KNOWN = IntentWords.of(EXAMPLES)


def test_a_command_in_its_own_words_is_covered() -> None:
    assert KNOWN.covered("begin again", "restart") == 1.0
    assert KNOWN.covered("CANCEL", "cancel") == 1.0


def test_a_problem_with_a_commands_word_is_not() -> None:
    assert KNOWN.covered("indexers keep going invalid over and over", "restart") < LEAST_COVERED
    assert guarded_intent("indexers keep going invalid over and over", "restart", 0.9, KNOWN)[0] == "describe_problem"
    assert guarded_intent("start over", "restart", 0.9, KNOWN) == ("restart", 0.9)


def test_a_small_slip_is_forgiven() -> None:
    assert KNOWN.covered("cancle", "cancel") == 1.0


def test_what_was_learnt_survives_being_stored() -> None:
    again = IntentWords(KNOWN.as_dict())
    assert again.covered("start the report again", "restart") == KNOWN.covered("start the report again", "restart")
    assert 0 < again.covered("start the report again", "restart") < 1


def test_a_text_without_words_is_covered() -> None:
    assert KNOWN.covered("...", "cancel") == 1.0
