"""Catalog -> Rasa domain: slots, forms, and what is said that depends on nothing but the language.

Pure. What depends on the conversation (a ticket's questions, an answer) is said by the actions with the same wording.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.catalog import Catalog
from bot.voice import Voice, option

# What the dialogue remembers of a ticket beside the catalog's fields.
#   form_id   the turn in which the form began          editing  the step that is being changed
#   email     a form value, it proves nothing           code     `verified` once the code was right
#   outage    whether the emergency was confirmed       confirm  the digest of what was confirmed
#   left      why the form was left before its end      trail    the steps that the customer answered, in order
#   misses    answers in a row that fit nothing         details  `skip`: no further detail is asked
#   attached  the files that were acknowledged          looked   for which text the last look was taken
#   existing  an open ticket of theirs that looks the same, `<id>|<title>`
#   went_back `yes` while an earlier step is asked again
_FORM_STEPS = (
    "form_id",
    "editing",
    "email",
    "code",
    "outage",
    "confirm",
    "left",
    "trail",
    "misses",
    "details",
    "attached",
    "looked",
    "existing",
    "went_back",
)

# ... of a problem.
#   problem      the customer's own words, all of them          answered    the problem that the last answer was for
#   answer_kind  what that answer was worth                     shown       the articles that were shown
#   topics       what the clarifying question offers, while it is open       clarified  set once it was asked
#   attempts     answers shown for it                           added       what was said since the last answer
#   asked_more   set once more was asked about it               evidence_offered  set once screenshots were asked for
#   notice       the service notice on offer, or what became of it           inferred_scenario  to be confirmed in one tap
#   help_misses  answers in a row that fitted nothing                       no_emergency  set once one was denied
PROBLEM_SLOTS = (
    "problem",
    "answered",
    "answer_kind",
    "shown",
    "topics",
    "clarified",
    "attempts",
    "added",
    "asked_more",
    "evidence_offered",
    "notice",
    "inferred_scenario",
    "help_misses",
    "no_emergency",
)

# ... of the conversation. `language` is what is spoken, `language_choice` what the customer chose; `language_offered` is set
# once another one was offered; `waiting_questions` were asked in one message and come one by one; `settled` says how the
# help form ended.
_LASTING_SLOTS = (
    "language",
    "language_choice",
    "language_offered",
    "scenario",
    "waiting_questions",
    "settled",
    "ticket_id",
    "contact",
)

# ... of a wish for a ticket that is there already (actions/follow_up/state.py), and of the rating. A step is the one required
# slot of its form and never filled: the action that validates decides when the form ends.
_AFTER_SLOTS = ("follow", "follow_step", "rating", "rating_step")

# What is said, by response: message key, what it asks, and whether it leads the next message.
_SAYINGS: dict[str, tuple[str, bool]] = {
    "utter_greeting": ("greeting", True),
    "utter_greet_back": ("greet_back", True),
    "utter_thank_back": ("thank_back", True),
    "utter_bot_challenge": ("bot_challenge", True),
    "utter_insult": ("insult", True),
    "utter_out_of_scope": ("out_of_scope", True),
    "utter_help": ("help", True),
    "utter_unclear": ("unclear", True),
    "utter_language_changed": ("language_changed", True),
    "utter_idle": ("help_idle", False),
}


def form_slots(catalog: Catalog) -> list[str]:
    """The slots of the ticket form: emptied when it is cancelled, and when the ticket is open."""
    details = (detail.id for topic in catalog.topics for detail in topic.details)
    return list(dict.fromkeys([*(each.id for each in catalog.fields if each.enabled), *details, *_FORM_STEPS]))


def conversation_slots(catalog: Catalog) -> list[str]:
    """Everything that belongs to one problem: emptied when it is settled."""
    return [*PROBLEM_SLOTS, *form_slots(catalog)]


def build_domain(catalog: Catalog) -> dict[str, Any]:
    """The generated part of the domain, as `Domain.from_dict` takes it."""
    return {
        "version": "3.1",
        "entities": [
            "language",
            "scenario",
            "field",
            "ticket_id",
            *(each.id for each in catalog.fields),
            "code",
            "clarify",
            "confirm",
            "ticket",
            "rating",
        ],
        "slots": _slots(catalog),
        "forms": {
            # Named for Rasa's sake: the validating action says what is asked, and when the form is complete. None of them
            # may be filled by a mapping: a form that fills one by itself does not step aside for a rule.
            "help_form": {"required_slots": ["problem", "settled"]},
            "ticket_form": {"required_slots": form_slots(catalog)},
            "contact_form": {"required_slots": ["email", "code"]},
            "notice_form": {"required_slots": ["email", "code"]},
            "follow_form": {"required_slots": ["follow_step"]},
            "rating_form": {"required_slots": ["rating_step"]},
        },
        "responses": _responses(catalog),
    }


def _slots(catalog: Catalog) -> dict[str, Any]:
    def held(*mappings: dict[str, Any]) -> dict[str, Any]:
        return {"type": "any", "influence_conversation": False, "mappings": list(mappings)}

    # `custom`: set by actions only. A mapping from text would swallow "cancel" and questions as values.
    slots = {name: held({"type": "custom"}) for name in (*_LASTING_SLOTS, *_AFTER_SLOTS, *conversation_slots(catalog))}
    chosen = {"type": "from_entity", "entity": "language", "intent": "choose_language"}
    slots["language"], slots["language_choice"] = held(chosen), held(chosen)
    return slots


def _responses(catalog: Catalog) -> dict[str, Any]:
    responses = {name: _variations(catalog, key, leads=leads) for name, (key, leads) in _SAYINGS.items()}
    responses["utter_which_language"] = _variations(
        catalog, "ask_language", asks="language", values=catalog.languages, kind="languages", own_first=True
    )
    return responses


def _variations(
    catalog: Catalog,
    key: str,
    *,
    asks: str | None = None,
    values: Iterable[str] = (),
    kind: str = "",
    own_first: bool = False,
    leads: bool = False,
) -> list[dict[str, Any]]:
    """One variation a language, and the default language's once more without a condition, for Rasa's fallback."""
    found = []
    for language in catalog.languages:
        voice = Voice(catalog, language)
        ordered = sorted(values, key=lambda each: own_first and each != language)
        choices = [option(voice, asks, value, voice.label(kind, value)).as_dict() for value in ordered] if asks else []
        # Rasa's own `buttons` know a title and a payload only; the channel reads the metadata.
        metadata = {"asks": asks, "choices": choices, "language": language, "leads": leads}
        variation: dict[str, Any] = {"text": _literal(voice.message(key)), "metadata": metadata}
        found.append({**variation, "condition": [{"type": "slot", "name": "language", "value": language}]})
        if language == catalog.default_language:
            fallback = variation
    return [*found, fallback]


def _literal(text: str) -> str:
    """The text with braces doubled: Rasa fills single ones from slots."""
    return text.replace("{", "{{").replace("}", "}}")
