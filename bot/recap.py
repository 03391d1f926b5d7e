"""What a customer who comes back is told first: what they had told, so that nothing has to be told again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.turn import DialogueState, Turn
from bot.voice import Voice

PROBLEM_LENGTH = 90

# In which slot the matter itself is told: in the help form, in the ticket form, as the ticket's title.
_MATTER = ("description", "problem", "title")
# Slots that are named with their label: (slot, kind of the label of its value, None for words of the customer's own).
_NAMED = (("category", "categories"), ("subcategory", "subcategories"), ("subject", "subjects"), ("platform", None))
# What is said to these is an end or a beginning; what was told before is beside the point.
_NO_RECAP_FOR = frozenset({"start", "start_over", "cancel", "goodbye"})
# Somebody who greets is greeted back.
_GREETS = "greet"


def welcome_back(turn: Turn, after: DialogueState, intent: str, voice: Voice) -> str | None:
    """How the first reply of a customer who comes back begins, None where this turn is none (`context.returned`).

    `after` is the state at the turn's end: what this very turn has changed or emptied is not told as remembered.
    """
    if turn.context.get("returned") is not True or intent in _NO_RECAP_FOR:
        return None
    before = turn.state.slots if turn.state is not None else {}
    kept = {name: value for name, value in before.items() if value is not None and after.slots.get(name) == value}
    found = recap(kept, voice, asked=turn.asks)
    return None if found is None and intent == _GREETS else found or voice.message("recap_nothing")


def recap(slots: Mapping[str, Any], voice: Voice, *, asked: str | None = None) -> str | None:
    """What was gathered, in a few lines: the problem in a few words, category, platform, and what was `asked` last.

    With no open matter, the number of the ticket that was opened; None where there is none either.
    """
    matter = next((str(slots[name]) for name in _MATTER if slots.get(name)), None)
    lines = [] if matter is None else [voice.message("recap_matter", text=few_words(matter))]
    for name, kind in _NAMED:
        value = slots.get(name)
        shown = _label(voice, kind, str(value)) if value and kind else value
        if shown:
            lines.append(voice.message("summary_line", field=voice.label("fields", name), value=shown))
    if not lines:
        ticket = slots.get("ticket_id")
        return voice.message("recap_ticket", id=ticket) if ticket else None
    if (question := _asked(voice, asked)) is not None:
        lines.append(question)
    return "\n".join([voice.message("recap_intro"), *lines])


def few_words(text: str) -> str:
    """The beginning of a text, in one line, cut at a word to at most `PROBLEM_LENGTH` characters."""
    line = " ".join(text.split())
    if len(line) <= PROBLEM_LENGTH:
        return line
    cut = line[: PROBLEM_LENGTH - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def _asked(voice: Voice, asked: str | None) -> str | None:
    if asked == "solved":
        return voice.message("recap_asked_solved")
    found = _label(voice, "fields", asked or "") or _label(voice, "details", asked or "")
    return None if found is None else voice.message("recap_asked", field=found)


def _label(voice: Voice, kind: str, id_: str) -> str | None:
    """None for an id that the catalog no longer has: the state may be older than it."""
    try:
        return voice.label(kind, id_)
    except KeyError:
        return None
