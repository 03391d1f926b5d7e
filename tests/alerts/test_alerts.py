"""An emergency ticket alerts at once, again, and the next contact, until somebody acknowledges."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.alerts.contacts import alert_secret
from api.alerts.models import Alert, AlertAttempt
from api.alerts.worker import PAUSES, AlertWorker
from api.database import utc_now
from api.notifications.models import OutboxMail
from api.settings import AlertLevel, AlertSettings, SettingsError
from api.tickets.models import Ticket
from api.webhooks.signing import is_signed
from tests.support.databases import each_database
from tests.support.listener import Listener
from tests.support.rest import Rest, ok

QUESTION = [{"id": "category", "value": "question"}, {"id": "subcategory", "value": "reports"}]
ONCALL, BOSS = "oncall@lumbra.example", "boss@lumbra.example"


def outage(rest: Rest, email: str = "ana@example.com", **extra: Any) -> int:
    """A confirmed outage, as the dialogue opens it; the ticket's number."""
    body = {
        "subject": "Nada carga",
        "comment": {"body": "La tienda no abre para nadie."},
        "custom_fields": [{"id": "category", "value": "outage"}],
        **extra,
    }
    talk = rest.conversation(email)
    made = ok(rest.http.post("/api/v2/requests", json={"request": body}, headers=talk.turn()), 201)
    return int(made["request"]["id"])


def levels(rest: Rest, *given: AlertLevel, **more: Any) -> None:
    rest.settings.alerts = AlertSettings(levels=list(given), **more)


def alerts(rest: Rest, **query: Any) -> list[dict[str, Any]]:
    found = ok(rest.http.get("/api/v2/alerts", params=query, headers=rest.token_of("agent")))["alerts"]
    return list(found)


def later(seconds: float) -> Any:
    """A clock that is ahead."""
    return lambda: utc_now() + dt.timedelta(seconds=seconds)


async def test_leads_and_admins_are_mailed_where_nothing_is_set(rest: Rest) -> None:
    for role in ("agent", "lead", "admin"):
        rest.token_of(role, f"{role}@lumbra.example")
    number = outage(rest)
    assert rest.mails("agent@lumbra.example") == []
    for role in ("lead", "admin"):
        [mail] = rest.mails(f"{role}@lumbra.example")
        assert str(number) in mail.subject
        assert "/alerts/acknowledge/" in mail.text
    [alert] = alerts(rest)
    assert [(each["contact"], each["channel"], each["result"]) for each in alert["attempts"]] == [
        ("admin@lumbra.example", "mail", "pending"),
        ("lead@lumbra.example", "mail", "pending"),
    ]


async def test_the_on_call_list_is_mailed_where_it_is_set(rest: Rest) -> None:
    rest.token_of("lead", "lead@lumbra.example")
    rest.settings.alerts = AlertSettings(mail_to=[ONCALL])
    outage(rest)
    assert len(rest.mails(ONCALL)) == 1
    assert rest.mails("lead@lumbra.example") == []


async def test_no_other_category_alerts(rest: Rest) -> None:
    rest.settings.alerts = AlertSettings(mail_to=[ONCALL])
    staff = rest.token_of("agent")
    body = {"ticket": {"subject": "a", "comment": {"body": "b"}, "custom_fields": QUESTION}}
    ok(rest.http.post("/api/v2/tickets", json=body, headers=staff), 201)
    assert alerts(rest) == []
    assert rest.mails(ONCALL) == []


@each_database
async def test_the_webhook_is_signed_and_tells_of_the_ticket(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(mail=[ONCALL], webhook=listener.url))
    number = outage(rest)
    assert await AlertWorker(rest.services).deliver_all() == 1
    [got] = listener.got
    assert is_signed(alert_secret(rest.settings), got.headers, got.body, now=time.time())
    assert not is_signed(alert_secret(rest.settings), got.headers, got.body + b" ", now=time.time())
    assert not is_signed(alert_secret(rest.settings), got.headers, got.body, now=time.time() + 3600)
    data = got.json["data"]
    assert (got.json["type"], data["ticket"]["id"], data["ticket"]["priority"]) == ("alert.raised", number, "urgent")
    [alert] = alerts(rest, state="open")
    results = {each["channel"]: (each["result"], each["http_status"]) for each in alert["attempts"]}
    assert results == {"mail": ("pending", None), "webhook": ("delivered", 200)}
    # The path of a webhook may hold a secret.
    assert listener.url not in str(alert)
    answer = rest.http.post(data["acknowledge_url"].removeprefix(rest.settings.public_url))
    assert answer.status_code == 200
    assert alerts(rest)[0]["acknowledged_by"] == "webhook"


