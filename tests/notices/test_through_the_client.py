"""The actions' client against the real endpoints: what one sends the other reads."""

from __future__ import annotations

import httpx
import pytest

from api.client import CopilotClient, CopilotRejected
from tests.notices.test_endpoints import ANA, NEWS, published
from tests.support.rest import Rest, Talk, ok


def token(talk: Talk) -> str:
    return talk.turn()["Authorization"].removeprefix("Bearer ")


async def test_a_notice_is_found_followed_and_over(rest: Rest) -> None:
    number = published(rest)
    async with CopilotClient("http://api.test", transport=httpx.ASGITransport(rest.app)) as client:
        stranger, ana = rest.conversation(), rest.conversation(ANA)
        [found] = await client.matching_notices(token(stranger), "no puedo exportar los reportes", "es")
        assert (found.id, found.kind, found.state, found.latest) == (number, "incident", "open", None)
        assert found.since.tzinfo is not None
        with pytest.raises(CopilotRejected) as refused:
            await client.subscribe_notice(token(stranger), number)
        assert refused.value.code == "not_verified"
        assert (await client.subscribe_notice(token(ana), number)).email == ANA
        assert (await client.subscribe_notice(token(ana), number)).already
        ended = {**NEWS, "state": "resolved"}
        ok(rest.http.post(f"/notices/{number}/updates", json=ended, headers=rest.token_of("lead")), 201)
        with pytest.raises(CopilotRejected) as over:
            await client.subscribe_notice(token(ana), number)
        assert over.value.code == "notice_over"
        assert await client.matching_notices(token(stranger), "no puedo exportar los reportes", "es") == []
