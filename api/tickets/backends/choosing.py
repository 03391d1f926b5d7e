"""Which backend the settings choose."""

from __future__ import annotations

from api.settings import Settings
from api.tickets.backends.base import TicketBackend
from api.tickets.backends.local import LocalTickets
from api.tickets.backends.zendesk import ZendeskTickets


def backend_of(settings: Settings) -> TicketBackend:
    """A new one, to be closed by whoever asks for it."""
    match settings.tickets.backend:
        case "zendesk":
            return ZendeskTickets(settings.tickets.zendesk)
        case "local":
            return LocalTickets()
