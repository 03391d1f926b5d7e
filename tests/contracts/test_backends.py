"""A ticket lives here and in another ticketing system, both ways, once, whatever is cut off in between.

Held to the same: a small Zendesk written from its published reference, and our own api as the other side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from api.database import Database, utc_now
from api.identity.customers import customer_of_address
from api.settings import ZendeskSettings
from api.tickets.backends.base import BackendUnavailable, RemoteBackend, TicketBackend
from api.tickets.backends.choosing import backend_of
from api.tickets.backends.local import LocalTickets
from api.tickets.backends.managing import mirror_status, retry, ticket_statuses
from api.tickets.backends.models import RemoteAct, RemoteTicket
from api.tickets.backends.worker import RemoteWorker
from api.tickets.backends.zendesk import ZendeskTickets, tag_of
from api.tickets.ownership import claim_tickets
from tests.contracts.backends import Far, Mirror, mirror_of, our_own_api, small_zendesk
from tests.support.databases import each_database
from tests.support.fault_proxy import Fault
from tests.support.rest import Rest, ok


@pytest.fixture(params=["zendesk", "own"])
def far(request: pytest.FixtureRequest, migrated_file: Path, tmp_path: Path) -> Iterator[Far]:
    made = small_zendesk() if request.param == "zendesk" else our_own_api(migrated_file, tmp_path / "remote")
    with made as found:
        yield found


@pytest.fixture
def mirror(database: Database, far: Far, tmp_path: Path) -> Iterator[Mirror]:
    made = mirror_of(database, far, tmp_path)
    yield made
    made.rest.http.close()


@pytest.fixture
def small(database: Database, tmp_path: Path) -> Iterator[Mirror]:
    """Before the small Zendesk only: what ours cannot be made to do."""
    with small_zendesk() as far:
        made = mirror_of(database, far, tmp_path)
        yield made
        made.rest.http.close()


@each_database
async def test_a_ticket_and_what_is_said_on_it_go_both_ways_and_nothing_comes_back_as_an_echo(mirror: Mirror) -> None:
    number = mirror.open()
    assert await mirror.work() == 1
    remote_id = mirror.remote_id(number)
    there = mirror.far.ticket(remote_id)
    assert (there["external_id"], there["subject"], there["priority"]) == (
        str(number),
        "Los reportes no cargan",
        mirror.ticket(number)["priority"],
    )
    assert "support_copilot" in there["tags"]
    mirror.far.change(
        remote_id, comment={"body": "¿En qué navegador?", "public": True}, status="pending", priority="high"
    )
    mirror.far.change(remote_id, comment={"body": "Solo para nosotros", "public": False})
    await mirror.look()
    ours = mirror.ticket(number)
    assert (ours["status"], ours["priority"]) == ("pending", "high")
    assert mirror.said(number) == ["Quedan en blanco desde ayer.", "¿En qué navegador?"]
    assert mirror.said(number, public=False) == []
    assert "¿En qué navegador?" in mirror.rest.mails("ana@example.com")[-1].text
    mirror.customer_says(number, "En Firefox")
    await mirror.work()
    assert mirror.far.ticket(remote_id)["status"] == "open"
    mirror.change(number, status="solved", comment={"body": "Listo", "public": True})
    await mirror.work()
    await mirror.look()
    both = ["Quedan en blanco desde ayer.", "¿En qué navegador?", "En Firefox", "Listo"]
    assert mirror.said(number) == both
    assert mirror.far.said(remote_id) == both
    assert (mirror.far.ticket(remote_id)["status"], mirror.ticket(number)["status"]) == ("solved", "solved")
    assert len(mirror.far.of_ours(number)) == 1


async def test_a_connection_that_is_cut_after_the_request_makes_no_second_ticket_and_no_second_comment(
    mirror: Mirror,
) -> None:
    mirror.far.proxy.faults = [Fault("cut_after", "POST", "/tickets"), Fault("cut_after", "PUT", "/tickets/", times=2)]
    number = mirror.open()
    await mirror.work()
    assert mirror.row(number).remote_id is None
    await mirror.work(10)
    assert mirror.row(number).state == "mirrored"
    mirror.customer_says(number, "¿Hay novedades?")
    for _ in range(4):
        await mirror.work(1000)
    assert len(mirror.far.of_ours(number)) == 1
    assert mirror.far.said(mirror.remote_id(number)) == ["Quedan en blanco desde ayer.", "¿Hay novedades?"]
    await mirror.look()
    assert mirror.said(number) == ["Quedan en blanco desde ayer.", "¿Hay novedades?"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut_before", "POST", "/tickets"),
        Fault("status", "POST", "/tickets", status=500),
        Fault("status", "POST", "/tickets", status=503, headers={"Retry-After": "20"}),
        Fault("slow", "POST", "/tickets"),
    ],
    ids=["never arrived", "500", "503", "too slow"],
)
async def test_what_does_not_get_through_is_sent_again(mirror: Mirror, fault: Fault) -> None:
    mirror.far.proxy.faults = [Fault(fault.kind, fault.method, fault.path, 1, fault.status, fault.headers)]
    number = mirror.open()
    settings = mirror.rest.settings.tickets.zendesk
    patience, settings.timeout = settings.timeout, 0.5 if fault.kind == "slow" else settings.timeout
    await mirror.work()
    settings.timeout = patience
    mirror.far.proxy.released.set()
    assert (mirror.row(number).state, mirror.row(number).failures) == ("waiting", 1)
    assert mirror.link().failing_since is not None
    await mirror.work(60)
    assert (mirror.row(number).state, mirror.row(number).failures) == ("mirrored", 0)
    assert mirror.link().failing_since is None
    assert len(mirror.far.of_ours(number)) == 1


async def test_too_many_requests_pause_everything_for_as_long_as_it_says(mirror: Mirror) -> None:
    mirror.far.proxy.faults = [Fault("status", "POST", "/tickets", status=429, headers={"Retry-After": "93"})]
    first, second = mirror.open(), mirror.open()
    await mirror.work()
    asked = len(mirror.far.proxy.seen)
    assert await mirror.work(80) == 0
    assert len(mirror.far.proxy.seen) == asked
    await mirror.work(20)
    assert [mirror.row(each).state for each in (first, second)] == ["mirrored", "mirrored"]


async def test_few_requests_that_remain_are_left_to_others(mirror: Mirror) -> None:
    mirror.far.proxy.headers = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "3", "RateLimit-Reset": "41"}
    number = mirror.open()
    await mirror.work()
    paused = mirror.link().paused_until
    assert paused is not None
    assert 30 < (paused - utc_now()).total_seconds() < 45
    mirror.far.proxy.headers = {}
    await mirror.work(50)
    assert mirror.row(number).state == "mirrored"


async def test_wrong_credentials_stop_it_tell_the_admins_once_and_go_on_when_they_are_right(mirror: Mirror) -> None:
    mirror.rest.token_of("admin", "root@example.com")
    settings = mirror.rest.settings.tickets.zendesk
    token, settings.token = settings.token, SecretStr("wrong")
    number = mirror.open()
    await mirror.work()
    await mirror.work(100)
    assert mirror.link().stopped_at is not None
    assert [mail.template for mail in mirror.rest.mails("root@example.com")] == ["remote_stopped"]
    asked = len(mirror.far.proxy.seen)
    mirror.customer_says(number, "¿Hola?")
    await mirror.work(100)
    assert len(mirror.far.proxy.seen) == asked
    settings.token = token
    await mirror.work(900)
    assert mirror.link().stopped_at is None
    assert mirror.far.said(mirror.remote_id(number)) == ["Quedan en blanco desde ayer.", "¿Hola?"]


async def test_what_is_refused_is_given_up_with_a_note_to_staff_until_somebody_asks_for_another_try(
    mirror: Mirror,
) -> None:
    refusal = b'{"error": "RecordInvalid", "details": {"base": [{"description": "Agency: cannot be blank"}]}}'
    mirror.far.proxy.faults = [Fault("status", "POST", "/tickets", status=422, body=refusal)]
    number = mirror.open()
    await mirror.work()
    assert mirror.row(number).state == "refused"
    assert "Agency: cannot be blank" in mirror.said(number, public=False)[0]
    mirror.customer_says(number, "¿Hola?")
    assert await mirror.work(8000) == 0
    with mirror.rest.database.read() as session:
        shown = ticket_statuses(session, "zendesk", state="refused")
        assert [(each.ticket_id, each.waiting) for each in shown] == [(number, 1)]
    with mirror.rest.database.write() as session:
        assert retry(session, mirror.rest.services) == [number]
    await mirror.work()
    assert mirror.far.said(mirror.remote_id(number)) == ["Quedan en blanco desde ayer.", "¿Hola?"]
    with mirror.rest.database.read() as session:
        assert (mirror_status(session, "zendesk").states, mirror_status(session, "zendesk").waiting) == (
            {"mirrored": 1},
            0,
        )


async def test_a_process_that_dies_between_the_answer_and_its_commit_finds_the_ticket_again(mirror: Mirror) -> None:
    number = mirror.open()
    await mirror.work()
    with mirror.rest.database.write() as session:
        # As if nothing of the answer had been written down; and the other side's key has long expired.
        session.execute(
            update(RemoteTicket).values(
                remote_id=None,
                state="waiting",
                push_at=utc_now(),
                remote_status=None,
                check_at=None,
                busy_until=utc_now(),
            )
        )
        session.execute(update(RemoteAct).values(status="waiting", generation=7))
    await mirror.work(8000)
    assert mirror.row(number).state == "mirrored"
    assert mirror.far.proxy.count("POST", "/tickets") == 1
    await mirror.look()
    assert mirror.said(number) == ["Quedan en blanco desde ayer."]


async def test_a_ticket_that_is_deleted_there_stays_here_and_can_be_made_anew(mirror: Mirror) -> None:
    number = mirror.open()
    mirror.change(number, comment={"body": "Lo miramos", "public": True})
    await mirror.work()
    first = mirror.remote_id(number)
    mirror.far.ask("DELETE", f"/tickets/{first}")
    await mirror.look()
    assert mirror.row(number).state == "gone"
    assert first in mirror.said(number, public=False)[0]
    assert mirror.ticket(number)["status"] == "new"
    with mirror.rest.database.write() as session:
        assert retry(session, mirror.rest.services, [number]) == [number]
    await mirror.work()
    assert mirror.remote_id(number) != first
    assert mirror.far.said(mirror.remote_id(number)) == ["Quedan en blanco desde ayer.", "Lo miramos"]


async def test_a_ticket_that_was_merged_there_follows_only_into_one_of_the_same_person(mirror: Mirror) -> None:
    number, other = mirror.open(), mirror.open(requester={"name": "Leo", "email": "leo@example.com"})
    await mirror.work()
    target = mirror.remote_id(other)
    mirror.far.change(target, comment={"body": "Asunto de Leo", "public": True})
    mirror.far.ask("POST", f"/tickets/{target}/merge", {"ids": [int(mirror.remote_id(number))]})
    await mirror.look()
    assert mirror.row(number).state == "merged"
    assert mirror.said(number) == ["Quedan en blanco desde ayer."]
    assert target in mirror.said(number, public=False)[0]
    assert mirror.said(other)[-1] == "Asunto de Leo"


async def test_what_a_customer_says_on_a_ticket_that_is_closed_there_goes_on_in_a_follow_up(mirror: Mirror) -> None:
    number = mirror.open()
    await mirror.work()
    first = mirror.remote_id(number)
    mirror.far.change(first, status="solved")
    mirror.far.change(first, status="closed")
    mirror.customer_says(number, "Sigue igual")
    await mirror.work()
    await mirror.work(10)
    assert mirror.remote_id(number) != first
    assert mirror.far.said(mirror.remote_id(number)) == ["Sigue igual"]
    assert mirror.row(number).state == "mirrored"
    assert mirror.ticket(number)["status"] != "closed"


async def test_files_go_with_their_comment(mirror: Mirror) -> None:
    number = mirror.open()
    headers = mirror.ana()
    given = mirror.rest.http.post(
        "/api/v2/uploads?filename=pantalla.txt", content=b"una linea", headers={**headers, "Content-Type": "text/plain"}
    )
    token = ok(given, 201)["upload"]["token"]
    body = {"request": {"comment": {"body": "Aquí está", "uploads": [token]}}}
    ok(mirror.rest.http.put(f"/api/v2/requests/{number}", json=body, headers=headers))
    mirror.far.proxy.faults = [Fault("cut_after", "PUT", "/tickets/")]
    await mirror.work()
    await mirror.work(10)
    remote = mirror.far.ask("GET", f"/tickets/{mirror.remote_id(number)}/comments")["comments"]
    names = [file["file_name"] for each in remote for file in each["attachments"]]
    assert names == ["pantalla.txt"]


async def test_a_file_that_is_not_taken_there_is_left_out_and_staff_are_told(mirror: Mirror) -> None:
    number = mirror.open()
    headers = mirror.ana()
    sent = {**headers, "Content-Type": "text/plain"}
    given = mirror.rest.http.post("/api/v2/uploads?filename=nota.txt", content=b"una linea", headers=sent)
    uploads = [ok(given, 201)["upload"]["token"]]
    body = {"request": {"comment": {"body": "Aquí está", "uploads": uploads}}}
    ok(mirror.rest.http.put(f"/api/v2/requests/{number}", json=body, headers=headers))
    mirror.far.proxy.faults = [Fault("status", "POST", "/uploads", status=413)]
    await mirror.work()
    assert mirror.far.said(mirror.remote_id(number))[-1] == "Aquí está"
    notes = mirror.said(number, public=False)
    assert len(notes) == 1
    assert "zendesk" in notes[0]


async def test_choices_without_a_field_there_are_tags_that_follow_a_change(small: Mirror) -> None:
    number = small.open()
    await small.work()
    remote_id = small.remote_id(number)
    there = small.far.ticket(remote_id)
    assert {"id": 360001, "value": "question"} in there["custom_fields"]
    assert "subcategory_reports" in there["tags"]
    small.change(number, custom_fields=[{"id": "subcategory", "value": "records"}])
    await small.work()
    tags = small.far.ticket(remote_id)["tags"]
    assert "subcategory_records" in tags
    assert "subcategory_reports" not in tags
    assert tag_of("category", "Más de uno") == "category_m_s_de_uno"


async def test_the_customers_words_are_the_customers_there_and_their_mail_there_is_theirs_here(small: Mirror) -> None:
    number = small.open()
    await small.work()
    remote_id = small.remote_id(number)
    small.customer_says(number, "Soy Ana")
    await small.work()
    comments = small.far.ask("GET", f"/tickets/{remote_id}/comments?page[after]=0")["comments"]
    requester = small.far.ticket(remote_id)["requester_id"]
    assert [each["author_id"] for each in comments] == [requester, requester]
    small.far.change(remote_id, comment={"body": "Por correo", "author_id": requester})
    await small.look()
    body = ok(small.rest.http.get(f"/api/v2/tickets/{number}/comments", headers=small.agent))["comments"]
    assert body[-1]["body"] == "Por correo"
    assert body[-1]["author_id"] == small.ticket(number)["requester_id"]


async def test_a_key_that_was_used_with_other_words_is_replaced_and_nothing_doubled(small: Mirror) -> None:
    small.far.proxy.faults = [Fault("cut_before", "GET", "/tickets.json"), Fault("cut_after", "POST", "/tickets")]
    number = small.open()
    await small.work()
    small.rest.settings.tickets.zendesk.tags = ["another"]
    await small.work(10)
    await small.work(60)
    assert len(small.far.of_ours(number)) == 1
    assert small.row(number).state == "mirrored"


async def test_a_backend_says_what_keeps_it_from_working(far: Far) -> None:
    settings = ZendeskSettings(url=far.proxy.url, email=far.email, token=SecretStr(far.token))
    assert await _check(settings) == []
    assert "EMAIL and __TOKEN" in (await _check(settings.model_copy(update={"token": SecretStr("x")})))[0]
    lost = settings.model_copy(update={"fields": {"impact": 99}})
    assert "ticket field 99" in (await _check(lost))[0]
    with pytest.raises(BackendUnavailable):
        await _check(settings.model_copy(update={"url": "http://127.0.0.1:9"}))


async def test_with_the_local_backend_nothing_leaves_and_no_worker_runs(rest: Rest) -> None:
    backend: TicketBackend = backend_of(rest.settings)
    assert isinstance(backend, LocalTickets)
    assert not isinstance(backend, RemoteBackend)
    assert await backend.check() == []
    body: dict[str, Any] = {"ticket": {"subject": "Hola", "comment": {"body": "Hola"}}}
    ok(rest.http.post("/api/v2/tickets", json=body, headers=rest.token_of("agent")), 201)
    await RemoteWorker(rest.services).run(asyncio.Event())
    with rest.database.read() as session:
        assert list(session.scalars(select(RemoteAct))) == []


@each_database
async def test_several_workers_at_once_make_every_ticket_once(small: Mirror) -> None:
    numbers = [small.open() for _ in range(6)]
    stop = asyncio.Event()
    services = small.rest.services
    workers = [asyncio.create_task(RemoteWorker(services).run(stop)) for _ in range(3)]
    for _ in range(400):
        if all(small.row(each).state == "mirrored" for each in numbers):
            break
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*workers)
    assert [len(small.far.of_ours(each)) for each in numbers] == [1] * 6
    assert small.far.proxy.count("POST", "/tickets") == 6


async def test_an_emergency_goes_at_once_and_gets_its_requester_when_its_code_comes_back(small: Mirror) -> None:
    talk = small.rest.conversation()
    request = {
        "subject": "No carga nada",
        "comment": {"body": "Nadie entra."},
        "custom_fields": [{"id": "category", "value": "outage"}, {"id": "users_affected", "value": "all"}],
    }
    answer = small.rest.http.post("/api/v2/requests", json={"request": request}, headers=talk.turn())
    number = ok(answer, 201)["request"]["id"]
    await small.work()
    remote_id = small.remote_id(number)
    assert small.far.ticket(remote_id)["requester_id"] == 11, "our own account, for the time being"
    with small.rest.database.write() as session:
        customer = customer_of_address(session, "ana@example.com")
        claim_tickets(session, small.rest.services, talk.id, customer)
    await small.work()
    assert small.far.ticket(remote_id)["requester_id"] > 7000


async def test_what_somebody_else_says_there_names_them_and_is_no_reply_of_staff(small: Mirror) -> None:
    number = small.open()
    other = small.open(requester={"name": "Leo", "email": "leo@example.com"})
    await small.work()
    leo = small.far.ticket(small.remote_id(other))["requester_id"]
    small.far.change(small.remote_id(number), comment={"body": "También me pasa", "author_id": leo})
    await small.look()
    assert small.said(number)[-1] == "Leo:\n\nTambién me pasa"
    assert small.ticket(number)["sla"]["first_response"]["at"] is None


async def test_an_answer_of_another_shape_is_asked_for_again_later(small: Mirror) -> None:
    number = small.open()
    await small.work()
    small.far.change(small.remote_id(number), comment={"body": "¿En qué navegador?"})
    small.far.proxy.faults = [Fault("status", "GET", "/comments", status=200, body=b'{"comments": [{}]}')]
    await small.work(200)
    assert (small.row(number).failures, small.row(number).error) == (1, "an unexpected answer")
    await small.look()
    assert small.said(number)[-1] == "¿En qué navegador?"
    assert small.row(number).failures == 0


async def _check(settings: ZendeskSettings) -> list[str]:
    backend = ZendeskTickets(settings)
    try:
        return await backend.check(thorough=True)
    finally:
        await backend.close()
