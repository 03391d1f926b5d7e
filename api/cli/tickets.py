"""`copilot tickets`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from api.cli import remote
from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.cli.ticket_files import export_file, import_file
from api.identity.models import Customer
from api.tickets import repository
from api.tickets.models import Ticket, TicketAudit
from api.tickets.shapes import audit_shape, comment_shape, message_shape, ticket_shape

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Tickets.")
app.command("import")(import_file)
app.command("export")(export_file)
app.add_typer(remote.app, name="remote")


@app.command("list")
def list_tickets(
    status: Annotated[str | None, typer.Option(help="Only these, several with commas: new,open")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Tickets, newest first."""
    with open_database() as (settings, database), database.read() as session:
        query = repository.tickets(status=status).order_by(Ticket.id.desc()).limit(limit)
        found = list(session.scalars(query))
        wanted = {each.requester_id for each in found if each.requester_id is not None}
        people = {each.id: each for each in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    if as_json:
        print_json([ticket_shape(each, settings) for each in found])
        return
    rows = []
    for each in found:
        customer = people.get(each.requester_id or 0)
        kind = each.category or each.support_type
        who = customer.mail_address if customer else None
        rows.append((each.id, each.status, each.priority, kind, each.subcategory, who, each.subject, each.created_at))
    print_table(("id", "status", "priority", "category", "subcategory", "requester", "title", "opened"), rows)


@app.command()
def show(
    ticket_id: Annotated[int, typer.Argument(metavar="ID", help="The ticket's number.")],
    as_json: JsonFlag = False,
) -> None:
    """One ticket with its comments, its changes and the conversation behind it."""
    with open_database() as (settings, database), database.read() as session:
        ticket = repository.ticket_by_id(session, ticket_id)
        shown = {
            "ticket": ticket_shape(ticket, settings),
            "comments": [
                comment_shape(each, settings)
                for each in session.scalars(repository.comments(ticket.id, public_only=False))
            ],
            "audits": [
                audit_shape(each) for each in session.scalars(repository.audits(ticket.id).order_by(TicketAudit.id))
            ],
            "transcript": [message_shape(each) for each in repository.transcript(session, ticket.conversation_id)],
        }
    if as_json:
        print_json(shown)
        return
    facts = [("status", ticket.status), ("priority", ticket.priority), ("type", ticket.type), ("team", ticket.team)]
    facts += [(field["id"], field["value"]) for field in shown["ticket"]["fields"] if field["value"] is not None]  # type: ignore[index]
    sys.stdout.write(f"{ticket.id}  {ticket.subject}\n")
    for name, value in facts:
        sys.stdout.write(f"  {name}: {value}\n")
    sys.stdout.write(f"\n{ticket.description}\n")
