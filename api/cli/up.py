"""`copilot up`."""

from __future__ import annotations

import typer

from api.settings import load_settings
from api.supervisor.up import up as run_up

app = typer.Typer(add_completion=False)


@app.command()
def up() -> None:
    """Prepare what is missing, then run api, dialogue and actions until Ctrl+C."""
    raise typer.Exit(run_up(load_settings()))
