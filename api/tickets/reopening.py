"""Until when a solved ticket may be reopened by its customer: so many working hours, by the catalog's support hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.database import utc_now
from api.tickets.models import Ticket
from api.working_hours import working_hours
from bot.catalog import Catalog

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Note when a ticket that was solved closes by itself, that it was reopened, and when it was closed."""
    ticket = happening.ticket
    before, after = happening.changes.get("status", (None, None))
    if after is None:
        return
    note_end(ticket, services.catalog)
    if before == "solved" and after != "closed":
        ticket.reopened_count += 1


def note_end(ticket: Ticket, catalog: Catalog) -> None:
    """Note since when a ticket of its present status is solved or closed, and when it closes by itself."""
    if ticket.status == "solved" and ticket.solved_at is None:
        ticket.solved_at = utc_now()
    ticket.closes_at = reopens_until(ticket, catalog)
    if ticket.status == "closed":
        ticket.closed_at = utc_now()


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
