"""Rasa's actions around a ticket. Each hears the turn, lets the form decide, and says what comes of it.

What an api failure means is decided here once: a refusal that the customer can mend becomes a question, anything else raises,
and the turn has failed.
"""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.action import CopilotAction, emptied, slot_events
from actions.follow_up.state import SLOT as FOLLOW
from actions.heard import Heard
from actions.said import Said, say
from actions.tickets import answers, fields
from actions.tickets.asides import is_question
from actions.tickets.choices import TIRED
from actions.tickets.contact import holds_contact, take_code, take_email
from actions.tickets.expecting import expected_response
from actions.tickets.fields import CODE, CONFIRM, EMAIL, LEFT_BACK, LEFT_EXISTING, LEFT_NO_EMERGENCY, VERIFIED
from actions.tickets.form import TicketForm
from actions.tickets.looking import last_look
from actions.tickets.notes import note, person_note
from actions.tickets.opened import opened
from actions.tickets.questions import question
from actions.tickets.summary import draft, told
from api.client import CopilotRejected
from bot.domain_builder import conversation_slots, form_slots
from bot.expected import ExpectedResponse, response_text


class ValidateTicketForm(CopilotAction):
    """Takes the turn into the form and asks the next question, in one call."""

    action_name = "validate_ticket_form"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        form = TicketForm(heard, self.catalog)
        notes: list[Said] = []
        if not form.begun or heard.intent == "talk_to_person":
            form.expected = await self._expected(form)
        if not form.begun:
            form.begin()
            notes.append(_introduction(form))
        elif not heard.resumed:
            step = heard.slot("requested_slot") or form.next_step()
            taken = None if step is None else await answers.take(form, step, self.client)
            if taken is None:
                return []  # the form steps aside: a rule answers, then the form is asked again
            notes += taken
        step = form.next_step()
        shown: list[EventType] = []
        if step == CONFIRM:
            form.expected = await self._expected(form)
            look = await last_look(form, self.client)
            notes += look.notes
            shown = [] if look.shown is None else [SlotSet("shown", look.shown)]
        if step is not None:
            notes.append(question(form, step))
        say(dispatcher, heard.language, notes)
        # Always one slot beside requested_slot: with none, Rasa would take the turn for no answer.
        changes = slot_events({**form.changes, "form_id": form.values["form_id"]})
        return [*changes, *shown, SlotSet("requested_slot", step)]

    async def _expected(self, form: TicketForm) -> ExpectedResponse:
        heard = form.heard
        return await expected_response(self.client, heard.token, self.catalog, form.values, heard.now)


def _introduction(form: TicketForm) -> Said:
    """What happens next, before anything is asked."""
    if form.emergency:
        return Said("", leads=True)
    voice = form.voice
    team = _team(form)
    intro = voice.message("person_intro") if team is None else voice.message("matter_intro", team=team)
    return Said(f"{intro} {person_note(form).text}", leads=True)


def _team(form: TicketForm) -> str | None:
    """Who takes care of it, where that is not the copilot's own team."""
    support_type = form.values["support_type"]
    if support_type == fields.technical(form.catalog):
        category = fields.category_of(form.catalog, form.values)
        if category is None or not category.purposes:
            return None
        support_type = category.id
    key = f"messages.team_{support_type}"
    return (
        form.catalog.wording(form.voice.language).text(key)
        if key in form.catalog.wording(form.voice.language)
        else None
    )


