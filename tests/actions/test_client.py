"""The api as the actions see it."""

import json
from typing import Any

import httpx
import pytest
import respx

from api.client import CopilotClient, CopilotRejected, CopilotUnavailable, TicketDraft

API = "http://api.test"
PASSAGE = {"article_id": "a", "title": "A", "heading": "", "url": "/a", "locale": "es", "snippet": "s", "score": 0.5}
DRAFT = TicketDraft(subject="S", body="B", type="incident", form_id="turn-1", fields={"category": "incident"})
TICKET = {
    "id": 7,
    "status": "new",
    "priority": "high",
    "subject": "S",
    "url": "/t/7",
    "custom_fields": [{"id": "category", "value": "incident"}],
}


@pytest.fixture
async def copilot() -> Any:
    async with CopilotClient(API) as copilot:
        yield copilot


@respx.mock
async def test_a_search_carries_the_turns_token_and_comes_back_typed(copilot: CopilotClient) -> None:
    route = respx.get(f"{API}/help-center/search").respond(
        json={"confident": True, "confidence": 0.8, "passages": [{**PASSAGE, "extra": 1}], "more": 2}
    )
    found = await copilot.search("token", "no exporta", "es", 2)
    assert found.confident
    assert found.passages[0].article_id == "a"
    request = route.calls.last.request
    assert request.headers["Authorization"] == "Bearer token"
    assert dict(request.url.params) == {"q": "no exporta", "language": "es", "limit": "2"}


@respx.mock
async def test_a_ticket_goes_out_in_zendesks_shape_with_its_key(copilot: CopilotClient) -> None:
    route = respx.post(f"{API}/api/v2/requests").respond(201, json={"request": TICKET})
    ticket = await copilot.open_ticket("token", DRAFT, "turn-9:1")
    assert (ticket.id, ticket.field("category"), ticket.field("impact")) == (7, "incident", None)
    request = route.calls.last.request
    assert request.headers["Idempotency-Key"] == "turn-9:1"
    assert json.loads(request.content) == {
        "request": {
            "subject": "S",
            "comment": {"body": "B"},
            "external_id": "turn-1",
            "type": "incident",
            "custom_fields": [{"id": "category", "value": "incident"}],
        }
    }


@respx.mock
async def test_a_refusal_tells_what_the_customer_can_mend(copilot: CopilotClient) -> None:
    respx.post(f"{API}/identity/codes/verify").respond(
        422, json={"error": {"code": "code_wrong", "message": "Wrong.", "details": {"tries_left": 4}}}
    )
    with pytest.raises(CopilotRejected) as caught:
        await copilot.verify_code("token", "111111")
    assert (caught.value.code, caught.value.details, caught.value.retry_after) == (
        "code_wrong",
        {"tries_left": 4},
        None,
    )


@respx.mock
async def test_a_limit_tells_when_to_come_back(copilot: CopilotClient) -> None:
    respx.post(f"{API}/identity/codes").respond(
        429, json={"error": {"code": "code_sends", "message": "Too many."}}, headers={"Retry-After": "61"}
    )
    with pytest.raises(CopilotRejected) as caught:
        await copilot.request_code("token", "a@example.com")
    assert caught.value.retry_after == 61


@respx.mock
async def test_zendesks_errors_are_refusals_too(copilot: CopilotClient) -> None:
    respx.get(f"{API}/api/v2/requests/9").respond(404, json={"error": "RecordNotFound", "description": "Not found"})
    with pytest.raises(CopilotRejected) as caught:
        await copilot.ticket("token", 9)
    assert (caught.value.code, caught.value.message) == ("RecordNotFound", "Not found")


@pytest.mark.parametrize("status", [401, 403, 409, 500, 503])
@respx.mock
async def test_what_only_another_try_can_mend_is_no_refusal(copilot: CopilotClient, status: int) -> None:
    respx.post(f"{API}/api/v2/requests").respond(status, json={"error": "x"})
    with pytest.raises(CopilotUnavailable):
        await copilot.open_ticket("token", DRAFT, "k")


