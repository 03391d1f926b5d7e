"""`copilot alerts`: the alerts of emergency tickets."""

from __future__ import annotations

import enum
import sys
from typing import Annotated, Any, cast

import typer

from api.alerts.contacts import alert_secret
from api.alerts.escalation import acknowledge as acknowledge_alert
from api.alerts.escalation import alert_by_id
from api.alerts.shapes import alert_out, list_alerts
from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.database import Database
from api.services import Services
from api.settings import Settings, load_settings
from bot.catalog import Catalog

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Alerts of emergency tickets.")


class StateName(enum.StrEnum):
    open = "open"
    acknowledged = "acknowledged"
    ended = "ended"


@app.command("list")
def list_command(
    state: Annotated[StateName | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Alerts, newest first; as JSON with every attempt to reach somebody."""
    with open_database() as (_, database), database.read() as session:
        found = list_alerts(session, state=state.value if state else None, limit=limit)
        shown = [alert_out(session, each) for each in found]
    if as_json:
        print_json([each.model_dump(mode="json") for each in shown])
        return
    rows = [
        (
            each.id,
            each.ticket_id,
            each.state,
            each.level + 1,
            each.round,
            len(each.attempts),
            each.outage.accounts,
            each.raised_at,
            each.acknowledged_by,
        )
        for each in shown
    ]
    print_table(("id", "ticket", "state", "level", "rounds", "attempts", "accounts", "raised", "acknowledged by"), rows)


@app.command()
def acknowledge(
    alert_id: Annotated[int, typer.Argument(metavar="ID", help="From `copilot alerts list`.")],
    by: Annotated[str, typer.Option(help="Who takes care of it.")],
) -> None:
    """Take care of an alert: it is not repeated any more."""
    with open_database() as (settings, database), database.write() as session:
        alert = alert_by_id(session, alert_id)
        done = acknowledge_alert(session, _services(settings, database), alert, by=by, via="command")
        before = f" already, by {alert.closed_by}" if not done else ""
    sys.stdout.write(f"Alert {alert_id} is acknowledged{before}.\n")


@app.command()
def secret() -> None:
    """What signs the webhooks of alerts, for whoever has to check the signatures."""
    settings = load_settings()
    try:
        sys.stdout.write(f"{alert_secret(settings)}\n")
    except ValueError as error:
        sys.stderr.write(f"COPILOT_ALERTS__SECRET: {error}\n")
        raise typer.Exit(1) from error


def _services(settings: Settings, database: Database) -> Services:
    # An acknowledgement needs neither search nor dialogue, which take seconds to start.
    absent = cast("Any", None)
    catalog = Catalog.load(settings.data)
    return Services(settings, database, catalog, help_center=absent, dialogue=absent, streams=absent)
