"""So many keys, eight creations each at once: one ticket for a key, on both databases."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import httpx
import pytest
from sqlalchemy import func, select

from api.tickets.models import IdempotencyKey, Ticket, TicketAudit, TicketComment
from tests.support.databases import each_database
from tests.support.rest import Rest

AT_ONCE = 8
# Keys that are worked on side by side: 240 requests in the air, six times the threads that serve them.
SIDE_BY_SIDE = 30


async def create_all(rest: Rest, keys: int) -> dict[int, list[httpx.Response]]:
    """Eight creations under each key, as a client does it: told to wait (409), it waits and asks again."""
    headers = rest.token_of("agent")
    answers: dict[int, list[httpx.Response]] = defaultdict(list)
    transport = httpx.ASGITransport(app=rest.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=600) as client:

        async def create(key: int) -> None:
            body = {"ticket": {"subject": f"Number {key}", "comment": {"body": "It does not load."}}}
            while True:
                answer = await client.post(
                    "/api/v2/tickets.json", json=body, headers={**headers, "Idempotency-Key": f"key-{key}"}
                )
                if answer.status_code != 409:
                    answers[key].append(answer)
                    return
                assert answer.headers["retry-after"] == "1"
                await asyncio.sleep(0.05)

        for first in range(0, keys, SIDE_BY_SIDE):
            batch = range(first, min(first + SIDE_BY_SIDE, keys))
            await asyncio.gather(*(create(key) for _ in range(AT_ONCE) for key in batch))
    return answers


def check_one_ticket_for_a_key(rest: Rest, keys: int) -> None:
    answers = asyncio.run(create_all(rest, keys))
    assert {len(each) for each in answers.values()} == {AT_ONCE}
    assert {answer.status_code for each in answers.values() for answer in each} == {201}
    assert all(len({answer.content for answer in each}) == 1 for each in answers.values())
    lookups = [answer.headers["x-idempotency-lookup"] for each in answers.values() for answer in each]
    assert (lookups.count("miss"), lookups.count("hit")) == (keys, keys * (AT_ONCE - 1))
    with rest.database.read() as session:
        for table in (Ticket, TicketComment, TicketAudit, IdempotencyKey):
            assert session.scalar(select(func.count()).select_from(table)) == keys, table.__name__
        assert session.scalar(select(func.count(func.distinct(Ticket.subject)))) == keys


@each_database
def test_thirty_keys_with_eight_creations_each_are_thirty_tickets(rest: Rest) -> None:
    check_one_ticket_for_a_key(rest, 30)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@each_database
def test_a_thousand_keys_with_eight_creations_each_are_a_thousand_tickets(rest: Rest) -> None:
    check_one_ticket_for_a_key(rest, 1000)
