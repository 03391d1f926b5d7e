"""Rasa's actions around a ticket that is there already.

The wish may come in the middle of any form. What can be said at once is said, and the form goes on by itself; what has to be
asked is asked in a form of its own (`follow_form`), after which the interrupted one goes on where it was.
"""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied, slot_events
from actions.follow_up.course import Course, contact_step
from actions.follow_up.said import question
from actions.follow_up.state import SLOT, FollowUp
from actions.follow_up.turns import take
from actions.follow_up.wish import STATUS, Wish, wish
from actions.heard import Heard
from actions.said import Said, say
from actions.tickets import questions
from actions.tickets.fields import CODE
from actions.tickets.form import TicketForm

# What the address's steps leave in the slots that they share with the ticket form.
_CONTACT_SLOTS = ("email", "code", "trail", "misses")
_SHARING = frozenset({"ticket_form", "contact_form", "notice_form"})
_NOTHING = "nothing"


class BeginFollowUp(CopilotAction):
    """Hears the wish: does it at once, or opens the form that asks for what is missing."""

    action_name = "action_follow_up"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        form = TicketForm(heard, self.catalog)
        wanted = wish(heard, self.catalog) or Wish(STATUS)
        back = None if heard.loop in ("follow_form", "rating_form") else heard.loop
        follow = FollowUp.begin(wanted, heard.turn_id, back=back, asked=heard.slot("requested_slot"), files=heard.files)
        course = Course(follow, heard, form.voice, self.client, contact_step(form.values, verified=heard.verified))
        step = await course.settle()
        if step is None:
            say(dispatcher, heard.language, course.notes)
            return [SlotSet(SLOT, None), *_spoken_of(course)]
        say(dispatcher, heard.language, [each for each in course.notes if each.leads])
        return [
            SlotSet(SLOT, follow.model_dump()),
            SlotSet("requested_slot", None),
            ActiveLoop(None),
            FollowupAction("follow_form"),
        ]


class ValidateFollowForm(CopilotAction):
    """Takes the turn into the wish, does it where nothing is missing any more, else asks the next question."""

    action_name = "validate_follow_form"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        follow = FollowUp.open_in(heard.slots)
        if follow is None:  # nothing is wanted: the form ends
            return [SlotSet(SLOT, None), SlotSet("requested_slot", None)]
        form = TicketForm(heard, self.catalog)
        course = Course(follow, heard, form.voice, self.client, None)
        step = follow.step
        if not follow.fresh and not heard.resumed and step is not None:
            if not await take(course, form, step):
                return []  # the form steps aside: a rule answers, then it is asked again
            course.contact = contact_step(form.values, verified=heard.verified)
            step = await course.settle()
        follow.fresh = False
        if step == CODE:
            course.notes.append(questions.question(form, CODE))
        elif step is not None:
            course.notes.append(question(form.voice, follow, step))
        say(dispatcher, heard.language, course.notes)
        return [
            *slot_events(form.changes),
            *_spoken_of(course),
            SlotSet(SLOT, follow.model_dump()),
            SlotSet("requested_slot", step),
        ]


class EndFollowUp(CopilotAction):
    """The wish is done, or something else is wanted: goes there, or back to what was interrupted."""

    action_name = "action_follow_up_done"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        follow = FollowUp.open_in(heard.slots)
        if follow is None:
            return emptied(_CONTACT_SLOTS, heard)
        back, goes_to = follow.back, follow.goes_to
        events = [] if back in _SHARING else emptied(_CONTACT_SLOTS, heard)
        if goes_to in (None, _NOTHING) and back is None:
            if goes_to == _NOTHING:
                say(dispatcher, heard.language, [Said(self.voice(heard).message("follow_what_now"))])
            return [SlotSet(SLOT, None), *events]
        if back is not None and goes_to in (None, _NOTHING):
            return [*_handed_back(heard, follow), *events, FollowupAction(back)]
        # The form that was interrupted takes these words as if it had been asking all the time.
        asked = [SlotSet("requested_slot", follow.asked)] if back == goes_to else []
        return [SlotSet(SLOT, None), *events, *asked, FollowupAction(goes_to)]


def _handed_back(heard: Heard, follow: FollowUp) -> list[EventType]:
    """Marks this turn as one in which an interrupted form only asks again (`Heard.resumed`)."""
    return [SlotSet(SLOT, {"handed_back": heard.turn_id}), SlotSet("requested_slot", follow.asked)]


def _spoken_of(course: Course) -> list[EventType]:
    return [SlotSet("ticket_id", str(course.ticket.id))] if course.ticket is not None else []
