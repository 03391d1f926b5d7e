"""Ratings: of the caller's own conversation or solved ticket, once each, changed when rated again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api.ratings.models import SatisfactionRating
from api.ratings.schemas import LONGEST_COMMENT
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok


def solved_ticket(rest: Rest, talk: Talk, *, status: str = "solved") -> int:
    """A ticket of the conversation's customer, brought to a status by staff."""
    body = {"ticket": {"subject": "Reportes", "comment": {"body": "No exporta"}, "status": "open"}}
    body["ticket"]["requester"] = {"email": "ana@example.com"}
    staff = rest.token_of("agent")
    number = int(ok(rest.http.post("/api/v2/tickets", json=body, headers=staff), 201)["ticket"]["id"])
    if status != "open":
        ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"status": status}}, headers=staff))
    return number


def rating(score: str, **more: Any) -> dict[str, Any]:
    return {"satisfaction_rating": {"score": score, **more}}


@each_database
def test_a_conversation_is_rated_once_and_changed_when_it_is_rated_again(rest: Rest) -> None:
    talk = rest.conversation()
    path = f"/chat/conversations/{talk.id}/rating"
    first = ok(rest.http.post(path, json={"score": "good"}, headers=talk.turn()))
    assert (first["score"], first["comment"]) == ("good", None)
    said = ok(rest.http.post(path, json={"score": "good", "comment": " Muy claro. "}, headers=talk.turn()))
    assert said["comment"] == "Muy claro."
    changed = ok(rest.http.post(path, json={"score": "bad"}, headers=talk.headers))
    assert (changed["score"], changed["comment"]) == ("bad", "Muy claro."), "what is not sent stays"
    assert changed["created_at"] == first["created_at"]
    assert ok(rest.http.post(path, json={"score": "bad", "comment": None}, headers=talk.headers))["comment"] is None
    with rest.database.read() as session:
        assert [each.score for each in session.scalars(select(SatisfactionRating))] == ["bad"]
    assert [each.data for each in rest.events("rated")] == [
        {"score": "good", "previous": None},
        {"score": "bad", "previous": "good"},
    ], "a comment is no new rating, and no customer's words are in the ledger"


def test_nobody_rates_anothers_conversation(rest: Rest) -> None:
    mine, other = rest.conversation(), rest.conversation()
    path = f"/chat/conversations/{other.id}/rating"
    for headers, status in ((mine.headers, 404), (mine.turn(), 404), ({}, 401), (rest.token_of("agent"), 403)):
        assert rest.http.post(path, json={"score": "good"}, headers=headers).status_code == status
    assert rest.events("rated") == []


@pytest.mark.parametrize(
    "body", [{}, {"score": "great"}, {"score": "good", "comment": "x" * (LONGEST_COMMENT + 1)}, {"score": None}]
)
def test_what_is_no_rating_is_refused(rest: Rest, body: dict[str, Any]) -> None:
    talk = rest.conversation()
    assert rest.http.post(f"/chat/conversations/{talk.id}/rating", json=body, headers=talk.headers).status_code == 422


@each_database
def test_a_solved_ticket_is_rated_by_its_requester_in_zendesks_shape(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    number = solved_ticket(rest, talk)
    staff = rest.token_of("agent")
    ticket = f"/api/v2/tickets/{number}"
    assert ok(rest.http.get(ticket, headers=staff))["ticket"]["satisfaction_rating"] == {"score": "offered"}
    path = f"{ticket}/satisfaction_rating.json"
    given = ok(rest.http.post(path, json=rating("bad", comment="Tardaron"), headers=talk.turn()))["satisfaction_rating"]
    assert (given["ticket_id"], given["score"], given["comment"]) == (number, "bad", "Tardaron")
    better = ok(rest.http.post(path, json=rating("good"), headers=talk.headers))["satisfaction_rating"]
    assert (better["id"], better["score"]) == (given["id"], "good")
    shown = ok(rest.http.get(ticket, headers=staff))["ticket"]["satisfaction_rating"]
    assert shown == {"id": given["id"], "score": "good", "comment": "Tardaron"}
    where = given["url"].removeprefix(rest.settings.public_url)
    assert ok(rest.http.get(where, headers=staff))["satisfaction_rating"]["score"] == "good"
    assert rest.http.get(where, headers=talk.headers).status_code == 403
    changes = [
        (event["field_name"], event["previous_value"], event["value"])
        for audit in ok(rest.http.get(f"{ticket}/audits", headers=staff))["audits"]
        for event in audit["events"]
        if event["type"] == "Change" and event["field_name"].startswith("satisfaction")
    ]
    assert changes == [
        ("satisfaction_score", None, "bad"),
        ("satisfaction_comment", None, "Tardaron"),
        ("satisfaction_score", "bad", "good"),
    ]
    assert [(each.ticket_id, each.data["score"]) for each in rest.events("rated")] == [
        (number, "bad"),
        (number, "good"),
    ]


def test_a_ticket_is_not_rated_before_it_is_solved_nor_by_anybody_else(rest: Rest) -> None:
    ana, eva, unverified = (
        rest.conversation("ana@example.com"),
        rest.conversation("eva@example.com"),
        rest.conversation(),
    )
    number = solved_ticket(rest, ana, status="open")
    path = f"/api/v2/tickets/{number}/satisfaction_rating"
    assert set(ok(rest.http.post(path, json=rating("good"), headers=ana.turn()), 422)["details"]) == {"status"}
    for headers, status in (
        (eva.turn(), 404),
        (unverified.turn(), 403),
        (rest.token_of("agent"), 403),
        ({}, 401),
    ):
        assert rest.http.post(path, json=rating("good"), headers=headers).status_code == status
    missing = "/api/v2/tickets/99999999999/satisfaction_rating"
    assert rest.http.post(missing, json=rating("good"), headers=ana.turn()).status_code == 404
    assert rest.http.post(path, json=rating("great"), headers=ana.turn()).status_code == 422
    assert rest.http.get("/api/v2/satisfaction_ratings/99999999999", headers=rest.token_of("agent")).status_code == 404
