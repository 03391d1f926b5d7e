"""What customers said of their answers becomes labelled questions."""

from __future__ import annotations

import json
import stat
import uuid
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.chat.gateway import DialogueAnswer, DialogueMessage, DialoguePassage, TurnResult
from api.chat.ledger import record_turn
from api.chat.models import Conversation, Turn
from api.chat.repository import append_message, append_reply
from api.database import Database
from api.help_center.feedback import (
    FEWEST,
    FEWEST_OF_EACH,
    MOST_OF_ONE,
    asked_queries,
    blanked,
    enough,
    feedback_queries,
    labels_for_build,
)
from api.metrics.events import EventType, record
from knowledge_base.queries import LabelledQuery, read_queries
from tests.support.databases import each_database


class Talk:
    """A conversation, written as the turn service writes it."""

    def __init__(self, session: Session, *, is_test: bool = False, language: str = "es") -> None:
        self.session = session
        self.row = Conversation(
            id=uuid.uuid4().hex, token_hash="", channel="widget", language=language, is_test=is_test, last_seq=0
        )
        session.add(self.row)
        session.flush()

    def turn(self, intent: str, *, asked: str | None = None, answer: DialogueAnswer | None = None) -> Turn:
        turn = Turn(
            id=uuid.uuid4().hex, conversation_id=self.row.id, client_message_id=uuid.uuid4().hex, body_digest=""
        )
        self.session.add(turn)
        self.session.flush()
        text = answer.query if answer else intent
        append_message(
            self.session, self.row, turn_id=turn.id, role="customer", kind="text", text=text, language=self.row.language
        )
        replies = []
        if answer is not None:
            replies.append(
                DialogueMessage(kind="answer", text="Esto encontré.", language=self.row.language, answer=answer)
            )
        result = TurnResult(status="completed", messages=replies, facts={"intent": intent})
        for reply in replies:
            append_reply(self.session, self.row, turn.id, reply)
        record_turn(self.session, self.row, turn, asked=asked, intent=intent, result=result)
        self.session.flush()
        return turn

    def ask(self, query: str, *articles: str) -> Talk:
        passages = [
            DialoguePassage(
                article_id=each, title=each, url=f"/help/es/{each}", locale="es", snippet="Haz esto.", score=1.0
            )
            for each in articles
        ]
        self.turn(
            "describe_problem", answer=DialogueAnswer(confident=True, confidence=0.9, query=query, passages=passages)
        )
        return self

    def yes(self) -> Talk:
        self.turn("affirm", asked="solved")
        return self

    def no(self) -> Talk:
        self.turn("deny", asked="solved")
        return self

    def opens(self, article_id: str) -> Talk:
        record(self.session, EventType.ANSWER_OPENED, conversation_id=self.row.id, article_id=article_id, locale="es")
        self.session.flush()
        return self

    def ticket(self) -> Talk:
        record(self.session, EventType.TICKET_OPENED, conversation_id=self.row.id, via="chat")
        self.session.flush()
        return self


def said(database: Database) -> dict[str, tuple[bool | None, tuple[str, ...]]]:
    return {each.query: (each.answered, each.relevant) for each in feedback_queries(database)}


@each_database
def test_what_was_said_of_an_answer_labels_its_question(database: Database) -> None:
    with database.write() as session:
        Talk(session).ask("resuelto", "first", "second").yes()
        Talk(session).ask("abierto", "first", "second").opens("second").yes()
        Talk(session).ask("no resuelto", "first").no()
        Talk(session).ask("ticket después", "first").ticket()
        Talk(session).ask("sí y después ticket", "first").yes().ticket()
        Talk(session).ask("callado", "first")
        Talk(session).ask("nada hallado").no()
        Talk(session).ask("primera", "first").no().ask("segunda", "other").yes()
    assert said(database) == {
        "resuelto": (True, ("first",)),
        "abierto": (True, ("second",)),
        "no resuelto": (False, ()),
        "ticket después": (False, ()),
        "primera": (False, ()),
        "segunda": (True, ("other",)),
    }


def test_a_later_search_that_finds_nothing_is_not_judged_in_the_place_of_the_answer(database: Database) -> None:
    with database.write() as session:
        Talk(session).ask("con respuesta", "first").ask("sin respuesta").no()
    assert said(database) == {}


