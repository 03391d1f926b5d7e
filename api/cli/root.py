"""The `copilot` command: one sub-command a noun. A sub-command's module is imported only when it is called, because
some bring torch with them (3 s)."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
import typer._click as click
import typer.core
import typer.main

from api.settings import SettingsError

# name -> (module with a typer application `app`, help line)
GROUPS: dict[str, tuple[str, str]] = {
    "up": ("api.cli.up", "Prepare and run everything on this machine."),
    "train": ("api.cli.train", "Train the dialogue model from the catalog and data/training."),
    "chat": ("api.cli.chat", "Talk to the copilot in this terminal."),
    "kb": ("api.cli.kb", "Build, search, evaluate and replay the help center's index."),
    "nlu": ("api.cli.nlu", "Read texts as the dialogue reads them."),
    "mail": ("api.cli.mail", "Look at mail that was kept instead of sent."),
    "users": ("api.cli.users", "Customers and staff."),
    "customers": ("api.cli.customers", "Invite customers to the portal."),
    "tokens": ("api.cli.tokens", "API tokens."),
    "widget-keys": ("api.cli.widget_keys", "Keys of the sites that carry the widget."),
    "tickets": ("api.cli.tickets", "Tickets."),
    "notices": ("api.cli.notices", "Service notices: publish, update, resolve."),
    "alerts": ("api.cli.alerts", "Alerts of emergency tickets: who was told, who acknowledged."),
    "webhooks": ("api.cli.webhooks", "Tell other systems what happens here."),
    "privacy": ("api.cli.privacy", "Give out, erase and let go of personal data."),
    "metrics": ("api.cli.metrics", "Deflection figures."),
    "doctor": ("api.cli.doctor", "Check this installation and say what to mend."),
}


_WANTED = "copilot.wanted"


class LazyGroup(typer.core.TyperGroup):
    """Finds sub-commands in `GROUPS` and imports them when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GROUPS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        ctx.meta[_WANTED] = args[0] if args else None
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GROUPS:
            return None
        module, help_line = GROUPS[cmd_name]
        if ctx.meta.get(_WANTED) != cmd_name:
            # Only listed: that needs none of its module.
            return typer.core.TyperCommand(cmd_name, help=help_line, short_help=help_line)
        application: typer.Typer = importlib.import_module(module).app
        command: Any = typer.main.get_command(application)
        command.name = cmd_name
        return command  # type: ignore[no-any-return]  # typer's commands are click's


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The support copilot: answers from the help center, or opens the ticket.",
)


@app.callback()
def _root() -> None:
    """The support copilot: answers from the help center, or opens the ticket."""


def main() -> None:
    """Entry point. A setting that is wrong is one line and exit code 1, never a stack trace."""
    try:
        app(prog_name="copilot")
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
