"""Whoever listens hears of every act on a ticket, in its transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.services import Services
from api.tickets import announcing
from api.tickets.announcing import Announcement
from api.tickets.models import Ticket
from tests.support.rest import Rest, ok
from tests.tickets.test_requests import draft


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Announcement]:
    happenings: list[Announcement] = []

    def listener(_session: Session, _services: Services, happening: Announcement) -> None:
        happenings.append(happening)

    monkeypatch.setattr(announcing, "LISTENERS", (*announcing.LISTENERS, listener))
    return happenings


def test_opening_and_every_change_is_announced_with_who_did_what(rest: Rest, heard: list[Announcement]) -> None:
    talk = rest.conversation("ana@example.com")
    number = ok(rest.http.post("/api/v2/requests", json=draft(), headers=talk.turn()), 201)["request"]["id"]
    staff = rest.token_of("agent")
    change: dict[str, Any] = {"status": "pending", "comment": {"body": "Mira esto"}}
    ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": change}, headers=staff))
    reply = {"request": {"comment": {"body": "Visto"}}}
    ok(rest.http.put(f"/api/v2/requests/{number}", json=reply, headers=talk.turn()))

    assert [(each.kind, each.by) for each in heard] == [
        ("opened", "customer"),
        ("changed", "agent"),
        ("changed", "customer"),
    ]
    assert all(each.ticket.id == number and each.audit is not None and each.customer is not None for each in heard)
    assert heard[1].changes == {"status": ("new", "pending")}
    assert [each.comment.body for each in heard[1:] if each.comment] == ["Mira esto", "Visto"]


def test_an_outage_is_announced_again_when_its_customer_is_known(rest: Rest, heard: list[Announcement]) -> None:
    talk = rest.conversation()
    ok(rest.http.post("/api/v2/requests", json=draft({"category": "outage"}), headers=talk.turn()), 201)
    ok(rest.http.post("/identity/codes", json={"email": "eva@example.com"}, headers=talk.turn()))
    code = rest.mails("eva@example.com")[0].subject.split()[-1]
    ok(rest.http.post("/identity/codes/verify", json={"code": code}, headers=talk.turn()))
    assert [(each.kind, each.customer is not None) for each in heard] == [("opened", False), ("claimed", True)]


def test_what_a_listener_refuses_did_not_happen(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_session: Session, _services: Services, _happening: Announcement) -> None:
        raise RuntimeError("the listener's row cannot be written")

    monkeypatch.setattr(announcing, "LISTENERS", (refuses,))
    talk = rest.conversation("ana@example.com")
    assert rest.http.post("/api/v2/requests", json=draft(), headers=talk.turn()).status_code == 500
    with rest.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0
