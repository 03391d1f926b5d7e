"""An emergency ticket tells the on-call list at once, each recipient once."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.database import Database
from api.identity.models import StaffUser
from api.migrations import upgrade
from api.notifications.mail import mails_to
from api.settings import AlertSettings, DatabaseSettings, Settings
from api.tickets.alerts import alert_team
from api.tickets.models import Ticket
from bot.catalog import Catalog

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(ROOT / "data")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'alerts.db'}"))


def alert(settings: Settings, catalog: Catalog, category: str, *, times: int = 1) -> dict[str, list[str]]:
    """Open a ticket of this category; the subjects of the mail that each address got."""
    database = Database(settings.database.url)
    upgrade(database)
    with database.write() as session:
        for role in ("agent", "lead", "admin"):
            session.add(StaffUser(email=f"{role}@lumbra.example", password_hash="x", role=role))
        ticket = Ticket(
            subject="Nada carga",
            description="Nada",
            category=category,
            priority="urgent",
            language="es",
            type="incident",
            team="support",
            via="web_messaging",
        )
        session.add(ticket)
        session.flush()
        for _ in range(times):
            alert_team(session, catalog, settings, ticket)
    with database.read() as session:
        found: dict[str, list[str]] = {}
        for mail in mails_to(session, None):
            found.setdefault(mail.recipient, []).append(mail.subject)
    database.close()
    return found


def test_leads_and_admins_are_told_where_no_list_is_set(settings: Settings, catalog: Catalog) -> None:
    told = alert(settings, catalog, "outage", times=2)
    assert {address: len(subjects) for address, subjects in told.items()} == {
        "lead@lumbra.example": 1,
        "admin@lumbra.example": 1,
    }
    assert "Plataforma" in told["lead@lumbra.example"][0] or "plataforma" in told["lead@lumbra.example"][0]


def test_the_on_call_list_is_told_where_it_is_set(settings: Settings, catalog: Catalog) -> None:
    settings.alerts = AlertSettings(mail_to=["oncall@lumbra.example"])
    assert list(alert(settings, catalog, "outage")) == ["oncall@lumbra.example"]


def test_no_other_category_alerts(settings: Settings, catalog: Catalog) -> None:
    assert alert(settings, catalog, "incident") == {}
