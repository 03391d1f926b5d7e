"""`copilot tokens`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.identity import accounts

app = typer.Typer(add_completion=False, no_args_is_help=True, help="API tokens.")


@app.command()
def create(
    email: Annotated[str, typer.Option(help="Whose token it is: it acts with that account's role.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write or admin; by default all that the account may.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a token, to send as `Authorization: Bearer TOKEN` or as Basic `EMAIL/token:TOKEN`. It is shown this once."""
    with open_database() as (_, database), database.write() as session:
        made = accounts.create_api_token(session, email=email, name=name, scopes=scope)
    if as_json:
        print_json(made)
        return
    sys.stdout.write(f"Token {made.id} of {made.email} ({made.role}), shown only now:\n{made.token}\n")


@app.command("list")
def list_tokens(as_json: JsonFlag = False) -> None:
    """Every token, revoked ones too, with its last use."""
    with open_database() as (_, database), database.read() as session:
        tokens = accounts.list_api_tokens(session)
    if as_json:
        print_json(tokens)
        return
    rows = [
        (each.id, each.email, each.role, each.name, each.scopes, each.created_at, each.last_used_at, each.revoked_at)
        for each in tokens
    ]
    print_table(("id", "email", "role", "name", "scopes", "made", "last used", "revoked"), rows)


@app.command()
def revoke(token_id: Annotated[int, typer.Argument(metavar="ID", help="From `copilot tokens list`.")]) -> None:
    """Switch a token off for good."""
    with open_database() as (_, database), database.write() as session:
        accounts.revoke_api_token(session, token_id)
    sys.stdout.write(f"Token {token_id} was revoked.\n")
