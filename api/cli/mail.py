"""`copilot mail`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from api.cli.data import JsonFlag, open_database, print_json
from api.mail_in.models import InboundMail
from api.notifications.mail import mails_to
from api.notifications.models import OutboxMail
from api.tickets.mail_text import Written, written
from bot.catalog import Catalog

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Look at mail that was written, and at mail that came in."
)


@app.callback()
def _group() -> None:
    """Look at mail that was written, and at mail that came in."""


@app.command("list")
def list_mail(
    to: Annotated[str | None, typer.Option(help="Only mail to this address.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Mail of the outbox, newest first."""
    with open_database() as (settings, database), database.read() as session:
        catalog = Catalog.load(settings.data)
        mails = [_shape(each, written(session, settings, catalog, each)) for each in mails_to(session, to, limit=limit)]
    if as_json:
        print_json(mails)
        return
    if not mails:
        sys.stdout.write("There is no such mail.\n")
    for mail in mails:
        sys.stdout.write(
            f"To: {mail['to']}\nSubject: {mail['subject']}\nStatus: {mail['status']}\n\n{mail['text']}\n\n"
        )


@app.command("received")
def received_mail(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Mail that came in, newest first: from whom, and what became of it and why."""
    with open_database() as (_, database), database.read() as session:
        rows = session.scalars(select(InboundMail).order_by(InboundMail.id.desc()).limit(limit)).all()
        mails = [_received_shape(each) for each in rows]
    if as_json:
        print_json(mails)
        return
    if not mails:
        sys.stdout.write("No mail came in.\n")
    for mail in mails:
        what = " ".join(str(each) for each in (mail["outcome"], mail["reason"]) if each)
        ticket = f" (ticket {mail['ticket_id']})" if mail["ticket_id"] else ""
        sys.stdout.write(f"{mail['created_at']}  {mail['sender']}  {what}{ticket}\n")


def _received_shape(mail: InboundMail) -> dict[str, object]:
    return {
        "id": mail.id,
        "sender": mail.sender,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "outcome": mail.outcome,
        "reason": mail.reason,
        "ticket_id": mail.ticket_id,
        "message_id": mail.message_id,
        "created_at": mail.created_at,
    }


def _shape(mail: OutboxMail, said: Written) -> dict[str, object]:
    return {
        "to": mail.recipient,
        "subject": mail.subject,
        "text": said.text,
        "headers": dict(said.headers),
        "created_at": mail.created_at,
        "status": mail.status,
        "template": mail.template,
        "language": mail.language,
    }
