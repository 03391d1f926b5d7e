"""How well our rules find what is personal, on a labelled set in three languages with near misses (decision 0016)."""

from __future__ import annotations

from collections import Counter

import pytest

from api.privacy.masking import KINDS, Found, personal_data
from tests.privacy.labelled import Line, Measured, lines, measure


def by_our_rules(line: Line) -> list[Found]:
    return personal_data(line.text)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(by_our_rules, lines())


def test_the_set_is_large_and_has_every_kind_in_every_language_and_near_misses() -> None:
    found = lines()
    assert len(found) >= 400
    counted = Counter((line.language, label.kind) for line in found for label in line.labels)
    assert {(language, kind) for language in ("es", "en", "pt") for kind in KINDS} <= set(counted)
    assert sum(not line.labels for line in found) >= 150


@pytest.mark.parametrize("kind", KINDS)
def test_next_to_nothing_personal_is_missed(measured: Measured, kind: str) -> None:
    assert measured.recall(kind) >= 0.98, [each for each in measured.missed if each[1].startswith(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_next_to_nothing_else_is_taken(measured: Measured, kind: str) -> None:
    assert measured.precision(kind) >= 0.98, [each for each in measured.wrong if each[1].startswith(kind)]