@pytest.mark.parametrize(
    "answer",
    [
        {"side_effect": httpx.ConnectError("refused")},
        {"side_effect": httpx.ReadTimeout("slow")},
        {"return_value": httpx.Response(200, text="<html>")},
        {"return_value": httpx.Response(200, json=[])},
        {"return_value": httpx.Response(200, json={"passages": []})},
        {"return_value": httpx.Response(200, json={"confident": True, "passages": [{"title": "no id"}]})},
    ],
)
@respx.mock
async def test_an_answer_that_makes_no_sense_is_no_answer(copilot: CopilotClient, answer: dict[str, Any]) -> None:
    respx.get(f"{API}/help-center/search").mock(**answer)
    with pytest.raises(CopilotUnavailable):
        await copilot.search("token", "x", "es")


@respx.mock
async def test_notices_come_back_typed(copilot: CopilotClient) -> None:
    known = {"id": 3, "title": "T", "text": "x", "since": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:30:00Z"}
    route = respx.get(f"{API}/notices/matching").respond(json={"notices": [{**known, "state": "monitoring"}]})
    [found] = await copilot.matching_notices("token", "no exporta", "es")
    assert (found.id, found.state, found.until, found.latest) == (3, "monitoring", None, None)
    assert found.since.isoformat() == "2026-03-02T09:00:00+00:00"
    assert dict(route.calls.last.request.url.params) == {"q": "no exporta", "language": "es"}


@respx.mock
async def test_a_subscription_says_where_the_mail_goes(copilot: CopilotClient) -> None:
    respx.post(f"{API}/notices/3/subscriptions").respond(json={"email": "ana@example.com", "already": True})
    assert (await copilot.subscribe_notice("token", 3)).already


@respx.mock
async def test_a_subscription_without_a_confirmed_address_is_a_refusal_and_no_failure(copilot: CopilotClient) -> None:
    respx.post(f"{API}/notices/3/subscriptions").respond(
        403, json={"error": {"code": "not_verified", "message": "No."}}
    )
    with pytest.raises(CopilotRejected) as caught:
        await copilot.subscribe_notice("token", 3)
    assert caught.value.code == "not_verified"
    respx.post(f"{API}/notices/3/subscriptions").respond(403, json={"error": {"code": "forbidden", "message": "No."}})
    with pytest.raises(CopilotUnavailable):
        await copilot.subscribe_notice("token", 3)


@respx.mock
async def test_comments_tell_the_team_from_the_customer(copilot: CopilotClient) -> None:
    users = [{"id": 4, "role": "end-user", "name": "Ana"}, {"id": 3, "role": "agent", "name": "Luz"}]
    said = [{"body": "Revisado", "author_id": 3}, {"body": "Falla", "author_id": 4}, {"body": "?", "author_id": None}]
    route = respx.get(f"{API}/api/v2/requests/7/comments").respond(json={"comments": said, "users": users})
    found = await copilot.comments("token", 7)
    assert [(each.body, each.by_staff) for each in found] == [("Revisado", True), ("Falla", False), ("?", False)]
    assert route.calls.last.request.url.params["sort"] == "-id"


@respx.mock
async def test_a_ticket_is_continued_in_zendesks_shape_with_its_key(copilot: CopilotClient) -> None:
    changed = respx.put(f"{API}/api/v2/requests/7").respond(json={"request": {**TICKET, "needs_followup": True}})
    await copilot.comment("token", 7, "También en Safari", "turn-9:follow", ["f1"])
    assert json.loads(changed.calls.last.request.content) == {
        "request": {"comment": {"body": "También en Safari", "uploads": ["f1"]}}
    }
    assert changed.calls.last.request.headers["Idempotency-Key"] == "turn-9:follow"
    assert (await copilot.reopen("token", 7, "turn-9:follow", "Volvió")).needs_followup
    assert json.loads(changed.calls.last.request.content) == {
        "request": {"solved": False, "comment": {"body": "Volvió"}}
    }
    opened = respx.post(f"{API}/api/v2/requests").respond(201, json={"request": TICKET})
    await copilot.follow_up("token", "7", "S", "B", "follow:t", "turn-9:follow")
    assert json.loads(opened.calls.last.request.content)["request"]["via_followup_source_id"] == 7


@respx.mock
async def test_a_rating_leaves_the_comment_out_where_there_is_none(copilot: CopilotClient) -> None:
    route = respx.post(f"{API}/chat/conversations/c1/rating").respond(json={"score": "good", "comment": None})
    await copilot.rate_conversation("token", "c1", "good")
    assert json.loads(route.calls.last.request.content) == {"score": "good"}
    await copilot.rate_conversation("token", "c1", "good", "Claro")
    assert json.loads(route.calls.last.request.content) == {"score": "good", "comment": "Claro"}
