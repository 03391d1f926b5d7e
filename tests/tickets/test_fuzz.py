"""Whatever is posted, the answer is one of ours: created or refused, never an error on our side."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.databases import each_database
from tests.support.rest import Rest

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELD = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["category", "subcategory", "impact", "platform", "order_id", "purpose", "subject", 7])
        | JSON,
        "value": st.sampled_from(["incident", "outage", "linkedin", "reports", "high", "demo"]) | JSON,
    }
)
TICKET = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.text() | JSON,
        "comment": st.fixed_dictionaries({}, optional={"body": st.text() | JSON, "public": JSON}) | JSON,
        "priority": st.sampled_from(["low", "urgent"]) | JSON,
        "status": st.sampled_from(["open", "closed"]) | JSON,
        "type": st.sampled_from(["incident", "task"]) | JSON,
        "custom_fields": st.lists(FIELD, max_size=4) | JSON,
        "tags": st.lists(st.text(), max_size=3) | JSON,
        "requester": st.fixed_dictionaries({}, optional={"email": st.emails() | JSON, "name": JSON}) | JSON,
        "requester_id": JSON,
        "assignee_id": JSON,
        "updated_stamp": st.datetimes().map(str) | JSON,
        "safe_update": JSON,
        "external_id": JSON,
    },
)


@each_database
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(posted=TICKET, changed=TICKET)
def test_no_body_is_an_error_of_ours(rest: Rest, posted: dict[str, Any], changed: dict[str, Any]) -> None:
    headers = getattr(rest, "_staff", None) or rest.token_of("agent")
    rest._staff = headers  # type: ignore[attr-defined]
    for method, path, body in (
        ("POST", "/api/v2/tickets", {"ticket": {"subject": "x", "comment": {"body": "y"}}}),
        ("POST", "/api/v2/tickets", {"ticket": posted}),
        ("PUT", "/api/v2/tickets/1001", {"ticket": changed}),
        ("POST", "/api/v2/requests", {"request": posted}),
    ):
        answer = rest.http.request(method, path, json=body, headers=headers)
        assert answer.status_code in (200, 201, 403, 409, 422), (path, body, answer.text)
        assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("path", ["/api/v2/tickets", "/api/v2/requests"])
def test_a_method_or_path_that_is_not_there_is_said_in_zendesks_shape(rest: Rest, path: str) -> None:
    for method, where, status in (("DELETE", path, 405), ("GET", f"{path}/1/nonsense", 404)):
        answer = rest.http.request(method, where)
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "description"}