@each_database
async def test_unacknowledged_it_is_repeated_and_the_next_contact_is_told(rest: Rest, listener: Listener) -> None:
    levels(
        rest, AlertLevel(webhook=listener.url), AlertLevel(mail=[BOSS], webhook=f"{listener.url}2"),
        repeat=60, escalate_after=100,
    )  # fmt: skip
    number = outage(rest)
    paths: list[list[str]] = []
    for seconds in (0, 61, 101, 162, 223):
        worker = AlertWorker(rest.services, clock=later(seconds))
        await worker.advance_all()
        await worker.deliver_all()
        paths.append(sorted(each.path for each in listener.got))
        listener.got.clear()
    assert paths == [["/hook"], ["/hook"], ["/hook", "/hook2"], ["/hook", "/hook2"], ["/hook", "/hook2"]]
    [first] = rest.mails(BOSS)
    assert str(number) in first.subject
    [alert] = alerts(rest)
    assert (alert["state"], alert["level"], alert["round"]) == ("open", 1, 5)
    assert [event.data["level"] for event in rest.events("alert_escalated")] == [1]
    audits = ok(rest.http.get(f"/api/v2/tickets/{number}/audits", headers=rest.token_of("agent")))["audits"]
    assert [(each["value"], each["previous_value"]) for each in audits[-1]["events"]] == [(1, 0)]


@each_database
async def test_a_webhook_that_refuses_is_tried_again_under_the_same_id(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(webhook=listener.url))
    listener.answers = [500, 302]
    outage(rest)
    for seconds in (0, PAUSES[0] + 1, PAUSES[0] + PAUSES[1] + 2):
        assert await AlertWorker(rest.services, clock=later(seconds)).deliver_all() == 1
    assert len({each.headers["webhook-id"] for each in listener.got}) == 1
    assert [each.json["data"]["try"] for each in listener.got] == [1, 2, 3]
    attempts = alerts(rest)[0]["attempts"]
    assert [(each["result"], each["http_status"]) for each in attempts] == [
        ("failed", 500),
        ("failed", 302),
        ("delivered", 200),
    ]


async def test_while_the_mail_server_is_away_one_mail_waits_and_not_one_for_each_round(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]), repeat=60)
    outage(rest)
    for seconds in (61, 122, 183):
        assert await AlertWorker(rest.services, clock=later(seconds)).advance_all() == 1
    assert len(rest.mails(ONCALL)) == 1
    assert len(alerts(rest)[0]["attempts"]) == 4
    with rest.database.write() as session:
        session.execute(update(OutboxMail).values(status="sent"))
    assert await AlertWorker(rest.services, clock=later(244)).advance_all() == 1
    assert [mail.template for mail in rest.mails(ONCALL)] == ["alert", "alert_again"]


@each_database
async def test_acknowledged_by_the_api_nobody_is_told_any_more(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(mail=[ONCALL], webhook=listener.url))
    number = outage(rest)
    [alert] = alerts(rest)
    path = f"/api/v2/alerts/{alert['id']}/acknowledge"
    assert rest.http.post(path).status_code == 401
    assert rest.http.post(path, headers=rest.token_of("customer")).status_code == 403
    agent = rest.token_of("agent", "berta@lumbra.example")
    for _ in range(2):
        shown = ok(rest.http.post(path, headers=agent))["alert"]
        assert (shown["state"], shown["acknowledged_by"], shown["acknowledged_via"]) == (
            "acknowledged",
            "berta@lumbra.example",
            "api",
        )
    assert await AlertWorker(rest.services, clock=later(3600)).advance_all() == 0
    assert await AlertWorker(rest.services, clock=later(3600)).deliver_all() == 0
    assert listener.got == []
    assert {each["result"] for each in shown["attempts"]} == {"cancelled", "failed"}
    audits = ok(rest.http.get(f"/api/v2/tickets/{number}/audits", headers=agent))["audits"]
    [told] = [event for audit in audits for event in audit["events"] if event.get("field_name") == "alert"]
    assert (told["value"], told["by"]) == ("acknowledged", "berta@lumbra.example")
    assert len(rest.events("alert_acknowledged")) == 1
    assert rest.http.post("/api/v2/alerts/99/acknowledge", headers=agent).status_code == 404


