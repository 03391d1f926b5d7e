"""The customer's address and the code that proves it: two steps of the ticket form, and the whole of the contact form."""

from __future__ import annotations

import re
import unicodedata

from actions.said import Said
from actions.tickets.fields import CODE, EMAIL, VERIFIED
from actions.tickets.form import TicketForm
from api.client import CopilotClient, CopilotRejected

_ADDRESS = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+\.[^\s<>(),;:\".]{2,}")
_DIGITS = re.compile(r"\d")

Notes = list[Said]


# An address said in words, "ana at kiln dot example": nothing that belongs to a description.
_SPELLED = re.compile(r"\b(?:at|arroba|aroba)\b.*\b(?:dot|punto|ponto)\b", re.IGNORECASE)


# One word with dots inside, and no way of a page.
_DOTTED = re.compile(r"[^\s/:]+\.[^\s/:]+")


def spells_address(text: str) -> bool:
    """Whether an address is spelled in words, or lacks its sign: to be asked for again as it is written."""
    return _SPELLED.search(text) is not None or _DOTTED.fullmatch(text.strip()) is not None


def holds_contact(text: str) -> bool:
    """Whether the text holds an address or a code, whatever else it says."""
    return address_in(text) is not None or code_in(text) is not None


async def take_email(form: TicketForm, client: CopilotClient) -> Notes:
    """Sends the code to the address in the text."""
    address = address_in(form.heard.text)
    if address is None:
        form.missed(EMAIL)
        return [_note(form, "bad_email")]
    return await send_code(form, client, address)


async def send_code(form: TicketForm, client: CopilotClient, address: str, *, again: bool = False) -> Notes:
    """Asks the api for a code; what it refuses is said, and asked again."""
    try:
        await client.request_code(form.heard.token, address)
    except CopilotRejected as refusal:
        form.missed(CODE if again else EMAIL)
        if refusal.retry_after is not None:
            return [_note(form, "too_many_codes", minutes=-(-refusal.retry_after // 60))]
        return [_note(form, "refused_email")]
    form.passed(EMAIL)
    form.values.update({EMAIL: address, CODE: None})
    return [_note(form, "code_sent_again")] if again else []


async def take_code(form: TicketForm, client: CopilotClient) -> Notes:
    """Checks the code in the text; an address there is a correction."""
    heard = form.heard
    address = address_in(heard.text)
    if address is not None:
        return await send_code(form, client, address)
    if heard.entities.get("code") == "resend" or (heard.intent == "change_field" and "email" not in heard.entities):
        return await send_code(form, client, str(form.values[EMAIL]), again=True)
    code = code_in(heard.text)
    if code is None:
        form.missed(CODE)
        return [_note(form, "no_code_found")]
    try:
        await client.verify_code(heard.token, code)
    except CopilotRejected as refusal:
        form.missed(CODE)
        tries = refusal.details.get("tries_left")
        if not isinstance(tries, int) or tries < 1:
            return [_note(form, "dead_code")]
        return [_note(form, "bad_code_last") if tries == 1 else _note(form, "bad_code", tries=tries)]
    form.passed(CODE)
    form.values[CODE] = VERIFIED
    return [_note(form, "email_verified")]


def code_in(text: str) -> str | None:
    """Six digits, however they are spaced: `123 456`, `1-2-3-4-5-6`, `my code is 123456`."""
    digits = "".join(_DIGITS.findall(unicodedata.normalize("NFKC", text)))
    return digits if len(digits) == 6 else None


def address_in(text: str) -> str | None:
    """The mail address in the text."""
    found = _ADDRESS.search(unicodedata.normalize("NFKC", text))
    return found.group().rstrip(".") if found and len(found.group()) <= 254 else None


def _note(form: TicketForm, key: str, **values: object) -> Said:
    return Said(form.voice.message(key, **values), leads=True)
