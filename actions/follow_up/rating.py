"""How the customer found the help: asked once when a conversation ends, with an optional comment.

`wants_rating(heard)` says whether it is still to be asked; then an action follows up with `rating_form`.
"""

from __future__ import annotations

from typing import Any, Literal

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied
from actions.follow_up.turns import MATTERS, PERSON
from actions.follow_up.wish import WISHES
from actions.heard import Heard
from actions.said import Said, say
from bot.catalog import Catalog
from bot.domain_builder import conversation_slots
from bot.speech import speech_of
from bot.text import words
from bot.voice import Voice, option

FORM = "rating_form"
SLOT = "rating"
# The form's only required slot, never filled: the form ends when nothing is requested any more.
STEP_SLOT = "rating_step"
RATING = "rating"
GOOD: Literal["good"] = "good"
BAD: Literal["bad"] = "bad"
# More words than this, none of them about the help, are a new problem.
_REMARK = 3
# A longer text is a story, whatever words it holds.
_LONGEST_VERDICT = 10
_CLEARLY = 0.85
_LONGEST_COMMENT = 2_000
_ASIDES = frozenset(
    {"bot_challenge", "choose_language", "help", "insult", "out_of_scope", "start_over", "which_language"}
)
_DONE_WITH_IT = frozenset({"cancel", "deny", "goodbye", "skip", "go_back", "thank"})


def wants_rating(heard: Heard) -> bool:
    """Whether the customer was not asked yet in this conversation: nobody is asked twice."""
    return heard.slots.get(SLOT) is None


def rating_question(voice: Voice) -> Said:
    """The question itself, in one tap."""
    return Said(
        voice.message("ask_rating"),
        asks=RATING,
        choices=(
            option(voice, RATING, GOOD, voice.message("choice_rating_good")),
            option(voice, RATING, BAD, voice.message("choice_rating_bad")),
            voice.choice("rating.skip", "choice_skip", "skip"),
        ),
    )


def comment_question(voice: Voice, score: str) -> Said:
    key = "ask_rating_comment" if score == GOOD else "ask_rating_comment_bad"
    return Said(voice.message(key), asks=RATING, choices=(voice.choice("rating.skip", "choice_skip", "skip"),))


