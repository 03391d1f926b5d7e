"""Webhooks: who may make them, what they are told, signed, in order, again until it is taken, and to whom never."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api.database import utc_now
from api.errors import Invalid
from api.identity.principal import Role
from api.settings import WebhookSettings
from api.webhooks.events import EVENTS, tell
from api.webhooks.managing import create
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.sending import Sender, sender_of
from api.webhooks.signing import is_signed
from api.webhooks.worker import PAUSES, WebhookWorker
from knowledge_base.sources.addresses import AddressRule
from tests.support.databases import each_database
from tests.support.listener import Listener
from tests.support.rest import Rest, ok

ROOT = Path(__file__).resolve().parent.parent.parent
TICKET = {
    "subject": "Los reportes no cargan",
    "comment": {"body": "Quedan en blanco."},
    "custom_fields": [{"id": "category", "value": "question"}, {"id": "subcategory", "value": "reports"}],
}


def made(rest: Rest, url: str, *events: str) -> tuple[int, str]:
    """A webhook; its number and secret."""
    with rest.database.write() as session:
        new = create(session, rest.settings, name="test", url=url, events=events or ["*"])
    return new.webhook.id, new.secret


def happen(rest: Rest, *numbers: int) -> None:
    with rest.database.write() as session:
        for number in numbers:
            tell(session, "notice.updated", {"number": number})


def later(seconds: float) -> Any:
    return lambda: utc_now() + dt.timedelta(seconds=seconds)


async def deliver(rest: Rest, seconds: float = 0) -> int:
    return await WebhookWorker(rest.services, clock=later(seconds)).deliver_all()


def stored(rest: Rest) -> list[WebhookDelivery]:
    with rest.database.read() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def the_webhook(rest: Rest) -> Webhook:
    with rest.database.read() as session:
        return session.scalars(select(Webhook)).one()


@each_database
async def test_what_happens_on_a_ticket_is_told_signed_and_in_order(rest: Rest, listener: Listener) -> None:
    _, secret = made(rest, listener.url)
    agent = rest.token_of("agent")
    number = ok(rest.http.post("/api/v2/tickets", json={"ticket": TICKET}, headers=agent), 201)["ticket"]["id"]
    change = {"comment": {"body": "Ya está.", "public": True}, "status": "open", "priority": "high"}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": change}, headers=agent))
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"status": "solved"}}, headers=agent))
    await deliver(rest)
    assert listener.types == [
        "ticket.opened", "ticket.changed", "ticket.commented", "ticket.changed", "ticket.solved",
    ]  # fmt: skip
    assert all(is_signed(secret, got.headers, got.body, now=time.time()) for got in listener.got)
    assert len({got.headers["webhook-id"] for got in listener.got}) == 5
    opened, changed, commented, _, _ = (got.json["data"] for got in listener.got)
    assert (opened["ticket"]["id"], opened["by"], opened["comment"]["body"]) == (number, "agent", "Quedan en blanco.")
    assert changed["changes"]["status"] == {"from": "new", "to": "open"}
    assert (commented["comment"]["body"], commented["comment"]["public"]) == ("Ya está.", True)
    assert {each.status for each in stored(rest)} == {"delivered"}


async def test_a_webhook_is_told_of_its_events_only(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url, "ticket.solved", "notice.updated")
    happen(rest, 1)
    with rest.database.write() as session:
        assert tell(session, "ticket.opened", {}) == 0
    assert await deliver(rest) == 1
    assert listener.types == ["notice.updated"]


async def test_what_is_undone_is_not_told(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    with rest.database.read() as session:
        tell(session, "notice.updated", {})
        session.rollback()
    assert await deliver(rest) == 0


@each_database
async def test_refused_twice_it_comes_a_third_time_under_the_same_id(rest: Rest, listener: Listener) -> None:
    webhook_id, secret = made(rest, listener.url)
    happen(rest, 1)
    listener.answers = [500, 429]
    at = 0.0
    for pause in (*PAUSES[:2], 0):
        assert await deliver(rest, at) == 1
        assert await deliver(rest, at) == 0, "not before its time"
        at += pause * 1.1 + 1
    assert len({got.headers["webhook-id"] for got in listener.got}) == 1
    assert len({got.body for got in listener.got}) == 1
    assert all(is_signed(secret, got.headers, got.body, now=time.time()) for got in listener.got)
    log = ok(rest.http.get(f"/api/v2/webhooks/{webhook_id}/invocations", headers=rest.token_of("lead")))
    [told] = log["invocations"]
    assert (told["status"], told["attempts"]) == ("delivered", 3)
    assert [each["status"] for each in told["tries"]] == [500, 429, 200]
    assert the_webhook(rest).failing_since is None


async def test_one_that_fails_does_not_hold_up_those_behind_it(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    happen(rest, 1, 2, 3)
    listener.answers = [200, 500]
    assert await deliver(rest) == 3
    assert await deliver(rest, PAUSES[0] * 1.1 + 1) == 1
    assert [got.json["data"]["number"] for got in listener.got] == [1, 2, 3, 2]


async def test_a_redirect_is_a_failure_and_not_followed(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    happen(rest, 1)
    listener.answers = [302]
    await deliver(rest)
    assert [got.path for got in listener.got] == ["/hook"]
    assert stored(rest)[0].tries[0]["error"].startswith("302: redirects")


async def test_who_does_not_answer_in_time_has_not_accepted(rest: Rest, listener: Listener) -> None:
    listener.answers = [20.0]
    sent = await asyncio.to_thread(sender_of(rest.settings).post, listener.url, b"{}", {}, seconds=0.3)
    assert (sent.status, sent.error) == (None, "no answer within 0.3 s")


async def test_who_is_not_there_has_not_accepted(rest: Rest) -> None:
    sent = await asyncio.to_thread(sender_of(rest.settings).post, "http://127.0.0.1:9/hook", b"{}", {})
    assert sent.status is None
    assert sent.error is not None
    assert sent.error.startswith("ConnectError")


@each_database
async def test_after_two_days_of_failures_it_is_switched_off_and_admins_are_mailed(
    rest: Rest, listener: Listener
) -> None:
    rest.token_of("admin", "admin@lumbra.example")
    webhook_id, _ = made(rest, listener.url)
    happen(rest, 1)
    listener.answers = [500] * (len(PAUSES) + 1)
    at = 0.0
    for pause in (*PAUSES, 0):
        assert await deliver(rest, at) == 1
        at += pause * 1.1 + 1
    assert at > 48 * 3600
    [failed] = stored(rest)
    assert (failed.status, failed.attempts) == ("failed", len(PAUSES) + 1)
    webhook = the_webhook(rest)
    assert (webhook.active, webhook.disabled_reason) == (False, "failing")
    [mail] = rest.mails("admin@lumbra.example")
    assert f"copilot webhooks enable {webhook_id}" in mail.text
    assert len(rest.events("webhook_disabled")) == 1
    happen(rest, 2)
    assert len(stored(rest)) == 1, "a webhook that is off is told nothing new"


async def test_gone_is_believed_at_once_and_what_waits_is_sent_when_it_is_on_again(
    rest: Rest, listener: Listener
) -> None:
    webhook_id, _ = made(rest, listener.url)
    happen(rest, 1, 2)
    listener.answers = [410]
    assert await deliver(rest) == 1
    assert the_webhook(rest).disabled_reason == "gone"
    admin = rest.token_of("admin")
    on = {"webhook": {"status": "active"}}
    assert (
        ok(rest.http.patch(f"/api/v2/webhooks/{webhook_id}", json=on, headers=admin))["webhook"]["status"] == "active"
    )
    assert await deliver(rest) == 1
    assert [got.json["data"]["number"] for got in listener.got] == [1, 2]


@each_database
async def test_several_processes_deliver_each_once_and_in_order(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    happen(rest, *range(8))
    workers = [WebhookWorker(rest.services) for _ in range(3)]
    assert sum(await asyncio.gather(*(each.deliver_all() for each in workers))) == 8
    assert [got.json["data"]["number"] for got in listener.got] == list(range(8))


async def test_a_claim_of_a_process_that_died_runs_out(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    happen(rest, 1)
    with rest.database.write() as session:
        session.execute(update(Webhook).values(busy_until=utc_now() + dt.timedelta(minutes=2)))
    assert await deliver(rest) == 0
    assert await deliver(rest, 121) == 1


async def test_the_running_worker_delivers_tidies_and_stops(rest: Rest, listener: Listener) -> None:
    made(rest, listener.url)
    happen(rest, 1)
    stop = asyncio.Event()
    running = asyncio.create_task(WebhookWorker(rest.services).run(stop))
    assert await asyncio.to_thread(listener.wait_for, 1)
    stop.set()
    await running
    ticking = iter([0, *[40 * 86_400] * 1000])
    worker = WebhookWorker(rest.services, clock=lambda: utc_now() + dt.timedelta(seconds=next(ticking)))
    stop.clear()
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(30):
        while stored(rest):  # noqa: ASYNC110 - the worker tells nobody that it has tidied up
            await asyncio.sleep(0.02)
    stop.set()
    await running


async def test_after_a_rotation_both_secrets_sign_for_a_day(rest: Rest, listener: Listener) -> None:
    webhook_id, old = made(rest, listener.url)
    answer = rest.http.post(f"/api/v2/webhooks/{webhook_id}/signing_secret", headers=rest.token_of("admin"))
    new = ok(answer, 201)["signing_secret"]["secret"]
    assert new != old
    happen(rest, 1)
    await deliver(rest)
    assert all(is_signed(each, listener.got[0].headers, listener.got[0].body, now=time.time()) for each in (old, new))
    happen(rest, 2)
    await deliver(rest, 25 * 3600)
    valid = [is_signed(each, listener.got[1].headers, listener.got[1].body, now=time.time()) for each in (old, new)]
    assert valid == [False, True]


async def test_admins_make_them_leads_read_them_and_the_secret_is_shown_once(rest: Rest, listener: Listener) -> None:
    body = {
        "webhook": {
            "name": "Status",
            "endpoint": listener.url,
            "subscriptions": ["ticket.opened"],
            "http_method": "POST",
        }
    }
    roles: dict[Role | None, tuple[int, int]] = {
        None: (401, 401), "customer": (403, 403), "agent": (403, 403), "lead": (200, 403), "admin": (200, 201),
    }  # fmt: skip
    for role, (reads, writes) in roles.items():
        headers = rest.token_of(role) if role else {}
        assert rest.http.get("/api/v2/webhooks", headers=headers).status_code == reads
        answer = rest.http.post("/api/v2/webhooks", json=body, headers=headers)
        assert answer.status_code == writes
    shown = answer.json()["webhook"]
    assert shown["signing_secret"]["secret"].startswith("whsec_")
    admin = rest.token_of("admin")
    path = f"/api/v2/webhooks/{shown['id']}"
    again = ok(rest.http.get(path, headers=admin))["webhook"]
    assert again == {**shown, "signing_secret": None}
    with rest.database.read() as session:
        assert shown["signing_secret"]["secret"] not in str(vars(session.scalars(select(Webhook)).one()))
    tried = ok(rest.http.post(f"{path}/test", headers=admin), 201)["invocation"]
    assert (tried["event_type"], tried["status"]) == ("webhook.test", "pending")
    await deliver(rest)
    assert listener.types == ["webhook.test"]
    assert rest.http.delete(path, headers=admin).status_code == 204
    assert rest.http.get(path, headers=admin).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"endpoint": "ftp://example.com/x"}, "endpoint"),
        ({"endpoint": "http://user:pass@example.com/"}, "endpoint"),
        ({"endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "http://[::ffff:169.254.169.254]/"}, "endpoint"),
        ({"endpoint": "nonsense"}, "endpoint"),
        ({"endpoint": "https://[::1"}, "endpoint"),
        ({"endpoint": "https://example.com/a b"}, "endpoint"),
        ({"subscriptions": ["ticket.eaten"]}, "subscriptions"),
        ({"subscriptions": []}, "subscriptions"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_is_wrong_with_a_webhook_is_named(rest: Rest, given: dict[str, Any], field: str) -> None:
    body = {"webhook": {"name": "a", "endpoint": "https://example.com/hook", **given}}
    refused = ok(rest.http.post("/api/v2/webhooks", json=body, headers=rest.token_of("admin")), 422)
    assert list(refused["details"]) == [field]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://10.0.0.8/", "https://[::1]/", "https://[fd00::1]/",
        "https://192.168.1.1:8443/x", "https://0.0.0.0/", "http://example.com/", "https://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
async def test_production_makes_no_webhook_to_a_private_address(rest: Rest, url: str) -> None:
    rest.settings.mode = "production"
    with pytest.raises(Invalid), rest.database.write() as session:
        create(session, rest.settings, name="a", url=url, events=["*"])


async def test_a_name_that_resolves_to_a_private_address_is_not_dialled(rest: Rest, listener: Listener) -> None:
    """Also where one address of several is public: a name may be pointed elsewhere after it was checked."""
    sender = Sender(AddressRule(), plain_http=True, resolver=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    url = listener.url.replace("127.0.0.1", "hooks.example.com")
    sent = await asyncio.to_thread(sender.post, url, b"{}", {})
    assert sent.error is not None
    assert sent.error.startswith("refused: hooks.example.com is 127.0.0.1")
    assert listener.got == []


async def test_production_reaches_the_private_networks_that_are_listed(rest: Rest, listener: Listener) -> None:
    rest.settings.mode = "production"
    rest.settings.webhooks = WebhookSettings(allow_private=["127.0.0.0/8"])
    made(rest, listener.url)
    happen(rest, 1)
    assert await deliver(rest) == 1
    assert stored(rest)[0].status == "delivered"


def test_the_documentation_lists_the_events_and_its_check_of_a_signature_works() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"(?m)^\| `([a-z]+\.[a-z]+)` \|", page)) == sorted(EVENTS)
    from api.webhooks.signing import signature_headers

    secret = "whsec_" + "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5"
    shown: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], shown)  # noqa: S102
    headers = signature_headers([secret], "msg_1", 1_700_000_000, b"{}")
    assert shown["is_ours"](secret, headers, b"{}")
    assert not shown["is_ours"](secret, headers, b"{ }")
