"""A row that is stored without a flush."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from api.database import Database
from api.notifications.models import OutboxMail
from api.rows import store
from tests.support.databases import each_database


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
