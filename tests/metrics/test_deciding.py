"""Deciding as things happen: what is noted, what is decided again and why, what time alone changes, and for whom."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import Database
from api.identity import accounts
from api.metrics.choice import Choice, day_start
from api.metrics.counting import differences
from api.metrics.deciding import anything_to_do, catch_up, catch_up_wholly, note_everything, undecided
from api.metrics.events import Event, EventType
from api.metrics.listing import answers_of, changes_of, curve, decision_of, late_changes, rows
from api.metrics.models import Decision
from api.metrics.queries import by_hour, funnel, leaving, series, totals
from api.metrics.rules import RULES, TEXTS, Outcome
from api.metrics.terms import Terms
from tests.metrics.test_outcomes import ASKED, FOUND_NOTHING, LONG_AGO, NO, NOW, STARTED, STEP, TICKET, YES, tell
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

TERMS = Terms()
HOUR = dt.timedelta(hours=1)
RANGE = Choice(NOW.date() - dt.timedelta(days=60), NOW.date())


def answer(*articles: str, confident: bool = True, confidence: float = 0.8) -> tuple[EventType, dict[str, Any]]:
    return EventType.ANSWER_SHOWN, {"confident": confident, "article_ids": list(articles), "confidence": confidence}


def outcome_of(session: Session, name: str, now: dt.datetime = NOW) -> str:
    catch_up_wholly(session, TERMS, now)
    found = decision_of(session, name)
    assert found is not None
    return found.outcome or found.kind


def happen(session: Session, name: str, kind: EventType, at: dt.datetime, **data: Any) -> None:
    session.add(Event(type=kind, conversation_id=name, data=data, at=at))
    session.flush()


@each_database
def test_whatever_is_written_by_whatever_way_is_noted_and_decided_once(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED, answer("exports"))
        assert outcome_of(session, name) == "assumed"
        assert not anything_to_do(session, TERMS, NOW)
        session.execute(
            text("INSERT INTO events (type, conversation_id, data, at) VALUES ('solved_yes', :id, '{}', :at)"),
            {"id": name, "at": "2026-06-25 10:00:00.000000"},
        )
        assert undecided(session) == 1
        assert outcome_of(session, name) == "confirmed"
        session.execute(update(Conversation).where(Conversation.id == name).values(category="incident"))
        catch_up_wholly(session, TERMS, NOW)
        assert decision_of(session, name).category == "incident"  # type: ignore[union-attr]
        # Nothing of a decision depends on these.
        session.execute(update(Conversation).where(Conversation.id == name).values(last_seq=7, page_title="x"))
        assert undecided(session) == 0
        session.execute(delete(Event).where(Event.conversation_id == name))
        session.execute(delete(Conversation).where(Conversation.id == name))
        catch_up_wholly(session, TERMS, NOW)
        session.expire_all()
        assert decision_of(session, name) is None
        assert differences(session) == []


@each_database
def test_a_late_event_decides_again_and_says_which_and_from_what_to_what(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED, answer("exports"))
        catch_up_wholly(session, TERMS, NOW)
        happen(session, name, EventType.SOLVED_NO, LONG_AGO + HOUR)
        assert outcome_of(session, name) == "unanswered"
        (change,) = changes_of(session, name)
        assert (change.before, change.after, change.late) == ("help:assumed", "help:unanswered", True)
        assert change.because == EventType.SOLVED_NO
        assert change.event_id is not None
        assert late_changes(session, NOW - HOUR, NOW + HOUR) == [change]
        assert decision_of(session, name).changes == 1  # type: ignore[union-attr]
        # The same told once more is nothing new.
        note_everything(session)
        catch_up_wholly(session, TERMS, NOW)
        assert len(changes_of(session, name)) == 1


def test_time_alone_settles_an_outcome_and_is_found_without_looking_at_the_rest(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED, answer("exports"), at=NOW - HOUR)
        catch_up_wholly(session, TERMS, NOW)
        assert totals(session, RANGE).provisional["assumed"] == 1
        later = NOW + TERMS.quiet
        assert anything_to_do(session, TERMS, later)
        catch_up_wholly(session, TERMS, later)
        session.expire_all()
        assert decision_of(session, name).provisional is False  # type: ignore[union-attr]
        assert (totals(session, RANGE).settled, changes_of(session, name)) == (1, [])
        plan = session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM decisions WHERE settles_at <= '2026-01-01' AND settles_at IS NOT NULL"
            )
        )
        assert "ix_decisions_settles_at" in str(plan.all())


@pytest.mark.parametrize(
    ("first", "second", "taken_back"),
    [
        ({"category": "incident", "subcategory": "reports"}, {"category": "incident", "subcategory": "reports"}, True),
        ({"category": "incident", "subcategory": "reports"}, {"category": "incident"}, True),
        ({"category": "incident", "subcategory": "reports"}, {"category": "incident", "subcategory": "roles"}, False),
        ({"category": "incident"}, {"category": "question"}, False),
        ({"category": "incident", "article": "exports"}, {"category": "question", "article": "exports"}, True),
        ({"article": "exports"}, {"article": "exports"}, True),
        ({"article": "exports"}, {"article": "roles"}, False),
        ({"article": "exports"}, {"category": "question"}, True),
        ({}, {"article": "roles"}, True),
    ],
)
def test_only_the_same_matter_takes_a_success_back(
    database: Database, first: dict[str, str], second: dict[str, str], taken_back: bool
) -> None:
    def talk(session: Session, about: dict[str, str], at: dt.datetime) -> str:
        columns = {name: value for name, value in about.items() if name != "article"}
        shown = answer(*([about["article"]] if "article" in about else []))
        return tell(session, ASKED, shown, YES, at=at, email="ana@example.com", **columns)

    with database.write() as session:
        name = talk(session, first, NOW - dt.timedelta(days=9))
        talk(session, second, NOW - dt.timedelta(days=5))
        assert outcome_of(session, name) == ("recontacted" if taken_back else "confirmed")


def test_both_windows_are_told_and_whoever_turns_out_to_be_another_gives_a_success_back(database: Database) -> None:
    with database.write() as session:
        soon = tell(session, ASKED, answer("a"), at=LONG_AGO, email="ana@example.com")
        late = tell(session, ASKED, answer("a"), at=LONG_AGO, email="eva@example.com")
        tell(session, ASKED, FOUND_NOTHING, at=LONG_AGO + 20 * HOUR, email="ana@example.com")
        again = tell(session, ASKED, FOUND_NOTHING, at=LONG_AGO + 50 * HOUR, email="eva@example.com")
        assert (outcome_of(session, soon), outcome_of(session, late)) == ("recontacted", "recontacted")
        assert totals(session, RANGE).sums["within_day"] == 1
        assert [each.id for each in rows(session, RANGE, "recontacted_soon").rows] == [soon]
        session.execute(update(Conversation).where(Conversation.id == again).values(customer_id=None))
        session.expire_all()
        assert outcome_of(session, late) == "assumed"
        (change,) = changes_of(session, late)
        assert (change.because, change.other_id) == ("recontact", again)
        assert differences(session) == []


@each_database
def test_a_ticket_by_form_takes_a_success_back_and_is_counted_apart(rest: Rest) -> None:
    email = "ana@example.com"
    now = dt.datetime.now(dt.UTC)
    with rest.database.write() as session:
        name = tell(session, ASKED, answer("exports"), at=now - 3 * HOUR, email=email)
        catch_up_wholly(session, TERMS, now)
    with rest.database.write() as session:
        token = accounts.create_api_token(session, email=email).token
    body = {"request": {"subject": "Still broken", "comment": {"body": "It is."}}}
    made = ok(rest.http.post("/api/v2/requests", json=body, headers={"Authorization": f"Bearer {token}"}), 201)
    with rest.database.write() as session:
        assert outcome_of(session, name, dt.datetime.now(dt.UTC)) == "recontacted"
        found = totals(session, Choice(now.date() - dt.timedelta(days=1), now.date() + dt.timedelta(days=1)))
        assert (found.conversations, found.tickets, found.apart) == (1, 0, 1)
        ticket = decision_of(session, f"ticket-{made['request']['id']}")
        assert ticket is not None
        assert (ticket.kind, ticket.customer_id) == ("ticket", decision_of(session, name).customer_id)  # type: ignore[union-attr]


def test_conversations_that_did_not_ask_are_counted_apart_and_tests_and_staff_nowhere(database: Database) -> None:
    with database.write() as session:
        kinds = {
            tell(session, STARTED): "greeting",
            tell(session, STARTED, (EventType.STATUS_ASKED, {})): "status",
            tell(session, STARTED, (EventType.NOTICE_SUBSCRIBED, {})): "subscription",
            tell(session, STARTED, TICKET): "form",
            tell(session, ASKED, answer("a"), is_test=True): "test",
            tell(session, ASKED, answer("a"), email="lead@example.com"): "staff",
        }
        mine = next(name for name, kind in kinds.items() if kind == "staff")
        assert outcome_of(session, mine) == "assumed", "nobody of staff has that address yet"
        accounts.create_user(session, email="lead@example.com", role="lead", password="long enough for us")
        session.flush()
        assert {name: outcome_of(session, name) for name in kinds} == kinds
        found = totals(session, RANGE)
        assert (found.conversations, found.asked) == (4, 0)
        assert answers_of(session, mine) == []
        assert differences(session) == []


@each_database
def test_two_processes_and_transactions_that_commit_late_lose_nothing(database: Database) -> None:
    with database.write() as session:
        names = [tell(session, ASKED, answer("a"), email=f"c{number}@example.com") for number in range(12)]
    failures: list[BaseException] = []

    def write(part: list[str]) -> None:
        for name in part:
            with database.write() as session:
                happen(session, name, EventType.SOLVED_YES, LONG_AGO + HOUR)

    def decide() -> None:
        try:
            for _ in range(15):
                with database.write() as session:
                    catch_up(session, TERMS, NOW, limit=5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(names[start::2],)) for start in (0, 1)]
    threads += [threading.Thread(target=decide) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    with database.write() as session:
        catch_up_wholly(session, TERMS, NOW)
        assert totals(session, RANGE).outcomes["confirmed"] == 12
        assert differences(session) == []


@pytest.mark.parametrize("kind_of_database", ["postgresql"])
def test_an_event_whose_number_is_lower_but_which_is_committed_later_is_not_passed_over(database: Database) -> None:
    with database.write() as session:
        slow, quick = tell(session, ASKED, answer("a")), tell(session, ASKED, answer("a"))
        catch_up_wholly(session, TERMS, NOW)
    with Session(database.engine) as first:
        happen(first, slow, EventType.SOLVED_YES, LONG_AGO + HOUR)
        with database.write() as second:
            happen(second, quick, EventType.SOLVED_YES, LONG_AGO + HOUR)
        with database.write() as session:
            assert outcome_of(session, quick) == "confirmed"
        first.commit()
    with database.write() as session:
        assert (outcome_of(session, slow), outcome_of(session, quick)) == ("confirmed", "confirmed")


def test_days_and_hours_are_local_where_clocks_go_forward_and_back(database: Database) -> None:
    zone = ZoneInfo("Europe/Madrid")
    terms = Terms(zone=zone)
    # 2026-03-29 has 23 hours, 2026-10-25 has 25: the hour from 2 to 3 comes twice.
    moments = {
        "2026-03-29T00:30:00+00:00": ("2026-03-29", 1),
        "2026-03-29T01:30:00+00:00": ("2026-03-29", 3),
        "2026-10-25T00:30:00+00:00": ("2026-10-25", 2),
        "2026-10-25T01:30:00+00:00": ("2026-10-25", 2),
        "2026-10-25T22:59:59+00:00": ("2026-10-25", 23),
        "2026-10-25T23:00:00+00:00": ("2026-10-26", 0),
    }
    with database.write() as session:
        made = {tell(session, ASKED, at=dt.datetime.fromisoformat(each)): wanted for each, wanted in moments.items()}
        catch_up_wholly(session, terms, NOW + dt.timedelta(days=200))
        for name, (day, hour) in made.items():
            found = decision_of(session, name)
            assert found is not None
            assert (found.day.isoformat(), found.hour) == (day, hour)
        autumn = Choice(dt.date(2026, 10, 25), dt.date(2026, 10, 25))
        assert totals(session, autumn).asked == 3
        assert sum(each.asked for each in by_hour(session, autumn)) == 3
    begin, end = (day_start(dt.date(2026, 10, day), zone) for day in (25, 26))
    assert (end.astimezone(dt.UTC) - begin.astimezone(dt.UTC)) == dt.timedelta(hours=25)
    # Where midnight is skipped, the day begins an hour later.
    assert day_start(dt.date(2026, 9, 6), ZoneInfo("America/Santiago")).hour == 1


def test_another_time_zone_or_window_decides_everything_again(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED, answer("a"), at=dt.datetime(2026, 6, 2, 2, tzinfo=dt.UTC))
        catch_up_wholly(session, TERMS, NOW)
        bogota = Terms(zone=ZoneInfo("America/Bogota"))
        assert anything_to_do(session, bogota, NOW)
        catch_up_wholly(session, bogota, NOW)
        session.expire_all()
        found = decision_of(session, name)
        assert found is not None
        assert (found.day, found.hour) == (dt.date(2026, 6, 1), 21)
        assert differences(session) == []


def test_a_clock_that_is_ahead_leaves_an_outcome_provisional_rather_than_settled(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED, answer("a"))
        happen(session, name, EventType.LANGUAGE_CHOSEN, NOW + 5 * HOUR)
        assert outcome_of(session, name) == "assumed"
        assert decision_of(session, name).provisional is True  # type: ignore[union-attr]


def test_a_question_that_a_wrong_clock_has_before_its_beginning_still_takes_a_success_back(database: Database) -> None:
    with database.write() as session:
        end = LONG_AGO + dt.timedelta(seconds=1)
        begun = end + TERMS.recontact + HOUR
        again = tell(session, STARTED, at=begun, email="ana@example.com")
        happen(session, again, EventType.ASKED_FOR_HELP, begun - 2 * HOUR)
        catch_up_wholly(session, TERMS, NOW)
        name = tell(session, ASKED, answer("a"), email="ana@example.com")
        assert outcome_of(session, name) == "recontacted"


def test_an_earlier_visit_decided_again_does_not_undo_what_a_later_one_took_back(database: Database) -> None:
    with database.write() as session:
        first = tell(session, ASKED, FOUND_NOTHING, at=LONG_AGO, email="ana@example.com")
        name = tell(session, ASKED, answer("a"), at=LONG_AGO + dt.timedelta(days=5), email="ana@example.com")
        tell(session, ASKED, FOUND_NOTHING, at=LONG_AGO + dt.timedelta(days=10), email="ana@example.com")
        assert outcome_of(session, name) == "recontacted"
        happen(session, first, EventType.SOLVED_NO, LONG_AGO + HOUR)
        assert outcome_of(session, name) == "recontacted"
        assert changes_of(session, name) == []
        assert differences(session) == []


def test_what_one_turn_tells_twice_counts_once(database: Database) -> None:
    with database.write() as session:
        name = tell(session, ASKED)
        for seconds in (2, 3, 9):
            at = LONG_AGO + dt.timedelta(seconds=seconds)
            data = {"confident": True, "article_ids": ["a"]}
            session.add(Event(type=EventType.ANSWER_SHOWN, conversation_id=name, turn_id="t", data=data, at=at))
        session.add(
            Event(
                type=EventType.SOLVED_NO,
                conversation_id=name,
                turn_id="u",
                data={},
                at=LONG_AGO + dt.timedelta(seconds=5),
            )
        )
        session.flush()
        assert outcome_of(session, name) == "unanswered"
        assert decision_of(session, name).answers == 1  # type: ignore[union-attr]


def test_the_funnel_says_where_people_leave_and_the_curve_what_a_threshold_would_do(database: Database) -> None:
    with database.write() as session:
        tell(session, STARTED)
        tell(session, ASKED)
        tell(session, ASKED, answer("a", confident=False, confidence=0.3), NO)
        tell(session, ASKED, answer("a", confidence=0.9), YES)
        tell(session, ASKED, answer("a", confidence=0.7), STEP)
        catch_up_wholly(session, TERMS, NOW)
        steps = {each.id: (each.conversations, each.lost) for each in funnel(totals(session, RANGE))}
        assert steps == {
            "opened": (5, 1), "asked": (4, 1), "replied": (3, 0), "answered": (3, 1), "confident": (2, 1), "resolved": (1, 0),
        }  # fmt: skip
        assert {(each.stopped_at, each.conversations) for each in leaving(session, RANGE)} == {
            ("reply", 1), ("category", 1), ("", 1),
        }  # fmt: skip
        points = curve(session, RANGE, (0.0, 0.5, 0.8))
        assert [(each.searches, each.answered, each.judged, each.right) for each in points] == [
            (3, 3, 2, 1), (3, 2, 1, 1), (3, 1, 1, 1),
        ]  # fmt: skip


def test_an_empty_day_and_ten_years_are_figures_like_others(database: Database) -> None:
    with database.read() as session:
        day = Choice(NOW.date(), NOW.date())
        assert totals(session, day).conversations == 0
        assert [each.totals.asked for each in series(session, day)] == [0]
        long = Choice(NOW.date() - dt.timedelta(days=3650), NOW.date())
        assert len(series(session, long, "month")) == 120


def test_every_rule_has_its_text_and_every_outcome_a_rule() -> None:
    assert all(TEXTS[each.id] for each in RULES)
    assert {each.outcome for each in RULES} == set(Outcome) - {Outcome.RECONTACTED}
    assert {each.id for each in RULES} <= set(TEXTS)


def test_rows_come_in_pages_without_a_gap_or_a_repeat(database: Database) -> None:
    with database.write() as session:
        names = {tell(session, ASKED, at=LONG_AGO) for _ in range(7)}
        catch_up_wholly(session, TERMS, NOW)
        found: list[Decision] = []
        cursor = None
        while True:
            page = rows(session, RANGE, "asked", cursor=cursor, limit=3)
            found += page.rows
            cursor = page.cursor
            if cursor is None:
                break
        assert len(found) == 7
        assert {each.id for each in found} == names
        assert session.scalar(select(Decision.rule).limit(1)) == "no_reply"
