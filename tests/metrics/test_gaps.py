"""From questions in the database to topics, the tickets that answer them and a draft; and what an article brought."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import Database
from api.identity.models import StaffUser
from api.metrics.content_changes import Topic, content_changes, difference, effect_of, note_content, share_of
from api.metrics.gap_drafts import draft
from api.metrics.gap_gathering import gather, past_questions
from api.metrics.gap_schedule import GapSchedule
from api.metrics.gaps import GapFilter, gaps, questions_of
from api.privacy.masking import without_personal_data
from api.tickets.models import Ticket, TicketComment
from knowledge_base import Article
from knowledge_base.sources.front_matter import split_document
from tests.metrics.test_outcomes import ASKED, SURE, YES, tell
from tests.support.asked import WordsOnly
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ABROAD = [
    "envio al exterior, soy ana@tienda.example", "quiero un envio al exterior con la tarjeta 4111 1111 1111 1111",
    "hay envio de pedidos al exterior?", "=envio exterior pedido",
]  # fmt: skip
OTHERS = ["mi factura está mal", "el logo se ve borroso", "no llega el código", "importar catálogo", "cupón ignorado"]


def ask(
    session: Session, text: str, *, at: dt.datetime = NOW - dt.timedelta(days=1), confident: bool = False, **more: bool
) -> str:
    """A conversation in which `text` was searched for; its id."""
    row = Conversation(id=uuid.uuid4().hex, token_hash="", channel="widget", language="es", created_at=at, **more)
    session.add(row)
    session.flush()
    answer = {"query": text, "confident": confident, "passages": [{"article_id": "near"}]}
    session.add(
        Message(
            conversation_id=row.id, turn_id="t", seq=1, role="copilot", kind="answer", text="", language="es",
            answer=answer, created_at=at,
        )
    )  # fmt: skip
    return row.id


def solved(session: Session, conversation_id: str | None, *replies: str, subject: str = "envio al exterior") -> int:
    staff = StaffUser(email=f"{uuid.uuid4().hex}@example.com", name="Eva", role="agent", password_hash="!", active=True)
    ticket = Ticket(
        conversation_id=conversation_id, subject=subject, description=subject, type="question", status="solved",
        priority="normal", language="es", via="web",
    )  # fmt: skip
    session.add_all((staff, ticket))
    session.flush()
    for body in replies:
        session.add(TicketComment(ticket_id=ticket.id, staff_id=staff.id, body=body, public=True, via="web"))
    session.add(TicketComment(ticket_id=ticket.id, staff_id=staff.id, body="Nota interna.", public=False, via="web"))
    return ticket.id


@pytest.fixture
def asked(database: Database) -> Database:
    """One topic among other questions; the first of it led to a solved ticket."""
    with database.write() as session:
        first, *_ = [ask(session, text) for text in ABROAD]
        for text in OTHERS:
            ask(session, text)
        ask(session, "envio exterior de prueba", is_test=True)
        ask(session, "pagar con cheque, ya respondido", confident=True)
        solved(
            session,
            first,
            "Hola Ana:\n\nAbre Envíos > Zonas en el panel.\n1. Crea la zona Exterior.\n2. Elige los países.\n"
            "¿Me confirmas tu teléfono?\nEscríbeme a eva@lumbra.example si falla.\nSaludos,\nEva",
        )
    return database


@each_database
def test_open_questions_become_a_topic_with_its_tickets_and_a_draft(rest: Rest, asked: Database) -> None:
    run = gather(asked, WordsOnly(), now=NOW)
    # What the index does not answer any more is open as well.
    assert (run.questions, run.alone, run.answered) == (10, 6, 0)
    with asked.read() as session:
        figures = gaps(session, GapFilter())
        (topic,) = figures.gaps
        made = draft(session, topic.id, rest.catalog, now=NOW)
        everything = questions_of(session, topic.id)
    assert (topic.size, topic.before, topic.language, len(everything)) == (4, 0, "es", 4)
    assert topic.nearest is not None
    assert topic.nearest.confidence < topic.nearest.answers_from
    assert [each.direct for each in topic.tickets] == [True]
    # Nothing of a person is left anywhere.
    told = figures.model_dump_json() + made.markdown + str(everything)
    for word in ("ana@tienda", "4111", "eva@lumbra"):
        assert word not in told
    assert "[email]" in told
    assert "[card]" in told
    document = split_document(made.markdown)
    fields, body = document.fields, document.body
    assert (fields["status"], fields["locale"], fields["title"]) == ("DRAFT", "es", made.title)
    assert "1. Crea la zona Exterior." in body
    for gone in ("Hola Ana", "Saludos", "¿Me confirmas", "Nota interna"):
        assert gone not in body


def test_a_topic_keeps_its_id_and_is_gone_once_the_index_answers_it(asked: Database) -> None:
    gather(asked, WordsOnly(), now=NOW)
    with asked.write() as session:
        before = gaps(session, GapFilter()).gaps[0]
        ask(session, "cuanto cuesta un envio exterior", at=NOW)
    gather(asked, WordsOnly(), now=NOW + dt.timedelta(days=1))
    with asked.read() as session:
        (again,) = gaps(session, GapFilter(language="es", channel="widget")).gaps
        assert (again.id, again.size, again.first_at) == (before.id, 5, before.first_at)
        assert gaps(session, GapFilter(category="none-of-it")).gaps == []
    gather(asked, WordsOnly({"exterior": "ship-abroad"}), now=NOW + dt.timedelta(days=2))
    with asked.read() as session:
        assert gaps(session, GapFilter()).gaps == []
        assert [each.id for each in gaps(session, GapFilter(state="answered")).gaps] == [before.id]


def test_leads_read_gaps_over_http_and_no_cell_is_a_formula(rest: Rest, asked: Database) -> None:
    gather(asked, WordsOnly(), now=NOW)
    lead = rest.token_of("lead")
    found = ok(rest.http.get("/metrics/gaps?language=es", headers=lead))
    topic = found["gaps"][0]["id"]
    assert ok(rest.http.get(f"/metrics/gaps/{topic}", headers=lead))["size"] == 4
    assert len(ok(rest.http.get(f"/metrics/gaps/{topic}/questions?limit=2", headers=lead))["questions"]) == 2
    file = rest.http.get(f"/metrics/gaps/{topic}/draft", headers=lead)
    assert file.headers["content-disposition"].endswith('.md"')
    rows = list(csv.reader(io.StringIO(rest.http.get("/metrics/gaps?format=csv", headers=lead).text)))
    assert rows[1][0] == topic
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert rest.http.get("/metrics/gaps/unknown", headers=lead).status_code == 404
    assert rest.http.get("/metrics/gaps", headers=rest.token_of("agent")).status_code == 403
    rest.app.state.gap_schedule = schedule = GapSchedule(rest.services)
    assert ok(rest.http.post("/metrics/gaps/runs", headers=lead), 202) == {"running": schedule.running}


def test_nothing_gathered_yet_is_an_empty_list(rest: Rest) -> None:
    found = ok(rest.http.get("/metrics/gaps", headers=rest.token_of("admin")))
    assert (found["at"], found["gaps"]) == (None, [])


def test_questions_of_staff_and_of_tests_are_no_gap(asked: Database) -> None:
    with asked.read() as session:
        asked_ = past_questions(session, NOW - dt.timedelta(days=9), NOW)
    texts = {each.question.text for each in asked_ if not each.question.answered_by}
    assert texts == {without_personal_data(each) for each in (*ABROAD, *OTHERS)}
    assert [each.question.text for each in asked_ if each.question.answered_by] == ["pagar con cheque, ya respondido"]


async def test_it_is_gathered_once_a_night(rest: Rest, asked: Database) -> None:
    schedule = GapSchedule(rest.services)
    zone = ZoneInfo(rest.catalog.support_hours.time_zone)
    night = dt.datetime(2026, 3, 2, 4, tzinfo=zone).astimezone(dt.UTC)
    assert not await schedule.due(night - dt.timedelta(hours=2))
    assert await schedule.due(night)
    gather(asked, WordsOnly(), now=night)
    assert not await schedule.due(night + dt.timedelta(hours=12))
    assert await schedule.due(night + dt.timedelta(days=1))


def article(name: str, body: str = "b") -> Article:
    return cast("Article", SimpleNamespace(id=name, locale="es", title=name, body_markdown=body))


@each_database
def test_what_a_publication_brought_is_noted_once(database: Database) -> None:
    for n, held in enumerate(
        ([article("a"), article("b")], [article("a"), article("b")], [article("a", "new"), article("c")])
    ):
        with database.write() as session:
            note_content(session, held, NOW + dt.timedelta(days=n))
    with database.read() as session:
        (change,) = content_changes(session, NOW, NOW + dt.timedelta(days=9))
    assert (change.added, change.changed, change.gone) == (["es/c"], ["es/a"], ["es/b"])


def test_the_effect_of_an_article_has_an_interval(rest: Rest) -> None:
    with rest.database.write() as session:
        for days, outcomes in ((-3, 2), (3, 9)):
            for n in range(10):
                tell(session, ASKED, SURE, *((YES,) if n < outcomes else ()), at=NOW + dt.timedelta(days=days))
    found = effect_of(
        _decided(rest), NOW, Topic(), ZoneInfo("UTC"), today=NOW.date() + dt.timedelta(days=9), definition="answer_rate"
    )
    assert found.days == 8
    assert (found.before.denominator, found.after.denominator) == (10, 10)


def _decided(rest: Rest) -> Session:
    from api.metrics.deciding import bring_up_to_date
    from api.metrics.terms import terms_of

    bring_up_to_date(rest.database, terms_of(rest.settings, rest.catalog))
    return Session(rest.database.engine)


def test_newcombes_interval_is_that_of_the_paper() -> None:
    # 56/70 against 48/80: .2000, .0524 to .3339 (Newcombe 1998, table II, method 10).
    found = difference(share_of(48, 80), share_of(56, 70), 14)
    assert found.difference == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=1e-4)
    assert found.high == pytest.approx(0.3339, abs=1e-4)
    assert found.beyond_chance
    assert difference(share_of(0, 0), share_of(1, 2), 3).difference is None
    assert not difference(share_of(0, 0), share_of(1, 2), 3).beyond_chance


def test_no_customers_words_are_copied_into_the_tables_of_the_gaps() -> None:
    text = (Path(__file__).parents[2] / "api" / "metrics" / "gap_models.py").read_text(encoding="utf-8")
    assert "Text" not in text
