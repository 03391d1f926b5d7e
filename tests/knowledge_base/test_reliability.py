from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from knowledge_base.measures import Asked
from knowledge_base.queries import LabelledQuery
from knowledge_base.reliability import answerability, answerability_gain, calibration, wilson
from knowledge_base.reliability_plot import reliability_svg

SVG = "{http://www.w3.org/2000/svg}"


def some(seed: int, questions: int = 200) -> list[Asked]:
    """Answerable or not, answered rightly about as often as the confidence says; confidences with ties."""
    chance = np.random.default_rng(seed)
    made = []
    for number, confidence in enumerate(np.round(chance.random(questions), 2)):
        right = chance.random() < confidence
        relevant = ("a",) if right or chance.random() < 0.3 else ()
        query = LabelledQuery(id=str(number), query="?", relevant=relevant)
        found = ["x", "a"] if right else ["x", "y", "z", "a"]
        made.append(Asked.of(query, found, confidence=float(confidence), confident=confidence >= 0.8))
    return made


def one(confidence: float, *, right: bool, number: int = 0) -> Asked:
    return Asked.of(
        LabelledQuery(id=str(number), query="?", relevant=("a",)), ["a" if right else "b"], confidence=confidence
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_areas_and_scores_are_those_of_scikit_learn(seed: int) -> None:
    asked = some(seed)
    found = answerability(asked)
    scores = [each.confidence for each in asked]
    assert found.auroc == pytest.approx(roc_auc_score([bool(each.query.relevant) for each in asked], scores), abs=1e-4)
    assert found.auroc_interval is not None
    assert found.auroc_interval[0] < (found.auroc or 0) < found.auroc_interval[1]
    assert found.calibration is not None
    right = [1 <= each.rank <= 3 for each in asked]
    assert found.calibration.brier == pytest.approx(brier_score_loss(right, scores), abs=1e-4)


def test_a_confidence_that_keeps_its_word_has_little_expected_error() -> None:
    asked = some(4, questions=4000)
    honest = answerability(asked).calibration
    boasting = calibration(np.full(4000, 0.95), np.array([1 <= each.rank <= 3 for each in asked]))
    assert honest is not None
    assert honest.expected_error < 0.03
    assert boasting.expected_error > 0.4
    assert sum(each.questions for each in honest.bins) == 4000


def test_the_expected_error_is_weighed_by_questions() -> None:
    confidences = np.array([0.95, 0.95, 0.95, 1.0, 0.05])
    found = calibration(confidences, np.array([True, True, True, True, True]))
    assert found.expected_error == pytest.approx(4 / 5 * (1 - 0.9625) + 1 / 5 * 0.95, abs=1e-4)
    assert [(each.low, each.questions) for each in found.bins] == [(0.0, 1), (0.9, 4)]


def test_the_answer_rate_is_the_largest_share_at_the_wanted_precision() -> None:
    asked = [
        one(0.9, right=True),
        one(0.8, right=True),
        one(0.7, right=False),
        one(0.6, right=True),
        one(0.5, right=True),
    ]
    asked = [
        Asked(each.query.model_copy(update={"id": str(at)}), each.ranks, each.confidence)
        for at, each in enumerate(asked)
    ]
    assert (answerability(asked, wanted=0.9).answer_rate, answerability(asked, wanted=0.9).answer_rate_threshold) == (
        0.4,
        0.8,
    )
    assert answerability(asked, wanted=0.8).answer_rate == 1.0
    assert answerability(asked[2:3]).answer_rate == 0.0
    assert answerability(asked[2:3]).answer_rate_threshold is None


def test_questions_of_one_confidence_are_answered_together_or_not_at_all() -> None:
    asked = [one(0.7, right=at > 0, number=at) for at in range(4)]
    assert answerability(asked, wanted=0.9).answer_rate == 0.0


def test_the_index_s_own_threshold_is_told_beside_it() -> None:
    asked = some(5)
    found = answerability(asked)
    sure = [each for each in asked if each.confident]
    assert found.answered == pytest.approx(len(sure) / len(asked), abs=1e-4)
    assert found.precision_at_3 == pytest.approx(sum(1 <= each.rank <= 3 for each in sure) / len(sure), abs=1e-4)
    assert answerability(asked, decided=False).answered is None


def test_nothing_asked_is_no_figure() -> None:
    found = answerability([])
    assert (found.auroc, found.answer_rate, found.calibration) == (None, None, None)
    assert answerability_gain([], []) is None
    with pytest.raises(ValueError, match="nothing to plot"):
        reliability_svg(found)


def test_a_gain_is_paired() -> None:
    asked = some(6)
    same = answerability_gain(asked, asked)
    assert same is not None
    assert (same.auroc, same.auroc_interval, same.answer_rate_interval) == (0.0, (0.0, 0.0), (0.0, 0.0))
    blind = [Asked(each.query, each.ranks, 0.5) for each in asked]
    gain = answerability_gain(asked, blind)
    assert gain is not None
    assert gain.auroc_interval is not None
    assert gain.auroc_interval[0] > 0


def test_wilson_is_honest_at_the_ends() -> None:
    assert wilson(0, 10) == (0.0, 0.2775)
    assert wilson(10, 10) == (0.7225, 1.0)


def test_the_plot_says_in_words_what_it_draws() -> None:
    found = answerability(some(7))
    root = ElementTree.fromstring(reliability_svg(found, title="Confianza <de> prueba"))  # noqa: S314 - our own
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Confianza <de> prueba"
    assert found.calibration is not None
    for each in found.calibration.bins:
        assert f"at a confidence of {each.confidence:.2f}, {each.right:.0%} of {each.questions}" in (desc.text or "")
    assert len(root.findall(f"{SVG}circle")) == len(found.calibration.bins)
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme:dark" in (style.text or "")
    assert root.find(f"{SVG}rect[@class='page']") is not None


def test_no_point_of_the_plot_lies_outside_of_its_frame() -> None:
    asked = [one(0.0, right=True, number=1), one(1.0, right=False, number=2), one(1.0, right=True, number=3)]
    root = ElementTree.fromstring(reliability_svg(answerability(asked)))  # noqa: S314 - our own
    frame = root.find(f"{SVG}rect[@class='frame']")
    assert frame is not None
    left, top, side = (float(frame.get(name, "")) for name in ("x", "y", "width"))
    for dot in root.findall(f"{SVG}circle"):
        assert left <= float(dot.get("cx", "")) <= left + side
        assert top <= float(dot.get("cy", "")) <= top + side
