"""The outbox: what is written, once, and what may never reach a header."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.database import Database
from api.notifications.mail import MailDraft, enqueue_mail, header_text, mails_to
from api.notifications.message import build_message
from api.notifications.models import OutboxMail
from bot.catalog import load_catalog
from tests.support.databases import each_database

CATALOG = load_catalog()
TEMPLATES = ("code", "ticket_opened", "ticket_comment", "ticket_status")
VALUES = {
    "code": "123456",
    "minutes": 10,
    "expected": "La primera respuesta suele llegar en unos 20 minutos.",
    "id": 1001,
    "subject": "Los reportes no cargan",
    "status": "Nuevo",
    "priority": "Baja",
    "url": "https://help.example/portal/tickets/1001",
    "body": "Ya lo vemos.",
}


def draft(to: str = "ana@example.com", template: str = "code", **extra: object) -> MailDraft:
    return MailDraft(**{"to": to, "template": template, "language": "es", "values": VALUES, **extra})  # type: ignore[arg-type]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", CATALOG.languages)
def test_every_template_is_written_in_every_language(database: Database, template: str, language: str) -> None:
    with database.write() as session:
        mail = enqueue_mail(session, CATALOG, draft(template=template, language=language))
    assert mail is not None
    for text in (mail.subject, mail.text):
        assert text.strip()
        assert "{" not in text
    assert CATALOG.vendor in mail.text


@each_database
def test_one_recipient_is_told_of_an_event_once(database: Database) -> None:
    with database.write() as session:
        first = enqueue_mail(session, CATALOG, draft(event="ticket:1001:opened"))
        again = enqueue_mail(session, CATALOG, draft(event="ticket:1001:opened"))
        other = enqueue_mail(session, CATALOG, draft(to="eva@example.com", event="ticket:1001:opened"))
        codes = [enqueue_mail(session, CATALOG, draft()) for _ in range(2)]
    assert first is not None
    assert again is None
    assert other is not None
    assert all(codes)


def test_mail_of_a_transaction_that_failed_is_never_written(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012 - the block is what fails
        enqueue_mail(session, CATALOG, draft())
        raise RuntimeError
    with database.read() as session:
        assert mails_to(session, None) == []


def test_mail_is_listed_newest_first_by_recipient(database: Database) -> None:
    with database.write() as session:
        for to, code in (("ana@example.com", "1"), ("eva@example.com", "2"), ("ana@example.com", "3")):
            enqueue_mail(session, CATALOG, draft(to=to, values={**VALUES, "code": code}))
    with database.read() as session:
        assert [mail.subject.split()[-1] for mail in mails_to(session, " Ana@example.com")] == ["3", "1"]
        assert len(mails_to(session, None, limit=2)) == 2


@settings(deadline=None)
@given(st.text())
def test_no_text_can_begin_another_header(text: str) -> None:
    value = header_text(text)
    assert len(f"a{value}b".splitlines()) == 1


def test_a_subject_with_line_breaks_adds_no_recipient() -> None:
    evil = "Hola\r\nBcc: victim@example.com\r\n\r\ninjected"
    with_evil = {**VALUES, "subject": evil}
    wording = CATALOG.wording("es").text("mail.ticket_opened.subject", **with_evil)
    mail = OutboxMail(
        id=7, template="ticket_opened", recipient="ana@example.com", subject=header_text(wording), text="x", html=None,
        headers={}, language="es", created_at=__import__("datetime").datetime.now(__import__("datetime").UTC),
    )  # fmt: skip
    message = build_message(mail, "Support <support@example.com>")
    assert message["Bcc"] is None
    assert message.get_content().strip() == "x"
    assert "injected" in message["Subject"]
