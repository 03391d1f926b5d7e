"""Gaps and what an article brought, as the pages show them."""

from __future__ import annotations

import datetime as dt

import pytest

from api.database import utc_now
from api.metrics.gap_models import ContentChange
from tests.leads.conftest import Opener, Past
from tests.leads.test_figures import table, words_of
from tests.support.rest import Rest


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_before_anything_was_gathered_the_page_says_how_it_is_done(look: Opener, rest: Rest, language: str) -> None:
    words = rest.catalog.wording(language).text("web.leads.gaps.never")
    assert words in look("/leads/gaps", lang=language).text


def test_a_topic_is_shown_with_all_that_helps_to_write_its_article(look: Opener, gap: str) -> None:
    page = look("/leads/gaps")
    words = words_of(page)
    assert "card, declined" in words
    assert "[email]" in words
    assert "ana@shop.example" not in page.text
    assert "confidence 31%, 63% is needed" in words
    assert "Answered with an article that lacks their words: 3 of 9." in words
    assert 'href="/metrics/gaps/c1/draft"' in page.text
    assert "/desk/tickets/" in page.text
    (row,) = table(look, "gaps", "topics")
    assert (row["topic"], row["size"], row["doubted"], row["nearest"]) == ("c1", "7", "3", "roles")
    assert "ana@shop.example" not in row["examples"]
    assert table(look, "gaps", "topics", language="es") == []


def test_a_lead_without_the_right_sees_topics_and_no_question(rest: Rest, look: Opener, gap: str) -> None:
    rest.settings.leads.transcripts = ["admin"]
    page = words_of(look("/leads/gaps"))
    assert "card, declined" in page
    assert "[email]" not in page
    assert table(look, "gaps", "topics")[0]["examples"] == ""


def test_the_overview_and_the_mail_say_what_to_write(look: Opener, gap: str) -> None:
    assert [row["what"] for row in table(look, "overview", "next")] == ["card, declined"]
    assert "card, declined (English): 7 times" in look("/leads/report/mail", **{"as": "text"}).text


def test_the_day_of_a_sync_is_marked_with_what_it_brought(rest: Rest, past: Past, look: Opener) -> None:
    for days in (9, 10, 11):
        past.talk("asked_for_help", "answer", "solved_no", "ticket", days=days)
    for days in (3, 4, 5):
        past.talk("asked_for_help", "answer", "solved_yes", days=days)
    with rest.database.write() as session:
        at = utc_now() - dt.timedelta(days=7)
        session.add(ContentChange(digest="d", at=at, added=["en/card-declined"], changed=[], gone=[]))
    page = words_of(look("/leads"))
    assert "1 new, 0 changed, 0 gone (en/card-declined)" in page
    assert "solved 0.0% before, 100.0% after: +100.0 points (95%:" in page
    assert "may be chance" not in page


def test_gathering_is_asked_for(look: Opener) -> None:
    assert "Being gathered." in look("/leads/gaps/gather", form={}).text
