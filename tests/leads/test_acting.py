"""What leads do: the threshold, the review desk, assumptions and the baseline; each logged and followed by the search."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.help_center.feedback import reviewed_queries
from api.help_center.steering import Steering, question_key, search_steered
from api.leads.models import LeadAct
from api.leads.steering_worker import SteeringWorker
from api.leads.value import ValueInvalid, read_baseline
from api.metrics.models import DecidedAnswer
from api.metrics.statistics import difference
from knowledge_base import SearchHit, SearchResult
from tests.leads.conftest import QUESTION, Opener, Past
from tests.support.fake_help_center import FakeHelpCenter
from tests.support.rest import Rest


def acts(rest: Rest) -> list[str]:
    with rest.database.read() as session:
        return list(session.scalars(select(LeadAct.what).order_by(LeadAct.id)))


@pytest.fixture
def answer(rest: Rest, past: Past, look: Opener) -> int:
    """The number of an answer that is on the review desk."""
    past.talk("asked_for_help", "answer", "solved_no")
    look("/leads/review")
    with rest.database.read() as session:
        return session.scalars(select(DecidedAnswer.id)).one()


async def test_another_threshold_holds_at_once_everywhere_and_is_logged(
    rest: Rest, look: Opener, articles: FakeHelpCenter
) -> None:
    answer = look("/leads/answers/threshold", form={"precision": "80"})
    assert "Done. The new precision holds" in answer.text
    assert articles.precision == 0.8
    assert acts(rest) == ["threshold"]
    other = FakeHelpCenter()
    rest.services.help_center = other  # type: ignore[assignment]
    await SteeringWorker(rest.services).look()
    assert other.precision == 0.8


def test_a_threshold_needs_sense_and_the_right(rest: Rest, look: Opener, articles: FakeHelpCenter) -> None:
    assert "between 50 and 99" in look("/leads/answers/threshold", form={"precision": "7"}).text
    rest.settings.leads.threshold = ["admin"]
    assert (
        "You may not change the threshold"
        in look("/leads/answers/threshold", form={"precision": "80"}, status=403).text
    )
    assert articles.precision == 0.9
    assert acts(rest) == []


def test_the_day_of_a_change_is_marked_on_the_chart(past: Past, look: Opener) -> None:
    past.talk("asked_for_help", "answer", "solved_yes")
    look("/leads/answers/threshold", form={"precision": "80"})
    assert "Precision wanted: from 90% to 80%, by eva@team.example" in look("/leads").text


@pytest.mark.parametrize(("act", "right"), [("right", True), ("wrong", False)])
def test_a_marked_answer_becomes_a_label(rest: Rest, look: Opener, answer: int, act: str, right: bool) -> None:
    look(f"/leads/review/{answer}", form={"act": act})
    (label,) = reviewed_queries(rest.database)
    assert (label.answered, label.relevant) == (right, ("export-sales-report",) if right else ())
    assert "ana@shop.example" not in label.query
    assert acts(rest) == ["review"]
    assert ("Right" if right else "Wrong") in look("/leads/review").text


def test_an_article_is_pinned_to_a_question_and_taken_away_again(
    rest: Rest, look: Opener, answer: int, articles: FakeHelpCenter
) -> None:
    missing = look(f"/leads/review/{answer}", form={"act": "pin", "article": "none-such"})
    assert "There is no article “none-such”" in missing.text
    look(f"/leads/review/{answer}", form={"act": "pin", "article": "schedule-reports"})
    assert articles.steering.pins == {("en", question_key(QUESTION)): ("schedule-reports", "en")}
    assert [each.relevant for each in reviewed_queries(rest.database)] == [("schedule-reports",)]
    assert "ana@shop.example" not in look("/leads/review").text
    look("/leads/review/unpin", form={"id": "1"})
    assert articles.steering.pins == {}
    assert acts(rest) == ["pin", "unpin"]


def test_a_passage_is_blocked_and_let_go_again(rest: Rest, look: Opener, answer: int, articles: FakeHelpCenter) -> None:
    look(f"/leads/review/{answer}", form={"act": "block"})
    assert articles.steering.blocked == {"/help/en/export-sales-report#steps"}
    look("/leads/review/unblock", form={"id": "/help/en/export-sales-report#steps"})
    assert articles.steering.blocked == frozenset()
    assert acts(rest) == ["block", "unblock"]


class Base:
    """An index that finds the same two passages for everything."""

    def search(self, text: str, *, language: str | None, limit: int, all_languages: bool = False) -> SearchResult:
        hits = tuple(SearchHit(each, each, "", f"/help/en/{each}#a", "en", "", 1.0) for each in ("one", "two"))
        return SearchResult(True, 0.9, "en", hits[:limit], False, decision="answer")

    def article(self, article_id: str, locale: str) -> SearchHit | None:
        found = {each.article_id: each for each in self.search("", language="en", limit=9).hits}
        hit = found.get(article_id)
        return None if hit is None else type("Article", (), {"id": hit.article_id, "title": hit.title})()


def found(steering: Steering, text: str = "How do I pay?") -> SearchResult:
    return search_steered(Base(), steering, text, language="en", limit=3, all_languages=False)  # type: ignore[arg-type]


def test_a_pinned_article_is_the_answer_however_the_question_is_written() -> None:
    steering = Steering(pins={("en", question_key("how do I páy")): ("two", "en")})
    result = found(steering, "PAY, how do i")
    assert ([each.article_id for each in result.hits], result.decision, result.confidence) == (
        ["two", "one"],
        "answer",
        1.0,
    )
    assert found(steering, "How do I get paid").hits[0].article_id == "one"
    gone = Steering(pins={("en", question_key("how do I pay")): ("gone", "en")})
    assert found(gone).hits[0].article_id == "one"


def test_what_follows_a_blocked_passage_is_not_claimed_to_answer() -> None:
    result = found(Steering(blocked=frozenset({"/help/en/one#a"})))
    assert ([each.article_id for each in result.hits], result.confident, result.decision) == (["two"], False, "clarify")
    second = found(Steering(blocked=frozenset({"/help/en/two#a"})))
    assert ([each.article_id for each in second.hits], second.confident) == (["one"], True)
    assert found(Steering(blocked=frozenset({"/help/en/one#a", "/help/en/two#a"}))).decision == "person"


def test_assumptions_are_kept_for_everybody(rest: Rest, look: Opener) -> None:
    form = {"minutes": "12,5", "hourly": "30", "currency": "EUR", "would_be_tickets": "50"}
    page = look("/leads/value/assumptions", form=form).text
    assert "Kept." in page
    assert "50% that would be tickets × 12.5 min × 30 EUR an hour" in page
    assert acts(rest) == ["value"]
    wrong = look("/leads/value/assumptions", form={**form, "minutes": "<b>many"}).text
    assert "“&lt;b&gt;many” is no number" in wrong


def test_months_from_before_are_imported_and_compared(rest: Rest, past: Past, look: Opener) -> None:
    past.talk("asked_for_help", "answer", "ticket")
    page = look(
        "/leads/value/baseline", form={"months": "month;tickets;orders\n2025-01;300;12000\n2025-02;340;13000\n"}
    ).text
    assert "Before: 320 tickets a month, over 2 months." in page
    assert "Tickets a month, before and since" in page
    assert "cannot be read" in look("/leads/value/baseline", form={"months": "January,300"}).text.replace("“", "")
    assert acts(rest) == ["baseline"]


@pytest.mark.parametrize("text", ["2025-13,3", "2025-01", "2025-01,many", "2025-01,3,x", "x\ny,3"])
def test_a_month_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueInvalid):
        read_baseline("2024-12,1\n" + text)


def test_a_difference_has_the_interval_that_newcombe_gives() -> None:
    """His example (1998, method 10): 56 of 70 against 48 of 80 is .2, from .0524 to .3339."""
    found = difference((48, 80), (56, 70))
    assert found is not None
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.beyond_chance
    assert difference((0, 0), (1, 2)) is None
