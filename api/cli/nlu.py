"""`copilot nlu`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.rasa_env import run_in_rasa_environment
from api.settings import load_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Read texts as the dialogue reads them.")


@app.callback()
def _nlu() -> None:
    """Read texts as the dialogue reads them."""


@app.command()
def parse(
    language: Annotated[str, typer.Option(help="Language of the texts, a catalog id.")] = "es",
    json: Annotated[bool, typer.Option("--json", help="Write JSON lines (the only format so far).")] = True,
) -> None:
    """Read a text a line from standard input, write `{text, intent, confidence, entities}` a line. No server needed."""
    raise typer.Exit(run_in_rasa_environment(load_settings(), "-m", "bot.nlu", "--language", language))
