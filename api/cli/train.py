"""`copilot train`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.rasa_env import run_in_rasa_environment
from api.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train also when nothing has changed.")] = False) -> None:
    """Train the dialogue model; does nothing when catalog, wording and training data are the model's own."""
    arguments = ["--force"] if force else []
    raise typer.Exit(run_in_rasa_environment(load_settings(), "-m", "bot.train", *arguments))
