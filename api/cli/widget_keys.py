"""`copilot widget-keys`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.identity.models import WidgetKey
from api.identity.widget_keys import create_widget_key, switch_off_widget_key

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Keys of the sites that carry the widget.")


@app.command()
def create(
    origin: Annotated[list[str], typer.Option(help="Site that may use it, like https://shop.example; repeatable.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    channel: Annotated[list[str] | None, typer.Option(help="widget, admin or helpcenter; all by default.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key for some sites."""
    with open_database() as (_, database), database.write() as session:
        made = create_widget_key(session, name=name or origin[0], origins=origin, channels=channel or [])
        shown = _shape(made)
    if as_json:
        print_json(shown)
        return
    sys.stdout.write(f'{made.key}\n<support-copilot widget-key="{made.key}"></support-copilot>\n')


@app.command("list")
def list_keys(as_json: JsonFlag = False) -> None:
    """Every key and where it may be used."""
    with open_database() as (_, database), database.read() as session:
        keys = [_shape(each) for each in session.scalars(select(WidgetKey).order_by(WidgetKey.created_at))]
    if as_json:
        print_json(keys)
        return
    rows = [(each["key"], each["name"], each["origins"], each["channels"], each["active"]) for each in keys]
    print_table(("key", "name", "origins", "channels", "active"), rows)


@app.command()
def revoke(key: Annotated[str, typer.Argument(metavar="KEY", help="From `copilot widget-keys list`.")]) -> None:
    """Switch a key off."""
    with open_database() as (_, database), database.write() as session:
        switch_off_widget_key(session, key)
    sys.stdout.write(f"{key} was switched off.\n")


def _shape(key: WidgetKey) -> dict[str, object]:
    return {
        "key": key.key,
        "name": key.name,
        "origins": list(key.origins),
        "channels": list(key.channels),
        "active": key.active,
        "created_at": key.created_at,
    }
