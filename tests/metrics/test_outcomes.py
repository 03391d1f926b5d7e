"""Outcomes: each rule, their precedence, and that they always add up."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database
from api.identity.customers import customer_of_address
from api.metrics.deciding import catch_up_wholly
from api.metrics.events import Event, EventType
from api.metrics.outcomes import Deflection, DeflectionFilter, deflection
from api.metrics.rules import Outcome
from api.metrics.terms import Terms
from tests.support.databases import each_database

NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=10)
TERMS = Terms()

Happened = tuple[EventType, dict[str, Any]]

ASKED: Happened = (EventType.ASKED_FOR_HELP, {})
SURE: Happened = (EventType.ANSWER_SHOWN, {"confident": True})
UNSURE: Happened = (EventType.ANSWER_SHOWN, {"confident": False})
FOUND_NOTHING: Happened = (EventType.SEARCHED, {"confident": False})
YES: Happened = (EventType.SOLVED_YES, {})
NO: Happened = (EventType.SOLVED_NO, {})
STEP: Happened = (EventType.FORM_STEP, {"asks": "category"})
CANCELLED: Happened = (EventType.FORM_CANCELLED, {})
TICKET: Happened = (EventType.TICKET_OPENED, {})
FOLLOWED: Happened = (EventType.NOTICE_SUBSCRIBED, {"notice_id": 1})
STARTED: Happened = (EventType.CONVERSATION_STARTED, {})


def tell(
    session: Session, *events: Happened, at: dt.datetime = LONG_AGO, email: str | None = None, **columns: Any
) -> str:
    """A conversation in which this happened, a second apart."""
    customer = customer_of_address(session, email) if email else None
    row = Conversation(
        id=uuid.uuid4().hex,
        token_hash="",
        channel=columns.pop("channel", "widget"),
        language=columns.pop("language", "es"),
        customer_id=customer.id if customer else None,
        created_at=at,
        **columns,
    )
    session.add(row)
    session.flush()
    for number, (kind, data) in enumerate(events):
        session.add(Event(type=kind, conversation_id=row.id, data=data, at=at + dt.timedelta(seconds=number)))
    session.flush()
    return row.id


def figures(session: Session, **chosen: Any) -> Deflection:
    catch_up_wholly(session, TERMS, NOW)
    return deflection(session, DeflectionFilter(NOW - dt.timedelta(days=30), NOW, **chosen))


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ([STARTED], None),
        ([STARTED, ASKED], Outcome.ABANDONED),
        ([ASKED, SURE], Outcome.ASSUMED),
        ([ASKED, SURE, YES], Outcome.CONFIRMED),
        ([ASKED, SURE, NO], Outcome.UNANSWERED),
        ([ASKED, UNSURE], Outcome.UNANSWERED),
        ([ASKED, FOUND_NOTHING], Outcome.UNANSWERED),
        ([ASKED, UNSURE, YES], Outcome.CONFIRMED),
        ([ASKED, SURE, NO, ASKED, SURE], Outcome.ASSUMED),
        ([ASKED, SURE, NO, ASKED, SURE, YES], Outcome.CONFIRMED),
        ([ASKED, SURE, YES, ASKED, FOUND_NOTHING], Outcome.UNANSWERED),
        ([ASKED, SURE, YES, ASKED], Outcome.ASSUMED),
        ([ASKED, SURE, NO, STEP, STEP], Outcome.ABANDONED),
        ([ASKED, SURE, STEP, CANCELLED], Outcome.ASSUMED),
        ([ASKED, SURE, NO, STEP, TICKET], Outcome.ESCALATED),
        ([ASKED, SURE, YES, STEP, TICKET], Outcome.ESCALATED),
        ([ASKED, TICKET, SURE, YES], Outcome.ESCALATED),
        ([ASKED, STEP, FOLLOWED], Outcome.ASSUMED),
        ([ASKED, FOLLOWED, ASKED, FOUND_NOTHING, NO], Outcome.UNANSWERED),
        ([TICKET], None),
    ],
)
def test_each_conversation_has_the_first_outcome_that_holds(
    database: Database, events: list[Happened], outcome: Outcome | None
) -> None:
    with database.write() as session:
        tell(session, *events)
        found = figures(session)
    assert found.conversations == 1
    assert {name for name, number in found.outcomes.items() if number} == ({outcome.value} if outcome else set())
    assert found.asked_for_help == (0 if outcome is None else 1)
    assert not any(found.provisional.values())


@each_database
def test_the_same_customer_who_comes_back_takes_a_success_back(database: Database) -> None:
    with database.write() as session:
        tell(session, ASKED, SURE, YES, at=NOW - dt.timedelta(days=9), email="ana@example.com")
        tell(session, ASKED, SURE, at=NOW - dt.timedelta(days=3), email="ana@example.com")
        tell(session, ASKED, SURE, YES, at=NOW - dt.timedelta(days=9), email="eva@example.com")
        tell(session, ASKED, SURE, YES, at=NOW - dt.timedelta(days=1), email="eva@example.com")
        found = figures(session)
    assert found.outcomes == {
        "confirmed": 2, "assumed": 1, "abandoned": 0, "escalated": 0, "unanswered": 0, "recontacted": 1,
    }  # fmt: skip
    assert (found.deflection_rate, found.resolution_rate) == (1.0, 0.75)


def test_what_may_still_change_is_counted_but_left_out_of_the_rate(database: Database) -> None:
    with database.write() as session:
        for events in ([ASKED, SURE], [ASKED, SURE, YES], [ASKED, FOUND_NOTHING], [ASKED, STEP]):
            tell(session, *events, at=NOW - TERMS.quiet / 2)
        tell(session, ASKED, FOUND_NOTHING)
        found = figures(session)
    assert found.asked_for_help == sum(found.outcomes.values()) == 5
    assert found.provisional == {"assumed": 1, "abandoned": 1, "unanswered": 1}
    assert (found.deflection_rate, found.resolution_rate) == (1.0, 0.5)


def test_nobody_asking_is_no_rate_rather_than_zero(database: Database) -> None:
    with database.write() as session:
        found = figures(session)
    assert (found.asked_for_help, found.deflection_rate) == (0, None)


def test_test_traffic_and_what_lies_outside_the_range_are_left_out(database: Database) -> None:
    with database.write() as session:
        tell(session, ASKED, SURE, YES, is_test=True)
        tell(session, ASKED, SURE, YES, at=NOW - dt.timedelta(days=30, seconds=1))
        tell(session, ASKED, SURE, YES, at=NOW)
        tell(session, ASKED, SURE, YES, at=NOW - dt.timedelta(days=30))
        assert figures(session).conversations == 1


def test_filters_choose_by_language_channel_and_category(database: Database) -> None:
    with database.write() as session:
        tell(session, ASKED, SURE, YES, language="pt", channel="admin", category="incident")
        tell(session, ASKED, SURE, YES)
        for chosen in ({"language": "pt"}, {"channel": "admin"}, {"category": "incident"}):
            assert figures(session, **chosen).conversations == 1
        assert figures(session).conversations == 2


def test_events_that_were_written_out_of_order_are_read_in_order(database: Database) -> None:
    with database.write() as session:
        name = tell(session)
        for seconds, (kind, data) in ((3, YES), (1, ASKED), (2, SURE)):
            at = LONG_AGO + dt.timedelta(seconds=seconds)
            session.add(Event(type=kind, conversation_id=name, data=data, at=at))
        session.flush()
        assert figures(session).outcomes["confirmed"] == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from([STARTED, ASKED, SURE, UNSURE, FOUND_NOTHING, YES, NO, STEP, CANCELLED, TICKET]),
                max_size=8,
            ),
            st.sampled_from(["ana@example.com", "eva@example.com", None]),
            st.integers(0, 29 * 24),
        ),
        max_size=8,
    )
)
def test_outcomes_are_exclusive_and_exhaustive(
    database: Database, told: list[tuple[list[Happened], str | None, int]]
) -> None:
    with database.write() as session:
        session.execute(delete(Event))
        session.execute(delete(Conversation))
        for events, email, hours in told:
            tell(session, *events, email=email, at=NOW - dt.timedelta(hours=hours + 1))
        found = figures(session)
    assert found.conversations == len(told)
    assert found.asked_for_help == sum(ASKED in events for events, _, _ in told)
    assert sum(found.outcomes.values()) == found.asked_for_help
    assert all(found.provisional[name] <= found.outcomes[name] for name in found.provisional)
    assert found.tickets == sum(events.count(TICKET) for events, _, _ in told)
