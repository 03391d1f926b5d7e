"""`copilot webhooks`: who is told of events here, and how that went."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.webhooks import managing
from api.webhooks.events import EVENTS
from api.webhooks.models import WebhookDelivery
from api.webhooks.sending import SECONDS, sender_of
from api.webhooks.shapes import invocation_out, webhook_out
from api.webhooks.signing import signature_headers

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Webhooks: tell other systems what happens here.")

WebhookId = Annotated[int, typer.Argument(metavar="ID", help="From `copilot webhooks list`.")]


@app.command()
def create(
    url: Annotated[str, typer.Option(help="Where the events are posted to; https in production.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "webhook",
    event: Annotated[
        list[str] | None, typer.Option(help=f"May be repeated; all of them where none is given: {', '.join(EVENTS)}.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a webhook. Its signing secret is shown this once."""
    with open_database() as (settings, database), database.write() as session:
        made = managing.create(session, settings, name=name, url=url, events=event or ["*"])
        shown = webhook_out(made.webhook, made.secret)
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    sys.stdout.write(f"Webhook {shown.id} of {shown.endpoint}. Its secret, shown only now:\n{made.secret}\n")


@app.command("list")
def list_webhooks(as_json: JsonFlag = False) -> None:
    """Every webhook, without its secret."""
    with open_database() as (_, database), database.read() as session:
        shown = [webhook_out(each) for each in managing.list_webhooks(session)]
    if as_json:
        print_json([each.model_dump(mode="json", exclude={"signing_secret"}) for each in shown])
        return
    rows = [
        (each.id, each.status, each.inactive_because, each.failing_since, each.name, each.subscriptions, each.endpoint)
        for each in shown
    ]
    print_table(("id", "status", "because", "failing since", "name", "events", "endpoint"), rows)


@app.command()
def rotate(webhook_id: WebhookId, as_json: JsonFlag = False) -> None:
    """Make a new secret, shown this once; the old one signs as well for a day."""
    with open_database() as (settings, database), database.write() as session:
        made = managing.rotate(session, settings, webhook_id)
    if as_json:
        print_json({"secret": made.secret})
        return
    sys.stdout.write(f"The new secret of webhook {webhook_id}, shown only now:\n{made.secret}\n")


@app.command()
def enable(webhook_id: WebhookId) -> None:
    """Switch a webhook on again; what waited is delivered at once."""
    _switch(webhook_id, active=True)


@app.command()
def disable(webhook_id: WebhookId) -> None:
    """Switch a webhook off; what waits is kept."""
    _switch(webhook_id, active=False)


@app.command()
def delete(webhook_id: WebhookId) -> None:
    """Delete a webhook, with the log of its deliveries."""
    with open_database() as (_, database), database.write() as session:
        managing.remove(session, webhook_id)
    sys.stdout.write(f"Webhook {webhook_id} was deleted.\n")


@app.command()
def deliveries(
    webhook_id: WebhookId,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """The log of deliveries: what was told when, and what the receiver said."""
    with open_database() as (_, database), database.read() as session:
        managing.webhook_by_id(session, webhook_id)
        found = [invocation_out(each) for each in managing.deliveries_of(session, webhook_id, limit=limit)]
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    rows = [
        (
            each.id,
            each.event_type,
            each.status,
            each.attempts,
            each.tries[-1].error if each.tries else None,
            each.created_at,
            each.next_attempt_at,
        )
        for each in found
    ]
    print_table(("id", "event", "status", "tries", "last error", "made", "next try"), rows)


@app.command()
def test(webhook_id: WebhookId) -> None:
    """Send an event `webhook.test` now, and say what the receiver answers. Exit code 1 where it is not accepted."""
    with open_database() as (settings, database):
        with database.write() as session:
            delivery = managing.try_out(session, webhook_id)
            # The api would send it as well.
            delivery.status = "failed"
        with database.read() as session:
            webhook = managing.webhook_by_id(session, webhook_id)
            secrets = managing.secrets_of(settings, webhook, delivery.created_at)
        body = delivery.body.encode()
        headers = signature_headers(secrets, delivery.message_id, int(delivery.created_at.timestamp()), body)
        sent = sender_of(settings).post(webhook.url, body, headers, seconds=SECONDS)
        with database.write() as session:
            stored = session.get_one(WebhookDelivery, delivery.id)
            stored.status, stored.finished_at = "delivered" if sent.accepted else "failed", stored.created_at
            stored.attempts = 1
            stored.tries = [
                {
                    "at": stored.created_at.isoformat(),
                    "status": sent.status,
                    "error": sent.error,
                    "milliseconds": sent.milliseconds,
                }
            ]
    told = f"accepted with {sent.status}" if sent.accepted else f"not accepted: {sent.error}"
    sys.stdout.write(f"{webhook.url}: {told}, after {sent.milliseconds} ms.\n")
    if not sent.accepted:
        raise typer.Exit(1)


def _switch(webhook_id: int, *, active: bool) -> None:
    with open_database() as (settings, database), database.write() as session:
        managing.change(session, settings, webhook_id, active=active)
    sys.stdout.write(f"Webhook {webhook_id} is {'on' if active else 'off'}.\n")
