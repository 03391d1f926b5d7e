"""`copilot tickets remote`: the mirror of tickets in another ticketing system."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any, cast

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.database import Database
from api.services import Services
from api.settings import Settings
from api.tickets.backends.base import BackendLockedOut, BackendUnavailable
from api.tickets.backends.choosing import backend_of
from api.tickets.backends.managing import mirror_status, ticket_statuses
from api.tickets.backends.managing import retry as retry_tickets
from bot.catalog import Catalog

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The mirror of tickets in another ticketing system.")


@app.command()
def status(
    ticket_id: Annotated[int | None, typer.Argument(metavar="[ID]", help="Only this ticket.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, mirrored, refused, closed, merged or gone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many tickets, newest first.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """How the mirror stands, and its newest tickets."""
    with open_database() as (settings, database), database.read() as session:
        backend = settings.tickets.backend
        mirror = mirror_status(session, backend)
        tickets = ticket_statuses(session, backend, state=state, ticket_id=ticket_id, limit=limit)
    if as_json:
        print_json({"mirror": mirror, "tickets": tickets})
        return
    sys.stdout.write(f"backend {mirror.backend}: {mirror.waiting} acts wait")
    sys.stdout.write(f", the oldest since {mirror.oldest:%Y-%m-%d %H:%M} UTC\n" if mirror.oldest else "\n")
    if mirror.stopped_at is not None or mirror.failing_since is not None:
        sys.stdout.write(
            f"  nothing gets through since {mirror.stopped_at or mirror.failing_since}: {mirror.reason or '?'}\n"
        )
    for name, count in mirror.states.items():
        sys.stdout.write(f"  {name}: {count}\n")
    if tickets:
        rows = [
            (each.ticket_id, each.state, each.remote_id, each.remote_status, each.waiting, each.synced_at, each.error)
            for each in tickets
        ]
        print_table(("ticket", "state", "there", "status there", "waiting", "synced", "error"), rows)


@app.command()
def retry(
    ticket_ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="None: every one that failed.")
    ] = None,
) -> None:
    """Send again what was refused, what is gone there, and what waits for its next try."""
    with open_database() as (settings, database), database.write() as session:
        tried = retry_tickets(session, _services(settings, database), ticket_ids or [])
    sys.stdout.write(f"{len(tried)} tickets are tried again: {', '.join(map(str, tried)) or 'none'}\n")


@app.command()
def check() -> None:
    """Ask the other side whether it lets us in. Exit code 1 with what has to be mended."""
    with open_database() as (settings, _):
        problems = backend_problems(settings)
    for each in problems:
        sys.stdout.write(f"{each}\n")
    if problems:
        raise typer.Exit(1)
    sys.stdout.write(f"{settings.tickets.backend} works\n")


def backend_problems(settings: Settings) -> list[str]:
    """What keeps the backend of these settings from working; asks it."""

    async def ask() -> list[str]:
        backend = backend_of(settings)
        try:
            return await backend.check(thorough=True)
        except (BackendUnavailable, BackendLockedOut) as error:
            return [f"{error.message}: check COPILOT_TICKETS__ZENDESK__URL and the network"]
        finally:
            await backend.close()

    return asyncio.run(ask())


def _services(settings: Settings, database: Database) -> Services:
    # A retry needs neither search nor dialogue, which take seconds to start.
    absent = cast("Any", None)
    return Services(
        settings, database, Catalog.load(settings.data), help_center=absent, dialogue=absent, streams=absent
    )
