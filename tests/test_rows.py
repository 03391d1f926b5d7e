"""A row that is stored without a flush."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from api.database import Database
from api.identity.customers import customer_of_address
from api.identity.models import Customer
from api.notifications.models import OutboxMail
from api.rows import Together, attach_row, insert_row, store
from api.tickets.models import Ticket, TicketComment
from tests.support.databases import each_database

TICKET = {
    "subject": "s", "description": "d", "type": "incident", "priority": "low", "language": "es", "via": "api",
    "fields": {"a": "ñ"},
}  # fmt: skip
MAIL = {"template": "code", "recipient": "eva@example.com", "subject": "s", "text": "t", "language": "en"}


def mail(key: str | None = None, token: str | None = None) -> OutboxMail:
    return OutboxMail(
        template="code", recipient="eva@example.com", subject="s", text="t", language="en", dedupe_key=key, token=token
    )


@each_database
def test_a_stored_row_has_its_key_and_its_defaults_and_can_be_changed(database: Database) -> None:
    asked: list[str] = []
    with database.write() as session:
        made = mail()
        assert store(session, made)
        event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert (made.id, made.status, made.attempts, made.headers, made.html, made.sent_at) == (
            1, "pending", 0, {}, None, None
        )  # fmt: skip
        assert made.created_at.tzinfo is not None
        # Nothing had to be read back.
        assert asked == []
        assert session.get(OutboxMail, made.id) is made
        made.status = "sent"
    with database.read() as session:
        kept = session.scalars(select(OutboxMail)).one()
        assert (kept.id, kept.status, kept.created_at) == (made.id, "sent", made.created_at)


@each_database
def test_a_row_whose_value_is_known_is_not_stored_and_leaves_the_transaction_alone(database: Database) -> None:
    with database.write() as session:
        assert store(session, mail("told"), unless_known="dedupe_key")
        assert not store(session, mail("told"), unless_known="dedupe_key")
        assert store(session, mail("other"), unless_known="dedupe_key")
        assert store(session, mail(), unless_known="dedupe_key")
        assert store(session, mail(), unless_known="dedupe_key")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 4


@each_database
def test_without_that_a_known_value_is_an_error(database: Database) -> None:
    def twice() -> None:
        with database.write() as session:
            store(session, mail("told"))
            store(session, mail("told"))

    with pytest.raises(IntegrityError):
        twice()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 0


@each_database
def test_rows_written_together_have_their_keys_at_once_and_may_point_to_each_other(database: Database) -> None:
    with database.write() as session:
        together = Together(session, Ticket, TicketComment)
        ticket = together.store(Ticket, {**TICKET})
        comment = together.store(TicketComment, {"ticket_id": ticket.id, "body": "b", "via": "api"}, attach=False)
        assert (ticket.status, ticket.tags, ticket.priority_set_by, comment.public) == ("new", [], "catalog", True)
        together.insert(OutboxMail, {**MAIL, "dedupe_key": "told"}, unless_known="dedupe_key")
        together.insert(OutboxMail, {**MAIL, "dedupe_key": "told"}, unless_known="dedupe_key")
        together.send()
        together.send()
        assert session.get(Ticket, ticket.id) is ticket
        ticket.status = "open"
    with database.read() as session:
        kept = session.scalars(select(Ticket)).one()
        assert (kept.id, kept.status, kept.fields, kept.created_at) == (
            ticket.id,
            "open",
            {"a": "ñ"},
            ticket.created_at,
        )
        said = session.scalars(select(TicketComment)).one()
        assert (said.id, said.ticket_id, said.public) == (comment.id, ticket.id, True)
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 1


@each_database
def test_rows_written_together_are_all_undone_and_the_error_holds_no_value(database: Database) -> None:
    def wrong() -> None:
        with database.write() as session:
            together = Together(session, Ticket)
            together.store(Ticket, {**TICKET})
            together.insert(TicketComment, {"ticket_id": 99, "body": "a secret", "via": "api"})
            together.send()

    with pytest.raises(IntegrityError) as found:
        wrong()
    assert "a secret" not in str(found.value)
    with database.write() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0


@each_database
def test_a_row_that_was_read_is_the_object_that_the_session_has(database: Database) -> None:
    with database.write() as session:
        made = customer_of_address(session, "eva@example.com")
        assert customer_of_address(session, "eva@example.com") is made
    with database.write() as session:
        found = customer_of_address(session, "eva@example.com")
        assert (found.id, found.created_at, found.platforms, found.locale) == (made.id, made.created_at, [], None)
        found.name = "Eva"
    with database.read() as session:
        assert session.scalars(select(Customer)).one().name == "Eva"


@each_database
def test_what_is_written_past_the_session_is_committed_and_undone_like_everything_else(database: Database) -> None:
    def kept() -> list[str]:
        with database.read() as session:
            return sorted(session.scalars(select(OutboxMail.subject)))

    with database.write() as session:
        insert_row(session, OutboxMail, {**MAIL, "subject": "alone"})
        assert not session.in_transaction(), "the driver's own transaction is enough"
    with database.write() as session:
        insert_row(session, OutboxMail, {**MAIL, "subject": "beside"})
        session.add(OutboxMail(**{**MAIL, "subject": "an object"}))
    assert kept() == ["alone", "an object", "beside"]
    for use_it in (False, True):

        def fail(use_it: bool = use_it) -> None:
            with database.write() as session:
                insert_row(session, OutboxMail, {**MAIL, "subject": "lost"})
                if use_it:
                    session.add(OutboxMail(**{**MAIL, "subject": "lost, too"}))
                    session.flush()
                raise LookupError

        with pytest.raises(LookupError):
            fail()
    assert kept() == ["alone", "an object", "beside"]


@each_database
def test_an_object_that_is_not_attached_is_read_and_not_written(database: Database) -> None:
    with database.write() as session:
        made = mail()
        assert store(session, made, attach=False)
        made.subject = "changed"
        assert made not in session
        other = mail()
        assert store(session, other, attach=False)
        attach_row(session, other)
        other.subject = "changed, and the session's"
    with database.read() as session:
        assert sorted(session.scalars(select(OutboxMail.subject))) == ["changed, and the session's", "s"]


@each_database
def test_json_is_kept_as_it_was_whatever_it_holds(database: Database) -> None:
    headers = {"a": 'ñ "x" \\ \u2028', "n": None, "list": [1, 2.5, True, {"x": []}]}
    with database.write() as session:
        insert_row(session, OutboxMail, {**MAIL, "headers": headers})
        insert_row(session, OutboxMail, {**MAIL, "facts": None})
    with database.read() as session:
        first, second = session.scalars(select(OutboxMail).order_by(OutboxMail.id))
        assert (first.headers, second.headers, second.facts) == (headers, {}, None)