async def test_the_mailed_link_asks_first_and_acknowledges_by_its_button(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    outage(rest)
    [mail] = rest.mails(ONCALL)
    link = next(word for word in mail.text.split() if "/alerts/acknowledge/" in word)
    path = link.removeprefix(rest.settings.public_url)
    for language in rest.catalog.languages:
        page = rest.http.get(f"{path}?lang={language}")
        assert "Nada carga" in page.text
        assert "<form" in page.text
    assert alerts(rest)[0]["state"] == "open", "a mail scanner that opens the link acknowledges nothing"
    for _ in range(2):
        page = rest.http.post(path)
        assert page.status_code == 200
        assert "<form" not in page.text
    [alert] = alerts(rest)
    assert (alert["acknowledged_by"], alert["acknowledged_via"]) == (ONCALL, "link")
    for wrong in (path[:-1], f"{path}x", "/alerts/acknowledge/1-", "/alerts/acknowledge/²-x"):
        assert rest.http.post(wrong).status_code == 404
        assert rest.http.get(wrong).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"comment": {"body": "Lo miramos.", "public": True}},
        {"comment": {"body": "Mirando.", "public": False}},
        {"status": "open"},
        {"assignee_id": "self"},
        {"custom_fields": [{"id": "category", "value": "incident"}, {"id": "subcategory", "value": "reports"}]},
    ],
)
async def test_staff_who_take_up_the_ticket_acknowledge(rest: Rest, change: dict[str, Any]) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    number = outage(rest)
    agent = rest.token_of("agent", "berta@lumbra.example")
    if change.get("assignee_id"):
        change = {"assignee_id": ok(rest.http.get("/api/v2/users/me", headers=agent))["user"]["id"]}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": change}, headers=agent))
    [alert] = alerts(rest)
    assert (alert["state"], alert["acknowledged_by"], alert["acknowledged_via"]) == (
        "acknowledged",
        "berta@lumbra.example",
        "ticket",
    )


async def test_tags_and_the_customer_s_own_words_acknowledge_nothing(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    number = outage(rest)
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"tags": ["a"]}}, headers=rest.token_of("agent")))
    customer = rest.conversation("ana@example.com").turn()
    body = {"request": {"comment": {"body": "¿Hay novedades?"}}}
    ok(rest.http.put(f"/api/v2/requests/{number}", json=body, headers=customer))
    assert alerts(rest)[0]["state"] == "open"


async def test_the_customer_s_all_clear_ends_it_and_reopening_raises_it_again(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    number = outage(rest)
    talk = rest.conversation("ana@example.com")
    ok(rest.http.put(f"/api/v2/requests/{number}", json={"request": {"solved": True}}, headers=talk.turn()))
    [alert] = alerts(rest)
    assert (alert["state"], alert["acknowledged_by"]) == ("ended", "customer")
    ok(rest.http.put(f"/api/v2/requests/{number}", json={"request": {"solved": False}}, headers=talk.turn()))
    [alert] = alerts(rest)
    assert (alert["state"], alert["level"], alert["acknowledged_by"]) == ("open", 0, None)
    assert [mail.template for mail in rest.mails(ONCALL)] == ["alert", "alert"]


async def test_a_ticket_that_becomes_an_outage_alerts(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    agent = rest.token_of("agent")
    body = {"ticket": {"subject": "a", "comment": {"body": "b"}, "custom_fields": QUESTION}}
    number = ok(rest.http.post("/api/v2/tickets", json=body, headers=agent), 201)["ticket"]["id"]
    change = {"ticket": {"custom_fields": [{"id": "category", "value": "outage"}]}}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json=change, headers=agent))
    assert [each["state"] for each in alerts(rest)] == ["open"]


