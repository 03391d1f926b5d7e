"""What the endpoints of waiting mail answer with: Zendesk's names."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.tickets.responses import Out, TicketOut, ViaOut, page


class SuspendedOut(Out):
    id: int
    url: str
    author: dict[str, Any] = Field(examples=[{"id": None, "name": "Ana", "email": "ana@example.com"}])
    subject: str
    content: str
    cause: str | None = Field(examples=["Unknown sender"])
    reason: str | None = Field(examples=["unknown_sender"], description="The same as a code.")
    message_id: str | None
    ticket_id: int | None
    recipient: str
    via: ViaOut
    attachments: list[str]
    created_at: str
    updated_at: str


class OneSuspended(Out):
    suspended_ticket: SuspendedOut


class RecoveredOut(Out):
    ticket: list[TicketOut]


SuspendedPage = page("suspended_tickets", SuspendedOut)
