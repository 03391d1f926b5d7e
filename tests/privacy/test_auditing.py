"""The audit log: what is entered, that nothing is changed or deleted, and who may read it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from api.database import Database, utc_now
from api.identity import accounts
from api.identity.models import SignInSession, StaffUser
from api.identity.principal import Principal
from api.leads import store
from api.metrics.models import Decision
from api.privacy.auditing import WHATS, enter, forget, search
from api.privacy.models import AuditEntry
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

OLD = dt.timedelta(days=40)


@each_database
def test_the_database_enters_sign_ins_tokens_accounts_and_what_leads_decide(database: Database) -> None:
    with database.write() as session:
        boss = StaffUser(email="boss@shop.example", role="lead", password_hash="!")
        session.add(boss)
        session.flush()
        session.add(SignInSession(token_hash="x", kind="staff", staff_id=boss.id, expires_at=utc_now()))
        session.add(SignInSession(token_hash="y", kind="customer", expires_at=utc_now()))
        accounts.create_api_token(session, email=boss.email)
        boss.role = "admin"
        store.set_precision(session, Principal("staff", staff_id=boss.id, email=boss.email), 0.9, 0.95)
        session.flush()
        accounts.revoke_api_token(session, 1)
    with database.read() as session:
        found = search(session)
    assert [each.what for each in reversed(found)] == [
        "account_made", "signed_in", "token_made", "account_changed", "threshold", "token_revoked",
    ]  # fmt: skip
    assert {each.by for each in found} == {"", "boss@shop.example"}
    changed = next(each for each in found if each.what == "account_changed")
    assert (changed.subject, changed.data["role"]) == ("staff 1", "admin")
    assert next(each for each in found if each.what == "threshold").data == {"before": 0.9, "after": 0.95}
    assert abs(found[0].at - utc_now()) < dt.timedelta(minutes=5)
    assert abs(changed.at - utc_now()) < dt.timedelta(minutes=5)
    assert {each.what for each in found} <= set(WHATS)


@each_database
def test_no_entry_is_changed_or_deleted_but_old_ones_by_retention(database: Database) -> None:
    with database.write() as session:
        enter(session, "ticket_seen", None, "ticket 1")
        session.add(AuditEntry(what="ticket_seen", subject="ticket 2", at=utc_now() - OLD))
    for act in (
        update(AuditEntry).values(subject=""),
        delete(AuditEntry),
        text("TRUNCATE audit_log") if not database.sqlite else delete(AuditEntry).where(AuditEntry.id == 2),
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.execute(act)
    with database.write() as session:
        assert forget(session, utc_now() - OLD / 2, 100) == 1
    with database.read() as session:
        assert session.scalars(select(AuditEntry.subject)).all() == ["ticket 1"]
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(delete(AuditEntry))


def test_looking_at_a_ticket_is_entered_once(rest: Rest) -> None:
    agent = rest.token_of("agent", "ada@shop.example")
    ticket = {"ticket": {"subject": "a", "comment": {"body": "b"}}}
    made = ok(rest.http.post("/api/v2/tickets", json=ticket, headers=agent), 201)["ticket"]["id"]
    for _ in range(2):
        ok(rest.http.get(f"/desk/data/tickets/{made}", headers=agent))
    with rest.database.read() as session:
        (found,) = search(session, what="ticket_seen")
        assert session.scalar(select(func.count(Decision.id))) == 0
    assert (found.by, found.subject) == ("ada@shop.example", f"ticket {made}")


def test_admins_search_it_page_by_page_and_nobody_else_does(rest: Rest) -> None:
    admin = rest.token_of("admin")
    with rest.database.write() as session:
        for number in range(5):
            enter(session, "ticket_seen", None, f"ticket {number}")
    for role in ("customer", "agent", "lead"):
        assert rest.http.get("/audit", headers=rest.token_of(role)).status_code == 403
    assert rest.http.get("/audit").status_code == 401
    first = ok(rest.http.get("/audit", params={"what": "ticket_seen", "limit": 3}, headers=admin))
    then = {"what": "ticket_seen", "limit": 3, "before": first["before"]}
    second = ok(rest.http.get("/audit", params=then, headers=admin))
    subjects = [each["subject"] for page in (first, second) for each in page["entries"]]
    assert subjects == [f"ticket {number}" for number in reversed(range(5))]
    assert second["before"] is None
    assert len(ok(rest.http.get("/audit", params={"q": "TICKET 3"}, headers=admin))["entries"]) == 1
    assert ok(rest.http.get("/audit", params={"until": "2020-01-01T00:00:00"}, headers=admin))["entries"] == []
