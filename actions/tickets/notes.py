"""Short sentences that the form says before its next question."""

from __future__ import annotations

from actions.said import Said
from actions.tickets.form import TicketForm
from bot.expected import response_text
from bot.opening_hours import opening_text

Notes = list[Said]


def note(form: TicketForm, key: str, **values: object) -> Notes:
    """A sentence of the wording, as the first lines of what follows."""
    return [Said(form.voice.message(key, **values), leads=True)]


def person_note(form: TicketForm) -> Said:
    """What happens next to somebody who wants a person: when, how soon, and where the answer comes."""
    catalog, voice = form.catalog, form.voice
    opening = opening_text(catalog, voice.language, form.heard.now)
    expected = response_text(catalog, voice.language, form.expected, form.heard.now)
    text = voice.message("happens_next", opening=opening, expected=expected)
    return Said(text, leads=True)
