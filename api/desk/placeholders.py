"""The values that a macro's text asks for: ``{{requester.first_name}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from api.identity.models import Customer, StaffUser
from api.settings import Settings
from api.tickets.models import Ticket
from api.tickets.shapes import page_address
from bot.catalog import Catalog

_PLACEHOLDER = re.compile(r"([ \t]?)\{\{\s*([\w.]+)\s*\}\}")

KNOWN: Final = (
    "ticket.id",
    "ticket.title",
    "ticket.status",
    "ticket.priority",
    "ticket.category",
    "ticket.url",
    "requester.name",
    "requester.first_name",
    "requester.email",
    "agent.name",
    "agent.first_name",
)


def unknown_placeholders(text: str) -> list[str]:
    """What the text asks for that there is not, in its order."""
    return [name for name in dict.fromkeys(found[1] for found in _PLACEHOLDER.findall(text)) if name not in KNOWN]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values. One that is empty takes the space before it along: ``Hello {{...}},`` becomes ``Hello,``."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match[2], "")
        return match[1] + found if found else ""

    return _PLACEHOLDER.sub(value, text)


def values_for(
    ticket: Ticket, requester: Customer | None, agent: StaffUser | None, catalog: Catalog, settings: Settings
) -> dict[str, str]:
    """Every placeholder's value for this ticket and this member of staff, in the ticket's language."""

    def label(kind: str, id_: str | None) -> str:
        return catalog.label(kind, id_, ticket.language) if id_ else ""

    name = (requester.name or "").strip() if requester is not None else ""
    own = (agent.name or "").strip() if agent is not None else ""
    return {
        "ticket.id": str(ticket.id),
        "ticket.title": ticket.subject,
        "ticket.status": label("statuses", ticket.status),
        "ticket.priority": label("priorities", ticket.priority),
        "ticket.category": label("categories", ticket.category),
        "ticket.url": page_address(settings, ticket.id),
        "requester.name": name,
        "requester.first_name": _first(name),
        "requester.email": (requester.mail_address or "") if requester is not None else "",
        "agent.name": own,
        "agent.first_name": _first(own),
    }


def _first(name: str) -> str:
    return name.split()[0] if name else ""
