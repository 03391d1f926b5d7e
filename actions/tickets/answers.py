"""What a customer's turn changes in the ticket form.

`None` means that the turn was no answer at all (a thank-you): Rasa's rules speak, then the form asks again.
"""

from __future__ import annotations

from actions.answers.answer import PASSAGES, QUERY_LENGTH, answer
from actions.follow_up.wish import ticket_number
from actions.tickets import choices, fields
from actions.tickets.asides import is_file_alone, is_not_at_hand, is_question
from actions.tickets.changing import Wish, wish
from actions.tickets.contact import address_in, holds_contact, send_code, spells_address, take_code, take_email
from actions.tickets.emergency import nothing_loads
from actions.tickets.fields import CODE, CONFIRM, CONFIRM_CHANGE, EMAIL, LEFT_BACK, OUTAGE, SKIPPED, YES
from actions.tickets.form import TicketForm
from actions.tickets.notes import Notes, note, person_note
from actions.tickets.summary import DETAIL_LENGTH, TITLE_LENGTH, proposed_title
from api.client import CopilotClient
from bot.text import words

# Said about the conversation, not about the ticket. In a step that takes free text, only a short text is believed to be one.
_ASIDES = frozenset(
    {
        "add_comment",
        "bot_challenge",
        "cancel",
        "check_ticket_status",
        "choose_language",
        "goodbye",
        "greet",
        "help",
        "insult",
        "reopen_ticket",
        "start_over",
        "thank",
        "which_language",
    }
)
# Said of a ticket that is there already.
_OF_A_TICKET = frozenset({"add_comment", "check_ticket_status", "reopen_ticket"})
# A matter of its own, or one more thing about this one: asked for an address, it is kept.
_TELLS = frozenset(
    {
        "commercial_matter",
        "describe_problem",
        "financial_matter",
        "inform",
        "linkedin_matter",
        "out_of_scope",
        "report_outage",
    }
)
# What a question about the product may be taken for.
_MAY_ASK = frozenset({"describe_problem", "out_of_scope", "inform"})
_WANTS_PERSON = frozenset({"talk_to_person", "open_ticket"})
_SHORT = 4
# A matter of another kind (an emergency, an invoice) turns the whole form over: only where it is said clearly.
_CLEARLY, _BEYOND_DOUBT = 0.85, 0.97
# From here on, a text that is no option is worth keeping for whoever reads the ticket.
_TELLING = 5
# A longer text is no name of a store.
_LONGEST_NAME = 7
# The customer's own account: a question there is what they want to ask.
_OWN_STORY = frozenset({"description", "what_happened"})


async def take(form: TicketForm, step: str, client: CopilotClient) -> Notes | None:
    """Applies the turn to the form and says what there is to say before the next question."""
    received = _received(form)
    if received and form.heard.typed and is_file_alone(form.heard.text, form.catalog):
        return received
    taken = await _take(form, step, client)
    return None if taken is None else [*received, *taken]


def _received(form: TicketForm) -> Notes:
    """Files may come with any message: each is acknowledged once."""
    now = form.heard.attachments
    if now <= int(form.values["attached"] or 0):
        return []
    form.values["attached"] = str(now)
    return note(form, "attachments_received", count=now)


