"""Who may do what under /api/v2: the table of docs/ticketing-api.md, line by line."""

from __future__ import annotations

from typing import Any

from api.identity.principal import Role
from tests.support.rest import Rest, ok

ROLES: tuple[Role, ...] = ("customer", "agent", "lead", "admin")

# method, path, body, the roles that may
TABLE: list[tuple[str, str, Any, tuple[Role, ...]]] = [
    ("GET", "/users/me", None, ROLES),
    ("GET", "/ticket_fields", None, ROLES),
    ("GET", "/ticket_forms", None, ROLES),
    ("GET", "/locales", None, ROLES),
    ("GET", "/custom_statuses", None, ROLES),
    ("GET", "/requests", None, ROLES[:1]),
    ("GET", "/requests/open", None, ROLES[:1]),
    ("GET", "/requests/ccd", None, ROLES[:1]),
    ("POST", "/requests", {"request": {"subject": "x", "comment": {"body": "y"}}}, ROLES[:1]),
    ("GET", "/tickets", None, ROLES[1:]),
    ("GET", "/tickets/count", None, ROLES[1:]),
    ("GET", "/tickets/1001", None, ROLES[1:]),
    ("GET", "/tickets/1001/comments", None, ROLES[1:]),
    ("GET", "/tickets/1001/audits", None, ROLES[1:]),
    ("GET", "/tickets/1001/metrics", None, ROLES[1:]),
    ("GET", "/ticket_audits", None, ROLES[1:]),
    ("GET", "/deleted_tickets", None, ROLES[1:]),
    ("GET", "/incremental/tickets/cursor?start_time=0", None, ROLES[1:]),
    ("GET", "/incremental/users?start_time=0", None, ROLES[1:]),
    ("GET", "/satisfaction_ratings", None, ROLES[1:]),
    ("GET", "/search?query=x", None, ROLES[1:]),
    ("GET", "/users", None, ROLES[1:]),
    ("GET", "/groups", None, ROLES[1:]),
    ("GET", "/group_memberships", None, ROLES[1:]),
    ("GET", "/organizations", None, ROLES[1:]),
    ("POST", "/tickets", {"ticket": {"subject": "x", "comment": {"body": "y"}}}, ROLES[1:]),
    ("PUT", "/tickets/1001", {"ticket": {"priority": "high"}}, ROLES[1:]),
    ("PUT", "/tickets/1001/tags", {"tags": ["a"]}, ROLES[1:]),
    ("PUT", "/tickets/update_many?ids=1001", {"ticket": {"priority": "low"}}, ROLES[1:]),
    ("POST", "/tickets/1001/merge", {"ids": [4040]}, ROLES[1:]),
    ("POST", "/users", {"user": {"name": "Eva"}}, ROLES[1:]),
    ("PUT", "/users/2", {"user": {"name": "Eva"}}, ROLES[1:]),
    ("PUT", "/users/2", {"user": {"email": "eva@example.com"}}, ROLES[2:]),
    ("POST", "/users", {"user": {"name": "Leo", "email": "leo@example.com", "role": "agent"}}, ROLES[3:]),
    ("POST", "/organizations", {"organization": {"name": "acme"}}, ROLES[3:]),
    ("POST", "/group_memberships", {"group_membership": {"user_id": 3, "group_id": 1}}, ROLES[3:]),
    ("DELETE", "/users/5", None, ROLES[3:]),
    ("DELETE", "/tickets/1001", None, ROLES[1:]),
]


def test_the_table_of_rights_holds(rest: Rest) -> None:
    rest.token_of("customer", "first@example.com")
    rest.token_of("agent", "one@example.com")
    rest.token_of("agent", "two@example.com")
    tokens = {role: rest.token_of(role) for role in ROLES}
    ticket = {"ticket": {"subject": "x", "comment": {"body": "y"}, "requester": {"email": "first@example.com"}}}
    ok(rest.http.post("/api/v2/tickets", json=ticket, headers=tokens["agent"]), 201)
    for method, path, body, may in TABLE:

        def status(headers: dict[str, str], method: str = method, path: str = path, body: Any = body) -> int:
            return rest.http.request(method, f"/api/v2{path}", json=body, headers=headers).status_code

        assert status({}) == 401, (method, path)
        refused = [role for role in ROLES if role not in may]
        assert {role: status(tokens[role]) for role in refused} == dict.fromkeys(refused, 403), (method, path)
        assert status(tokens[may[0]]) in (200, 201, 204), (method, path)


def test_a_conversation_has_its_customers_rights_once_the_address_is_verified(rest: Rest) -> None:
    assert rest.http.get("/api/v2/requests", headers=rest.conversation().headers).status_code == 403
    talk = rest.conversation("ana@example.com")
    for headers in (talk.headers, talk.turn()):
        assert ok(rest.http.get("/api/v2/requests", headers=headers))["count"] == 0
        assert rest.http.get("/api/v2/tickets", headers=headers).status_code == 403


def test_a_token_that_only_reads_changes_nothing(rest: Rest) -> None:
    reader = rest.token_of("admin", scopes=["read"])
    ok(rest.http.get("/api/v2/tickets", headers=reader))
    assert rest.http.post("/api/v2/users", json={"user": {"name": "Eva"}}, headers=reader).status_code == 403


def test_a_customer_sees_no_other_person(rest: Rest) -> None:
    ana, luis = rest.token_of("customer", "ana@example.com"), rest.token_of("customer", "luis@example.com")
    mine = ok(rest.http.get("/api/v2/users/me", headers=ana))["user"]["id"]
    assert ok(rest.http.get(f"/api/v2/users/{mine}", headers=ana))["user"]["email"] == "ana@example.com"
    assert rest.http.get(f"/api/v2/users/{mine}", headers=luis).status_code == 404
    assert rest.http.get(f"/api/v2/users/{mine}/identities", headers=luis).status_code == 404
