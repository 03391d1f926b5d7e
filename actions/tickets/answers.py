"""What a customer's turn changes in the ticket form.

`None` means that the turn was no answer at all (a thank-you): Rasa's rules speak, then the form asks again.
"""

from __future__ import annotations

import re
import unicodedata

from actions.answers.answer import PASSAGES, QUERY_LENGTH, answer
from actions.said import Said
from actions.tickets import fields
from actions.tickets.fields import CODE, CONFIRM, CONFIRM_CHANGE, DONE, EMAIL, NO, OUTAGE, SKIPPED, VERIFIED, YES
from actions.tickets.form import TicketForm
from actions.tickets.summary import DESCRIPTION_LENGTH, TITLE_LENGTH, digest, proposed_title
from api.client import CopilotClient, CopilotRejected
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
        "open_ticket",
        "out_of_scope",
        "reopen_ticket",
        "start_over",
        "talk_to_person",
        "thank",
        "which_language",
    }
)
_SHORT = 4
# A matter of another kind (an emergency, an invoice) turns the whole form over: only where it is said clearly.
_CLEARLY = 0.85
# From here on, a text that is no option is worth keeping for whoever reads the ticket.
_TELLING = 5

_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+\.[^\s<>(),;:\".]{2,}")
_DIGITS = re.compile(r"\d")

Notes = list[Said]


async def take(form: TicketForm, step: str, client: CopilotClient) -> Notes | None:
    """Applies the turn to the form and says what there is to say before the next question."""
    heard = form.heard
    intent = heard.intent
    free_text = _takes_text(form, step)
    if step in (EMAIL, CODE) and (_address_in(heard.text) or _code_in(heard.text)):
        return await (_take_email(form, client) if step == EMAIL else _take_code(form, client))
    if free_text and heard.typed and len(words(heard.text)) > _SHORT:
        return _take_text(form, step)
    if intent in _ASIDES:
        return None
    if intent == "go_back":
        return _go_back(form, step)
    # A text typed where a text is asked is that text: "another title" is a title.
    is_the_text = free_text and heard.typed and heard.entities.get("field") in (None, step)
    if intent == "change_field" and step != CODE and not is_the_text:
        changed = _change(form, step)
        if changed is not None:
            return changed
    if intent == "skip":
        return _skip(form, step)
    if not free_text and step != OUTAGE and heard.confidence >= _CLEARLY and form.take_matter(intent):
        return []
    if not free_text and intent == "describe_problem" and heard.typed:
        aside = await _take_aside(form, client)
        if aside is not None:
            return aside
    match step:
        case "email":
            return await _take_email(form, client)
        case "code":
            return await _take_code(form, client)
        case "outage":
            return _take_outage(form)
        case "confirm" | "confirm_change":
            return _take_confirmation(form)
        case "attachments":
            return _take_attachments(form)
    return _take_text(form, step) if free_text else _take_option(form, step)


async def _take_aside(form: TicketForm, client: CopilotClient) -> Notes | None:
    """A question in the middle of the form is answered, a further detail is kept; None for what is neither."""
    text = form.heard.text
    said = len(words(text))
    if said >= _SHORT and "?" in text:
        result = await client.search(form.heard.token, text[:QUERY_LENGTH], form.heard.language, PASSAGES)
        return [answer(form.voice, text, result)]
    if said >= _TELLING and form.values["description"]:
        form.values["description"] = f"{form.values['description']}\n\n{text}"[:DESCRIPTION_LENGTH]
        return _note(form, "added")
    return None


def _takes_text(form: TicketForm, step: str) -> bool:
    field = fields.field_named(form.catalog, step)
    if field is None:
        return False
    return field.kind == "text" or (fields.is_platform(field) and not form.heard.platforms)


def _note(form: TicketForm, key: str, **values: object) -> Notes:
    return [Said(form.voice.message(key, **values), leads=True)]


def _fill(form: TicketForm, step: str, value: str) -> Notes:
    form.set(step, value)
    form.values["editing"] = None
    return []


def _go_back(form: TicketForm, step: str) -> Notes:
    if form.values["editing"]:
        form.values["editing"] = None
        return []
    if step == OUTAGE and form.heard.slot("answered") is not None:
        form.set("category", None)
        return []
    before = form.step_before(step)
    if before is None:
        return _note(form, "nothing_before")
    form.values["editing"] = before
    return []


def _skip(form: TicketForm, step: str) -> Notes:
    optional = step in fields.shown(form.catalog, form.values) and step not in fields.required(
        form.catalog, form.values
    )
    if not optional:
        if form.values["editing"]:  # nothing to change after all
            form.values["editing"] = None
            return []
        return _note(form, "needed")
    return _fill(form, step, SKIPPED)