async def _take(form: TicketForm, step: str, client: CopilotClient) -> Notes | None:
    heard = form.heard
    intent = heard.intent
    free_text = takes_text(form, step)
    if step in (EMAIL, CODE) and holds_contact(heard.text):
        return await (take_email(form, client) if step == EMAIL else take_code(form, client))
    if step == OUTAGE:
        return _take_outage(form)
    wanted = _wish(form, step, free_text=free_text)
    if wanted is not None:
        return await _change(form, step, wanted, client)
    if heard.typed and intent in _MAY_ASK and step not in _OWN_STORY and is_question(heard.text, form.catalog):
        aside = await _answer_question(form, client, free_text=free_text and not _names_platform(form, step))
        if aside is not None:
            return aside
    if _names_platform(form, step) and heard.typed and len(words(heard.text)) > _LONGEST_NAME:
        return _no_name(form, step)
    if free_text and heard.typed and len(words(heard.text)) > _SHORT:
        return _take_text(form, step)
    if step == CONFIRM and _means_existing(form):
        form.leave(fields.LEFT_EXISTING)
        return []
    if intent in _OF_A_TICKET and heard.typed and not _may_look_tickets_up(form):
        # "We close on the 15th" only sounds like a ticket's wish: what is no question is told.
        if step not in (EMAIL, CODE) or len(words(heard.text)) <= _SHORT or is_question(heard.text, form.catalog):
            return note(form, "ticket_later")
        form.tell_more(heard.text)
        return note(form, "added")
    if intent in _ASIDES:
        return None
    if intent == "go_back":
        return go_back(form, step)
    if intent in _WANTS_PERSON and not (intent == "open_ticket" and step == CONFIRM):
        return _hurry(form, step)
    # A text typed where a text is asked is that text: "another title" is a title.
    is_the_text = free_text and heard.typed and heard.entities.get("field") in (None, step)
    if intent == "change_field" and step != CODE and not is_the_text and step in (CONFIRM, CONFIRM_CHANGE):
        form.values["editing"] = CONFIRM_CHANGE
        return []
    if intent == "skip":
        return _skip(form, step)
    told = heard.typed and intent in _TELLS and len(words(heard.text)) >= _SHORT
    # Asked for an address, what else is said is about the matter that was told: another one has to be said beyond doubt.
    clearly = _BEYOND_DOUBT if step in (EMAIL, CODE) else _CLEARLY
    may_turn = not free_text and heard.confidence >= clearly
    if may_turn and _turns_over(form, intent):
        return []
    if step in (EMAIL, CODE) and told and not spells_address(heard.text):
        form.tell_more(heard.text)  # the story goes on: it is kept, and the address asked again
        return note(form, "added")
    match step:
        case "email":
            return await take_email(form, client)
        case "code":
            return await take_code(form, client)
        case "confirm" | "confirm_change":
            return choices.take_confirmation(form)
    if step == "attachments" or form.details.get(step) == "attachment":
        return choices.take_files(form, step)
    return _take_text(form, step) if free_text else choices.take_option(form, step)


def _may_look_tickets_up(form: TicketForm) -> bool:
    """Not before the address is confirmed, which is what the form is about to ask anyway; a ticket that is named is looked
    up all the same."""
    verified = form.heard.verified or form.values[CODE] == fields.VERIFIED
    return verified or ticket_number(form.heard) is not None


def _turns_over(form: TicketForm, intent: str) -> bool:
    """Whether it is a matter of another kind after all; what is said of it is kept."""
    before = form.values["support_type"], form.values["category"]
    form.take_matter(intent)
    if before == (form.values["support_type"], form.values["category"]):
        return False
    if form.heard.typed:
        form.add_to_description(form.heard.text)
    return True


def takes_text(form: TicketForm, step: str) -> bool:
    """Whether the step is answered with any words at all."""
    if step in form.details:
        return form.details[step] != "attachment"
    field = fields.field_named(form.catalog, step)
    if field is None:
        return False
    return field.kind == "text" or (fields.is_platform(field) and not form.heard.platforms)


def _names_platform(form: TicketForm, step: str) -> bool:
    return takes_text(form, step) and fields.is_platform(fields.field_named(form.catalog, step))


def _no_name(form: TicketForm, step: str) -> Notes:
    """A sentence is the name of no platform: it belongs to the problem."""
    form.add_to_description(form.heard.text)
    if form.missed(step) >= choices.TIRED_OF_PLATFORMS:
        form.answer(step, form.heard.text[:TITLE_LENGTH])
        return note(form, "noted_as_written")
    return note(form, "added")


# Asides


async def _answer_question(form: TicketForm, client: CopilotClient, *, free_text: bool) -> Notes | None:
    """A question in the middle is answered, and the step asked again; None for what is none, or finds nothing."""
    text = form.heard.text
    asks = "?" in text or "¿" in text
    result = await client.search(form.heard.token, text[:QUERY_LENGTH], form.heard.language, PASSAGES)
    if not result.confident and (free_text or not asks):
        return None
    return [answer(form.voice, text, result)]


