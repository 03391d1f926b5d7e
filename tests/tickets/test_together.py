"""Tickets that belong together: merged, copied to others, many at once, deleted and brought back, told to other programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def opened(rest: Rest, staff: dict[str, str], email: str = "ana@example.com", **extra: Any) -> int:
    body = {"ticket": {"subject": "Lento", "comment": {"body": "Va lento."}, "requester": {"email": email}, **extra}}
    number: int = ok(rest.http.post("/api/v2/tickets", json=body, headers=staff), 201)["ticket"]["id"]
    return number


def in_account(rest: Rest, email: str, account: str) -> None:
    with rest.database.write() as session:
        found = rest.customer(email)
        found.account_id = account
        session.merge(found)


@each_database
@pytest.mark.parametrize(("account", "copied"), [("acme", ["luis@example.com"]), ("other", [])])
def test_merging_copies_in_only_people_of_the_same_account(rest: Rest, account: str, copied: list[str]) -> None:
    staff = rest.token_of("agent")
    rest.token_of("customer", "ana@example.com")
    rest.token_of("customer", "luis@example.com")
    in_account(rest, "ana@example.com", "acme")
    in_account(rest, "luis@example.com", account)
    target, source = opened(rest, staff), opened(rest, staff, "luis@example.com", tags=["vip"])
    job = ok(rest.http.post(f"/api/v2/tickets/{target}/merge", json={"ids": [source, target]}, headers=staff))
    assert [each["success"] for each in job["job_status"]["results"]] == [True, False]
    merged = ok(rest.http.get(f"/api/v2/tickets/{source}", headers=staff))["ticket"]
    assert (merged["status"], merged["merged_into_id"]) == ("closed", target)
    assert ok(rest.http.get(f"/api/v2/tickets/{target}", headers=staff))["ticket"]["tags"] == ["vip"]
    people = ok(rest.http.get(f"/api/v2/tickets/{target}/collaborators", headers=staff))["users"]
    assert [each["email"] for each in people] == copied
    comments = ok(rest.http.get(f"/api/v2/tickets/{target}/comments", headers=staff))["comments"]
    assert [each["public"] for each in comments] == [True, False]
    assert ok(rest.http.get(f"/api/v2/tickets/{target}/related", headers=staff))["merged_ids"] == [source]


def test_who_is_copied_in_reads_and_replies_but_does_not_solve(rest: Rest) -> None:
    staff, luis = rest.token_of("agent"), rest.token_of("customer", "luis@example.com")
    number = opened(rest, staff)
    path = f"/api/v2/requests/{number}"
    assert rest.http.get(path, headers=luis).status_code == 404
    change = {"ticket": {"email_ccs": [{"user_email": "Luis@Example.com", "action": "put"}, None]}}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json=change, headers=staff))
    assert ok(rest.http.get(path, headers=luis))["request"]["subject"] == "Lento"
    ok(rest.http.put(path, json={"request": {"comment": {"body": "A mí también"}}}, headers=luis))
    refused = rest.http.put(path, json={"request": {"solved": True}}, headers=luis)
    assert "solved" in ok(refused, 422)["details"]
    change = {"ticket": {"email_ccs": [{"user_email": "luis@example.com", "action": "delete"}]}}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json=change, headers=staff))
    assert rest.http.get(path, headers=luis).status_code == 404


def test_who_is_copied_in_does_not_rate(rest: Rest) -> None:
    staff, luis = rest.token_of("agent"), rest.token_of("customer", "luis@example.com")
    number = opened(rest, staff, status="solved", email_ccs=[{"user_email": "luis@example.com"}])
    body = {"satisfaction_rating": {"score": "bad"}}
    path = f"/api/v2/tickets/{number}/satisfaction_rating"
    assert rest.http.post(path, json=body, headers=luis).status_code == 404


@each_database
def test_a_deleted_ticket_is_nowhere_until_it_is_restored(rest: Rest) -> None:
    staff, ana = rest.token_of("agent"), rest.token_of("customer", "ana@example.com")
    number = opened(rest, staff)
    assert rest.http.delete(f"/api/v2/tickets/{number}", headers=staff).status_code == 204
    for path, headers in (
        (f"/tickets/{number}", staff),
        (f"/tickets/{number}/comments", staff),
        (f"/tickets/{number}/audits", staff),
        (f"/requests/{number}", ana),
    ):
        assert rest.http.get(f"/api/v2{path}", headers=headers).status_code == 404, path
    for path, name, headers in (
        ("/tickets", "tickets", staff),
        (f"/tickets/show_many?ids={number}", "tickets", staff),
        ("/requests", "requests", ana),
        ("/ticket_audits", "audits", staff),
        ("/search?query=lento", "results", staff),
    ):
        assert ok(rest.http.get(f"/api/v2{path}", headers=headers))[name] == [], path
    told = ok(rest.http.get("/api/v2/incremental/tickets?start_time=0", headers=staff))["tickets"]
    assert [(each["id"], each["status"]) for each in told] == [(number, "deleted")]
    ok(rest.http.put(f"/api/v2/deleted_tickets/{number}/restore", headers=staff))
    assert ok(rest.http.get(f"/api/v2/requests/{number}", headers=ana))["request"]["status"] == "new"


def test_one_that_is_refused_stops_no_other(rest: Rest) -> None:
    staff = rest.token_of("agent")
    numbers = [opened(rest, staff), opened(rest, staff, status="closed"), opened(rest, staff)]
    query = ",".join(map(str, [*numbers, 9999]))
    body = {"ticket": {"priority": "urgent"}}
    job = ok(rest.http.put(f"/api/v2/tickets/update_many?ids={query},null,", json=body, headers=staff))["job_status"]
    assert [each["success"] for each in job["results"]] == [True, False, True, False]
    assert [each.get("error") for each in job["results"]] == [None, "RecordInvalid", None, "TicketNotFound"]
    assert ok(rest.http.get(job["url"].removeprefix(rest.settings.public_url), headers=staff))["job_status"] == job


@each_database
def test_an_export_by_cursor_brings_everything_once(rest: Rest) -> None:
    staff = rest.token_of("agent")
    numbers = [opened(rest, staff) for _ in range(5)]
    path, found = "/api/v2/incremental/tickets/cursor.json?start_time=0&per_page=2", []
    while True:
        answer = ok(rest.http.get(path, headers=staff))
        found += [each["id"] for each in answer["tickets"]]
        if answer["end_of_stream"]:
            break
        path = answer["after_url"].removeprefix(rest.settings.public_url)
    assert found == numbers


@pytest.mark.parametrize("query", ["", "start_time=99999999999", "start_time=4102444800", "cursor=nonsense"])
def test_an_export_from_no_moment_is_refused(rest: Rest, query: str) -> None:
    answer = rest.http.get(f"/api/v2/incremental/tickets/cursor?{query}", headers=rest.token_of("agent"))
    assert answer.status_code in (400, 422)


def test_blotted_words_are_nowhere_any_more(rest: Rest) -> None:
    staff = rest.token_of("agent")
    body = {"ticket": {"subject": "Clave", "comment": {"body": "Mi clave es hunter2."}}}
    made = ok(rest.http.post("/api/v2/tickets", json=body, headers=staff), 201)["ticket"]
    path = f"/api/v2/tickets/{made['id']}"
    (comment,) = ok(rest.http.get(f"{path}/comments", headers=staff))["comments"]
    ok(rest.http.put(f"{path}/comments/{comment['id']}/redact", json={"text": "hunter2"}, headers=staff))
    for shown in (path, f"{path}/comments", f"{path}/audits"):
        assert "hunter2" not in rest.http.get(shown, headers=staff).text


def test_a_comment_is_made_private_but_never_the_description(rest: Rest) -> None:
    staff, ana = rest.token_of("agent"), rest.token_of("customer", "ana@example.com")
    number = opened(rest, staff)
    path = f"/api/v2/tickets/{number}"
    ok(rest.http.put(path, json={"ticket": {"comment": {"body": "Ups"}}}, headers=staff))
    first, second = ok(rest.http.get(f"{path}/comments", headers=staff))["comments"]
    ok(rest.http.put(f"{path}/comments/{second['id']}/make_private", headers=staff))
    assert rest.http.put(f"{path}/comments/{first['id']}/make_private", headers=staff).status_code == 422
    seen = ok(rest.http.get(f"/api/v2/requests/{number}/comments", headers=ana))["comments"]
    assert [each["id"] for each in seen] == [first["id"]]
    assert rest.http.get(f"/api/v2/requests/{number}/comments/{second['id']}", headers=ana).status_code == 404


BAD: list[tuple[dict[str, Any], str]] = [
    ({"custom_fields": [{"id": "category", "value": "nothing"}]}, "category"),
    (
        {"custom_fields": [{"id": "category", "value": "question"}, {"id": "subcategory", "value": "slowness"}]},
        "subcategory",
    ),
    ({"custom_fields": [{"id": "category", "value": "incident"}]}, "subcategory"),
    ({"subject": "x" * 1_000_000}, "subject"),
    ({"subject": "\ud800"}, "subject"),
    ({"group_id": 99}, "group"),
    ({"problem_id": 1001}, "problem_id"),
    ({"assignee_email": "nobody@example.com"}, "assignee"),
    ({"email_ccs": [{"user_email": "nobody"}]}, "email_ccs"),
    ({"collaborator_ids": [3]}, "email_ccs"),
]


@pytest.mark.parametrize(("extra", "wrong"), BAD)
def test_what_is_wrong_is_named(rest: Rest, extra: dict[str, Any], wrong: str) -> None:
    body = {"ticket": {"subject": "Lento", "comment": {"body": "Va lento."}, **extra}}
    headers = {**rest.token_of("agent"), "Content-Type": "application/json"}
    # As ASCII: half a character cannot be written otherwise.
    answer = rest.http.post("/api/v2/tickets", content=json.dumps(body), headers=headers)
    assert wrong in ok(answer, 422)["details"]


def test_bytes_that_are_no_text_are_refused(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Content-Type": "application/json"}
    answer = rest.http.post("/api/v2/tickets", content=b'{"ticket": {"subject": "\xff\xfe"}}', headers=headers)
    assert answer.status_code in (400, 422)
    assert set(answer.json()) >= {"error", "description"}


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "9" * 30, "9" * 5000])
def test_an_id_that_is_none_is_not_found(rest: Rest, number: str) -> None:
    answer = rest.http.get(f"/api/v2/tickets/{number}", headers=rest.token_of("agent"))
    assert ok(answer, 404)["error"] == "RecordNotFound"


@each_database
def test_of_two_who_save_in_one_second_the_second_is_told(rest: Rest) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, staff)
    seen = ok(rest.http.get(f"/api/v2/tickets/{number}", headers=staff))["ticket"]
    stamp = {"safe_update": True, "updated_stamp": seen["updated_at"]}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"priority": "high", **stamp}}, headers=staff))
    answer = rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"priority": "low", **stamp}}, headers=staff)
    assert ok(answer, 409)["error"] == "UpdateConflict"
    assert ok(rest.http.get(f"/api/v2/tickets/{number}", headers=staff))["ticket"]["priority"] == "high"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/tickets/1001", {"ticket": {"priority": "high"}}),
        ("POST", "/tickets/1001/tags", {"tags": ["a"]}),
        ("POST", "/tickets/1001/merge", {"ids": [1002]}),
        ("POST", "/users", {"user": {"name": "Eva"}}),
        ("POST", "/organizations", {"organization": {"name": "acme"}}),
        ("PUT", "/tickets/update_many?ids=1001", {"ticket": {"priority": "high"}}),
    ],
)
def test_a_key_makes_any_write_once(rest: Rest, method: str, path: str, body: Any) -> None:
    staff = rest.token_of("admin")
    opened(rest, staff)
    opened(rest, staff)
    headers = {**staff, "Idempotency-Key": "once"}
    first = rest.http.request(method, f"/api/v2{path}", json=body, headers=headers)
    again = rest.http.request(method, f"/api/v2{path}", json=body, headers=headers)
    assert first.status_code in (200, 201), first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert [each.headers["x-idempotency-lookup"] for each in (first, again)] == ["miss", "hit"]
    other = {"user": {"name": "Otra"}, "ticket": {"priority": "low"}, "ids": [1003], "tags": ["b"]}
    other["organization"] = {"name": "otra"}
    refused = rest.http.request(method, f"/api/v2{path}", json=other, headers=headers)
    assert ok(refused, 400)["error"] == "IdempotentRequestError"
