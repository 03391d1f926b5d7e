"""Closing: what was solved closes by itself once its reopening hours are over; what is closed stays so."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.identity.principal import SYSTEM
from api.tickets.changing import TicketChange
from api.tickets.due import DueTickets
from api.tickets.models import Ticket
from api.tickets.reopening import reopens_until


class ClosingWorker(DueTickets):
    """Closes what is due."""

    due_at = "closes_at"
    every = 15.0
    failure = "Solved tickets could not be closed"

    def tend(self, session: Session, ticket: Ticket, now: dt.datetime) -> None:
        # The hours may have been changed since, or the ticket be older than this column.
        until = reopens_until(ticket, self._services.catalog)
        if until is None or until > now:
            ticket.closes_at = until
            return
        change = TicketChange(session, self._services, ticket, SYSTEM, "system")
        change.move("closed", by_customer=False)
        if change.problems:
            # This catalog's solved tickets do not close.
            ticket.closes_at = None
            return
        change.finish()
