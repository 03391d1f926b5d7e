"""What the commands of `copilot kb` share: their options, one-line errors, the progress bar, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

import orjson
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.options import Options
from knowledge_base.queries import LabelledQuery

DEFAULT_SOURCE = Path("data/help_center")
DEFAULT_INDEX = Path("var/index")
DEFAULT_STORE = Path("var/sources")
DEFAULT_VECTORS = "faiss"
WRONGLY_ASKED = 422

IndexOption = Annotated[Path, typer.Option("--index", help="Folder of the index.")]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]
LabelsOption = Annotated[Path | None, typer.Option("--labels", help="Labelled questions that refine the confidence.")]
VectorsOption = Annotated[
    str,
    typer.Option(
        "--vectors",
        envvar="COPILOT_KB__VECTORS",
        help="Where vectors are kept: faiss, or the URL of a PostgreSQL (by the variable: it holds a password).",
    ),
]
AllLanguagesOption = Annotated[
    bool, typer.Option("--all-languages", help="Rank the articles of every language together.")
]


def chosen(vectors: str) -> Options:
    """What the environment says of encoder, reranker and precision, with `vectors` as the command was told."""
    try:
        return Options(vectors=vectors)
    except ValidationError as error:
        first = error.errors()[0]
        name = "__".join(("COPILOT_KB", *(str(each).upper() for each in first["loc"])))
        raise refuse(f"{name}: {first['msg']}") from None


class Customers(Protocol):
    """What a copilot that serves customers knows of them, for the commands that can use it."""

    def labels(self, index: Path, given: Path | None) -> Path | None:
        """A labels file for a build of `index`: the one that was `given`, with what customers said of their answers added
        where the index is the one that serves them and enough was said."""

    def asked(self, newest: int) -> list[LabelledQuery]:
        """The newest questions that customers asked, newest first, each as often as it was asked."""


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """A knowledge base's error, or the system's, becomes one line on standard error and an exit code: 2 where the command
    was asked wrongly, 1 where it failed."""
    try:
        yield
    except KnowledgeBaseError as error:
        typer.echo(f"copilot kb: {error}", err=True)
        raise typer.Exit(2 if error.http_status == WRONGLY_ASKED else 1) from None
    except OSError as error:
        typer.echo(f"copilot kb: {error.filename or 'input or output'}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None


def refuse(message: str) -> typer.Exit:
    """Says on standard error that the command was asked wrongly; to be raised."""
    typer.echo(f"copilot kb: {message}", err=True)
    return typer.Exit(2)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error where a person looks at it; nothing where it is piped."""
    names = {"fetch": "Fetching articles", "read": "Reading articles", "split": "Cutting passages",
             "encode": "Encoding passages", "train": "Training on the articles", "weigh": "Weighing words",
             "learn": "Learning", "write": "Writing the index", "ask": "Asking"}  # fmt: skip
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(names["read"], total=None)

        def report(step: str, done: int, total: int) -> None:
            progress.update(task, description=names.get(step, step), completed=done, total=total or None)

        yield report


def write_json(value: Any) -> None:
    """One JSON document, in one line."""
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
    sys.stdout.buffer.flush()


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
