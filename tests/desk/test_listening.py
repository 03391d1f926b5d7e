"""A public reply of staff reaches the customer's chat in the transaction that stores it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from api.chat.models import Message
from api.chat.streams import DESK, Streams, customer_topic, ticket_topic
from api.chat.watching import StreamWatch
from api.database import utc_now
from api.identity.principal import Principal
from api.tickets.changing import change_ticket
from api.tickets.models import Ticket
from api.tickets.schemas import CommentIn, TicketIn
from tests.desk.conftest import change, ticket_of
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok


def messages(rest: Rest, talk: Talk) -> list[Message]:
    with rest.database.read() as session:
        return list(session.scalars(select(Message).where(Message.conversation_id == talk.id).order_by(Message.seq)))


@each_database
def test_a_public_reply_becomes_a_message_of_the_customer_s_conversation(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    before = talk.stored()
    change(rest, number, agent, comment={"body": "Lo estamos mirando."}, status="pending")
    said = ok(rest.http.get(f"/chat/conversations/{talk.id}/messages", headers=talk.headers))["messages"]
    assert [(each["role"], each["kind"], each["text"]) for each in said] == [("agent", "ticket", "Lo estamos mirando.")]
    assert said[0]["seq"] == before.last_seq + 1
    assert said[0]["ticket"]["id"] == number
    assert said[0]["ticket"]["status"] == "pending"
    assert said[0]["ticket"]["url"].endswith(f"/portal/tickets/{number}")
    assert talk.stored().last_activity_at == before.last_activity_at, "an agent's words end no silence"


def test_what_customers_may_not_read_stays_out_of_the_chat(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    change(rest, number, agent, comment={"body": "Ojo: cliente nuevo.", "public": False})
    change(rest, number, agent, status="pending")
    ok(
        rest.http.put(
            f"/api/v2/requests/{number}", json={"request": {"comment": {"body": "Sigue."}}}, headers=talk.turn()
        )
    )
    assert messages(rest, talk) == []


def test_the_customer_s_newer_conversation_hears_of_it_too_and_nobody_else_s(rest: Rest, agent: dict[str, str]) -> None:
    first = rest.conversation("ana@example.com")
    number = ticket_of(first)
    newer = rest.conversation("ana@example.com")
    other = rest.conversation("luis@example.com")
    nobody = rest.conversation()
    change(rest, number, agent, comment={"body": "Resuelto."})
    assert [len(messages(rest, each)) for each in (first, newer, other, nobody)] == [1, 1, 0, 0]


def test_a_change_that_is_undone_says_nothing_and_wakes_nobody(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    woken: list[str] = []
    monkeypatch.setattr(rest.services.streams, "publish", woken.append)
    staff = Principal("staff", role="agent", staff_id=None)

    def fail() -> None:
        with rest.database.write() as session:
            body = TicketIn(comment=CommentIn(body="Nunca."))
            change_ticket(session, rest.services, staff, session.get_one(Ticket, number), body)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert messages(rest, talk) == []
    assert woken == []


def test_whoever_looks_is_woken_once_it_is_committed(
    rest: Rest, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    woken: list[str] = []
    monkeypatch.setattr(rest.services.streams, "publish", woken.append)
    change(rest, number, agent, comment={"body": "Hola."})
    customer = customer_topic(rest.customer("ana@example.com").id)
    assert sorted(woken) == sorted([DESK, ticket_topic(number), customer, talk.id])


async def test_streams_are_woken_from_another_thread() -> None:
    streams = Streams()
    with streams.subscribe("one") as news, streams.subscribe("two") as others:
        await asyncio.to_thread(streams.publish, "one")
        await asyncio.wait_for(news.wait(), 5)
        assert not others.is_set()
        await asyncio.to_thread(streams.close)
        await asyncio.wait_for(others.wait(), 5)
    assert not streams.waited_for


@each_database
def test_what_another_process_wrote_wakes_this_one_s_streams(
    rest: Rest, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    watch = StreamWatch(rest.services)
    woken: list[str] = []

    async def look() -> set[str]:
        woken.clear()
        await watch.look()
        return set(woken)

    async def scenario() -> None:
        await look()
        await asyncio.to_thread(change, rest, number, agent, comment={"body": "Hola."})
        monkeypatch.setattr(rest.services.streams, "publish", woken.append)
        own = customer_topic(rest.customer("ana@example.com").id)
        assert await look() == {DESK, ticket_topic(number), talk.id, own}
        assert await look() == set()

    asyncio.run(scenario())


def test_what_is_written_before_the_first_look_is_told_by_it(
    rest: Rest, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have begun to listen before: they would have waited for the next heartbeat, for fifteen seconds."""
    talk = rest.conversation("ana@example.com")
    number = ticket_of(talk)
    change(rest, number, agent, comment={"body": "Hola."})
    woken: list[str] = []
    monkeypatch.setattr(rest.services.streams, "publish", woken.append)
    asyncio.run(StreamWatch(rest.services).look())
    assert {DESK, ticket_topic(number), talk.id} <= set(woken)


def test_a_row_that_is_committed_late_with_a_lower_id_is_not_missed(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = rest.conversation("ana@example.com")
    watch = StreamWatch(rest.services)
    woken: list[str] = []
    monkeypatch.setattr(rest.services.streams, "publish", woken.append)

    def say(id: int) -> None:
        with rest.database.write() as session:
            facts = {"role": "copilot", "kind": "text", "text": "-", "language": "es", "choices": []}
            session.add(Message(id=id, conversation_id=talk.id, seq=id, created_at=utc_now(), **facts))

    async def scenario() -> None:
        await watch.look()
        for id in (7, 5):
            say(id)
            woken.clear()
            await watch.look()
            assert woken == [talk.id]

    asyncio.run(scenario())
