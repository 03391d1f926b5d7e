"""What the customer is told once the ticket is open."""

from __future__ import annotations

from typing import Any

from actions.said import Said
from api.client import OpenedTicket
from bot.voice import Voice


def ticket_card(ticket: OpenedTicket) -> dict[str, Any]:
    """A message's `ticket`, as the chat's contract has it."""
    return {
        "id": ticket.id,
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.field("category"),
        "subcategory": ticket.field("subcategory"),
        "subject": ticket.subject,
        "url": ticket.url,
    }


def opened(voice: Voice, ticket: OpenedTicket, expected: str, *, emergency: bool) -> Said:
    """Number, status, priority, hours, when the first response is `expected` (a sentence), and where to follow it."""
    status = voice.label("statuses", ticket.status)
    priority = voice.label("priorities", ticket.priority) if ticket.priority else ""
    lines = [
        voice.message("ticket_opened", id=ticket.id),
        voice.message("ticket_status", status=status, priority=priority),
        voice.message("ticket_emergency")
        if emergency
        else voice.message(
            "ticket_hours",
            hours=voice.catalog.support_hours_text(voice.language),
            expected=expected,
        ),
        voice.message("ticket_follow", url=ticket.url),
    ]
    return Said(
        "\n".join(lines),
        kind="ticket",
        ticket=ticket_card(ticket),
    )
