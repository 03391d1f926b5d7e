"""A service notice as the customer reads it."""

from datetime import UTC, datetime

import pytest

from actions.notices import notice_text
from api.client import Notice
from bot.catalog import load_catalog
from bot.voice import Voice
from tests.support.fake_api import notice

CATALOG = load_catalog()
# A Monday; 9:00 in Bogotá.
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def shown(language: str, **values: object) -> str:
    return notice_text(Notice.model_validate(notice(**values)), Voice(CATALOG, language), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", CATALOG.languages)
@pytest.mark.parametrize("values", [{}, {"state": "monitoring"}, {"kind": "maintenance"}])
def test_a_notice_says_what_is_known_and_since_when(language: str, values: dict[str, object]) -> None:
    text = shown(language, since="2026-03-02T13:30:00+00:00", **values)
    assert "Exports are slow" in text
    assert "Nothing is lost." in text
    assert "8:30" in text
    assert "{" not in text


def test_news_comes_before_how_it_stands() -> None:
    text = shown("en", latest="Half of them are through.", next_update="2026-03-02T16:00:00+00:00")
    known, _, latest, stands = text.split("\n\n")
    assert known == "This looks like something we already know about: Exports are slow."
    assert latest == "Latest news: Half of them are through."
    assert stands.startswith("It began today at 4:00 (Bogotá time) and a team is working on it.")
    assert stands.endswith("Next update: today at 11:00 (Bogotá time).")


def test_a_promise_that_is_past_is_not_repeated() -> None:
    text = shown("en", until="2026-03-02T13:00:00+00:00", next_update="2026-03-02T13:00:00+00:00")
    assert "should end" not in text
    assert "Next update" not in text


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-02-28T15:05:00+00:00", "el sábado a las 10:05 (hora de Bogotá)"),
        ("2026-02-01T15:05:00+00:00", "el 2026-02-01 a las 10:05 (hora de Bogotá)"),
    ],
)
def test_an_older_moment_is_told_by_its_day(since: str, said: str) -> None:
    assert said in shown("es", since=since)
