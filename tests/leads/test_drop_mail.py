"""The mail about a deflection that dropped beyond chance: once for each drop, to leads who want mail, in their language."""

from __future__ import annotations

import datetime as dt

import pytest

from api.database import utc_now
from api.leads import store
from api.leads.drop_mail import SEEN, DropWorker
from tests.leads.conftest import Opener, Past
from tests.support.rest import Rest

DAY = dt.timedelta(days=1)


def talks(past: Past, days: float, solved: int, escalated: int) -> None:
    for _ in range(solved):
        past.talk("asked_for_help", "answer", "solved_yes", days=days)
    for _ in range(escalated):
        past.talk("asked_for_help", "answer", "ticket", days=days)


@pytest.fixture
def drop(past: Past) -> None:
    talks(past, 40, solved=12, escalated=2)
    talks(past, 10, solved=2, escalated=12)


async def test_a_drop_is_told_once_however_many_processes_look_and_however_long_it_lasts(
    rest: Rest, drop: None
) -> None:
    for email, role in (("eva@team.example", "lead"), ("ben@team.example", "agent")):
        rest.token_of(role, email)  # type: ignore[arg-type]
    assert await DropWorker(rest.services).look() == 1
    assert await DropWorker(rest.services).look() == 0
    assert await DropWorker(rest.services).look(utc_now() + DAY) == 0
    assert rest.mails("ben@team.example") == []
    (mail,) = rest.mails("eva@team.example")
    assert "menos conversaciones" in mail.subject
    assert "La tasa de resueltas sin ticket cayó" in mail.text
    assert "/leads?from=" in mail.text
    assert "{" not in mail.text


async def test_a_drop_that_is_over_is_forgotten_so_that_the_next_one_is_told(rest: Rest, drop: None) -> None:
    rest.token_of("lead", "eva@team.example")
    assert await DropWorker(rest.services).look() == 1
    with rest.database.read() as session:
        assert store.setting(session, SEEN) is not None
    # By then nothing of it is left in either period.
    assert await DropWorker(rest.services).look(utc_now() + 70 * DAY) == 0
    with rest.database.read() as session:
        assert store.setting(session, SEEN) is None


async def test_what_may_be_chance_and_who_wants_no_mail_get_none(rest: Rest, past: Past, look: Opener) -> None:
    talks(past, 40, solved=3, escalated=1)
    talks(past, 10, solved=2, escalated=2)
    assert await DropWorker(rest.services).look() == 0
    talks(past, 40, solved=12, escalated=0)
    talks(past, 10, solved=0, escalated=12)
    look("/leads/report/subscription", form={"wanted": "no", "language": "en"})
    assert await DropWorker(rest.services).look() == 0
    assert rest.mails("eva@team.example") == []
