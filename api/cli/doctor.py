"""`copilot doctor`: what is weak or missing in this installation, each with its cure."""

from __future__ import annotations

import dataclasses
import json
import platform
from typing import Annotated

import typer

from api.checkup import Finding, weak_points
from api.cli.remote import backend_problems
from api.settings import Settings, SettingsError, load_settings
from api.supervisor.up import RASA_PYTHON
from bot.catalog import Catalog, CatalogError

app = typer.Typer(add_completion=False)


def findings(settings: Settings) -> list[tuple[str, str]]:
    """(what is wrong, how to mend it), in the order of weight. Empty for a good set-up."""
    found: list[tuple[str, str]] = []
    if (platform.system(), platform.machine()) not in (
        ("Linux", "x86_64"),
        ("Linux", "aarch64"),
        ("Darwin", "arm64"),
    ):
        found.append(
            (f"{platform.system()} on {platform.machine()} is not supported", "use Linux, or macOS 14 on arm64")
        )
    if not RASA_PYTHON.exists():
        found.append(("the dialogue's environment (.venv-rasa) is missing", "run `make setup`"))
    try:
        Catalog.load(settings.data)
    except CatalogError as error:
        found.append((f"the catalog is not usable: {error}", "mend the named key"))
    if not (settings.index_dir / "manifest.json").exists():
        found.append(("there is no index", "run `copilot kb build`"))
    if not list((settings.var / "models").glob("*.tar.gz")):
        found.append(("there is no dialogue model", "run `copilot train`"))
    found += [(f"the ticket backend: {each}", "then see docs/backends.md") for each in backend_problems(settings)]
    return found


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """Check this installation. Exit code 1 when something needs mending; a note alone is none."""
    try:
        settings = load_settings()
    except SettingsError as error:
        # Production does not even start with it.
        _say([Finding(str(error), "then run `copilot doctor` again")], "production", as_json)
        raise typer.Exit(1) from error
    found = [*(Finding(problem, cure) for problem, cure in findings(settings)), *weak_points(settings)]
    _say(found, settings.mode, as_json)
    raise typer.Exit(1 if any(each.weight == "weak" for each in found) else 0)


def _say(found: list[Finding], mode: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(each) for each in found], ensure_ascii=False))
        return
    for each in sorted(found, key=lambda one: one.weight == "note"):
        typer.echo(f"{'✗' if each.weight == 'weak' else '·'} {each.problem}\n  -> {each.cure}")
    weak = sum(each.weight == "weak" for each in found)
    typer.echo(f"✗ {weak} to mend ({mode} mode)" if weak else f"✓ nothing to mend ({mode} mode)")
