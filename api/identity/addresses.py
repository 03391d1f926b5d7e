"""E-mail addresses: one spelling of each, and how one is shown to somebody who may not own it."""

from __future__ import annotations

import re

import email_validator
from email_validator import EmailNotValidError, validate_email

from api.errors import Invalid

# Companies' own networks use these (`.local`), trials and tests too (`.test`). Whether mail arrives is shown by the code.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# The spelling of nearly every address, of which the library has nothing to correct or to refuse; asking it took a twentieth
# of opening a ticket.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:[a-z0-9](?:-?[a-z0-9]){0,29}\.){1,4}[a-z]{2,20}", re.ASCII
)


def normalise_email(text: str) -> str:
    """The address in its one spelling (lower case, ASCII domain). Raises `Invalid` (``email_invalid``).

    Nothing is asked of the DNS: an address counts once its code comes back.
    """
    if _PLAIN.fullmatch(text) and len(text) <= 100:
        return text
    try:
        found = validate_email(
            text.strip(), check_deliverability=False, globally_deliverable=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise Invalid(f"This is not an e-mail address: {error}", code="email_invalid") from error
    address = (found.ascii_email or found.normalized).lower()
    domain = address.rpartition("@")[2]
    if "." not in domain and domain != "localhost":
        raise Invalid("The part behind @ has no dot.", code="email_invalid")
    return address


def mask_email(address: str) -> str:
    """``ana.lopez@example.com`` as ``a***@example.com``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"
