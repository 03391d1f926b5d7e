"""What a turn may carry, and what it starts from: the channel's rules, apart from Rasa."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import takewhile
from typing import Any

from bot.catalog import Catalog
from bot.speech import Speech
from bot.text import words
from bot.turn import Choice, DialogueState

# Rasa keeps the name `restart` for its own action, which wipes a conversation.
_RASA_INTENTS = {"restart": "start_over"}
# A wish for another language without saying which.
_WHICH_LANGUAGE = "which_language"
# What is recognised by itself here and told outside as one of the contract's intents, with a category of the catalog.
_TOLD_OUTSIDE = {"linkedin_matter": ("commercial_matter", "linkedin")}

# Intents that a choice may carry.
CHOICE_INTENTS = frozenset(
    {
        "affirm",
        "cancel",
        "change_field",
        "choose_language",
        "choose_scenario",
        "deny",
        "inform",
        "open_ticket",
        "report_outage",
        "skip",
        "start",
        "talk_to_person",
    }
)

# Entities whose values are not ids of the catalog, with what they may hold (None: any short text, such as a platform's name
# or an article's id).
_OTHER_VALUES: dict[str, frozenset[str] | None] = {
    "attachments": frozenset({"done"}),
    "clarify": None,
    "code": frozenset({"resend"}),
    "rating": frozenset({"good", "bad"}),
    "ticket": None,
    "confirm": frozenset({"existing"}),
    "platform": None,
}


# Commands that are said in a word which may also be a customer's word for an option ("cancelar": a subcategory, too).
_COMMANDS = frozenset({"cancel", "restart", "go_back", "talk_to_person"})
_CERTAINLY = 0.9


def overrules_choice(intent: str, confidence: float) -> bool:
    """Whether a typed text is a command although it could name an option; never asked where it is the option's own label."""
    return intent in _COMMANDS and confidence >= _CERTAINLY


def names_an_option(text: str, asks: str | None, catalog: Catalog) -> dict[str, str]:
    """The options of other fields that a text is the label of, word for word, while a field of the ticket is asked.

    "Alto" stops somebody in one language and is an impact in two: answered a step too early, it must not end the form.
    """
    if not any(field.id == asks for field in catalog.fields):
        return {}
    typed = words(text)
    return {
        field.id: value
        for field in catalog.fields
        if field.enabled and field.label_kind
        for value in field.options
        if any(words(catalog.label(field.label_kind, value, language)) == typed for language in catalog.languages)
    }


# What is believed where the customer is asked for their own words; anything else there is what was asked for.
_BELIEVED_IN_FREE_TEXT = _COMMANDS | {"skip", "help", "choose_language", "change_field", "insult", "bot_challenge"}
_FEW_WORDS = 5
# What throws away all that was told has to be hardly more than the command itself, and beyond doubt: "cannot restart" and
# "se reinicia sola" were measured at .91 to .992, plain commands at .998 and more.
_HARDLY_MORE = 3
_BEYOND_DOUBT = 0.995


# Asked for a ticket that is open already, and for a rating once its score is given.
_TEXTS = frozenset({"comment", "rating"})


def takes_own_words(asks: str | None, choices: Collection[Choice], catalog: Catalog) -> bool:
    """Whether what was asked is a text of the ticket (title, description, an order number ...), not one of some options."""
    names = {choice.name for choice in choices}
    if asks == "clarify" and names <= {"clarify.none", "clarify.person"}:
        return True  # the exact message, the wish: not one of several topics
    details = {detail.id for topic in catalog.topics for detail in topic.details}
    asked = (
        asks in details or asks in _TEXTS or any(field.id == asks and field.kind == "text" for field in catalog.fields)
    )
    return asked and all(choice.name == f"{asks}.skip" for choice in choices)


# Carried out by mistake these cost the customer all that was told.
_COSTLY = frozenset({"cancel", "restart"})
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|\d[\d\s-]{4,10}\d")


