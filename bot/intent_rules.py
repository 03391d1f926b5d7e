"""When a recognised intent is believed. Pure: bot/components/intent_guard.py applies it, tests and evaluation read it."""

from __future__ import annotations

from bot.intent_words import LEAST_COVERED, IntentWords
from bot.text import words

SEARCH = "describe_problem"

# Below this probability a control intent is not believed: searching in vain costs one more message, a command carried out
# by mistake costs the conversation.
LEAST_CONFIDENCE = 0.35

# Control intents are said in few words. A longer text is a problem that happens to hold such words ("gracias", "cancelar un
# pedido", "hola, necesito ayuda con ..."), unless its intent carries a matter of its own.
MOST_WORDS = 9
MOST_WORDS_BY_INTENT = {
    "report_outage": 30,
    "financial_matter": 30,
    "commercial_matter": 30,
    "linkedin_matter": 30,
    "change_field": 14,
    "talk_to_person": 16,
    "open_ticket": 16,
    "check_ticket_status": 14,
    "add_comment": 30,
    "reopen_ticket": 16,
    "choose_language": 12,
    "insult": 14,
    "out_of_scope": 20,
    "bot_challenge": 12,
    "restart": 10,
}


def guarded_intent(
    text: str, name: str | None, confidence: float, known: IntentWords | None = None
) -> tuple[str, float]:
    """The intent to act on, with its probability. A text without a word in it (emoji, punctuation) is out of scope.

    `known`, the words of the training examples, refuses a command that is not said in a command's words.
    """
    said = words(text)
    if not said:
        return "out_of_scope", 1.0
    if name is None or len(set("".join(said))) == 1 or not any(map(str.isalpha, "".join(said))):  # "aaaa", "123456"
        return SEARCH, confidence
    if name == SEARCH:
        return name, confidence
    if confidence < LEAST_CONFIDENCE or len(said) > MOST_WORDS_BY_INTENT.get(name, MOST_WORDS):
        return SEARCH, confidence
    if known is not None and known.covered(text, name) < LEAST_COVERED:
        return SEARCH, confidence
    return name, confidence
