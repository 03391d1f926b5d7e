"""How a ticket is spoken of once it is there: its card, what is asked about it, what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from actions.follow_up.state import COMMENT_TEXT, CONFIRM, TICKET, FollowUp
from actions.follow_up.wish import COMMENT, FOLLOW, LIST, REOPEN
from actions.said import Said
from actions.tickets.fields import EMAIL
from actions.tickets.opened import ticket_card
from api.client import OpenedTicket, SaidOnTicket
from bot.turn import Choice
from bot.voice import Voice, option

_PORTAL = "/portal"
SOLVED, CLOSED, PENDING = "solved", "closed", "pending"
# How much of a reply is shown in the chat: the ticket's page has it all.
_REPLY_LENGTH = 400
_QUOTE_LENGTH = 300
_TITLE_LENGTH = 60


def portal_of(tickets: Sequence[OpenedTicket]) -> str:
    """Where a customer sees all of them: what stands before a ticket's own address, which the api makes."""
    before = tickets[0].url.partition("/tickets/")[0] if tickets else ""
    return before or _PORTAL


def note(voice: Voice, key: str, **values: object) -> Said:
    return Said(voice.message(key, **values), leads=True)


def question(voice: Voice, follow: FollowUp, step: str) -> Said:
    """What to say to get the answer of a step. The code is asked as the ticket form asks for it."""
    match step:
        case "email":
            return Said(voice.message("follow_ask_email"), asks=EMAIL)
        case "ticket":
            return _which(voice, follow)
        case "confirm":
            return Said(
                voice.message("follow_ask_followup", id=follow.ticket),
                asks=CONFIRM,
                choices=(
                    voice.choice("confirm.yes", "choice_followup_yes", "affirm"),
                    voice.choice("confirm.no", "choice_followup_no", "deny"),
                ),
            )
    keys = {COMMENT: "follow_ask_comment", REOPEN: "follow_ask_reason", FOLLOW: "follow_ask_followup_text"}
    skip = () if follow.kind == COMMENT else (voice.choice("comment.skip", "choice_skip", "skip"),)
    return Said(voice.message(keys[follow.kind], id=follow.ticket), asks=COMMENT_TEXT, choices=skip)


def _which(voice: Voice, follow: FollowUp) -> Said:
    choices = [
        option(voice, TICKET, each.id, voice.message("choice_ticket", id=each.id, title=_short(each.title)))
        for each in follow.offered
    ]
    choices.append(Choice(name="ticket.none", label=voice.message("choice_ticket_none"), intent="deny"))
    key = {LIST: "follow_list", COMMENT: "follow_which_comment", REOPEN: "follow_which_reopen"}.get(follow.kind)
    text = voice.message(key or "follow_which")
    if follow.kind == LIST:
        lines = [
            voice.message(
                "follow_list_line", id=each.id, title=_short(each.title), status=voice.label("statuses", each.status)
            )
            for each in follow.offered
        ]
        text = "\n".join([text, *lines])
    if follow.more:
        text = f"{text}\n{voice.message('follow_more', count=follow.more, url=follow.portal or _PORTAL)}"
    return Said(text, asks=TICKET, choices=tuple(choices))


def status(voice: Voice, ticket: OpenedTicket, comments: list[SaidOnTicket], expected: str) -> Said:
    """Where a ticket stands, the last thing that the team said on it (or when that is `expected`), and what may be done."""
    lines = [voice.message("follow_status", id=ticket.id, title=ticket.subject), _state(voice, ticket)]
    reply = next((each.body for each in comments if each.by_staff), None)
    if reply is not None:
        lines.append(voice.message("follow_reply", text=cut(reply, _REPLY_LENGTH)))
    elif ticket.status not in (SOLVED, CLOSED):
        lines.append(voice.message("follow_no_reply", expected=expected))
    lines.append(_hint(voice, ticket))
    return Said("\n".join(lines), kind="ticket", ticket=ticket_card(ticket))


def _state(voice: Voice, ticket: OpenedTicket) -> str:
    state = voice.label("statuses", ticket.status)
    priority = voice.label("priorities", ticket.priority) if ticket.priority else "–"
    return voice.message("ticket_status", status=state, priority=priority)


def _hint(voice: Voice, ticket: OpenedTicket) -> str:
    if ticket.needs_followup or ticket.status == CLOSED:
        return voice.message("follow_hint_closed")
    if ticket.status == SOLVED:
        return voice.message("follow_hint_solved")
    return voice.message("follow_hint_pending" if ticket.status == PENDING else "follow_hint_open", url=ticket.url)


def commented(voice: Voice, ticket: OpenedTicket, text: str, files: int, *, reopened: bool) -> Said:
    """What was added, word for word, so that the customer sees it."""
    lines = [voice.message("follow_commented", id=ticket.id, text=cut(text, _QUOTE_LENGTH))]
    if files:
        lines.append(voice.message("follow_files", count=files))
    if reopened:
        lines.append(voice.message("follow_reopened_too"))
    lines.append(voice.message("follow_answer_comes", url=ticket.url))
    return Said("\n".join(lines), kind="ticket", ticket=ticket_card(ticket))


def reopened(voice: Voice, ticket: OpenedTicket, text: str, files: int) -> Said:
    lines = [voice.message("follow_reopened", id=ticket.id)]
    if text:
        lines.append(voice.message("follow_reason_added", text=cut(text, _QUOTE_LENGTH)))
    if files:
        lines.append(voice.message("follow_files", count=files))
    lines.append(voice.message("follow_answer_comes", url=ticket.url))
    return Said("\n".join(lines), kind="ticket", ticket=ticket_card(ticket))


def followed(voice: Voice, ticket: OpenedTicket, source: str) -> Said:
    lines = [
        voice.message("follow_followed", id=ticket.id, source=source),
        _state(voice, ticket),
        voice.message("follow_answer_comes", url=ticket.url),
    ]
    return Said("\n".join(lines), kind="ticket", ticket=ticket_card(ticket))


def cut(text: str, length: int) -> str:
    """One paragraph, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rsplit(' ', 1)[0]}…"


def _short(title: str) -> str:
    return cut(title, _TITLE_LENGTH)
