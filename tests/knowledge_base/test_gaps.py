"""Open questions become topics: what belongs together, what stays alone, and what is no gap any more."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np
import pytest

from knowledge_base.gap_clusters import groups_by_level, groups_of, nearest_pairs, with_the_alone
from knowledge_base.gap_labels import telling_terms
from knowledge_base.gap_vectors import unit, word_vectors
from knowledge_base.gaps import OpenQuestion, find_gaps
from tests.support.asked import WordsOnly

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ABROAD = {
    "en": [
        "can I ship orders abroad",
        "ship abroad please",
        "do you ship orders abroad?",
        "how to ship an order abroad",
    ],
    "es": [
        "envio al exterior",
        "quiero un envio al exterior",
        "hay envio de pedidos al exterior?",
        "envio exterior pedido",
    ],
    "pt": [
        "frete para o exterior",
        "tem frete exterior?",
        "como vender com frete exterior",
        "frete do pedido exterior",
    ],
}
OTHERS = [
    "my invoice is wrong", "the logo looks blurry", "reset two factor login", "catalogue import stuck at ninety percent",
    "discount code typed but ignored", "where are cookies configured", "webhook secret rotated twice", "theme broke today",
]  # fmt: skip


def asked(texts: list[str], language: str = "en", at: dt.datetime = NOW, name: str = "") -> list[OpenQuestion]:
    return [OpenQuestion(f"{name or language}-{n}", text, language, at) for n, text in enumerate(texts)]


def test_questions_of_one_topic_are_one_cluster_and_the_rest_stays_alone() -> None:
    found = find_gaps(WordsOnly(), [*asked(ABROAD["en"]), *asked(OTHERS, name="other")])
    (cluster,) = found.clusters
    assert set(cluster.questions) == {f"en-{n}" for n in range(4)}
    assert found.alone == len(OTHERS)
    assert "abroad" in cluster.terms
    assert cluster.examples[0] in cluster.questions
    assert (cluster.size, cluster.before, cluster.trend) == (4, 0, None)


def test_the_same_topic_in_other_languages_is_a_cluster_of_each_with_one_topic() -> None:
    everything = [each for language, texts in ABROAD.items() for each in asked(texts, language)]
    found = find_gaps(WordsOnly(), [*everything, *asked(OTHERS, name="other")])
    assert sorted(each.language for each in found.clusters) == ["en", "es", "pt"]
    spanish = next(each for each in found.clusters if each.language == "es")
    assert sum(each.topic == spanish.topic for each in found.clusters) >= 2


def test_the_nearest_article_is_told_with_a_confidence_below_what_is_answered_from() -> None:
    (cluster,) = find_gaps(WordsOnly(), [*asked(ABROAD["en"]), *asked(OTHERS, name="other")]).clusters
    assert cluster.nearest is not None
    assert (cluster.nearest.article_id, cluster.nearest.url) == ("near", "/help/near")
    assert cluster.nearest.confidence < cluster.nearest.answers_from


def test_what_the_index_answers_by_now_is_no_gap() -> None:
    found = find_gaps(WordsOnly({"abroad": "ship-abroad"}), [*asked(ABROAD["en"]), *asked(OTHERS, name="other")])
    assert found.clusters == ()
    assert set(found.answered) == {f"en-{n}" for n in range(4)}


def test_an_answer_that_did_not_help_leaves_the_question_open_and_is_not_suggested() -> None:
    wrong = [
        OpenQuestion(each.id, each.text, each.language, each.at, frozenset({"misleading"}))
        for each in asked(ABROAD["en"])
    ]
    found = find_gaps(WordsOnly({"abroad": "misleading"}), [*wrong, *asked(OTHERS, name="other")])
    (cluster,) = found.clusters
    assert cluster.nearest is None
    assert found.answered == ()


def answered(by: str, *, helped: int = 0, texts: list[str] | None = None) -> list[OpenQuestion]:
    """Each answered when it was asked; the first so many of them to their customer's content."""
    return [
        replace(each, answered_by=frozenset({by}), helped=n < helped)
        for n, each in enumerate(asked(texts or ABROAD["en"]))
    ]


def test_a_topic_whose_words_the_article_shown_lacks_is_in_doubt_though_nobody_complained() -> None:
    kb = WordsOnly({"abroad": "sibling"}, says={"sibling": "Ship orders within the country"})
    (cluster,) = find_gaps(kb, [*answered("sibling"), *asked(OTHERS, name="other")]).clusters
    assert (len(cluster.questions), cluster.doubted) == (4, 4)
    assert cluster.nearest is None, "what was shown is no suggestion"


def test_an_article_that_has_the_words_is_relied_on() -> None:
    kb = WordsOnly({"abroad": "right"}, says={"right": "Ship your orders abroad: can I? Please do"})
    found = find_gaps(kb, [*answered("right"), *asked(OTHERS, name="other")])
    assert found.clusters == ()
    assert (found.questions, found.alone, len(found.answered)) == (len(OTHERS), len(OTHERS), 4)


def test_an_answer_that_helped_some_is_relied_on_by_all_who_ask_the_same() -> None:
    kb = WordsOnly({"abroad": "sibling"}, says={"sibling": "Ship orders within the country"})
    found = find_gaps(kb, [*answered("sibling", helped=1), *asked(OTHERS, name="other")])
    assert found.clusters == ()
    assert len(found.answered) == 4


