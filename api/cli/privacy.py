"""`copilot privacy`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.privacy import erasing, retention
from api.privacy.auditing import WHATS, enter, search
from api.privacy.exporting import export, write_private
from bot.catalog import Catalog

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Give out, erase and let go of personal data.")

CustomerOption = Annotated[
    str, typer.Option("--customer", help="E-mail address, number, or id at the host application.")
]


@app.callback()
def _group() -> None:
    """Give out, erase and let go of personal data."""


@app.command("export")
def export_customer(
    customer: CustomerOption,
    out: Annotated[Path, typer.Option(help="The ZIP file to write.")],
    notes: Annotated[bool, typer.Option("--notes", help="With the internal notes of staff.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write all that is kept of a person to a ZIP: JSON, their files, and a README in their language."""
    with open_database() as (settings, database):
        made = export(settings, database, Catalog.load(settings.data), customer, notes=notes)
        with database.write() as session:
            enter(session, "person_exported", None, made.subject)
    try:
        write_private(out, made.archive)
    except FileExistsError as error:
        sys.stderr.write(f"{out} is there already: give another name.\n")
        raise typer.Exit(1) from error
    if as_json:
        print_json({"file": str(out), "rows": made.rows, "files": made.files})
        return
    sys.stdout.write(f"{out}: {sum(made.rows.values())} rows of {len(made.rows)} tables, {made.files} files.\n")


@app.command()
def erase(
    customer: CustomerOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take a person out of every table, file and index. Figures stay; there is no way back."""
    with open_database() as (settings, database):
        catalog = Catalog.load(settings.data)
        report = erasing.erase(settings, database, catalog, customer, dry_run=True)
        if not dry_run:
            if not yes:
                _show(report)
                typer.confirm("Erase all of this for good?", abort=True)
            report = erasing.erase(settings, database, catalog, customer)
    if as_json:
        print_json({**report.as_dict(), "finished": report.finished})
        return
    _show(report)
    sys.stdout.write("Erased.\n" if report.finished else "Nothing was changed.\n")


@app.command()
def resume() -> None:
    """Finish erasures that were interrupted; the api does so each night."""
    with open_database() as (settings, database):
        done = erasing.resume(settings, database)
    sys.stdout.write(f"{done} erasures were finished.\n")


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Let go of what is older than it is kept; the api does so each night."""
    with open_database() as (settings, database):
        gone = retention.sweep(settings, database, Catalog.load(settings.data), dry_run=dry_run)
    if as_json:
        print_json(gone)
        return
    print_table(("kind", "would go" if dry_run else "gone"), list(gone.items()))


@app.command()
def audit(
    text: Annotated[str, typer.Argument(help="Part of an address of staff, or of what it was about.")] = "",
    what: Annotated[str, typer.Option(help=f"One of: {', '.join(WHATS)}.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many entries.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Who of staff saw or changed what, newest first."""
    with open_database() as (_, database), database.read() as session:
        rows = search(session, text=text, what=what, limit=limit)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("at", "what", "by", "of", "data"),
        [
            (each.at, each.what, each.by, each.subject, ", ".join(f"{k}={v}" for k, v in each.data.items()))
            for each in rows
        ],
    )


def _show(report: erasing.Report) -> None:
    rows: list[tuple[str, object]] = [*report.removed.items(), *((f"{each}/", n) for each, n in report.files.items())]
    if not rows:
        sys.stdout.write("Nothing of them is left to remove.\n")
        return
    print_table(("where", "removed"), rows)
    if report.open_tickets:
        numbers = ", ".join(map(str, report.open_tickets))
        sys.stdout.write(f"Still open, and staying in the queues without their text: {numbers}\n")
    if report.remote:
        sys.stdout.write(f"To be erased in the other system as well: {', '.join(report.remote)}\n")
