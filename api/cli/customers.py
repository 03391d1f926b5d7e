"""`copilot customers`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json
from api.identity.customer_accounts import Invited, invite_customer
from bot.catalog import Catalog

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Customers of the portal.")


@app.callback()
def _group() -> None:
    """Customers of the portal."""


@app.command()
def invite(
    email: Annotated[str, typer.Option(help="Address that the invitation is mailed to, and that signs in.")],
    name: Annotated[str | None, typer.Option(help="Name that staff and colleagues read.")] = None,
    account: Annotated[str | None, typer.Option(help="Id of the account at the host application.")] = None,
    platform: Annotated[list[str] | None, typer.Option(help="A platform of theirs; give it again for more.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the mail.")] = None,
    account_viewer: Annotated[
        bool | None, typer.Option("--account-viewer/--no-account-viewer", help="Sees every ticket of the account.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Mail a link that sets a password, good for seven days; a known customer is brought up to date."""
    with open_database() as (settings, database), database.write() as session:
        who = Invited(email, name, account, platform or None, language, account_viewer)
        made = invite_customer(session, settings, Catalog.load(settings.data), who)
        customer = made.customer
    if as_json:
        print_json(
            {
                "email": customer.email,
                "account_id": customer.account_id,
                "account_viewer": customer.account_viewer,
                "link": made.link,
                "expires_at": made.expires_at,
            }
        )
        return
    sys.stdout.write(f"{customer.email} was invited. The link is in the mail, and here, shown only now:\n{made.link}\n")
