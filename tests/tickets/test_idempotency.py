"""One key, one ticket, one answer."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from api.database import Database
from api.tickets.errors import TicketRejected, ZendeskError
from api.tickets.idempotency import Answer, KeyedRequest, answer_once
from api.tickets.models import IdempotencyKey, Ticket
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def body(subject: str = "Lento") -> dict[str, Any]:
    return {"ticket": {"subject": subject, "comment": {"body": "Todo va lento."}}}


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_a_repeat_gets_the_same_bytes_and_opens_nothing(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Idempotency-Key": "turn-1:0"}
    first = rest.http.post("/api/v2/tickets", json=body(), headers=headers)
    plain = {"Authorization": headers["Authorization"]}
    ok(rest.http.put("/api/v2/tickets/1001", json={"ticket": {"priority": "urgent"}}, headers=plain))
    again = rest.http.post("/api/v2/tickets.json", json=body(), headers=headers)
    assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
    assert (again.status_code, again.headers["x-idempotency-lookup"]) == (201, "hit")
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert count(rest.database) == 1


def test_another_body_under_the_same_key_is_refused(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Idempotency-Key": "k"}
    ok(rest.http.post("/api/v2/tickets", json=body(), headers=headers), 201)
    refused = ok(rest.http.post("/api/v2/tickets", json=body("Otro"), headers=headers), 400)
    assert refused["error"] == "IdempotentRequestError"
    assert count(rest.database) == 1


def test_a_key_belongs_to_its_caller(rest: Rest) -> None:
    for _ in range(2):
        headers = {**rest.token_of("agent"), "Idempotency-Key": "k"}
        assert rest.http.post("/api/v2/tickets", json=body(), headers=headers).headers["x-idempotency-lookup"] == "miss"
    assert count(rest.database) == 2


def test_a_final_refusal_is_replayed_and_a_missing_right_is_not(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Idempotency-Key": "k"}
    first = rest.http.post("/api/v2/tickets", json=body("x" * 300), headers=headers)
    again = rest.http.post("/api/v2/tickets", json=body("x" * 300), headers=headers)
    assert first.status_code == again.status_code == 422
    assert again.headers["x-idempotency-lookup"] == "hit"
    assert again.json() == first.json()
    talk = rest.conversation()
    values = {"category": "question", "subcategory": "roles", "platform": "x"}
    listed = [{"id": name, "value": value} for name, value in values.items()]
    request = {"request": {**body()["ticket"], "custom_fields": listed}}
    refused = rest.http.post("/api/v2/requests", json=request, headers={**talk.turn(), "Idempotency-Key": "t:0"})
    assert refused.status_code == 403
    ok(rest.http.post("/identity/codes", json={"email": "ana@example.com"}, headers=talk.headers))
    code = rest.mails("ana@example.com")[0].subject.split()[-1]
    ok(rest.http.post("/identity/codes/verify", json={"code": code}, headers=talk.headers))
    ok(rest.http.post("/api/v2/requests", json=request, headers={**talk.turn(), "Idempotency-Key": "t:0"}), 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_is_refused(rest: Rest, key: str) -> None:
    headers = {**rest.token_of("agent"), "Idempotency-Key": key}
    assert ok(rest.http.post("/api/v2/tickets", json=body(), headers=headers), 400)["error"] == "IdempotentRequestError"


def test_a_key_of_255_characters_is_taken_and_kept_for_a_week(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Idempotency-Key": "x" * 255}
    ok(rest.http.post("/api/v2/tickets", json=body(), headers=headers), 201)
    for days, lookup in ((6.9, "hit"), (7.1, "miss")):
        then = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        with rest.database.write() as session:
            session.execute(update(IdempotencyKey).values(created_at=then))
        assert rest.http.post("/api/v2/tickets", json=body(), headers=headers).headers["x-idempotency-lookup"] == lookup


@each_database
def test_eight_at_once_open_one_ticket(rest: Rest) -> None:
    staff = rest.token_of("agent")

    async def burst() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=rest.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            async def create(key: int) -> httpx.Response:
                while True:
                    answer = await client.post(
                        "/api/v2/tickets", json=body(), headers={**staff, "Idempotency-Key": f"key-{key}"}
                    )
                    if answer.status_code != 409:
                        return answer
                    assert answer.headers["retry-after"] == "1"
                    await asyncio.sleep(0.05)

            return await asyncio.gather(*(create(key) for key in range(5) for _ in range(8)))

    answers = asyncio.run(burst())
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 5
    assert sum(answer.headers["x-idempotency-lookup"] == "miss" for answer in answers) == 5
    assert count(rest.database) == 5


@each_database
def test_a_second_request_is_told_to_wait_while_the_first_is_in_flight(database: Database) -> None:
    request = KeyedRequest("staff:1", "k", "POST", "/api/v2/tickets", {})
    started, finish = threading.Event(), threading.Event()

    def slow(_session: object) -> Answer:
        started.set()
        assert finish.wait(60)
        return Answer(201, "{}")

    first = threading.Thread(target=answer_once, args=(database, request, slow))
    first.start()
    assert started.wait(10)
    # Another process has a `Database` of its own; on SQLite only one process writes.
    second = database if database.sqlite else Database(database.url.render_as_string(hide_password=False))
    with pytest.raises(ZendeskError) as caught:
        answer_once(second, request, slow)
    finish.set()
    first.join(10)
    assert caught.value.status == 409
    assert answer_once(second, request, slow).replayed
    if second is not database:
        second.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([1, 2]), st.sampled_from(["ok", "refuse", "crash"]))
    )
)
def test_whatever_the_order_a_key_is_worked_on_until_it_has_an_answer_and_never_after(
    database: Database, calls: list[tuple[str, int, str]]
) -> None:
    scope = f"test:{id(calls)}:{len(calls)}:{threading.get_ident()}"
    with database.write() as session:
        session.query(IdempotencyKey).delete()
    known: dict[str, tuple[int, str]] = {}
    for key, content, fate in calls:
        worked: list[str] = []

        def work(_session: object, fate: str = fate, content: int = content, worked: list[str] = worked) -> Answer:
            worked.append(fate)
            if fate == "crash":
                raise RuntimeError("the database went away")
            if fate == "refuse":
                raise TicketRejected([])
            return Answer(201, str(content))

        outcome = ""
        try:
            answer = answer_once(database, KeyedRequest(scope, key, "POST", "/", content), work)
            outcome = str(answer.status)
        except TicketRejected:
            outcome = "422"
        except ZendeskError as error:
            outcome = str(error.status)
        except RuntimeError:
            outcome = "crash"
        if key not in known:
            assert worked == [fate]
            if fate != "crash":
                known[key] = (content, outcome)
        elif known[key][0] != content:
            assert (worked, outcome) == ([], "400")
        else:
            assert (worked, outcome) == ([], known[key][1])