class ValidateRatingForm(CopilotAction):
    """Takes score and comment, and lets go at once of a customer who wants something else."""

    action_name = "validate_rating_form"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        held: dict[str, Any] = dict(heard.slots.get(SLOT) or {})
        voice = self.voice(heard)
        if not held:
            say(dispatcher, heard.language, [rating_question(voice)])
            return [SlotSet(SLOT, {"score": None}), SlotSet("requested_slot", STEP_SLOT)]
        score = held.get("score")
        if heard.resumed:
            say(dispatcher, heard.language, [comment_question(voice, score) if score else rating_question(voice)])
            return [SlotSet(SLOT, held), SlotSet("requested_slot", STEP_SLOT)]
        goes_to = _elsewhere(heard, score)
        if goes_to is not None:
            return [SlotSet(SLOT, {**held, "goes_to": goes_to}), SlotSet("requested_slot", None)]
        if heard.intent in _ASIDES or (heard.intent == "greet" and score is None):
            return []
        return await (
            self._take_score(voice, heard, dispatcher)
            if score is None
            else self._take_comment(voice, heard, score, dispatcher)
        )

    async def _take_score(self, voice: Voice, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        score = _score(heard, self.catalog)
        if score is None and heard.intent in _DONE_WITH_IT:
            say(dispatcher, heard.language, [Said(voice.message("rating_skipped"))])
            return [SlotSet(SLOT, {"score": None, "done": True}), SlotSet("requested_slot", None)]
        if score is None:
            if heard.intent == "describe_problem" and len(words(heard.text)) > _REMARK:
                return [SlotSet(SLOT, {"score": None, "goes_to": "help_form"}), SlotSet("requested_slot", None)]
            say(dispatcher, heard.language, [Said(voice.message("unclear"), leads=True), rating_question(voice)])
            return [SlotSet(SLOT, {"score": None}), SlotSet("requested_slot", STEP_SLOT)]
        # Said in a whole sentence, that sentence is the comment.
        comment = heard.text[:_LONGEST_COMMENT] if heard.typed and len(words(heard.text)) > _REMARK else None
        await self.client.rate_conversation(heard.token, heard.conversation_id, score, comment)
        if comment is not None:
            return self._thank(voice, heard, score, dispatcher)
        say(dispatcher, heard.language, [comment_question(voice, score)])
        return [SlotSet(SLOT, {"score": score}), SlotSet("requested_slot", STEP_SLOT)]

    async def _take_comment(
        self, voice: Voice, heard: Heard, score: Literal["good", "bad"], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        if heard.intent not in _DONE_WITH_IT and words(heard.text):
            comment = heard.text[:_LONGEST_COMMENT]
            await self.client.rate_conversation(heard.token, heard.conversation_id, score, comment)
        return self._thank(voice, heard, score, dispatcher)

    def _thank(self, voice: Voice, heard: Heard, score: str, dispatcher: CollectingDispatcher) -> list[EventType]:
        say(
            dispatcher, heard.language, [Said(voice.message("rating_thanks" if score == GOOD else "rating_thanks_bad"))]
        )
        return [SlotSet(SLOT, {"score": score, "done": True}), SlotSet("requested_slot", None)]


class EndRating(CopilotAction):
    """Rated, not rated, or something else is wanted: goes there."""

    action_name = "action_rating_done"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        held: dict[str, Any] = dict(heard.slots.get(SLOT) or {})
        goes_to = held.pop("goes_to", None)
        return [SlotSet(SLOT, {**held, "done": True}), *([FollowupAction(goes_to)] if goes_to else [])]


class SayGoodbye(CopilotAction):
    """Goodbye; where the customer had an answer, how they found it is asked, once."""

    action_name = "action_goodbye"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        say(dispatcher, heard.language, [Said(self.voice(heard).message("goodbye"), leads=True)])
        had_answer = heard.slot("answered") is not None and heard.loop in (None, "help_form")
        if not (had_answer and wants_rating(heard)):
            return []
        settled = emptied([*conversation_slots(self.catalog), "settled"], heard)
        return [*settled, SlotSet("requested_slot", None), ActiveLoop(None), FollowupAction(FORM)]


def _elsewhere(heard: Heard, score: str | None) -> str | None:
    """The action or form that the customer wants instead of rating."""
    intent = heard.intent
    if intent in PERSON or (intent in MATTERS and heard.confidence >= _CLEARLY):
        return "ticket_form"
    if intent in WISHES:
        return "action_follow_up"
    return "help_form" if intent == "choose_scenario" and score is None else None


def _score(heard: Heard, catalog: Catalog) -> Literal["good", "bad"] | None:
    """The score that was pressed, or is said in words of one kind only."""
    chosen = heard.entities.get(RATING)
    if chosen in (GOOD, BAD):
        return GOOD if chosen == GOOD else BAD
    if not heard.typed or heard.intent not in ("describe_problem", "affirm", "thank", "insult", "deny", "out_of_scope"):
        return None
    spoken = words(heard.text)
    if len(spoken) > _LONGEST_VERDICT:
        return None
    unlike = speech_of(catalog).words("unlike")
    praised = [not unlike & set(spoken[max(0, start - 3) : start]) for start in _said(spoken, catalog, GOOD)]
    good, bad = any(praised), bool(_said(spoken, catalog, BAD)) or not all(praised)
    return None if good == bad else GOOD if good else BAD


def _said(spoken: tuple[str, ...], catalog: Catalog, score: str) -> list[int]:
    """Where the text says so, by word."""
    phrases = [words(each) for language in catalog.languages for each in catalog.words(RATING, score, language)]
    return [
        start
        for phrase in phrases
        if phrase
        for start in range(len(spoken) - len(phrase) + 1)
        if phrase == spoken[start : start + len(phrase)]
    ]
