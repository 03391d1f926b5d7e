"""Mails of tickets: facts in the transaction, words when they are delivered."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from api.notifications.models import OutboxMail
from api.notifications.worker import OutboxWorker
from tests.support.rest import Rest

TICKET = {"subject": "No carga", "comment": {"body": "Desde ayer."}, "requester": {"email": "ana@example.com"}}


def row(rest: Rest) -> OutboxMail:
    with rest.database.read() as session:
        return session.scalars(select(OutboxMail)).one()


def opened(rest: Rest) -> int:
    answer = rest.http.post("/api/v2/tickets", json={"ticket": TICKET}, headers=rest.token_of("agent"))
    return int(answer.json()["ticket"]["id"])


async def test_a_new_ticket_stores_facts_and_its_delivery_writes_them_once(rest: Rest) -> None:
    number = opened(rest)
    before = row(rest)
    assert (before.text, before.html, before.status) == ("", None, "pending")
    assert before.facts is not None
    assert str(number) in before.subject
    assert await OutboxWorker(rest.services).deliver_next()
    after = row(rest)
    assert (after.status, after.facts, after.subject) == ("kept", None, before.subject)
    assert "No carga" in after.text
    assert after.html is not None
    assert after.headers["X-Ticket-Id"] == str(number)


def test_staff_who_look_before_it_is_delivered_read_what_will_go_out(rest: Rest) -> None:
    number = opened(rest)
    headers = rest.token_of("agent")
    (seen,) = rest.http.get(f"/api/v2/tickets/{number}/mails", headers=headers).json()["mails"]
    assert row(rest).facts is not None
    (written,) = rest.mails("ana@example.com")
    assert (seen["text"], seen["html"], seen["status"]) == (written.text, written.html, "pending")


async def test_a_mail_that_cannot_be_written_is_given_up_and_stops_no_other(
    rest: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    opened(rest)
    with rest.database.write() as session:
        session.execute(update(OutboxMail).values(facts={}))
    worker = OutboxWorker(rest.services)
    assert await worker.deliver_next()
    assert row(rest).status == "failed"
    assert not await worker.deliver_next()
    assert "could not be written" in caplog.text
