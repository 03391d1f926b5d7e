"""Targets of a ticket: until when it is to be answered first, and solved (the catalog's `targets`).

Due moments are computed anew from the ticket's own history whenever its status, its priority or its category changes, so
that they cannot drift: each stretch of time in a status that does not pause counts, on the clock of the priority that it has
now. A worker warns before a breach and tells of it, once each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.catalog_notes import once_for_catalog
from api.tickets.clocks import Clock, Stretch
from api.tickets.models import Ticket, TicketAudit
from api.working_hours import working_hours
from bot.catalog import Catalog, Target

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement

Metric = Literal["first_response", "resolution"]
METRICS: tuple[Metric, ...] = ("first_response", "resolution")
# Of these no target is open any more.
OVER = frozenset({"solved", "closed"})
# A change of one of them changes what is due.
_DECISIVE = frozenset({"status", "priority", "category"})


@dataclass(frozen=True)
class Due:
    """When a target's warning and its breach are due; None: never, as things stand."""

    warn_at: dt.datetime | None
    due_at: dt.datetime | None


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Note the first response, and follow what changes the targets; `first_targets` came before the ticket was stored."""
    ticket = happening.ticket
    if happening.kind != "changed":
        return
    comment = happening.comment
    answered = comment is not None and comment.public and comment.staff_id is not None
    if answered and comment is not None and ticket.first_response_at is None:
        ticket.first_response_at = comment.created_at
        due = ticket.first_response_due_at
        if due is not None and due < comment.created_at and ticket.first_response_breached_at is None:
            # Between two looks of the worker: late all the same.
            ticket.first_response_breached_at = due
    if answered or _DECISIVE & set(happening.changes):
        put_targets(session, services.catalog, ticket, anew=bool({"priority", "category"} & set(happening.changes)))


def put_targets(session: Session, catalog: Catalog, ticket: Ticket, *, anew: bool = False) -> None:
    """Compute what is due, and when the worker has to look. `anew`: what was promised is another thing now, so that what
    was warned of, or broken, and is not due any more may be so again."""
    _put(ticket, targets_due(session, catalog, ticket), anew=anew)


def first_targets(
    catalog: Catalog, priority: str, category: str | None, status: str, opened_at: dt.datetime
) -> dict[str, dt.datetime | None]:
    """What is due of a ticket that is about to be stored, by column: all of its history is that it is opened now."""
    known = _opened_before(catalog)
    before = known.get((priority, category, status))
    if before is None or not before.since <= opened_at <= before.until:
        known[priority, category, status] = before = _of_opening(catalog, priority, category, status, opened_at)
    if not before.moves:
        return before.due.copy()
    later = opened_at - before.since
    return {column: moment and moment + later for column, moment in before.due.items()}


@dataclass(frozen=True)
class _Opening:
    """What was due of a ticket that was opened at `since`. Of one that is opened later, but not after `until`, it is as much
    later where it `moves`, else the same. To ask the calendar for each anew took a twentieth of opening a ticket."""

    since: dt.datetime
    until: dt.datetime
    moves: bool
    due: dict[str, dt.datetime | None]


@once_for_catalog
def _opened_before(catalog: Catalog) -> dict[tuple[str, str | None, str], _Opening]:
    """By priority, category and status."""
    return {}


def _of_opening(catalog: Catalog, priority: str, category: str | None, status: str, opened_at: dt.datetime) -> _Opening:
    target = None if catalog.status(status).pauses else catalog.target(priority, category)
    promised = (
        {"first_response_due_at": target.first_response, "resolution_due_at": target.resolution} if target else {}
    )
    times = {
        column: time
        for column, time in promised.items()
        if time is not None and not (column == "resolution_due_at" and status in OVER)
    }
    course = target_clock(catalog, target).course(
        opened_at, [*times.values(), *(time * catalog.targets.warning for time in times.values())]
    )
    due = dict(zip(times, course.reached, strict=False))
    if any(time is not None for time in promised.values()):
        due["targets_check_at"] = min([each for each in course.reached if each is not None], default=None)
    return _Opening(course.since, course.until, course.moves, due)


def _put(ticket: Ticket, dues: dict[Metric, Due], *, anew: bool = False) -> None:
    now = ticket.updated_at
    checks = []
    for metric, due in dues.items():
        if metric == "resolution" and ticket.status in OVER:
            # It stays as it was when the ticket was solved.
            continue
        setattr(ticket, f"{metric}_due_at", due.due_at)
        for what, moment in (("breached", due.due_at), ("warned", due.warn_at)):
            if anew and (moment is None or moment > now):
                setattr(ticket, f"{metric}_{what}_at", None)
        checks += _to_come(ticket, metric, due)
    ticket.targets_check_at = min(checks, default=None)


def targets_due(session: Session, catalog: Catalog, ticket: Ticket) -> dict[Metric, Due]:
    """What is due of a ticket. A first response that was given is no longer in it."""
    return _due_of(catalog, ticket, status_history(session, ticket))


def _due_of(catalog: Catalog, ticket: Ticket, history: list[tuple[dt.datetime, str]]) -> dict[Metric, Due]:
    target = catalog.target(ticket.priority, ticket.category)
    stretches = list(_running(catalog, history))
    found: dict[Metric, Due] = {}
    if ticket.first_response_at is None:
        found["first_response"] = _due(catalog, target, target.first_response if target else None, stretches)
    found["resolution"] = _due(catalog, target, target.resolution if target else None, stretches)
    return found


def target_clock(catalog: Catalog, target: Target | None) -> Clock:
    """The clock by which a target is counted; support hours where nothing is promised."""
    every_hour = target is not None and target.clock == "calendar"
    return Clock(None if every_hour else working_hours(catalog))


def running(session: Session, catalog: Catalog, ticket: Ticket) -> Iterator[Stretch]:
    """The stretches of a ticket's life in which it was ours to act, oldest first."""
    return _running(catalog, status_history(session, ticket))


