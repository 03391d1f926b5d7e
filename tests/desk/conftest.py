"""Tickets of a customer, and staff of each role."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rest import Rest, Talk, ok, rest

__all__ = ["rest"]

FIELDS = [
    {"id": "category", "value": "incident"},
    {"id": "subcategory", "value": "reports"},
    {"id": "users_affected", "value": "internal"},
    {"id": "impact", "value": "moderate"},
    {"id": "platform", "value": "Lumbra Store"},
]


def ticket_of(talk: Talk, subject: str = "El reporte llega vacío") -> int:
    """A ticket that the customer of a conversation opens in it."""
    body = {"subject": subject, "description": "Desde ayer no trae filas.", "custom_fields": FIELDS}
    made = ok(talk.rest.http.post("/api/v2/requests", json={"request": body}, headers=talk.turn()), 201)
    number: int = made["request"]["id"]
    return number


def change(rest_: Rest, ticket_id: int, staff: dict[str, str], **values: Any) -> dict[str, Any]:
    """A change by staff."""
    return ok(rest_.http.put(f"/api/v2/tickets/{ticket_id}", json={"ticket": values}, headers=staff))


@pytest.fixture
def agent(rest: Rest) -> dict[str, str]:
    return rest.token_of("agent", "eva@staff.example")


@pytest.fixture
def lead(rest: Rest) -> dict[str, str]:
    return rest.token_of("lead", "leo@staff.example")
