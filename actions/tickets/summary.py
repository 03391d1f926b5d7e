"""What the ticket will say: its title, its text, and the one summary that the customer confirms."""

from __future__ import annotations

import hashlib
import json
import re

from actions.tickets import fields
from actions.tickets.fields import SKIPPED, Values
from api.client import TicketDraft
from bot.voice import Voice

TITLE_LENGTH = 80
# Kept below the api's limit with room for the lines that follow it.
DESCRIPTION_LENGTH = 20_000

# Slots that go into the ticket without being asked as a field.
_CARRIED = ("language", "scenario")
# The order of the summary; whatever the catalog adds follows.
_FIRST = ("title", "description")

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s|\n")


def proposed_title(problem: str) -> str:
    """The problem's first sentence, cut at a word to at most 80 characters."""
    sentence = " ".join(_SENTENCE_END.split(problem.strip(), maxsplit=1)[0].split())
    if len(sentence) <= TITLE_LENGTH:
        return sentence
    cut = sentence[: TITLE_LENGTH - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def draft_fields(voice: Voice, values: Values) -> dict[str, str]:
    """The ticket's custom fields by catalog id: whatever applies and is known."""
    found = {name: value for name in _CARRIED if (value := values.get(name))}
    for name in ("support_type", *fields.shown(voice.catalog, values)):
        value = values.get(name)
        if name not in (*_FIRST, "attachments") and value and value != SKIPPED:
            found[name] = value
    return found


def digest(voice: Voice, values: Values) -> str:
    """A fingerprint of all that the customer confirms: one changed field, and the confirmation no longer counts."""
    confirmed = {**draft_fields(voice, values), "email": values.get("email")}
    confirmed.pop("language", None)  # changing the language of the conversation changes nothing that was confirmed
    confirmed.update({name: values.get(name) for name in _FIRST})
    return hashlib.sha256(json.dumps(confirmed, sort_keys=True).encode()).hexdigest()[:32]


def summary_fields(voice: Voice, values: Values) -> list[str]:
    """The fields of the summary, in its order: each may be changed from there."""
    shown = [each for each in fields.shown(voice.catalog, values) if each not in _FIRST]
    return [*_FIRST, *(each for each in shown if values.get(each) or each == "attachments")]


def shown_value(voice: Voice, name: str, values: Values, attachments: int) -> str:
    """A field's value as the customer reads it."""
    field = fields.field_named(voice.catalog, name)
    if field is not None and field.kind == "attachments":
        if attachments == 0:
            return voice.message("summary_attachments_none")
        return voice.message("summary_attachments", count=attachments)
    value = values.get(name) or ""
    if field is None or field.kind != "choice" or fields.is_platform(field):
        return value
    return voice.label(field.label_kind, value)


def summary_text(voice: Voice, values: Values, attachments: int) -> str:
    """Every field with its label, one a line."""
    lines = [
        voice.message(
            "summary_line",
            field=voice.label("fields", name),
            value=shown_value(voice, name, values, attachments),
        )
        for name in summary_fields(voice, values)
    ]
    if values.get("email"):
        lines.append(voice.message("summary_line", field=voice.label("fields", "email"), value=values["email"]))
    return "\n".join([voice.message("summary_intro"), *lines])


def draft(voice: Voice, values: Values, shown: list[dict[str, str]]) -> TicketDraft:
    """The ticket as it goes to the api: the description, then what was already read, then nothing that has a field."""
    text = [str(values.get("description") or "")[:DESCRIPTION_LENGTH]]
    if values.get("what_happened"):
        text.append(f"{voice.label('fields', 'what_happened')}: {values['what_happened']}")
    if shown:
        text.append("\n".join([voice.message("body_shown"), *(f"- {each['title']} {each['url']}" for each in shown)]))
    return TicketDraft(
        subject=str(values.get("title") or ""),
        body="\n\n".join(text),
        type=ticket_type(voice, values),
        form_id=str(values["form_id"]),
        fields=draft_fields(voice, values),
    )


def ticket_type(voice: Voice, values: Values) -> str | None:
    """By the category of a technical ticket, else by the support type."""
    category = fields.category_of(voice.catalog, values)
    if category is not None:
        return category.ticket_type
    return voice.catalog.support_type(values.get("support_type") or fields.technical(voice.catalog)).ticket_type
