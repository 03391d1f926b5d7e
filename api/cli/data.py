"""What the commands that work on the database share: opening it, refusing in one line, printing for people or programs."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from api.database import Database
from api.errors import CopilotError
from api.migrations import upgrade
from api.settings import Settings, load_settings

JsonFlag = Annotated[bool, typer.Option("--json", help="Write JSON for a program to read.")]


@contextlib.contextmanager
def open_database() -> Iterator[tuple[Settings, Database]]:
    """The settings and the migrated database. A refusal becomes one line on standard error and exit code 1."""
    settings = load_settings()
    database = Database(settings.database.url)
    try:
        upgrade(database)
        yield settings, database
    except CopilotError as error:
        sys.stderr.write(f"{error.message}\n")
        raise typer.Exit(1) from error
    finally:
        database.close()


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as what stands in them."""
    table = [list(headings), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, dt.datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value)) or "-"
    return str(value)


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