@each_database
async def test_outages_of_several_accounts_are_grouped_and_each_alerts(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]))
    first = outage(rest)
    second = outage(rest, "luis@example.com")
    outage(rest, "luis@example.com")
    found = alerts(rest)
    assert len(found) == 3
    assert {each["outage"]["group_id"] for each in found} == {first}
    assert found[0]["outage"] == {"group_id": first, "tickets": 3, "accounts": 2}
    mails = rest.mails(ONCALL)
    assert len(mails) == 3
    assert "2" in next(line for line in mails[1].text.splitlines() if "uenta" in line)
    mine = next(each for each in found if each["ticket_id"] == second)
    ok(rest.http.post(f"/api/v2/alerts/{mine['id']}/acknowledge", headers=rest.token_of("agent")))
    assert sorted(each["state"] for each in alerts(rest)) == ["acknowledged", "open", "open"]
    path = f"/api/v2/alerts/{mine['id']}/acknowledge"
    ok(rest.http.post(path, params={"group": True}, headers=rest.token_of("agent")))
    assert {each["state"] for each in alerts(rest)} == {"acknowledged"}


async def test_an_outage_long_after_is_another_one(rest: Rest) -> None:
    levels(rest, AlertLevel(mail=[ONCALL]), group_within=600)
    outage(rest)
    with rest.database.write() as session:
        session.execute(update(Alert).values(raised_at=utc_now() - dt.timedelta(seconds=700)))
    second = outage(rest)
    with rest.database.read() as session:
        assert session.get_one(Ticket, second).outage_group_id == second


@each_database
async def test_several_processes_send_each_alert_once(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(webhook=listener.url))
    for _ in range(6):
        outage(rest)
    workers = [AlertWorker(rest.services, clock=later(400)) for _ in range(3)]
    assert sum(await asyncio.gather(*(each.deliver_all() for each in workers))) == 6
    assert sum(await asyncio.gather(*(each.advance_all() for each in workers))) == 6
    assert sum(await asyncio.gather(*(each.deliver_all() for each in workers))) == 6
    assert len({each.headers["webhook-id"] for each in listener.got}) == 12


async def test_an_attempt_whose_process_died_is_made_by_another(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(webhook=listener.url))
    outage(rest)
    with rest.database.write() as session:
        session.execute(
            update(AlertAttempt)
            .where(AlertAttempt.channel == "webhook")
            .values(status="sending", due_at=utc_now() + dt.timedelta(seconds=20))
        )
    assert await AlertWorker(rest.services).deliver_all() == 0
    assert await AlertWorker(rest.services, clock=later(21)).deliver_all() == 1


async def test_the_running_worker_delivers_and_stops(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(webhook=listener.url))
    stop = asyncio.Event()
    running = asyncio.create_task(AlertWorker(rest.services).run(stop))
    await asyncio.to_thread(outage, rest)
    assert await asyncio.to_thread(listener.wait_for, 1)
    stop.set()
    await running

    def delivered(session: Session) -> int:
        return session.scalar(select(func.count()).where(AlertAttempt.status == "delivered")) or 0

    assert await rest.database.reading(delivered) == 1


async def test_a_contact_that_hangs_holds_up_no_other(rest: Rest, listener: Listener) -> None:
    levels(rest, AlertLevel(webhook=f"{listener.url}/hangs"), AlertLevel(webhook=listener.url), escalate_after=5)
    outage(rest)
    listener.answers = [30.0]
    worker = AlertWorker(rest.services, clock=later(6))
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    assert await asyncio.to_thread(listener.wait_for, 2)
    assert {each.path for each in listener.got} == {"/hook", "/hook/hangs"}
    listener.released.set()
    stop.set()
    await running


async def test_a_secret_that_is_none_is_refused_at_the_start(rest: Rest) -> None:
    rest.settings.alerts = AlertSettings.model_validate({"secret": "hunter2"})
    with pytest.raises(SettingsError, match="COPILOT_ALERTS__SECRET"):
        AlertWorker(rest.services)


def test_a_level_that_tells_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="tells nobody"):
        AlertSettings.model_validate({"levels": [{}]})
