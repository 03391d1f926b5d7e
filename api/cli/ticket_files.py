"""`copilot tickets import|export`."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.cli.data import JsonFlag, open_database, print_json
from api.tickets.exchange.exporting import export_tickets
from api.tickets.exchange.files import format_of
from api.tickets.exchange.importing import ImportReport, import_tickets
from bot.catalog import Catalog

# More lines than these say nothing new; --json has them all.
_SHOWN = 50


class FormatName(enum.StrEnum):
    csv = "csv"
    jsonl = "jsonl"


FormatOption = Annotated[FormatName | None, typer.Option("--format", help="Where the file's ending does not say it.")]


def import_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV or JSONL.")],
    kind: FormatOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen, and what is wrong.")] = False,
    keep_numbers: Annotated[
        bool, typer.Option("--keep-numbers", help="Tickets keep the numbers of the file, where they are free.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Open the tickets of a file: all of them, or none where a line is wrong. Nobody is mailed."""
    with open_database() as (settings, database):
        catalog = Catalog.load(settings.data)
        with _progress({"check": "Checking lines", "write": "Opening tickets"}) as progress:
            report = import_tickets(
                database,
                catalog,
                path,
                format_of(path, kind),
                dry_run=dry_run,
                keep_numbers=keep_numbers,
                progress=progress,
            )
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _say(report)
    if report.problems:
        raise typer.Exit(1)


def export_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="CSV or JSONL; written anew.")],
    kind: FormatOption = None,
    status: Annotated[str | None, typer.Option(help="Only these, several with commas: new,open")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write every ticket with its comments to a file, in the form that `import` reads."""
    with open_database() as (settings, database), database.read() as session:
        catalog = Catalog.load(settings.data)
        with _progress({"write": "Writing tickets"}) as progress:
            count = export_tickets(
                session,
                catalog,
                path,
                format_of(path, kind),
                status=status,
                progress=lambda done, total: progress("write", done, total),
            )
    if as_json:
        print_json({"tickets": count, "file": str(path)})
    else:
        sys.stdout.write(f"{count} tickets are in {path}\n")


def _say(report: ImportReport) -> None:
    if report.problems:
        for problem in report.problems[:_SHOWN]:
            sys.stderr.write(f"{problem}\n")
        if len(report.problems) > _SHOWN:
            sys.stderr.write(f"... and {len(report.problems) - _SHOWN} more (--json shows all)\n")
        wrong = len({each.line for each in report.problems})
        sys.stderr.write(f"{wrong} of {report.lines} lines are wrong: nothing was imported\n")
        return
    known = f", {report.known} are here already" if report.known else ""
    if report.dry_run:
        sys.stdout.write(f"{report.opened} tickets would be opened{known}; nothing was written\n")
    elif report.opened:
        numbers = f"numbers {report.first_number} to {report.last_number}"
        sys.stdout.write(f"{report.opened} tickets were opened, {numbers}{known}\n")
    else:
        sys.stdout.write(f"No ticket was opened{known}\n")


@contextlib.contextmanager
def _progress(names: dict[str, str]) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error where a person looks at it; nothing where it is piped."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(next(iter(names.values())), total=None)

        def report(step: str, done: int, total: int) -> None:
            progress.update(task, description=names[step], completed=done, total=total or None)

        yield report
