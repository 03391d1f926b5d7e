"""The expected first response: from the calendar and from recent figures, told before and after a ticket is opened."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert

from api.tickets.expected import LEAST, MOST, expected_first_response
from api.tickets.models import Ticket
from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.life import HOUR, MINUTE, MONDAY, Time, opened
from tests.tickets.test_requests import INCIDENT

PATH = "/api/v2/expected_response"
SUNDAY = dt.datetime(2026, 10, 18, 15, tzinfo=dt.UTC)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def answered(rest: Rest, *minutes: int, priority: str = "low", category: str = "question", after: int = 0) -> None:
    """Tickets of last Monday, each answered after so many minutes of work."""
    start = MONDAY - dt.timedelta(days=14) + after * MINUTE
    rows = [
        {
            "subject": "a", "description": "b", "type": "question", "language": "es", "via": "api",
            "priority": priority, "category": category, "created_at": start, "first_response_at": start + each * MINUTE,
        }
        for each in minutes
    ]  # fmt: skip
    with rest.database.write() as session:
        session.execute(insert(Ticket), rows)


@each_database
def test_four_of_five_recent_tickets_were_answered_within_what_is_told(rest: Rest, time: Time) -> None:
    answered(rest, *range(10, 10 + LEAST - 1))
    with rest.database.read() as session:
        few = expected_first_response(session, rest.services, "low", "question", MONDAY)
        assert (few.minutes, few.median, few.samples) == (20, None, 0)
    answered(rest, 400)
    answered(rest, *[3] * MOST, category="incident")
    with rest.database.read() as session:
        found = expected_first_response(session, rest.services, "low", "question", MONDAY)
        assert (found.minutes, found.median, found.samples) == (20, 14, LEAST)
        assert expected_first_response(session, rest.services, "low", "incident", MONDAY).minutes == 5
    # Only the newest count.
    answered(rest, *[71] * MOST, after=8 * 1440)
    with rest.database.read() as session:
        assert expected_first_response(session, rest.services, "low", "question", MONDAY).minutes == 75


def test_nights_do_not_count_among_the_figures(rest: Rest, time: Time) -> None:
    answered(rest, *[22 * 60] * LEAST)  # from ten on Monday to eight on Tuesday
    with rest.database.read() as session:
        found = expected_first_response(session, rest.services, "low", "question", MONDAY)
    assert found.minutes == 8 * 60
    assert found.by == MONDAY + 8 * HOUR
    assert found.text["en"] == "The first response usually comes within 8 hours."


def test_it_is_honest_outside_of_hours_in_three_languages(rest: Rest, time: Time) -> None:
    with rest.database.read() as session:
        found = expected_first_response(session, rest.services, "low", "question", SUNDAY)
        late = expected_first_response(session, rest.services, "low", "question", MONDAY + 8 * HOUR - 5 * MINUTE)
    assert found.opens_at == MONDAY - 2 * HOUR
    assert found.text == {
        "es": "Ahora está cerrado: abrimos mañana a las 8:00 (hora de Bogotá). "
        "Primera respuesta prevista: el lunes a las 8:20 (hora de Bogotá).",
        "en": "We're closed right now and open tomorrow at 8:00 (Bogotá time). "
        "First response expected: Monday at 8:20 (Bogotá time).",
        "pt": "Agora estamos fechados: abrimos amanhã às 8:00 (horário de Bogotá). "
        "Primeira resposta prevista: segunda-feira às 8:20 (horário de Bogotá).",
    }
    # Five minutes before closing, twenty minutes are tomorrow.
    assert late.opens_at is None
    assert late.text["en"] == "First response expected: Tuesday at 8:15 (Bogotá time)."


def test_an_emergency_is_answered_at_every_hour(rest: Rest, time: Time) -> None:
    with rest.database.read() as session:
        found = expected_first_response(session, rest.services, "urgent", "outage", SUNDAY)
    assert (found.opens_at, found.by) == (None, SUNDAY + 20 * MINUTE)
    assert found.text["pt"] == "A primeira resposta costuma chegar em cerca de 20 minutos."


def test_anybody_may_ask_before_a_ticket_is_opened(rest: Rest, time: Time) -> None:
    facts = {"category": "incident", "users_affected": "external", "impact": "high", "language": "pt"}
    found = ok(rest.http.get(PATH, params=facts))["expected_response"]
    assert (found["priority"], found["minutes"], found["open"], found["opens_at"]) == ("urgent", 20, True, None)
    assert found["text"] == "A primeira resposta costuma chegar em cerca de 20 minutos."
    time.now = SUNDAY
    found = ok(rest.http.get(f"{PATH}.json"))["expected_response"]
    assert (found["open"], found["opens_at"], found["by"]) == (False, "2026-10-19T13:00:00Z", "2026-10-19T13:20:00Z")


@pytest.mark.parametrize("facts", [{"category": "sun"}, {"priority": "huge"}, {"support_type": "x"}, {"impact": "x"}])
def test_what_the_catalog_does_not_know_is_refused(rest: Rest, facts: dict[str, str]) -> None:
    known = {"category": "incident", "users_affected": "all"} if "impact" in facts else {}
    assert rest.http.get(PATH, params={**known, **facts}).status_code == 422


def test_the_confirmation_says_when_the_first_response_is_expected(rest: Rest, time: Time) -> None:
    time.now = SUNDAY
    opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    text = rest.mails("ana@example.com")[-1].text
    assert "abrimos mañana a las 8:00 (hora de Bogotá). Primera respuesta prevista: el lunes a las 8:20" in text


def test_a_customer_reads_it_on_the_ticket_until_it_is_answered(rest: Rest, time: Time) -> None:
    talk = rest.conversation("ana@example.com")
    path = f"/api/v2/requests/{opened(rest, talk)}"
    told = ok(rest.http.get(path, headers=talk.headers))["request"]["expected_first_response"]
    assert set(told) == set(rest.catalog.languages)
    staff = rest.token_of("agent")
    change = {"ticket": {"comment": {"body": "Lo miramos."}}}
    ok(rest.http.put(path.replace("requests", "tickets"), json=change, headers=staff))
    assert ok(rest.http.get(path, headers=talk.headers))["request"]["expected_first_response"] is None
