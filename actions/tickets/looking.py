"""One last look before the summary: an article that answers all that was told, and an open ticket about the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from actions.answers.answer import PASSAGES, QUERY_LENGTH, answer
from actions.said import Said
from actions.tickets import fields
from actions.tickets.fields import CODE, VERIFIED
from actions.tickets.form import TicketForm
from actions.tickets.summary import told_details
from api.client import CopilotClient, CopilotClientError, OpenedTicket
from bot.text import is_slip_of, words

# A ticket in one of these takes no comment.
_OVER = frozenset({"solved", "closed"})
# From this share of common words on, two tickets look like the same problem; fewer words than this say too little.
_ALIKE = 0.5
_LEAST_COMMON = 3
_LONG_WORD = 4


@dataclass
class Look:
    """What the look found: an article to show, and the articles that are thereby shown."""

    notes: list[Said] = field(default_factory=list)
    shown: list[dict[str, Any]] | None = None


async def last_look(form: TicketForm, client: CopilotClient) -> Look:
    """Searches the full description, once for each, and warns of an open ticket. Never in the way: no find, nothing said."""
    text = _full_text(form)
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    if form.values["looked"] == mark:
        return Look()
    form.values["looked"] = mark
    form.values["existing"] = await _existing(form, client)
    if not fields.searchable(form.catalog, form.values) or text == (form.heard.slot("answered") or ""):
        return Look()
    try:
        result = await client.search(form.heard.token, text[:QUERY_LENGTH], form.heard.language, PASSAGES)
    except CopilotClientError:
        return Look()
    before = [each for each in form.heard.slots.get("shown") or [] if isinstance(each, dict)]
    known = {str(each.get("url", "")).partition("#")[0] for each in before}
    if not result.confident or not result.passages or result.passages[0].url.partition("#")[0] in known:
        return Look()
    said = answer(form.voice, text, result)
    new = [{"title": each.title, "url": each.url} for each in result.passages[:1]]
    return Look([replace(said, text=form.voice.message("last_look"))], [*before, *new])


def _full_text(form: TicketForm) -> str:
    values = form.values
    texts = [values["description"], *(f"{values[name]}" for name in told_details(form.voice, values))]
    what = values.get("what_happened")
    if what and what != values["description"]:
        texts.append(what)
    return " ".join(each for each in texts if each)


async def _existing(form: TicketForm, client: CopilotClient) -> str | None:
    if not (form.heard.verified or form.values[CODE] == VERIFIED):
        return None
    try:
        tickets = await client.my_requests(form.heard.token)
    except CopilotClientError:
        return None  # a warning is not worth the turn
    wanted = f"{form.values['title'] or ''} {form.values['description'] or ''}"
    best, most = None, _ALIKE
    for ticket in tickets.requests:
        if ticket.status in _OVER:
            continue
        alike = likeness(wanted, f"{ticket.subject} {ticket.description}")
        if alike >= most:
            best, most = ticket, alike
    return None if best is None else f"{best.id}|{_title(best)}"


def _title(ticket: OpenedTicket) -> str:
    return ticket.subject.replace("|", "/")[:80]


def likeness(one: str, other: str) -> float:
    """The share (0 to 1) of the shorter text's telling words that the other one holds, small slips forgiven."""
    first, second = _telling(one), _telling(other)
    shorter, longer = sorted((first, second), key=len)
    common = sum(any(is_slip_of(each, every) for every in longer) for each in shorter)
    return common / len(shorter) if common >= _LEAST_COMMON else 0.0


def _telling(text: str) -> set[str]:
    return {each for each in _limited(words(text)) if len(each) >= _LONG_WORD or any(map(str.isdigit, each))}


def _limited(found: Iterable[str]) -> list[str]:
    """Enough to compare: a log of a thousand words is none."""
    return list(found)[:120]
