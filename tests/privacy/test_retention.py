"""What is older than it is kept goes, what is younger stays, however the clock moves; figures do not notice."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import delete, func, insert, select

from api.chat.models import Attachment, Conversation, Message
from api.database import Database
from api.files.storing import FileStore
from api.identity.models import Customer, OneTimeCode, SignInSession
from api.mail_in.models import InboundMail
from api.metrics.deciding import catch_up_wholly
from api.metrics.events import EventType, record
from api.metrics.models import DayCount, Decision, Undecided
from api.metrics.terms import terms_of
from api.notifications.models import OutboxMail
from api.privacy.retention import kinds, sweep
from api.privacy.rules import MARK
from api.settings import PrivacySettings, Settings
from api.tickets.models import IdempotencyKey, Ticket
from bot.catalog import Catalog, load_catalog
from tests.privacy.people import found_in_files, found_in_tables
from tests.support.databases import each_database

NOW = dt.datetime(2026, 6, 1, 4, 30, tzinfo=dt.UTC)
WORD = "quetzalina"
NAMES = ("tickets", "conversations", "attachments", "mail", "mail_in", "codes", "sessions", "answers")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def _settings(var: Path, days: dict[str, int]) -> Settings:
    return Settings(var=var, privacy=PrivacySettings(**{f"{name}_days": value for name, value in days.items()}))


def _plant(database: Database, var: Path, ages: list[int]) -> None:
    """Of each kind one of each age in days, numbered from 1."""
    store = FileStore(var)
    store.folder.mkdir(exist_ok=True)
    with database.write() as session:
        for number, age in enumerate(ages, 1):
            at = NOW - dt.timedelta(days=age)
            talk = f"{number:032x}"
            session.add(
                Conversation(
                    id=talk, token_hash=WORD + talk, channel="widget", language="es", page_title=WORD,
                    created_at=at, last_activity_at=at,
                )
            )  # fmt: skip
            session.flush()
            session.add_all(
                [
                    Message(conversation_id=talk, seq=1, role="customer", kind="text", text=WORD, language="es"),
                    Ticket(
                        id=number, subject=WORD, description=WORD, type="question", status="closed", priority="low",
                        language="es", via="api", created_at=at, updated_at=at, closed_at=at,
                    ),
                    Attachment(
                        id=f"{number + 0xF00:032x}", name=WORD, media_type="text/plain", size=1, sha256="", created_at=at,
                    ),
                    OutboxMail(
                        id=number, template="x", recipient=WORD, subject=WORD, text=WORD, language="es", status="sent",
                        created_at=at,
                    ),
                    InboundMail(
                        id=number, dedupe_key=str(number), sender=WORD, recipient="", outcome="ignored", created_at=at,
                    ),
                    SignInSession(id=number, token_hash=WORD + talk, kind="customer", expires_at=at),
                    IdempotencyKey(scope="s", key=str(number), digest="", status=200, body=WORD, created_at=at),
                ]
            )  # fmt: skip
            session.flush()
            session.add(OneTimeCode(id=number, conversation_id=talk, email=WORD, code_hash="", expires_at=at))
            store.path(f"{number + 0xF00:032x}").write_text(WORD)


def _left(database: Database) -> dict[str, set[int]]:
    """Of each kind the numbers of those that still hold something."""
    with database.read() as session:
        talks = session.scalars(select(Message.conversation_id).where(Message.text == WORD)).all()
        return {
            "tickets": set(session.scalars(select(Ticket.id).where(Ticket.subject == WORD))),
            "conversations": {int(each, 16) for each in talks},
            "attachments": {int(each, 16) - 0xF00 for each in session.scalars(select(Attachment.id))},
            "mail": set(session.scalars(select(OutboxMail.id))),
            "mail_in": set(session.scalars(select(InboundMail.id).where(InboundMail.sender == WORD))),
            "codes": set(session.scalars(select(OneTimeCode.id))),
            "sessions": set(session.scalars(select(SignInSession.id))),
            "answers": {int(each) for each in session.scalars(select(IdempotencyKey.key))},
        }  # fmt: skip


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    ages=st.lists(st.integers(0, 30), min_size=1, max_size=5),
    days=st.fixed_dictionaries({name: st.integers(0, 25) for name in NAMES if name != "answers"}),
    answers=st.integers(7, 25),
    steps=st.lists(st.integers(0, 12), min_size=1, max_size=3),
)
def test_whatever_the_clock_does_each_kind_goes_when_it_is_older_than_it_is_kept(
    database: Database,
    tmp_path: Path,
    catalog: Catalog,
    ages: list[int],
    days: dict[str, int],
    answers: int,
    steps: list[int],
) -> None:
    kept = {**days, "answers": answers}
    # The conversation's codes, and its files, go with it at the latest.
    settings = _settings(tmp_path, kept)
    with database.write() as session:
        for model in (OneTimeCode, Message, Attachment, Ticket, OutboxMail, InboundMail, SignInSession, IdempotencyKey):
            session.execute(delete(model))
        session.execute(delete(Conversation))
    # Of the example before: its rows went without the sweep.
    shutil.rmtree(FileStore(tmp_path).folder, ignore_errors=True)
    _plant(database, tmp_path, ages)
    passed = 0
    for step in steps:
        passed += step
        now = NOW + dt.timedelta(days=passed)
        told = sweep(settings, database, catalog, now, dry_run=True)
        before = _left(database)
        done = sweep(settings, database, catalog, now)
        # A conversation's codes may go with it, and are then found by nobody.
        assert {**done, "codes": 0} == {**told, "codes": 0}
        left = _left(database)
        for name in NAMES:
            older = {n for n, age in enumerate(ages, 1) if kept[name] and age + passed > kept[name]}
            with_talk = {
                n for n, age in enumerate(ages, 1) if kept["conversations"] and age + passed > kept["conversations"]
            }
            expected = set(range(1, len(ages) + 1)) - older - (with_talk if name == "codes" else set())
            assert left[name] == expected, (name, before[name])
        assert {int(path.name, 16) - 0xF00 for path in FileStore(tmp_path).folder.iterdir()} == left["attachments"]
        assert not any(sweep(settings, database, catalog, now).values())


@each_database
def test_figures_stay_what_they_were(database: Database, tmp_path: Path, catalog: Catalog) -> None:
    settings = _settings(tmp_path, {name: 7 for name in NAMES})
    terms = terms_of(settings, catalog)
    _plant(database, tmp_path, [1, 40, 90])
    with database.write() as session:
        customer = Customer(email=f"{WORD}@mail.example")
        session.add(customer)
        session.flush()
        for talk in session.scalars(select(Conversation)):
            talk.customer_id = customer.id
            record(
                session, EventType.ASKED_FOR_HELP, conversation_id=talk.id, intent="describe_problem", confidence=1.0
            )
            record(session, EventType.ANSWER_SHOWN, conversation_id=talk.id, confident=True, article_ids=["a"])
    with database.write() as session:
        catch_up_wholly(session, terms, NOW)
    before = _figures(database)
    assert before[0]
    sweep(settings, database, catalog, NOW)
    with database.write() as session:
        # Nothing is to be decided again; and where it is, the same comes of it.
        assert session.scalar(select(func.count(Undecided.id))) == 0
        session.execute(insert(Undecided).from_select(["subject"], select(Conversation.id)))
        catch_up_wholly(session, terms, NOW)
    assert _figures(database) == before


def test_what_went_is_nowhere_in_the_file(database: Database, tmp_path: Path, catalog: Catalog) -> None:
    folder = Path(str(database.url.database)).parent
    _plant(database, folder, [400])
    settings = _settings(folder, {name: 30 for name in NAMES})
    sweep(settings, database, catalog, NOW)
    with database.read() as session:
        assert found_in_tables(session, WORD) == {}
        assert session.scalars(select(Ticket.subject)).one() == MARK
    database.close()
    assert found_in_files(folder, WORD) == []


def test_a_conversation_goes_with_its_ticket_and_waiting_mail_waits_on(
    database: Database, tmp_path: Path, catalog: Catalog
) -> None:
    _plant(database, tmp_path, [100])
    with database.write() as session:
        ticket = session.get_one(Ticket, 1)
        ticket.conversation_id, ticket.status = f"{1:032x}", "open"
        session.get_one(InboundMail, 1).outcome = "quarantined"
        session.get_one(OutboxMail, 1).status = "pending"
    settings = _settings(tmp_path, {name: 30 for name in NAMES})
    sweep(settings, database, catalog, NOW)
    left = _left(database)
    assert [left[name] for name in ("tickets", "conversations", "mail_in", "mail")] == [{1}] * 4
    with database.write() as session:
        session.get_one(Ticket, 1).status = "closed"
    sweep(settings, database, catalog, NOW)
    assert not _left(database)["conversations"]


def test_logs_are_put_aside_each_day_and_go_after_theirs(database: Database, tmp_path: Path, catalog: Catalog) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    with (logs / "api.log").open("ab") as writing:
        for day in range(5):
            writing.write(f"line of day {day}\n".encode())
            writing.flush()
            sweep(_settings(tmp_path, {"logs": 2}), database, catalog, NOW + dt.timedelta(days=day))
    assert sorted(path.name for path in logs.iterdir()) == [
        "api.log", "api.log.2026-06-03", "api.log.2026-06-04", "api.log.2026-06-05",
    ]  # fmt: skip
    assert (logs / "api.log.2026-06-05").read_text() == "line of day 4\n"


def test_answers_to_repeats_are_kept_for_seven_days_at_least() -> None:
    with pytest.raises(ValidationError):
        PrivacySettings(answers_days=6)


def test_every_setting_of_days_has_its_kind(tmp_path: Path, catalog: Catalog) -> None:
    names = {each.name for each in kinds(Settings(var=tmp_path), catalog)} | {"logs"}
    assert {f"{name}_days" for name in names} == {
        name for name in PrivacySettings.model_fields if name.endswith("_days")
    }


def _figures(database: Database) -> Any:
    with database.read() as session:
        rows = session.execute(select(Decision.id, Decision.outcome, Decision.rule, Decision.kind, Decision.day)).all()
        return sorted(map(tuple, rows)), sorted(map(str, session.execute(select(*DayCount.__table__.columns)).all()))
