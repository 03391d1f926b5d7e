"""The weekly report by mail: on Mondays, once for each lead who wants it, in their language, and shown before it is sent."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from api.identity.models import StaffUser
from api.leads.weekly import WeeklyWorker, week_before
from tests.leads.conftest import Opener, Past
from tests.support.rest import Rest

ZONE = ZoneInfo("America/Bogota")


def monday(hour: int = 9) -> dt.datetime:
    """The next Monday, at that hour."""
    today = dt.datetime.now(ZONE)
    return (today + dt.timedelta(days=7 - today.weekday())).replace(hour=hour, minute=0)


@pytest.fixture
def week(past: Past) -> None:
    """Conversations of the week that ends before that Monday."""
    days = (dt.datetime.now(ZONE).weekday() + 0.5) / 2
    past.talk("asked_for_help", "answer", "solved_yes", days=min(days, 0.01))
    past.talk("asked_for_help", "answer", "ticket", days=min(days, 0.01))


async def test_every_lead_gets_it_once_on_monday_morning(rest: Rest, week: None) -> None:
    for email, role in (("eva@team.example", "lead"), ("ben@team.example", "agent"), ("adm@team.example", "admin")):
        rest.token_of(role, email)  # type: ignore[arg-type]
    assert await WeeklyWorker(rest.services).look(monday(6)) == 0
    assert await WeeklyWorker(rest.services).look(monday()) == 2
    assert await WeeklyWorker(rest.services).look(monday() + dt.timedelta(days=2)) == 0
    assert rest.mails("ben@team.example") == []
    (mail,) = rest.mails("eva@team.example")
    assert "50 %" in mail.subject
    assert "Pidieron ayuda: 2 (semana anterior: 0)" in mail.text
    assert "/leads?lang=es&from=" in mail.text
    assert mail.html is not None
    assert 'class="press"' in mail.html


@pytest.mark.parametrize(("language", "words"), [("en", "Asked for help: 2"), ("pt", "Pediram ajuda: 2")])
async def test_a_lead_chooses_language_and_whether_at_all(
    rest: Rest, look: Opener, week: None, language: str, words: str
) -> None:
    look("/leads/report/subscription", form={"wanted": "yes", "language": language})
    await WeeklyWorker(rest.services).look(monday())
    assert words in rest.mails("eva@team.example")[0].text
    look("/leads/report/subscription", form={"wanted": "no", "language": language})
    await WeeklyWorker(rest.services).look(monday() + dt.timedelta(days=7))
    assert len(rest.mails("eva@team.example")) == 1


async def test_a_week_in_which_nothing_happened_is_not_reported(rest: Rest, look: Opener) -> None:
    assert await WeeklyWorker(rest.services).look(monday()) == 0


async def test_the_first_admin_has_no_mailbox(rest: Rest, week: None) -> None:
    with rest.database.write() as session:
        session.add(StaffUser(email="admin@localhost", role="admin", password_hash="!", active=True))
    assert await WeeklyWorker(rest.services).look(monday()) == 0


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_the_page_shows_the_mail_in_a_frame_in_which_nothing_runs(look: Opener, language: str) -> None:
    assert "/leads/report/mail?lang=" in look("/leads/report", lang=language).text
    mail = look("/leads/report/mail", lang=language)
    policy = mail.headers["content-security-policy"]  # type: ignore[attr-defined]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"  # type: ignore[attr-defined]
    assert "{" not in look("/leads/report/mail", lang=language, **{"as": "text"}).text


def test_a_week_is_the_last_whole_one() -> None:
    assert week_before(dt.date(2026, 3, 9)) == (dt.date(2026, 3, 2), dt.date(2026, 3, 8))
    assert week_before(dt.date(2026, 3, 15)) == (dt.date(2026, 3, 2), dt.date(2026, 3, 8))
