"""What a customer's turn changes in a wish for a ticket.

`False` means that the turn was no answer at all (a thank-you): Rasa's rules speak, then it is asked again.
"""

from __future__ import annotations

import re

from actions.follow_up.course import Course
from actions.follow_up.said import note
from actions.follow_up.state import COMMENT_TEXT, CONFIRM, TICKET
from actions.follow_up.wish import COMMENT, ticket_number, wish
from actions.tickets import answers
from actions.tickets.fields import CODE, EMAIL
from actions.tickets.form import TicketForm
from bot.text import words

# The customer wants something else: where to, by intent. A matter is only believed where it is said clearly.
PERSON = frozenset({"talk_to_person", "open_ticket"})
MATTERS = frozenset({"report_outage", "financial_matter", "commercial_matter", "linkedin_matter"})
_CLEARLY = 0.85
_ASIDES = frozenset(
    {
        "bot_challenge",
        "choose_language",
        "greet",
        "help",
        "insult",
        "out_of_scope",
        "start_over",
        "thank",
        "which_language",
    }
)
_LEAVING = frozenset({"cancel", "goodbye"})
# An address, or the digits of a code.
_CONTACT = re.compile(r"@|(?:\d\W?){6}")
# A number there is an attempt at the code, however much is said around it.
_DIGIT = re.compile(r"\d")
# A longer text than this, where a ticket or an address was asked for, is a problem of its own.
_PROBLEM = 4


async def take(course: Course, form: TicketForm, step: str) -> bool:
    """Applies the turn. `form` holds the address's steps, which are the ticket form's."""
    heard, follow = course.heard, course.follow
    follow.files += [each for each in heard.files if each not in follow.files]
    intent = heard.intent
    if step in (EMAIL, CODE) and _CONTACT.search(heard.text):
        return await _take_contact(course, form, step)
    if intent in _LEAVING or (step == TICKET and intent == "deny"):
        return _leave(course, "follow_left")
    if intent in PERSON or (intent in MATTERS and heard.confidence >= _CLEARLY and step != COMMENT_TEXT):
        follow.goes_to = "ticket_form"
        return True
    if intent == "choose_scenario" and step != COMMENT_TEXT:
        follow.goes_to = "help_form"
        return True
    another = wish(heard, form.catalog)
    if another is not None and not (step == COMMENT_TEXT and heard.confidence < _CLEARLY):
        follow.now(another, heard.files)
        return True
    if intent in _ASIDES:
        return False
    if intent == "go_back":
        return _go_back(course, form, step)
    match step:
        case "email" | "code":
            return await _take_contact(course, form, step)
        case "ticket":
            return _take_ticket(course)
        case "confirm":
            return _take_agreement(course)
    return _take_text(course)


def _leave(course: Course, key: str) -> bool:
    course.follow.goes_to = "nothing"
    # What was interrupted is asked again by itself; else the customer is told what else there is.
    course.notes.append(note(course.voice, key))
    return True


def _go_back(course: Course, form: TicketForm, step: str) -> bool:
    follow = course.follow
    if step == CODE:
        form.values.update({EMAIL: None, CODE: None})
    elif step in (COMMENT_TEXT, CONFIRM) and follow.offered:
        follow.ticket, follow.agreed = None, False
    else:
        return _leave(course, "follow_left")
    return True


async def _take_contact(course: Course, form: TicketForm, step: str) -> bool:
    heard = course.heard
    if not _CONTACT.search(heard.text):
        if heard.intent in ("deny", "skip"):
            return _leave(course, "follow_needs_email")
        if not _DIGIT.search(heard.text) and _is_problem(course):
            return True
        if heard.intent == "change_field" and step == CODE:
            form.values.update({EMAIL: None, CODE: None})
            return True
    taken = await answers.take(form, step, course.client)
    course.notes += taken or []
    return taken is not None


def _is_problem(course: Course) -> bool:
    """A problem told where something else was asked: looked up, unless another form waits to go on."""
    heard, follow = course.heard, course.follow
    if heard.intent != "describe_problem" or not heard.typed or len(words(heard.text)) <= _PROBLEM:
        return False
    if follow.back not in (None, "help_form"):
        return False
    follow.goes_to = "help_form"
    return True


def _take_ticket(course: Course) -> bool:
    number = ticket_number(course.heard, asked=True)
    if number is not None:
        course.follow.ticket = number
    elif not _is_problem(course):
        course.notes.append(note(course.voice, "follow_which_again"))
    return True


def _take_agreement(course: Course) -> bool:
    heard, follow = course.heard, course.follow
    if heard.intent == "affirm":
        follow.agreed = True
    elif heard.intent in ("deny", "skip"):
        return _leave(course, "follow_left")
    elif heard.intent == "describe_problem" and len(words(heard.text)) > 2:
        follow.agreed, follow.text = True, heard.text
    else:
        course.notes.append(note(course.voice, "unclear"))
    return True


def _take_text(course: Course) -> bool:
    heard, follow = course.heard, course.follow
    if heard.intent in ("skip", "deny"):
        if follow.kind == COMMENT and not follow.files:
            return _leave(course, "follow_left")
        follow.text = ""
    elif not words(heard.text):
        if not heard.files:
            course.notes.append(note(course.voice, "too_short"))
    else:
        follow.text = heard.text
    return True
