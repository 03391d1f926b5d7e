"""`copilot doctor`: what is weak or missing in this installation, each with its cure."""

from __future__ import annotations

import json
import platform
from typing import Annotated

import typer

from api.cli.remote import backend_problems
from api.settings import Settings, load_settings
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
    for name in ("secret_key", "gateway_secret"):
        if len(getattr(settings, name).get_secret_value()) < 32:
            found.append((f"{name} has fewer than 32 characters", f"set COPILOT_{name.upper()} to 32 or more"))
    found += [(f"the ticket backend: {each}", "then see docs/backends.md") for each in backend_problems(settings)]
    if settings.production:
        found += _production(settings)
    return found


def _production(settings: Settings) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not settings.mail.host:
        found.append(("mail is kept instead of sent", "set COPILOT_MAIL__HOST and its companions"))
    if not settings.public_url.startswith("https://"):
        found.append(("the public address is not https", "set COPILOT_PUBLIC_URL to the https address customers use"))
    if settings.rasa.host not in ("127.0.0.1", "::1", "localhost"):
        found.append(("the dialogue process is reachable from outside", "set COPILOT_RASA__HOST to 127.0.0.1"))
    return found


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False) -> None:
    """Check this installation. Exit code 1 when something needs mending."""
    settings = load_settings()
    found = findings(settings)
    if as_json:
        typer.echo(json.dumps([{"problem": problem, "cure": cure} for problem, cure in found], ensure_ascii=False))
    else:
        for problem, cure in found:
            typer.echo(f"✗ {problem}\n  -> {cure}")
        if not found:
            typer.echo(f"✓ nothing to mend ({settings.mode} mode)")
    raise typer.Exit(1 if found else 0)
