"""Rasa's actions of the help form, and how it ends: solved, on to a person, or subscribed to a notice."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied
from actions.follow_up.rating import FORM as RATING_FORM
from actions.follow_up.rating import wants_rating
from actions.heard import Heard
from actions.help.state import DONE, PERSON, SUBSCRIBED, HelpState
from actions.help.turns import HelpTurn
from actions.said import Said, say
from actions.tickets.actions import ValidateContactForm
from actions.tickets.fields import CODE, VERIFIED
from api.client import CopilotRejected
from bot.domain_builder import conversation_slots, form_slots


class ValidateHelpForm(CopilotAction):
    """Takes the turn into the form and says what comes next, in one call."""

    action_name = "validate_help_form"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        state = HelpState(heard, self.catalog)
        outcome = await HelpTurn(state, self.client).take(heard.slot("requested_slot"))
        if outcome is None:
            return []  # the form steps aside: a rule answers, then the form is asked again
        say(dispatcher, state.language, outcome.messages)
        # Always one slot beside requested_slot: with none, Rasa would take the turn for no answer.
        changes = {"settled": None, "language": state.language, **state.changes}
        return [*(SlotSet(name, value) for name, value in changes.items()), SlotSet("requested_slot", outcome.step)]


class AfterHelp(CopilotAction):
    """Solved: says so kindly, and forgets the problem, so that the next one starts fresh. Not solved: on to a person."""

    action_name = "action_after_help"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        settled = heard.slot("settled")
        if settled == SUBSCRIBED:
            return await self._subscribe(heard, dispatcher)
        if settled != DONE:
            return [SlotSet("settled", None), FollowupAction("ticket_form")]
        asks_rating = wants_rating(heard)
        say(dispatcher, heard.language, [Said(self.voice(heard).message("closing"), leads=asks_rating)])
        settled_slots = emptied([*conversation_slots(self.catalog), "settled"], heard)
        return [*settled_slots, FollowupAction(RATING_FORM)] if asks_rating else settled_slots

    async def _subscribe(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        voice = self.voice(heard)
        if heard.slot("contact") is not None:  # no address was given: the problem is looked up instead
            return [*emptied(("contact", "settled"), heard), SlotSet("notice", "declined"), FollowupAction("help_form")]
        if not heard.verified and heard.slot(CODE) != VERIFIED:
            return [FollowupAction("notice_form")]
        try:
            subscribed = await self.client.subscribe_notice(heard.token, int(heard.slot("notice") or 0))
        except CopilotRejected:  # resolved meanwhile: it may work again, and else it is looked up after all
            say(dispatcher, heard.language, [Said(voice.message("notice_over"), leads=True)])
            return [SlotSet("settled", None), SlotSet("notice", "over"), FollowupAction("help_form")]
        key = "notice_subscribed_already" if subscribed.already else "notice_subscribed"
        say(dispatcher, heard.language, [Said(voice.message(key, email=subscribed.email))])
        return emptied([*conversation_slots(self.catalog), "settled"], heard)


# Matters of their own: nobody is held up by a notice.
_ON_TO_THE_FORM = frozenset(
    {"talk_to_person", "open_ticket", "report_outage", "financial_matter", "commercial_matter", "linkedin_matter"}
)


class ValidateNoticeForm(ValidateContactForm):
    """Address and code for the news of a service notice: the steps are those after an outage."""

    action_name = "validate_notice_form"
    reassurance = "notice_address_why"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        if heard.slot("form_id") is not None and not heard.resumed:
            if heard.intent in _ON_TO_THE_FORM:
                left = emptied(form_slots(self.catalog), heard)
                return [*left, SlotSet("settled", PERSON), SlotSet("requested_slot", None)]
            if heard.intent == "start_over":
                return []
        return await super().act(heard, dispatcher)


class StartOver(CopilotAction):
    """Everything from the beginning, in the language that is spoken."""

    action_name = "action_start_over"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        say(dispatcher, heard.language, [Said(self.voice(heard).message("restarted"), leads=True)])
        return [
            *emptied([*conversation_slots(self.catalog), "scenario", "settled", "waiting_questions"], heard),
            SlotSet("language_choice", heard.language),
            SlotSet("requested_slot", None),
            ActiveLoop(None),
        ]
