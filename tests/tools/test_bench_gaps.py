"""How the bench of content gaps counts."""

from __future__ import annotations

import pytest

from knowledge_base.gaps import GapCluster
from tests.support.asked import WordsOnly
from tools.bench.gaps import BenchQuestion, built_in, found_of, measured, own_clusters
from tools.bench.gaps_page import gaps_section
from tools.bench.machine import this_machine
from tools.bench.results import Result

ASKED = [
    *(BenchQuestion(id=f"a{n}", locale="en", query="?", topic="a", tuned=True) for n in range(6)),
    *(BenchQuestion(id=f"b{n}", locale=("en", "es")[n % 2], query="?", topic="b") for n in range(6)),
    *(BenchQuestion(id=f"x{n}", locale="en", query="?") for n in range(9)),
]


def cluster(*ids: str, language: str = "en") -> GapCluster:
    return GapCluster(ids[0], language, (), ids, (), len(ids), 0, None)


def test_a_cluster_is_a_topics_own_with_three_of_its_questions_that_are_four_fifths_of_it() -> None:
    clusters = [
        cluster("a0", "a1", "a2", "a3", "x0"), cluster("a4", "a5"), cluster("b0", "b2", "x1"),
        cluster("x2", "x3", "x4", "a0"), cluster("b1", "b3", "b5", language="es"),
    ]  # fmt: skip
    pure = own_clusters(clusters, ASKED)
    assert pure == [("a", "en", 4, 0.8), ("b", "es", 3, 1.0)]
    about = [each for each in ASKED if each.topic]
    every, held_out = found_of(pure, about), found_of(pure, [each for each in about if not each.tuned])
    assert (every.topics, every.own, every.pairs, every.own_pairs) == (2, 2, 3, 2)
    assert every.held == pytest.approx(7 / 12)
    assert (held_out.topics, held_out.own, held_out.pairs, held_out.own_pairs) == (1, 1, 2, 1)


def test_topics_that_a_sibling_answers_with_confidence_are_counted_and_shown() -> None:
    texts = ["can drones carry an order", "drones carry orders?", "drones that carry", "carry by drones"]
    asked = [BenchQuestion(id=f"d{n}", locale="en", query=text, topic="drones") for n, text in enumerate(texts)]
    asked += [BenchQuestion(id=f"o{n}", locale="en", query=text) for n, text in enumerate(("invoice", "logo", "theme"))]
    found = measured("small", WordsOnly({"carry": "parcels"}, says={"parcels": "order"}), asked)
    assert (found.about, found.answered, found.every.own, found.claims) == (4, 4, 1, 0)
    page = "\n".join(gaps_section(Result(machine=this_machine(), measured=found)))
    assert "| hidden topics: with a cluster of their own | 1 of 1 | >= 80% | met |" in page
    assert found.held_out is None


def test_the_small_run_asks_in_every_language() -> None:
    asked = built_in()
    about = [each for each in asked if each.topic]
    assert len(about) >= 40
    assert {each.locale for each in about} == {each.locale for each in asked}
    assert len(asked) > len(about) * 2
    assert len({each.id for each in asked}) == len(asked)