class SubmitTicket(CopilotAction):
    """Opens the ticket: only where every required field is set and confirmed, whatever brought Rasa here."""

    action_name = "action_submit_ticket"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        form = TicketForm(heard, self.catalog)
        if form.left(LEFT_BACK):
            return self._back_to_the_answer(heard)
        if form.left(LEFT_NO_EMERGENCY):
            return self._look_it_up_first(form, heard)
        if form.left(LEFT_EXISTING) and form.existing is not None:
            return await self._add_to(form, form.existing[0], heard, dispatcher)
        if not form.complete():
            return [FollowupAction("ticket_form")]
        shown = [each for each in heard.slots.get("shown") or [] if isinstance(each, dict)]
        try:
            ticket = await self.client.open_ticket(
                heard.token, draft(form.voice, form.values, shown), f"{heard.turn_id}:1"
            )
        except CopilotRejected:
            return self._mend(form, heard, dispatcher)
        facts = {"category": ticket.field("category"), "priority": ticket.priority}
        response = await expected_response(self.client, heard.token, self.catalog, facts, heard.now)
        expected = response_text(self.catalog, heard.language, response, heard.now)
        say(dispatcher, heard.language, [opened(form.voice, ticket, expected, emergency=form.emergency)])
        events = emptied([*conversation_slots(self.catalog), "scenario"], heard)
        if form.emergency and not heard.verified:
            return [*events, SlotSet("ticket_id", str(ticket.id)), FollowupAction("contact_form")]
        return [*events, SlotSet("ticket_id", str(ticket.id)), *self._next_question(form, heard, dispatcher)]

    def _next_question(self, form: TicketForm, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        """What else was asked in the same message is taken up now."""
        waiting = [str(each) for each in heard.slots.get("waiting_questions") or []]
        if not waiting:
            return []
        say(dispatcher, heard.language, [Said(form.voice.message("next_question", question=waiting[0]), leads=True)])
        return [
            SlotSet("problem", waiting[0]),
            SlotSet("scenario", heard.slot("scenario")),
            SlotSet("waiting_questions", waiting[1:] or None),
            FollowupAction("help_form"),
        ]

    def _back_to_the_answer(self, heard: Heard) -> list[EventType]:
        """The form keeps what it holds, and goes on with it should the customer come back."""
        return [
            *emptied(("form_id", "settled", "editing", "went_back"), heard),
            SlotSet("language_choice", heard.slot("language_choice") or heard.language),
            FollowupAction("help_form"),
        ]

    def _look_it_up_first(self, form: TicketForm, heard: Heard) -> list[EventType]:
        return [
            *emptied(form_slots(self.catalog), heard),
            SlotSet("problem", form.values["description"]),
            SlotSet("no_emergency", "yes"),
            SlotSet("scenario", form.values["scenario"]),
            SlotSet("language_choice", heard.slot("language_choice") or heard.language),
            FollowupAction("help_form"),
        ]

    async def _add_to(
        self, form: TicketForm, number: str, heard: Heard, dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        """What was told becomes a comment of a ticket that is open already, with the files that were given."""
        try:
            said = told(form.voice, form.values)
            await self.client.comment(heard.token, number, said, f"{heard.turn_id}:1", heard.waiting_files)
        except CopilotRejected:
            say(dispatcher, heard.language, [Said(form.voice.message("comment_refused"), leads=True)])
            return [SlotSet("left", None), SlotSet("existing", None), *_only_asked_again(heard)]
        text = f"{form.voice.message('comment_added', id=number)} {form.voice.message('idle_invitation')}"
        say(dispatcher, heard.language, [Said(text)])
        events = emptied([*conversation_slots(self.catalog), "scenario"], heard)
        return [*events, SlotSet("ticket_id", number), *self._next_question(form, heard, dispatcher)]

    def _mend(self, form: TicketForm, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Refused for a reason in the ticket itself: the customer looks at it again."""
        say(dispatcher, heard.language, [Said(form.voice.message("ticket_refused"), leads=True)])
        # An emergency has no summary: its one question is asked again.
        return [SlotSet("confirm", None), SlotSet("outage", None), *_only_asked_again(heard)]


def _only_asked_again(heard: Heard) -> list[EventType]:
    """Back into the form, which has taken this turn already: taken once more, a yes would send the ticket for ever."""
    return [SlotSet(FOLLOW, {"handed_back": heard.turn_id}), FollowupAction("ticket_form")]


class CancelTicket(CopilotAction):
    """Empties the form: a next one starts from nothing."""

    action_name = "action_cancel_ticket"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        say(dispatcher, heard.language, [Said(self.voice(heard).message("cancelled"), leads=True)])
        return [
            *emptied(conversation_slots(self.catalog), heard),
            SlotSet("language_choice", heard.language),
            SlotSet("requested_slot", None),
            ActiveLoop(None),
        ]


class ValidateContactForm(CopilotAction):
    """Address and code after an outage was reported: the same steps as in the ticket form, with the ticket already open."""

    action_name = "validate_contact_form"
    # What somebody hears who says something else than an address.
    reassurance = "ticket_emergency"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        form = TicketForm(heard, self.catalog)
        notes: list[Said] = []
        if not form.begun:
            form.values["form_id"] = heard.turn_id
        elif not heard.resumed:
            step = EMAIL if form.values[EMAIL] is None else CODE
            taken = await self._take(form, step)
            if taken is None:
                return []
            notes += taken
            if form.values["left"]:
                return [SlotSet("contact", "skipped"), SlotSet("requested_slot", None)]
        step_now = next((each for each in (EMAIL, CODE) if not form.answered(each)), None)
        if step_now is not None:
            notes.append(question(form, step_now, after_outage=True))
        say(dispatcher, heard.language, notes)
        return [*slot_events({**form.changes, "form_id": form.values["form_id"]}), SlotSet("requested_slot", step_now)]

    async def _take(self, form: TicketForm, step: str) -> list[Said] | None:
        """None: a rule answers. Without an address the ticket is open all the same: nobody is asked for it for ever."""
        heard = form.heard
        if holds_contact(heard.text) or "code" in heard.entities:
            return await (take_email if step == EMAIL else take_code)(form, self.client)
        if heard.intent in ("cancel", "skip", "deny", "goodbye"):
            form.leave("skipped")
            return []
        if heard.intent == "go_back" and step == CODE:
            form.values.update({EMAIL: None, CODE: None})
            return []
        if heard.intent in _RULES_ANSWER:
            return None
        if heard.intent in ("talk_to_person", "open_ticket", "report_outage") or is_question(heard.text, self.catalog):
            form.missed(step)
            notes = note(form, self.reassurance)
        else:
            notes = await (take_email if step == EMAIL else take_code)(form, self.client)
        if form.misses(step) >= TIRED:
            form.leave("skipped")
        return notes


# Said to nobody in particular: a rule has the answer.
_RULES_ANSWER = frozenset(
    {
        "greet",
        "thank",
        "bot_challenge",
        "insult",
        "help",
        "choose_language",
        "which_language",
        "out_of_scope",
        "start_over",
    }
)


class ContactDone(CopilotAction):
    """Closes an outage's conversation: the address is confirmed, or the customer would not give one."""

    action_name = "action_contact_done"

    async def act(self, heard: Heard, dispatcher: CollectingDispatcher) -> list[EventType]:
        voice = self.voice(heard)
        if heard.slot(CODE) == VERIFIED:
            text = voice.message("contact_done", email=heard.slot(EMAIL))
        else:
            text = voice.message("contact_skipped")
        say(dispatcher, heard.language, [Said(f"{text} {voice.message('idle_invitation')}")])
        return emptied([*conversation_slots(self.catalog), "contact"], heard)
