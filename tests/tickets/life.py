"""What tests of a ticket's life share: an hour of the week that is an hour of work, and a clock to turn."""

from __future__ import annotations

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

import api.database
from api.tickets.models import Ticket
from tests.support.rest import Rest, Talk, ok
from tests.tickets.test_requests import draft

# Monday, ten o'clock in Bogotá; support is at work from 8 to 18, Monday to Friday.
MONDAY = dt.datetime(2026, 10, 19, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


class Time:
    """The time as the api sees it, which passes when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: dt.datetime = MONDAY) -> None:
        self.now = now
        fake = SimpleNamespace(datetime=SimpleNamespace(now=lambda _: self.now), UTC=dt.UTC)
        monkeypatch.setattr(api.database, "dt", fake)

    def passes(self, time: dt.timedelta) -> None:
        self.now += time


def opened(rest: Rest, talk: Talk, **changes: Any) -> int:
    return int(
        ok(rest.http.post("/api/v2/requests", json=draft(**changes), headers=talk.headers), 201)["request"]["id"]
    )


def changed(rest: Rest, number: int, staff: dict[str, str], **ticket: Any) -> dict[str, Any]:
    body = ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": ticket}, headers=staff))
    return dict(body["ticket"])


def shown(rest: Rest, number: int, staff: dict[str, str]) -> dict[str, Any]:
    return dict(ok(rest.http.get(f"/api/v2/tickets/{number}", headers=staff))["ticket"])


def audits(rest: Rest, number: int, staff: dict[str, str]) -> list[dict[str, Any]]:
    return list(ok(rest.http.get(f"/api/v2/tickets/{number}/audits", headers=staff))["audits"])


def stored(rest: Rest, number: int) -> Ticket:
    with rest.database.read() as session:
        return session.get_one(Ticket, number)


def look(worker: Any) -> int:
    return int(asyncio.run(worker.look()))
