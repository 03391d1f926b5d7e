"""The answer to what the customer told, and how a conversation ends or starts over."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied
from actions.answers.answer import (
    CLARIFIED,
    CLARIFY,
    CONFIDENT,
    DECLINED,
    NOTHING,
    PASSAGES,
    PERSON,
    QUERY_LENGTH,
    SEARCHED,
    UNSURE,
    answer,
    worth,
)
from actions.answers.clarifying import ASKS, NONE, Clarification, with_addition
from actions.heard import Heard
from actions.said import Said, say
from api.client import FoundPassage
from bot.domain_builder import conversation_slots
from bot.turn import Choice
from bot.voice import Voice

# How many articles the ticket names as already read.
REMEMBERED = 6


class AnswerAndAsk(CopilotAction):
    """Answers the problem and asks whether that solved it; asked again for the same problem, it only asks.

    Where topics compete it asks which one is meant first, once for a problem: `requested_slot` is `clarify` then. The name is
    Rasa's: it is how the help form asks for the slot `solved`.
    """

    action_name = "action_ask_help_form_solved"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        voice = self.voice(heard)
        problem = heard.slot("problem") or ""
        answered = heard.slot("answered")
        clarification = Clarification.open_in(heard.slots)
        if answered == problem and clarification is not None:
            return self._take_topic(voice, heard, clarification, dispatcher)
        if answered == problem:
            say(dispatcher, heard.language, [_ask_solved(voice, heard.slot("answer_kind") or CONFIDENT, again=True)])
            return []
        if clarification is not None and answered:
            # Written more instead of choosing: one problem, in both their words.
            return await self._search(
                voice, heard, dispatcher, f"{answered}\n{problem}", with_addition(answered, problem), may_ask=False
            )
        # Put in other words where there was no answer it is the same problem still.
        asked = bool(heard.slots.get("clarified")) and heard.slot("answer_kind") not in (CONFIDENT, CLARIFIED)
        return await self._search(voice, heard, dispatcher, problem, problem[:QUERY_LENGTH], may_ask=not asked)

    async def _search(
        self, voice: Voice, heard: Heard, dispatcher: CollectingDispatcher, problem: str, query: str, *, may_ask: bool
    ) -> list[EventType]:
        result = await self.client.search(heard.token, query, heard.language, SEARCHED)
        clarification = Clarification.of(query, result) if may_ask else None
        events: list[EventType] = [SlotSet("problem", problem)] if problem != heard.slot("problem") else []
        events.append(SlotSet("answered", problem))
        if clarification is not None:
            say(dispatcher, heard.language, [clarification.question(voice)])
            return [
                *events,
                SlotSet("answer_kind", CLARIFY),
                SlotSet("topics", clarification.model_dump()),
                SlotSet("clarified", True),
                SlotSet("requested_slot", ASKS),
            ]
        kind = worth(result)
        say(dispatcher, heard.language, [answer(voice, query, result), _ask_solved(voice, kind, again=False)])
        return [
            *events,
            SlotSet("answer_kind", kind),
            *emptied(("topics", "clarify", "clarified") if may_ask else ("topics", "clarify"), heard),
            *_shown(heard, result.passages[:PASSAGES]),
        ]

    def _take_topic(
        self, voice: Voice, heard: Heard, clarification: Clarification, dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        chosen = heard.slot("clarify")
        passage = clarification.chosen(chosen)
        if passage is not None:
            said = [clarification.answer(voice, passage), _ask_solved(voice, CLARIFIED, again=False)]
            kind, shown = CLARIFIED, _shown(heard, [passage])
        elif chosen == NONE:
            said, kind, shown = [_ask_solved(voice, DECLINED, again=False)], DECLINED, []
        else:  # something else was said meanwhile
            say(dispatcher, heard.language, [clarification.question(voice)])
            return [*emptied(("clarify",), heard), SlotSet("requested_slot", ASKS)]
        say(dispatcher, heard.language, said)
        return [SlotSet("answer_kind", kind), *emptied(("topics", "clarify"), heard), *shown]


def _shown(heard: Heard, passages: Sequence[FoundPassage]) -> list[EventType]:
    """What the ticket names as already read."""
    remembered = {each["url"]: each for each in heard.slots.get("shown") or []}
    remembered.update({each.url: {"title": each.title, "url": each.url} for each in passages})
    return [SlotSet("shown", list(remembered.values())[-REMEMBERED:])]


_QUESTIONS = {
    UNSURE: "ask_solved_unsure",
    PERSON: "ask_solved_person",
    NOTHING: "ask_solved_none",
    DECLINED: "ask_clarify_none",
}


def _ask_solved(voice: Voice, kind: str, *, again: bool) -> Said:
    yes = voice.choice("solved.yes", "choice_solved_yes", "affirm")
    no = voice.choice("solved.no", "choice_solved_no", "deny")
    person = Choice(name="solved.no", label=voice.message("choice_person"), intent="talk_to_person")
    if kind in _QUESTIONS:
        choices = (yes, person) if kind == UNSURE else (person,)
        return Said(voice.message(_QUESTIONS[kind]), asks="solved", choices=choices)
    return Said(voice.message("ask_solved_again" if again else "ask_solved"), asks="solved", choices=(yes, no))


class AfterHelp(CopilotAction):
    """Solved: says so kindly, and forgets the problem, so that the next one starts fresh. Not solved: on to a person."""

    action_name = "action_after_help"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        if heard.slot("solved") != "yes":
            return [SlotSet("solved", None), FollowupAction("ticket_form")]
        say(dispatcher, heard.language, [Said(self.voice(heard).message("closing"))])
        return emptied(conversation_slots(self.catalog), heard)


class StartOver(CopilotAction):
    """Everything from the beginning, in the language that is spoken."""

    action_name = "action_start_over"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        say(dispatcher, heard.language, [Said(self.voice(heard).message("restarted"), leads=True)])
        return [
            *emptied([*conversation_slots(self.catalog), "scenario"], heard),
            SlotSet("language_choice", heard.language),
            SlotSet("requested_slot", None),
            ActiveLoop(None),
        ]
