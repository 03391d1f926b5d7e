"""`copilot users`."""

from __future__ import annotations

import enum
import sys
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.identity import accounts
from api.identity.customer_accounts import sign_out_everywhere
from api.identity.sessions import end_staff_sessions

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Customers and staff.")


class RoleName(enum.StrEnum):
    customer = "customer"
    agent = "agent"
    lead = "lead"
    admin = "admin"


@app.command()
def create(
    email: Annotated[str, typer.Option(help="Address to sign in with.")],
    role: Annotated[RoleName, typer.Option(help="What the account may do.")],
    name: Annotated[str, typer.Option(help="Name that customers and colleagues read.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of making one.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make an account. A generated password is shown this once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with open_database() as (_, database), database.write() as session:
        made = accounts.create_user(session, email=email, role=role.value, name=name, password=password)
    if as_json:
        print_json({"email": made.user.email, "role": made.user.role, "password": made.password})
        return
    sys.stdout.write(f"{made.user.email} ({made.user.role}) was made.\n")
    if made.password:
        sys.stdout.write(f"Password, shown only now: {made.password}\n")


@app.command("sign-out")
def sign_out(email: Annotated[str, typer.Option(help="Whose sign-ins end, on every device.")]) -> None:
    """End every sign-in of an account, for one that was lost or stolen. API tokens: `copilot tokens revoke`."""
    with open_database() as (_, database), database.write() as session:
        user, customer = accounts.accounts_of(session, email)
        if user is not None:
            end_staff_sessions(session, user.id)
        if customer is not None:
            sign_out_everywhere(session, customer.id)
    sys.stdout.write(f"{email} was signed out everywhere.\n")


@app.command("list")
def list_users(as_json: JsonFlag = False) -> None:
    """Every account with a password."""
    with open_database() as (_, database), database.read() as session:
        users = accounts.list_users(session)
    if as_json:
        print_json(users)
        return
    rows = [(user.email, user.role, user.name, "yes" if user.active else "no", user.created_at) for user in users]
    print_table(("email", "role", "name", "active", "made"), rows)
