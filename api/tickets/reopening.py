"""Until when a solved ticket may be reopened by its customer: so many working hours, by the catalog's support hours."""

from __future__ import annotations

import datetime as dt

from api.database import utc_now
from api.tickets.models import Ticket
from api.working_hours import working_hours
from bot.catalog import Catalog


def reopens_until(ticket: Ticket, catalog: Catalog) -> dt.datetime | None:
    """When the reopening hours of a solved ticket end; None for any other, and where support never opens."""
    if ticket.status != "solved" or ticket.solved_at is None:
        return None
    return working_hours(catalog).add(ticket.solved_at, dt.timedelta(hours=catalog.reopen_working_hours))


def may_follow(ticket: Ticket, catalog: Catalog, now: dt.datetime | None = None) -> bool:
    """Whether the ticket can only be continued by another one: it is closed, or was solved too long ago."""
    if ticket.status == "closed":
        return True
    until = reopens_until(ticket, catalog)
    return until is not None and (now or utc_now()) >= until
