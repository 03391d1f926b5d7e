"""`copilot nlu`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.rasa_env import run_in_rasa_environment
from api.settings import load_settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Read texts as the dialogue reads them, and measure it."
)


@app.callback()
def _nlu() -> None:
    """Read texts as the dialogue reads them, and measure it."""


@app.command()
def parse(
    language: Annotated[str, typer.Option(help="Language of the texts, a catalog id.")] = "es",
    json: Annotated[bool, typer.Option("--json", help="Write JSON lines (the only format so far).")] = True,
) -> None:
    """Read a text a line from standard input, write `{text, intent, confidence, entities}` a line. No server needed."""
    raise typer.Exit(run_in_rasa_environment(load_settings(), "-W", "ignore", "-m", "bot.nlu", "--language", language))


@app.command()
def evaluate(
    set_: Annotated[
        str, typer.Option("--set", help="What to read: gate, report, or a file of labelled texts.")
    ] = "gate",
    queries: Annotated[
        Path | None,
        typer.Option(help="Questions besides, {query, locale} a line; each taken for a command is counted."),
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Write the confusion matrix there, as SVG.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
) -> None:
    """Measure how well intents are recognised, a language each. No server needed; takes ten seconds or so."""
    arguments = ["--set", set_ if set_ in ("gate", "report") else str(Path(set_).absolute())]
    if queries is not None:
        arguments += ["--queries", str(queries.absolute())]
    if picture is not None:
        arguments += ["--picture", str(picture.absolute())]
    if json:
        arguments.append("--json")
    raise typer.Exit(run_in_rasa_environment(load_settings(), "-W", "ignore", "-m", "bot.nlu_evaluate", *arguments))
