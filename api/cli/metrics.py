"""`copilot metrics`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.database import utc_now
from api.metrics.endpoints import DEFAULT_RANGE, parse_moment
from api.metrics.outcomes import DeflectionFilter
from api.metrics.outcomes import deflection as compute

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Deflection figures.")


@app.callback()
def _group() -> None:
    """Deflection figures."""


@app.command()
def deflection(
    since: Annotated[
        str | None, typer.Option("--from", help="First day, like 2026-01-31; 30 days ago by default.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """How the conversations of a range ended."""
    with open_database() as (_, database), database.read() as session:
        end = parse_moment(until, "--to", end_of_day=True) if until else utc_now()
        start = parse_moment(since, "--from") if since else end - DEFAULT_RANGE
        figures = compute(session, DeflectionFilter(start, end))
    if as_json:
        print_json(figures.model_dump(mode="json"))
        return
    print_table(("figure", "value"), figures.rows())
