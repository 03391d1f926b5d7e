"""A conversation goes on elsewhere, only for whom it belongs to, and with what the host told of the moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from api.chat.models import Conversation, Message
from api.database import utc_now
from api.metrics.events import Event, EventType
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok, rest

__all__ = ["rest"]


def _resume(talk: Talk) -> tuple[int, dict[str, Any]]:
    answer = talk.rest.http.post(f"/chat/conversations/{talk.id}/resume", headers=talk.headers)
    return answer.status_code, answer.json()


@each_database
def test_another_device_goes_on_where_the_first_one_stopped_and_both_stay_signed_in(rest: Rest) -> None:
    older, first = rest.conversation("ana@example.com"), rest.conversation("ana@example.com")
    older.said("Long ago")
    first.said("The report is empty")
    second = rest.conversation("ana@example.com")
    status, resumed = _resume(second)
    assert status == 200
    assert resumed["id"] == first.id
    there = Talk(rest, resumed["id"], resumed["token"])
    for device in (first, there):
        path = f"/chat/conversations/{first.id}/messages"
        assert [m["text"] for m in ok(rest.http.get(path, headers=device.headers))["messages"]] == [
            "The report is empty"
        ]
        assert ok(rest.http.get("/identity/me", headers=device.headers))["email"] == "ana@example.com"


def test_nothing_goes_on_for_whom_nobody_has_proven_or_who_said_nothing(rest: Rest) -> None:
    rest.conversation("ana@example.com").said("The report is empty")
    assert _resume(rest.conversation())[0] == 403
    assert _resume(rest.conversation("eve@example.com"))[0] == 404
    silent = rest.conversation("bo@example.com")
    status, body = _resume(rest.conversation("bo@example.com"))
    assert (status, body["error"]["code"]) == (404, "no_earlier_conversation"), "a greeting is no conversation"
    silent.said("Hello")
    with rest.database.write() as session:
        session.get_one(Conversation, silent.id).last_activity_at = utc_now() - dt.timedelta(days=31)
    assert _resume(rest.conversation("bo@example.com"))[0] == 404


def test_a_token_of_one_conversation_opens_no_other(rest: Rest) -> None:
    first, other = rest.conversation("ana@example.com"), rest.conversation("eve@example.com")
    first.said("The report is empty")
    _, resumed = _resume(rest.conversation("ana@example.com"))
    bearer = {"Authorization": f"Bearer {resumed['token']}"}
    assert rest.http.get(f"/chat/conversations/{other.id}/messages", headers=bearer).status_code == 404
    assert rest.http.post(f"/chat/conversations/{first.id}/resume", headers=other.headers).status_code == 404


def test_what_the_host_tells_of_the_moment_is_cut_kept_and_replaced(rest: Rest) -> None:
    talk = rest.conversation()
    path = f"/chat/conversations/{talk.id}/context"
    told = {"page": " Orders\x00 ", "app_version": "4.2", "last_error": "E" * 3000}
    assert rest.http.post(path, headers=talk.headers, json=told).status_code == 204
    assert talk.stored().context == {"page": "Orders", "app_version": "4.2", "last_error": "E" * 2000}
    assert rest.http.post(path, headers=talk.headers, json={"page": ""}).status_code == 204
    assert talk.stored().context is None
    assert rest.http.post(path, headers={"Authorization": "Bearer no"}, json={}).status_code == 404


def test_agents_see_the_context_with_the_transcript(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    rest.http.post(f"/chat/conversations/{talk.id}/context", headers=talk.headers, json={"page": "Orders"})
    body = {
        "request": {
            "subject": "The report is empty",
            "comment": {"body": "Nothing in it since this morning."},
            "custom_fields": [
                {"id": "category", "value": "question"},
                {"id": "subcategory", "value": "records"},
                {"id": "platform", "value": rest.catalog.default_platforms[0]},
            ],
        }
    }
    ticket = ok(rest.http.post("/api/v2/requests", headers=talk.headers, json=body), 201)["request"]
    seen = ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}/transcript", headers=rest.token_of("agent")))
    assert seen["context"] == {"page": "Orders"}
    view = ok(rest.http.get(f"/desk/data/tickets/{ticket['id']}", headers=rest.token_of("agent")))
    assert view["context"] == {"page": "Orders"}


@each_database
def test_an_article_that_is_opened_from_an_answer_is_told_once_for_each_answer(rest: Rest) -> None:
    talk = rest.conversation()
    with rest.database.write() as session:
        for seq, turn_id in ((1, "t1"), (2, "t2")):
            shown = {"passages": [{"article_id": "exports"}], "related": [{"article_id": "roles"}]}
            session.add(
                Message(
                    conversation_id=talk.id, turn_id=turn_id, seq=seq, role="copilot", kind="answer", text="", language="es",
                    answer=shown,
                )
            )  # fmt: skip

    def opened(article_id: str, **headers: str) -> int:
        body = {"article_id": article_id, "locale": "es"}
        path = f"/chat/conversations/{talk.id}/opened"
        return rest.http.post(path, json=body, headers=headers or talk.headers).status_code

    assert [opened(each) for each in ("exports", "exports", "roles", "never-shown")] == [204] * 4
    assert opened("exports", Authorization="Bearer somebody-else") == 404
    with rest.database.read() as session:
        told = session.scalars(select(Event).where(Event.type == EventType.ANSWER_OPENED).order_by(Event.id)).all()
    assert [(each.turn_id, each.data["article_id"]) for each in told] == [("t2", "exports"), ("t2", "roles")]
