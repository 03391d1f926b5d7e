"""What a dashboard is given and should not choke on: clocks, empty days, filters for nothing, words that nobody may read."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from api.chat.models import Conversation
from api.database import utc_now
from api.leads.models import PinnedArticle
from api.leads.pages import PAGES
from api.metrics.events import Event
from api.metrics.models import LedgerState
from api.metrics.terms import terms_of
from api.ratings.models import SatisfactionRating
from api.tickets.models import Ticket, TicketComment
from tests.leads.conftest import QUESTION, Opener, Past
from tests.leads.test_figures import table, words_of
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

PERSONAL = ("ana@shop.example", "4111", "1111 1111")


@pytest.fixture
def told(rest: Rest, past: Past, gap: str) -> str:
    """A customer's address and card wherever words of customers are kept; a conversation's id."""
    talk = past.talk("asked_for_help", "answer", "solved_no", "ticket", language="en")
    past.talk("asked_for_help", "answer", "solved_yes", days=9)
    with rest.database.write() as session:
        at = utc_now() - dt.timedelta(days=1)
        session.add(
            SatisfactionRating(conversation_id=talk, score="bad", comment=QUESTION, created_at=at, updated_at=at)
        )
        session.add(
            PinnedArticle(language="en", words="w", question="[email] pays", article_id="roles", locale="en", by="e")
        )
        for ticket in session.scalars(select(Ticket)):
            ticket.subject, ticket.description, ticket.status = QUESTION, QUESTION, "solved"
            session.add(TicketComment(ticket_id=ticket.id, body=f"We wrote. {QUESTION}", public=True, via="web"))
    return talk


def test_an_address_and_a_card_are_masked_in_every_view_and_file(rest: Rest, look: Opener, told: str, gap: str) -> None:
    headers = rest.token_of("lead")
    seen: dict[str, str] = {}
    for page in PAGES:
        shown = look(f"/leads/{page}").text
        seen[page] = shown
        for path in re.findall(r'href="(/leads/[^"]+)\.csv\?', shown):
            seen[f"{path}.csv"], seen[f"{path}.json"] = look(f"{path}.csv").text, look(f"{path}.json").text
    seen["transcript"] = look(f"/leads/conversations/{told}").text
    seen["mail"] = look("/leads/report/mail").text + look("/leads/report/mail", **{"as": "text"}).text
    for path in (
        "/metrics/gaps", "/metrics/gaps?format=csv", f"/metrics/gaps/{gap}", f"/metrics/gaps/{gap}/questions",
        f"/metrics/gaps/{gap}/draft", "/metrics/decisions", "/metrics/decisions?format=csv", "/metrics/deflection",
    ):  # fmt: skip
        answer = rest.http.get(path, headers=headers)
        assert answer.status_code == 200, path
        seen[path] = answer.text
    found = [(name, each) for name, text in seen.items() for each in PERSONAL if each in text]
    assert found == []
    # They are masked, not left out.
    for name in (
        "gaps", "review", "satisfaction", "transcript", "/leads/review/answers.csv", "/leads/gaps/topics.json",
        "/metrics/gaps", "/metrics/gaps?format=csv", f"/metrics/gaps/{gap}/questions", f"/metrics/gaps/{gap}/draft",
    ):  # fmt: skip
        assert "[email]" in seen[name], name


@each_database
def test_a_lead_without_the_right_reads_no_customers_words_anywhere(
    rest: Rest, look: Opener, told: str, gap: str
) -> None:
    rest.settings.leads.transcripts = ["admin"]
    headers = rest.token_of("lead")
    with rest.database.write() as session:
        # Tickets are another right: the desk shows them.
        session.execute(update(Ticket).values(subject="s"))
    for page in PAGES:
        shown = words_of(look(f"/leads/{page}"))
        assert "[email]" not in shown, page
        assert "declined" not in shown.replace("card, declined", ""), page
    for name, section in (("review", "answers"), ("review", "pinned")):
        assert table(look, name, section) == [], section
    assert [row["examples"] for row in table(look, "gaps", "topics")] == [""]
    look("/leads/satisfaction/comments.csv", status=404)
    look(f"/leads/conversations/{told}", status=403)
    assert [each["examples"] for each in ok(rest.http.get("/metrics/gaps", headers=headers))["gaps"]] == [[]]
    assert ok(rest.http.get(f"/metrics/gaps/{gap}", headers=headers))["examples"] == []
    assert "declined" not in rest.http.get("/metrics/gaps?format=csv", headers=headers).text.replace(
        "card declined", ""
    )
    for path in (f"/metrics/gaps/{gap}/questions", f"/metrics/gaps/{gap}/draft"):
        answer = rest.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "transcripts_forbidden")
        assert "COPILOT_LEADS__TRANSCRIPTS" in answer.json()["error"]["detail"]
        assert rest.http.get(path, headers=rest.token_of("admin")).status_code == 200


@pytest.mark.parametrize(
    ("language", "chosen"),
    [
        ("es", {"from": "2020-02-29", "to": "2020-02-29"}),
        ("en", {"category": "request", "language": "pt", "channel": "mail"}),
        ("pt", {"subcategory": "none", "scenario": "none", "definition": "self_service", "compare": "year"}),
    ],
)
def test_an_empty_day_and_a_filter_that_matches_nothing_teach_on_every_page(
    past: Past, look: Opener, chosen: dict[str, str], language: str
) -> None:
    past.talk("asked_for_help", "answer", "solved_yes")
    for page in PAGES:
        shown = look(f"/leads/{page}", lang=language, **chosen)
        words = words_of(shown)
        assert "nan" not in words.lower().split(), page
        assert "web.leads" not in words, page
        for path in re.findall(r'href="(/leads/[^"]+)\.csv\?', shown.text):
            look(f"{path}.csv", lang=language, **chosen)
            look(f"{path}.json", lang=language, **chosen)


def test_ten_years_are_figures_to_programs_and_refused_with_a_cure_to_readers(
    rest: Rest, past: Past, look: Opener
) -> None:
    past.talk("asked_for_help", "answer", "solved_yes")
    today = utc_now().date()
    first = today.replace(year=today.year - 10, day=min(today.day, 28)) + dt.timedelta(days=5)
    headers = rest.token_of("lead")
    found = ok(rest.http.get(f"/metrics/deflection?from={first}&to={today}", headers=headers))
    assert (found["asked_for_help"], found["deflection_rate"]) == (1, 1.0)
    assert "at most 1100 days" in look("/leads", status=422, **{"from": str(first), "to": str(today)}).text
    whole = {"from": str(today - dt.timedelta(days=1_099)), "to": str(today)}
    assert sum(int(row["asked"]) for row in table(look, "overview", "outcomes", **whole)) == 1


@each_database
def test_a_day_on_which_clocks_change_has_its_own_rows_and_no_others(rest: Rest, look: Opener, past: Past) -> None:
    """2026-03-29 has 23 hours in Madrid, 2025-10-26 has 25."""
    rest.settings.metrics.time_zone = "Europe/Madrid"
    zone = terms_of(rest.settings, rest.catalog).zone
    assert zone == ZoneInfo("Europe/Madrid")
    moments = {
        "2026-03-28": ["2026-03-28T22:59:59Z"],
        "2026-03-29": ["2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T21:59:59Z"],
        "2026-03-30": ["2026-03-29T22:00:00Z"],
        "2025-10-25": ["2025-10-25T21:59:59Z"],
        "2025-10-26": ["2025-10-25T22:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T22:59:59Z"],
        "2025-10-27": ["2025-10-26T23:00:00Z"],
    }
    for day, each in moments.items():
        for text in each:
            started(rest, past, dt.datetime.fromisoformat(text))
        # With each in its place, the days before are as they were.
        (row,) = table(look, "overview", "outcomes", **{"from": day, "to": day})
        assert (row["period"], row["asked"]) == (day, str(len(each)))
        assert len(table(look, "conversations", "rows", **{"from": day, "to": day})) == len(each)
        headers = rest.token_of("lead")
        found = ok(rest.http.get(f"/metrics/deflection?from={day}&to={day}", headers=headers))
        assert found["asked_for_help"] == len(each)
    autumn = {"from": "2025-10-26", "to": "2025-10-26"}
    hours = {row["hour"]: row["asked"] for row in table(look, "overview", "hours", **autumn) if row["asked"] != "0"}
    # Two o'clock came twice.
    assert hours == {"0": "1", "2": "2", "23": "1"}


def test_a_clock_that_is_wrong_moves_no_row_out_of_its_day(rest: Rest, past: Past, look: Opener) -> None:
    """Events of the past and of the future: a conversation counts on the day on which it began."""
    talk = past.talk("asked_for_help", "answer", "solved_yes", days=3)
    ahead = past.talk("asked_for_help", "answer", days=3)
    with rest.database.write() as session:
        started_at = session.get_one(Conversation, talk).created_at
        for event in session.scalars(select(Event).where(Event.conversation_id == talk)):
            event.at -= dt.timedelta(days=400)
        for event in session.scalars(select(Event).where(Event.conversation_id == ahead)):
            event.at += dt.timedelta(days=400)
    day = started_at.astimezone(terms_of(rest.settings, rest.catalog).zone).date().isoformat()
    (row,) = table(look, "overview", "outcomes", **{"from": day, "to": day})
    # What is dated ahead is provisional until then.
    assert (row["asked"], row["confirmed"], row["assumed"], row["provisional"]) == ("2", "1", "1", "1")
    look(f"/leads/conversations/{ahead}")


def started(rest: Rest, past: Past, at: dt.datetime) -> None:
    """A solved conversation that began then."""
    talk = past.talk("asked_for_help", "answer", "solved_yes")
    with rest.database.write() as session:
        session.get_one(Conversation, talk).created_at = at
        for number, event in enumerate(session.scalars(select(Event).where(Event.conversation_id == talk))):
            event.at = at + dt.timedelta(milliseconds=number)


@pytest.mark.parametrize("demo", [True, False])
def test_a_demonstration_is_marked_on_every_page_and_real_figures_never_are(
    rest: Rest, look: Opener, told: str, demo: bool
) -> None:
    look()
    with rest.database.write() as session:
        session.get_one(LedgerState, 1).demo = demo
    for language in ("es", "en", "pt"):
        mark = rest.catalog.wording(language).text("web.leads.demo")
        pages = [f"/leads/{page}" for page in PAGES] + [f"/leads/conversations/{told}", "/leads/report/mail"]
        for page in pages if language == "en" else pages[-2:]:
            assert (mark in words_of(look(page, lang=language))) is demo, page
    metrics = rest.http.get("/metrics", headers=rest.token_of("admin")).text
    assert f"copilot_demo {float(demo)}" in metrics
