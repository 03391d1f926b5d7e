"""`copilot metrics`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.metrics.deciding import bring_up_to_date
from api.metrics.endpoints import parse_range
from api.metrics.outcomes import DeflectionFilter
from api.metrics.outcomes import deflection as compute
from api.metrics.terms import terms_of
from bot.catalog import load_catalog

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
    with open_database() as (settings, database):
        terms = terms_of(settings, load_catalog(settings.data))
        start, end = parse_range(since, until, terms.zone)
        bring_up_to_date(database, terms)
        with database.read() as session:
            figures = compute(session, DeflectionFilter(start, end), terms.zone)
    if as_json:
        print_json(figures.model_dump(mode="json"))
        return
    print_table(("figure", "value"), figures.rows())