def _change(form: TicketForm, step: str) -> Notes | None:
    """A field that the customer wants otherwise, with its new value where the sentence holds it; None for no such wish."""
    heard = form.heard
    name = heard.entities.get("field") or next(
        (each for each in heard.entities if fields.field_named(form.catalog, each) is not None), None
    )
    if name is None:
        if step not in (CONFIRM, CONFIRM_CHANGE):
            return None
        form.values["editing"] = CONFIRM_CHANGE
        return []
    if name == EMAIL and not heard.verified:
        if step == EMAIL:
            return []
        form.values.update({EMAIL: None, CODE: None, "editing": None})
        return []
    if name not in fields.shown(form.catalog, form.values):
        return _note(form, "cannot_change")
    value = heard.entities.get(name)
    if value is not None and value in fields.options(form.catalog, name, form.values, heard.platforms):
        return [*_note(form, "noted"), *_fill(form, name, value)]
    form.values["editing"] = name
    return []


async def _take_email(form: TicketForm, client: CopilotClient) -> Notes:
    address = _address_in(form.heard.text)
    if address is None:
        return _note(form, "bad_email")
    return await _send_code(form, client, address)


async def _send_code(form: TicketForm, client: CopilotClient, address: str, *, again: bool = False) -> Notes:
    try:
        await client.request_code(form.heard.token, address)
    except CopilotRejected as refusal:
        if refusal.retry_after is not None:
            return _note(form, "too_many_codes", minutes=-(-refusal.retry_after // 60))
        return _note(form, "refused_email")
    form.values.update({EMAIL: address, CODE: None, "editing": None})
    return _note(form, "code_sent_again") if again else []


async def _take_code(form: TicketForm, client: CopilotClient) -> Notes:
    heard = form.heard
    address = _address_in(heard.text)
    if address is not None:
        return await _send_code(form, client, address)
    if heard.entities.get("code") == "resend" or (heard.intent == "change_field" and "email" not in heard.entities):
        return await _send_code(form, client, str(form.values[EMAIL]), again=True)
    code = _code_in(heard.text)
    if code is None:
        return _note(form, "no_code_found")
    try:
        await client.verify_code(heard.token, code)
    except CopilotRejected as refusal:
        tries = refusal.details.get("tries_left")
        if not isinstance(tries, int) or tries < 1:
            return _note(form, "dead_code")
        return _note(form, "bad_code_last") if tries == 1 else _note(form, "bad_code", tries=tries)
    form.values.update({CODE: VERIFIED, "editing": None})
    return _note(form, "email_verified")


def _code_in(text: str) -> str | None:
    """Six digits, however they are spaced: `123 456`, `1-2-3-4-5-6`, `my code is 123456`."""
    digits = "".join(_DIGITS.findall(unicodedata.normalize("NFKC", text)))
    return digits if len(digits) == 6 else None


def _address_in(text: str) -> str | None:
    found = _ADDRESS.search(unicodedata.normalize("NFKC", text))
    return found.group().rstrip(".") if found and len(found.group()) <= 254 else None


def _take_outage(form: TicketForm) -> Notes:
    if form.heard.intent in ("affirm", "report_outage"):
        form.values[OUTAGE] = YES
        if not form.values["description"]:
            form.describe(form.voice.message("outage_problem"))
        return []
    if form.heard.intent == "deny":
        if form.heard.slot("answered") is None:
            form.values[OUTAGE] = NO  # the form ends here, and what was said is looked up first
            return []
        form.set("category", None)
        return _note(form, "not_an_outage")
    return _note(form, "unclear")


def _take_confirmation(form: TicketForm) -> Notes:
    if form.heard.intent == "affirm" and form.values["editing"] is None:
        form.values[CONFIRM] = digest(form.voice, form.values)
        return []
    if form.heard.intent == "deny":
        form.values["editing"] = CONFIRM_CHANGE if form.values["editing"] is None else None
        return []
    return _note(form, "unclear")


def _take_attachments(form: TicketForm) -> Notes:
    if form.heard.entities.get("attachments") == DONE or form.heard.intent == "affirm" or form.heard.attachments:
        return _fill(form, "attachments", DONE)
    if form.heard.intent == "deny":
        return _fill(form, "attachments", SKIPPED)
    return _note(form, "unclear")


def _take_option(form: TicketForm, step: str) -> Notes:
    value = form.heard.entities.get(step)
    if value is not None and value in fields.options(form.catalog, step, form.values, form.heard.platforms):
        return _fill(form, step, value)
    return _note(form, "not_an_option")


def _take_text(form: TicketForm, step: str) -> Notes:
    text = form.heard.text
    if not words(text):
        return _note(form, "too_short")
    if step == "title" and len(text) > TITLE_LENGTH * 3:
        return _note(form, "title_too_long", limit=TITLE_LENGTH * 3)
    if step == "description":
        if len(words(text)) < 2:
            return _note(form, "too_short")
        if not form.values["title"]:
            form.values["title"] = proposed_title(text)
        text = text[:DESCRIPTION_LENGTH]
    return _fill(form, step, text)