def test_a_topic_that_is_answered_for_some_only_keeps_those_that_it_is_not_answered_for() -> None:
    kb = WordsOnly({"please": "sibling"}, says={"sibling": "Ship orders within the country"})
    texts = [f"{each} {polite}" for each in ABROAD["en"] for polite in ("please", "now")]
    (cluster,) = find_gaps(kb, [*answered("sibling", helped=9, texts=texts), *asked(OTHERS, name="other")]).clusters
    assert set(cluster.questions) == {f"en-{n}" for n, text in enumerate(texts) if "please" not in text}
    assert cluster.doubted == 0


def test_a_newer_article_is_taken_at_its_word() -> None:
    kb = WordsOnly({"abroad": "new"}, says={"new": "International parcels"})
    found = find_gaps(kb, [*answered("sibling"), *asked(OTHERS, name="other")])
    assert found.clusters == ()


def test_a_tight_group_is_not_drawn_into_a_loose_one() -> None:
    chance = np.random.default_rng(6)
    tight = unit(np.repeat(unit(chance.normal(size=(1, 32)).astype(np.float32)), 6, axis=0))
    loose = unit(tight + 0.25 * chance.normal(size=(6, 32)).astype(np.float32))
    vectors = np.concatenate([tight, loose])
    assert groups_by_level(vectors, (0.95, 0.1), 3) == [list(range(6)), list(range(6, 12))]
    assert len(groups_by_level(vectors, (0.1,), 3)) == 1


def test_what_is_alone_joins_the_group_that_it_is_most_alike_to_if_it_is_enough() -> None:
    vectors = unit(np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1], [1, 0.4, 0], [0, 0, 1]], dtype=np.float32))
    assert with_the_alone(vectors, [[0, 1], [2, 3]], 0.5) == [[0, 1, 4], [2, 3]]
    assert with_the_alone(vectors, [[0, 1], [2, 3]], 0.99) == [[0, 1], [2, 3]]
    assert with_the_alone(vectors, [], 0.1) == []
    assert with_the_alone(vectors, [list(range(6))], 0.1) == [list(range(6))]


def test_the_trend_counts_each_time_it_was_asked_in_either_period() -> None:
    before = asked(ABROAD["en"][:2], at=NOW - dt.timedelta(days=40), name="before")
    again = asked([ABROAD["en"][0].upper()] * 2, name="again")
    everything = [*before, *asked(ABROAD["en"]), *again, *asked(OTHERS, name="other")]
    (cluster,) = find_gaps(WordsOnly(), everything, since=NOW - dt.timedelta(days=30)).clusters
    assert (cluster.size, cluster.before, cluster.trend) == (6, 2, 2.0)


def test_one_question_asked_again_and_again_is_no_topic() -> None:
    assert find_gaps(WordsOnly(), [*asked([OTHERS[0]] * 9, name="same"), *asked(OTHERS[1:])]).clusters == ()


@pytest.mark.parametrize("texts", [[], [""], ["  "], ["?"], ["🤷", "🤷", "!!", "..."], ["how", "how do", "do how"]])
def test_what_says_nothing_makes_no_cluster(texts: list[str]) -> None:
    assert find_gaps(WordsOnly(), asked(texts)).clusters == ()


def test_groups_are_found_among_four_times_as_much_noise() -> None:
    chance = np.random.default_rng(3)
    middles = unit(chance.normal(size=(12, 48)).astype(np.float32))
    near = unit(np.repeat(middles, 10, axis=0) + 0.06 * chance.normal(size=(120, 48)).astype(np.float32))
    noise = unit(chance.normal(size=(480, 48)).astype(np.float32))
    groups = [group for group in groups_of(np.concatenate([near, noise]), alike=0.55) if len(group) >= 3]
    whole = [set(range(start, start + 10)) for start in range(0, 120, 10)]
    assert sum(set(group) in whole for group in groups) == 12


def test_a_topic_larger_than_its_neighbourhood_is_still_one() -> None:
    chance = np.random.default_rng(4)
    one = unit(chance.normal(size=(1, 32)).astype(np.float32))
    near = unit(np.repeat(one, 90, axis=0) + 0.03 * chance.normal(size=(90, 32)).astype(np.float32))
    assert [len(group) for group in groups_of(near, alike=0.5, neighbours=10)] == [90]


def test_the_order_of_the_questions_changes_no_group() -> None:
    texts = [*ABROAD["en"], *OTHERS]
    shuffled = list(texts)
    random.Random(2).shuffle(shuffled)
    first, second = (
        find_gaps(WordsOnly(), [OpenQuestion(each, each, "en", NOW) for each in order]) for order in (texts, shuffled)
    )
    assert [set(each.questions) for each in first.clusters] == [set(each.questions) for each in second.clusters]


def test_pairs_are_told_once_and_no_vector_is_its_own_neighbour() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(30, 8)).astype(np.float32))
    pairs, likeness = nearest_pairs(vectors, 5, floor=-1.0)
    assert all(one < other for one, other in pairs.tolist())
    assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs) == len(likeness)
    assert nearest_pairs(vectors[:1], 5, floor=0.0)[0].shape == (0, 2)


def test_word_vectors_are_alike_by_their_rare_words() -> None:
    texts = ["ship abroad", "ship abroad now", "refund my order", *OTHERS]
    vectors = word_vectors(texts, "en")
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]


def test_terms_are_spelt_as_customers_do_and_named_once() -> None:
    (terms,) = telling_terms([ABROAD["es"]], [*ABROAD["es"], "mi factura está mal", "no carga el logo"], "es")
    assert terms[:2] == ("envio", "exterior")
    assert len(set(terms)) == len(terms)
