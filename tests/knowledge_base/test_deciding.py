"""What the copilot does with its confidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge_base.deciding import LABEL_CHARACTERS, decide, related, topics
from knowledge_base.results import Related, SearchHit, SearchResult

LIMITS = {"answer_from": 0.7, "person_below": 0.2}


def hit(title: str, score: float, *, heading: str = "", locale: str = "en", **more: str) -> SearchHit:
    id_ = more.get("id", title.lower().replace(" ", "-"))
    return SearchHit(
        article_id=id_,
        title=title,
        heading=heading,
        url=f"/help/{locale}/{id_}#there",
        locale=locale,
        snippet="",
        score=score,
        heading_path=(heading,) if heading else (),
    )


INVOICES, PAYMENTS, SHIPPING = (
    hit("Download your invoices", 3.0),
    hit("Payment methods", 2.8),
    hit("Shipping rates", 2.5),
)


def test_it_answers_from_the_limit_on_whatever_competes() -> None:
    verdict = decide(0.7, [INVOICES, PAYMENTS], **LIMITS)
    assert (verdict.decision, verdict.topics) == ("answer", ())


@pytest.mark.parametrize("confidence", [0.0, 0.19])
def test_below_the_other_limit_a_person_is_offered_at_once(confidence: float) -> None:
    assert decide(confidence, [INVOICES, PAYMENTS], **LIMITS).decision == "person"


def test_where_nothing_was_found_a_person_is_offered_at_once() -> None:
    assert decide(0.9, [], **LIMITS).decision == "person"


def test_in_between_it_asks_which_of_the_competing_topics_is_meant() -> None:
    verdict = decide(0.5, [INVOICES, PAYMENTS, SHIPPING], **LIMITS)
    assert verdict.decision == "clarify"
    assert [topic.label for topic in verdict.topics] == ["Download your invoices", "Payment methods", "Shipping rates"]
    assert [topic.article_id for topic in verdict.topics] == [
        "download-your-invoices",
        "payment-methods",
        "shipping-rates",
    ]


def test_a_hit_that_leads_clearly_has_no_competitors() -> None:
    verdict = decide(0.5, [INVOICES, replace(PAYMENTS, score=1.0)], **LIMITS)
    assert (verdict.decision, verdict.topics) == ("clarify", ())


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="person_below"):
        decide(0.5, [INVOICES], answer_from=0.2, person_below=0.7)


def test_at_most_four_topics_are_offered() -> None:
    hits = [hit(title, 3.0) for title in ("Domains", "Invoices", "Payments", "Shipping", "Reports")]
    assert len(topics(hits)) == 4


def test_articles_about_the_same_are_one_topic() -> None:
    same = [INVOICES, hit("Download an invoice", 2.9)]
    assert topics(same) == ()
    assert [topic.label for topic in topics([*same, PAYMENTS])] == ["Download your invoices", "Payment methods"]


def test_equal_titles_are_told_apart_by_their_headings() -> None:
    found = topics([hit("Notes", 3.0, heading="Version 2", id="n2"), hit("Notes", 2.9, heading="Version 3", id="n3")])
    assert [topic.label for topic in found] == ["Notes › Version 2", "Notes › Version 3"]


def test_a_label_fits_on_a_button() -> None:
    long = "How the nightly import decides which of two products with one code is kept " * 3
    found = topics([hit(long, 3.0), INVOICES])
    assert len(found[0].label) <= LABEL_CHARACTERS
    assert found[0].label.endswith("…")


def test_related_articles_are_those_linked_first_and_never_one_that_is_shown() -> None:
    linked = [
        Related("shipping-rates", "Shipping rates", "/help/en/shipping-rates", "en"),
        Related("download-your-invoices", "Download your invoices", "/x", "en"),
        Related("shipping-rates", "Twice", "/y", "en"),
    ]
    found = related(linked, [PAYMENTS, SHIPPING, INVOICES], shown={"download-your-invoices"})
    assert [(each.article_id, each.url) for each in found] == [
        ("shipping-rates", "/help/en/shipping-rates"),
        ("payment-methods", "/help/en/payment-methods"),
    ]
    assert len(related(linked, [PAYMENTS, SHIPPING], shown=(), most=1)) == 1


def test_confident_and_the_decision_to_answer_are_the_same() -> None:
    def result(confident: bool, **more: object) -> SearchResult:
        return SearchResult(confident, 0.5, "en", (), False, **more)  # type: ignore[arg-type]

    assert result(True).decision == "answer"
    assert result(False).decision == "clarify"
    assert result(False, decision="person").decision == "person"
    assert result(False, decision="answer").decision == "clarify"
