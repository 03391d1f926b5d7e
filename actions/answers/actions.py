"""The answer to what the customer told, and how a conversation ends or starts over."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied
from actions.answers.answer import CONFIDENT, NOTHING, PASSAGES, QUERY_LENGTH, UNSURE, answer, worth
from actions.heard import Heard
from actions.said import Said, say
from bot.domain_builder import conversation_slots
from bot.turn import Choice
from bot.voice import Voice

# How many articles the ticket names as already read.
REMEMBERED = 6


class AnswerAndAsk(CopilotAction):
    """Answers the problem and asks whether that solved it; asked again for the same problem, it only asks.

    The name is Rasa's: it is how the help form asks for the slot `solved`.
    """

    action_name = "action_ask_help_form_solved"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        voice = self.voice(heard)
        problem = heard.slot("problem") or ""
        if heard.slot("answered") == problem:
            say(dispatcher, heard.language, [_ask_solved(voice, heard.slot("answer_kind") or CONFIDENT, again=True)])
            return []
        result = await self.client.search(heard.token, problem[:QUERY_LENGTH], heard.language, PASSAGES)
        kind = worth(result)
        say(dispatcher, heard.language, [answer(voice, problem, result), _ask_solved(voice, kind, again=False)])
        remembered = {each["url"]: each for each in heard.slots.get("shown") or []}
        remembered.update({each.url: {"title": each.title, "url": each.url} for each in result.passages})
        return [
            SlotSet("answered", problem),
            SlotSet("answer_kind", kind),
            SlotSet("shown", list(remembered.values())[-REMEMBERED:]),
        ]


def _ask_solved(voice: Voice, kind: str, *, again: bool) -> Said:
    yes = voice.choice("solved.yes", "choice_solved_yes", "affirm")
    no = voice.choice("solved.no", "choice_solved_no", "deny")
    person = Choice(name="solved.no", label=voice.message("choice_person"), intent="talk_to_person")
    if kind == NOTHING:
        return Said(voice.message("ask_solved_none"), asks="solved", choices=(person,))
    if kind == UNSURE:
        return Said(voice.message("ask_solved_unsure"), asks="solved", choices=(yes, person))
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
