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

# A detail's, which the api takes as a custom field.
DETAIL_LENGTH = 10_000
# What of a long value stands in the summary; the ticket holds all of it.
_SHOWN_LENGTH = 500

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
            found[name] = value[:DETAIL_LENGTH]
    found.update({name: str(values[name]) for name in told_details(voice, values)})
    return found


def told_details(voice: Voice, values: Values) -> list[str]:
    """The details that the customer gave, files left out: those are attached."""
    if not fields.is_technical(voice.catalog, values):
        return []
    return [
        name
        for name, kind in fields.details(voice.catalog).items()
        if kind != "attachment" and values.get(name) and values[name] != SKIPPED
    ]


def digest(voice: Voice, values: Values) -> str:
    """A fingerprint of all that the customer confirms: one changed field, and the confirmation no longer counts."""
    confirmed = {**draft_fields(voice, values), "email": values.get("email")}
    confirmed.pop("language", None)  # changing the language of the conversation changes nothing that was confirmed
    confirmed.update({name: values.get(name) for name in _FIRST})
    return hashlib.sha256(json.dumps(confirmed, sort_keys=True).encode()).hexdigest()[:32]


def summary_fields(voice: Voice, values: Values) -> list[str]:
    """The fields of the summary, in its order: each may be changed from there."""
    shown = [each for each in fields.shown(voice.catalog, values) if each not in _FIRST]
    known = [each for each in shown if (values.get(each) and not _said_twice(each, values)) or each == "attachments"]
    files = [each for each in known if each == "attachments"]
    return [*_FIRST, *(each for each in known if each not in files), *told_details(voice, values), *files]


def _said_twice(name: str, values: Values) -> bool:
    """Whether a text of the ticket is its description once more."""
    return name == "what_happened" and values.get(name) == values.get("description")


def field_label(voice: Voice, name: str) -> str:
    """What a field, or a detail, is called."""
    return voice.label("fields" if fields.field_named(voice.catalog, name) or name == "email" else "details", name)


def shown_value(voice: Voice, name: str, values: Values, attachments: int) -> str:
    """A field's value as the customer reads it."""
    field = fields.field_named(voice.catalog, name)
    if field is not None and field.kind == "attachments":
        if attachments == 0:
            return voice.message("summary_attachments_none")
        return voice.message("summary_attachments", count=attachments)
    value = values.get(name) or ""
    if len(value) > _SHOWN_LENGTH:
        return f"{value[:_SHOWN_LENGTH].rstrip()}…"
    if field is None or field.kind != "choice" or fields.is_platform(field):
        return value
    return voice.label(field.label_kind, value)


def summary_text(voice: Voice, values: Values, attachments: int) -> str:
    """Every field with its label, one a line."""
    lines = [
        voice.message(
            "summary_line",
            field=field_label(voice, name),
            value=shown_value(voice, name, values, attachments),
        )
        for name in summary_fields(voice, values)
    ]
    if values.get("email"):
        lines.append(voice.message("summary_line", field=voice.label("fields", "email"), value=values["email"]))
    return "\n".join([voice.message("summary_intro"), *lines, voice.message("summary_clip")])


def told(voice: Voice, values: Values) -> str:
    """Everything that the customer told, as a comment for a ticket that is open already."""
    lines = [str(values.get("description") or "")[:DESCRIPTION_LENGTH]]
    if values.get("what_happened") and not _said_twice("what_happened", values):
        lines.append(str(values["what_happened"]))
    lines += [f"{field_label(voice, name)}: {values[name]}" for name in told_details(voice, values)]
    return "\n".join(lines)


def draft(voice: Voice, values: Values, shown: list[dict[str, str]]) -> TicketDraft:
    """The ticket as it goes to the api: the description, then what was already read, then nothing that has a field."""
    text = [str(values.get("description") or "")[:DESCRIPTION_LENGTH]]
    if values.get("what_happened") and not _said_twice("what_happened", values):
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