def _hurry(form: TicketForm, step: str) -> Notes:
    """A person, again: what happens next is said, and nothing more is asked than has to be."""
    form.values["details"] = SKIPPED
    if step == "attachments":
        form.answer(step, SKIPPED)
    return [*note(form, "person_on_the_way"), person_note(form)]


def go_back(form: TicketForm, step: str) -> Notes:
    """One step back, as often as it is said; from the first one back to the answer."""
    if form.values["editing"] and not form.values["went_back"]:  # a change that is not wanted after all
        form.values["editing"] = None
        return []
    before = form.step_before(step) or _own_story(form, step)
    if before is None:
        form.leave(LEFT_BACK)
        return []
    form.values.update(editing=before, went_back=YES, misses=None)
    return []


def _own_story(form: TicketForm, step: str) -> str | None:
    """What the customer told: the step before the first one, where no answer was shown that one could go back to."""
    if form.heard.slot("answered") is not None or step in _OWN_STORY or form.values["went_back"]:
        return None
    known = fields.shown(form.catalog, form.values)
    return next((each for each in ("what_happened", "description") if each in known and form.values.get(each)), None)


def _skip(form: TicketForm, step: str) -> Notes:
    if step in form.details:
        form.values["details"] = SKIPPED
        form.values.update(editing=None, went_back=None)
        return []
    optional = step in fields.shown(form.catalog, form.values) and step not in fields.required(
        form.catalog, form.values
    )
    if optional:
        form.answer(step, SKIPPED)
        return []
    if form.values["editing"]:  # nothing to change after all
        form.values.update(editing=None, went_back=None)
        return []
    if step in (EMAIL, CODE, CONFIRM) or takes_text(form, step):
        form.missed(step)
        return note(form, "needed")
    return choices.missed(form, step, "needed")


# Changes


def _wish(form: TicketForm, step: str, *, free_text: bool) -> Wish | None:
    heard = form.heard
    told = heard.intent == "change_field"
    if step == CODE and heard.entities.get("field") is None:
        # "Another one, please" is about the code: only a field that is named, with what it shall be, is changed.
        named = wish(heard.text, form.catalog, form.values, heard.platforms, asked=told) if heard.typed else None
        return named if named is not None and named.value is not None and named.field != EMAIL else None
    if not heard.typed:
        name = heard.entities.get("field") if told else None
        if name is None:
            return None
        # A sentence may have been understood as the choice of its field: "el título es Otro".
        found = wish(heard.text, form.catalog, form.values, heard.platforms, asked=True)
        return found if found is not None and found.field == name else Wish(name, heard.entities.get(name))
    if free_text and step in _OWN_STORY and not told:
        return None
    found = wish(heard.text, form.catalog, form.values, heard.platforms, asked=told)
    name = heard.entities.get("field")
    if told and found is None and name is None:
        name = next((each for each in heard.entities if fields.field_named(form.catalog, each) is not None), None)
    if told and name is not None and (found is None or (found.value is None and found.field == name)):
        found = Wish(name, heard.entities.get(name))
    if found is not None and free_text and (found.field == step or (found.value is None and not told)):
        return None  # typed where a text is asked, it is that text
    if found is not None and found.field == step and found.value is None and step in (CONFIRM, EMAIL):
        return None
    return found


async def _change(form: TicketForm, step: str, wanted: Wish, client: CopilotClient) -> Notes:
    name = wanted.field
    if name == EMAIL:
        if form.heard.verified:
            return note(form, "cannot_change")
        if wanted.value and address_in(wanted.value):
            return await send_code(form, client, str(address_in(wanted.value)))
        form.values.update({EMAIL: None, CODE: None, "editing": None})
        return []
    detail = name in form.details and fields.is_technical(form.catalog, form.values)
    if not detail and name not in fields.shown(form.catalog, form.values):
        return note(form, "cannot_change")
    if name == "attachments" or form.details.get(name) == "attachment":
        return note(form, "summary_clip")
    if wanted.value is None:
        form.values.update(editing=name, went_back=None)
        return note(form, "change_what_to")
    return [*note(form, "noted"), *_set(form, step, name, wanted.value)]


