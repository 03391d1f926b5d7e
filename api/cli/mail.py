"""`copilot mail`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json
from api.notifications.mail import mails_to
from api.notifications.models import OutboxMail

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Look at mail that was kept instead of sent.")


@app.callback()
def _group() -> None:
    """Look at mail that was kept instead of sent."""


@app.command("list")
def list_mail(
    to: Annotated[str | None, typer.Option(help="Only mail to this address.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Mail of the outbox, newest first."""
    with open_database() as (_, database), database.read() as session:
        mails = [_shape(each) for each in mails_to(session, to, limit=limit)]
    if as_json:
        print_json(mails)
        return
    if not mails:
        sys.stdout.write("There is no such mail.\n")
    for mail in mails:
        sys.stdout.write(
            f"To: {mail['to']}\nSubject: {mail['subject']}\nStatus: {mail['status']}\n\n{mail['text']}\n\n"
        )


def _shape(mail: OutboxMail) -> dict[str, object]:
    return {
        "to": mail.recipient,
        "subject": mail.subject,
        "text": mail.text,
        "headers": dict(mail.headers),
        "created_at": mail.created_at,
        "status": mail.status,
        "template": mail.template,
        "language": mail.language,
    }