def too_doubtful(intent: str, confidence: float) -> bool:
    """Whether a command is not said surely enough for what it costs: the text is heard as the customer's own words then."""
    return intent in _COSTLY and confidence < _CERTAINLY


def is_contact(text: str) -> bool:
    """Whether a text is an address, or a code, and nothing else: that is never a wish."""
    return _CONTACT.fullmatch(text.strip(" .,;:!¡¿?\"'()<>")) is not None


def interrupts_own_words(intent: str, confidence: float, text: str, speech: Speech) -> bool:
    """Whether a text given where own words were asked for is a command instead: "cancelar", not "Kept through a restart".

    What costs the customer everything may be led by a wish ("I want to cancel this"), and by nothing else.
    """
    if intent not in _BELIEVED_IN_FREE_TEXT or confidence < _CERTAINLY or len(text.split()) > _FEW_WORDS:
        return False
    if intent not in _COSTLY:
        return True
    said = words(text.replace("'", "").replace("\u2019", ""))
    led = tuple(takewhile(speech.words("filler").__contains__, said))
    wished = not speech.words("wishing").isdisjoint(led)
    return confidence >= _BEYOND_DOUBT and 0 < len(said) - (len(led) if wished else 0) <= _HARDLY_MORE


def rasa_intent(name: str, entities: Collection[str] = ()) -> str:
    """What an intent is called inside of Rasa."""
    if name == "choose_language" and "language" not in entities:
        return _WHICH_LANGUAGE
    return _RASA_INTENTS.get(name, name)


def known_intent(name: str) -> str:
    """What an intent of Rasa's is called outside."""
    back = {inside: outside for outside, inside in _RASA_INTENTS.items()}
    if name in _TOLD_OUTSIDE:
        return _TOLD_OUTSIDE[name][0]
    return "choose_language" if name == _WHICH_LANGUAGE else back.get(name, name)


def category_meant(name: str) -> str | None:
    """The category's id that an intent of ours means by itself, told outside as the entity `category`."""
    return _TOLD_OUTSIDE[name][1] if name in _TOLD_OUTSIDE else None


def allowed_choice(choice: Choice, catalog: Catalog) -> bool:
    """Whether a choice names only intents, entities and values that exist."""
    return choice.intent in CHOICE_INTENTS and all(
        _allowed_value(name, value, catalog) for name, value in choice.entities.items()
    )


def _allowed_value(name: str, value: str, catalog: Catalog) -> bool:
    if name in _OTHER_VALUES:
        values = _OTHER_VALUES[name]
        return len(value) <= 300 if values is None else value in values
    if name == "field":
        details = {detail.id for topic in catalog.topics for detail in topic.details}
        return value in {each.id for each in catalog.fields} | details | {"email"}
    known = {
        "language": catalog.languages,
        "scenario": [each.id for each in catalog.scenarios],
        "category": [each.id for each in catalog.categories],
        "subcategory": [every for each in catalog.categories for every in each.subcategories],
        "purpose": [every for each in catalog.categories for every in each.purposes],
        "support_type": [each.id for each in catalog.support_types],
        "subject": [every for each in catalog.subjects.values() for every in each],
        **{each.id: each.options for each in catalog.fields if each.options},
    }
    return value in known.get(name, ())


def first_state(context: dict[str, Any], catalog: Catalog) -> DialogueState:
    """Where a conversation begins: in the language that is proposed, and past its question where it was chosen before."""
    proposed = context.get("language")
    language = proposed if proposed in catalog.languages else catalog.default_language
    slots: dict[str, Any] = {"language": language}
    chosen = context.get("language_chosen")
    if chosen in catalog.languages:
        slots = {"language": chosen, "language_choice": chosen}
    elif context.get("language_confirmed") is True or chosen is True:
        slots["language_choice"] = language
    return DialogueState(slots=slots)