def _set(form: TicketForm, step: str, name: str, value: str) -> Notes:
    editing, went_back = form.values["editing"], form.values["went_back"]
    if takes_text(form, name):
        value = value[:DETAIL_LENGTH]
    if name == "description":
        form.describe(value)
    else:
        form.set(name, value[: TITLE_LENGTH * 3] if name == "title" else value)
    form.values["misses"] = None
    if editing in (name, CONFIRM_CHANGE):
        form.values.update(editing=None, went_back=None)
    elif name != step:  # the form goes on where it was
        form.values.update(editing=editing, went_back=went_back)
    if name == step:
        form.passed(step)
    return []


def _means_existing(form: TicketForm) -> bool:
    """That what was told belongs to the ticket that is open already."""
    if form.existing is None or form.values["editing"]:
        return False
    return form.heard.entities.get("confirm") == "existing" or form.heard.intent == "add_comment"


# Steps


def _take_outage(form: TicketForm) -> Notes | None:
    heard = form.heard
    if heard.intent == "go_back":
        if form.heard.slot("answered") is None and not form.trail:
            form.leave(LEFT_BACK)
        else:
            form.set("category", None)
            form.read_words(form.values["description"] or "")
        return []
    if heard.intent in ("cancel", "start_over", "choose_language", "which_language"):
        return None
    said = nothing_loads(heard.text, form.catalog)
    if said is None and not heard.typed:
        said = {"affirm": True, "deny": False}.get(heard.intent)
    if said is True:
        form.passed(OUTAGE)
        form.values[OUTAGE] = YES
        _keep_words(form, "choice_outage_yes")
        if not form.values["description"]:
            form.describe(form.voice.message("outage_problem"))
        return []
    if said is False:
        return _no_emergency(form, "not_an_outage_why")
    if heard.intent in _WANTS_PERSON:
        if form.missed(OUTAGE) > 1:  # a person it is: nothing is looked up any more
            form.deny_emergency(look_up=False)
        return [person_note(form)]
    if heard.intent in _ASIDES:
        return None
    if heard.typed and len(words(heard.text)) >= _TELLING and not is_question(heard.text, form.catalog):
        form.add_to_description(heard.text)
    if form.missed(OUTAGE) >= choices.TIRED:
        return _no_emergency(form, "outage_assumed_no")
    return note(form, "outage_unclear")


def _no_emergency(form: TicketForm, key: str) -> Notes:
    _keep_words(form, "choice_outage_no")
    form.values["misses"] = None
    form.deny_emergency()
    return note(form, key)


def _keep_words(form: TicketForm, label: str) -> None:
    """More than yes or no is worth keeping, whether it was also understood as a choice or not."""
    said = words(form.heard.text)
    if len(said) > 2 and said != words(form.voice.message(label)):
        form.add_to_description(form.heard.text)


def _take_text(form: TicketForm, step: str) -> Notes:
    text = form.heard.text
    if step in form.details:
        return _take_detail(form, step, text)
    if not words(text):
        return choices.missed_text(form, step, "too_short")
    if step == "title" and len(text) > TITLE_LENGTH * 3:
        form.answer(step, proposed_title(text))
        return note(form, "noted")
    if step == "description":
        if len(words(text)) < 2 and not form.values["editing"]:
            return choices.missed_text(form, step, "too_short")
        form.passed(step)
        form.describe(text)
        return []
    form.answer(step, text)
    if step == "what_happened" and not form.values["description"]:
        form.describe(text)
    return []


def _take_detail(form: TicketForm, step: str, text: str) -> Notes:
    if is_not_at_hand(text, form.catalog) or form.heard.intent == "skip":
        return _skip(form, step)
    reading = form.read_details(text)
    value = reading.get(step) or text
    form.answer(step, value[:DETAIL_LENGTH])
    return []