def test_test_conversations_say_nothing(database: Database) -> None:
    with database.write() as session:
        Talk(session, is_test=True).ask("de prueba", "first").yes()
    assert feedback_queries(database) == []
    assert asked_queries(database, 10) == []


def test_labels_hold_the_question_and_nothing_of_who_asked(database: Database) -> None:
    with database.write() as session:
        talk = Talk(session).ask(
            "mi correo ana.perez@example.com y mi móvil +54 11 4444-5555, error 4032 al pagar", "first"
        )
        conversation = talk.yes().row.id
    (label,) = feedback_queries(database)
    assert label.query == "mi correo y mi móvil , error 4032 al pagar"
    assert (label.kind, label.locale) == ("customer", "es")
    assert conversation not in label.model_dump_json()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("pedido 10452 y SKU AB-1029", "pedido 10452 y SKU AB-1029"),
        ("(011) 4444 5555", ""),
        ("a@b.co", ""),
        ("error ORA-01034 in v2.4.6-p3", "error ORA-01034 in v2.4.6-p3"),
        ("card 4111 1111 1111 1111 refused", "card refused"),
    ],
)
def test_addresses_and_long_numbers_are_blanked_and_error_codes_stay(text: str, left: str) -> None:
    assert blanked(text) == left


def test_one_visitor_or_one_popular_question_is_not_most_of_the_evidence(database: Database) -> None:
    with database.write() as session:
        stubborn = Talk(session)
        for _ in range(4):
            stubborn.ask("Lo mismo", "first").no()
        for _ in range(MOST_OF_ONE + 3):
            Talk(session).ask("¿popular?", "first").yes()
    labels = feedback_queries(database)
    assert sum(each.query == "Lo mismo" for each in labels) == 1
    assert sum(each.query == "¿popular?" for each in labels) == MOST_OF_ONE


def test_what_was_asked_is_the_newest_first_found_or_not(database: Database) -> None:
    with database.write() as session:
        Talk(session).ask("vieja", "first")
        Talk(session, language="pt").ask("sem resposta")
        Talk(session).ask("nueva", "first")
    assert [(each.query, each.locale) for each in asked_queries(database, 2)] == [
        ("nueva", "es"),
        ("sem resposta", "pt"),
    ]
    assert len({each.id for each in asked_queries(database, 9)}) == 3


def labels(yes: int, no: int) -> list[LabelledQuery]:
    return [LabelledQuery(id=str(at), query=f"q{at}", answered=at < yes) for at in range(yes + no)]


def test_few_labels_or_labels_of_one_outcome_are_not_learnt_from() -> None:
    assert enough(labels(FEWEST - FEWEST_OF_EACH, FEWEST_OF_EACH))
    assert not enough(labels(FEWEST - FEWEST_OF_EACH - 1, FEWEST_OF_EACH))
    assert not enough(labels(FEWEST, FEWEST_OF_EACH - 1))
    assert not enough(labels(FEWEST_OF_EACH - 1, FEWEST))
    assert not enough([])


def fill(database: Database, yes: int, no: int) -> None:
    with database.write() as session:
        for at in range(yes + no):
            talk = Talk(session).ask(f"pregunta número {at} de {yes} y {no}", "first")
            _ = talk.yes() if at < yes else talk.no()


def test_a_labels_file_is_the_owner_s_only_and_the_same_for_the_same_labels(database: Database, tmp_path: Path) -> None:
    fill(database, 30, 20)
    path = labels_for_build(database, tmp_path / "var")
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert len(read_queries(path)) == 50
    assert {json.loads(line)["answered"] for line in before.splitlines()} == {True, False}
    assert labels_for_build(database, tmp_path / "var") == path
    assert path.read_bytes() == before
    given = [LabelledQuery(id="mine", query="una mía", locale="es", relevant=("x",))]
    assert labels_for_build(database, tmp_path / "var", given) == path
    assert len(read_queries(path)) == 51


def test_no_file_is_left_where_there_are_too_few_labels(database: Database, tmp_path: Path) -> None:
    stale = tmp_path / "labels" / "customers.jsonl"
    stale.parent.mkdir()
    stale.write_text("{}\n", encoding="utf-8")
    fill(database, 5, 5)
    assert labels_for_build(database, tmp_path) is None
    assert not stale.exists()