def _running(catalog: Catalog, history: list[tuple[dt.datetime, str]]) -> Iterator[Stretch]:
    since: dt.datetime | None = None
    for moment, status in history:
        pauses = catalog.status(status).pauses
        if pauses and since is not None:
            yield Stretch(since, moment)
            since = None
        elif not pauses and since is None:
            since = moment
    if since is not None:
        yield Stretch(since, None)


def status_history(session: Session, ticket: Ticket) -> list[tuple[dt.datetime, str]]:
    """(since when, which status), oldest first, as the audit has it."""
    known = [
        (audit.created_at, event)
        for audit in session.scalars(
            select(TicketAudit).where(TicketAudit.ticket_id == ticket.id).order_by(TicketAudit.id)
        )
        for event in audit.events
        if event.get("field_name") == "status" and event.get("type") in ("Create", "Change")
    ]
    if not known:
        return [(ticket.created_at, ticket.status)]
    first = known[0][1]
    began = first["value"] if first["type"] == "Create" else first["previous_value"]
    changes = [(moment, str(event["value"])) for moment, event in known if event["type"] == "Change"]
    return [(ticket.created_at, str(began)), *changes]


def _due(catalog: Catalog, target: Target | None, time: dt.timedelta | None, stretches: list[Stretch]) -> Due:
    if target is None or time is None or not stretches or stretches[-1].end is not None:
        return Due(None, None)
    clock = target_clock(catalog, target)
    return Due(clock.reached(stretches, time * catalog.targets.warning), clock.reached(stretches, time))


def _to_come(ticket: Ticket, metric: Metric, due: Due) -> list[dt.datetime]:
    """When the worker has something to say of it."""
    if getattr(ticket, f"{metric}_breached_at") is not None:
        return []
    warned = getattr(ticket, f"{metric}_warned_at") is not None
    return [each for each in (None if warned else due.warn_at, due.due_at) if each is not None]
