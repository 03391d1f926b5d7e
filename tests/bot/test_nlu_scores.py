"""Measures of intent recognition, and the floor that a model has to keep."""

from pathlib import Path

import pytest
import yaml

from bot.catalog import Catalog
from bot.confusion_picture import confusion_svg
from bot.nlu_scores import (
    EvaluationError,
    Heard,
    Line,
    confusion,
    read_floor,
    read_lines,
    read_problems,
    resolved,
    scores,
    shortfalls,
    trained_texts,
)
from tests.support.stack import ROOT


def heard(text: str, meant: str, intent: str, also: str | None = None) -> Heard:
    return Heard(Line(text, "en", meant, also), intent)


HEARD = [
    heard("thanks", "thank", "thank"),
    heard("ta", "thank", "describe_problem"),
    heard("all dead", "report_outage", "report_outage"),
    heard("cart dead", "describe_problem", "report_outage"),
    heard("export fails", "describe_problem", "describe_problem"),
    heard("demo of linkedin", "commercial_matter", "linkedin_matter", also="linkedin_matter"),
]


def test_commands_problems_and_emergencies_are_measured_apart() -> None:
    [found] = scores(HEARD)
    assert found.control_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.hijack_rate == 0.5
    assert (found.emergency_recall, found.emergency_precision) == (1.0, 0.5)
    assert found.named is None
    assert (found.controls, found.problems, found.emergencies) == (4, 2, 1)


def test_a_model_that_hears_no_emergency_has_no_precision() -> None:
    [found] = scores([heard("all dead", "report_outage", "insult")])
    assert (found.emergency_recall, found.emergency_precision) == (0.0, 0.0)


def test_what_falls_below_the_floor_is_named_with_its_amount_and_its_lines() -> None:
    found = shortfalls(HEARD, {"en": {"control_f1": 0.5, "hijack_rate": 0.1, "emergency_precision": 0.9}})
    assert [each.measure for each in found] == ["hijack_rate", "emergency_precision"]
    assert str(found[0]) == "en: hijack_rate is 0.500, 0.400 above 0.100"
    assert str(found[1]) == "en: emergency_precision is 0.500, 0.400 below 0.900"
    assert [each.line.text for each in found[0].lines] == ["cart dead"]
    assert shortfalls(HEARD, {"es": {"control_f1": 1.0}}) == []


def test_a_set_and_a_floor_that_cannot_be_read_say_where(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "a", "language": "en", "intent": "greet"}\n{"text": "b"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"line 2: language, intent"):
        read_lines(path)
    floor = tmp_path / "floor.yml"
    floor.write_text("en: {speed: 1}", encoding="utf-8")
    with pytest.raises(EvaluationError, match="speed is no measure"):
        read_floor(floor)
    assert read_floor(tmp_path / "none.yml") == {}


def test_questions_that_nothing_answers_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(
        '{"query": "a", "locale": "en", "relevant": []}\n{"query": "b", "locale": "pt", "relevant": ["x"]}\n',
        encoding="utf-8",
    )
    assert read_problems(path) == [Line("b", "pt", "describe_problem")]


def test_the_committed_floor_covers_every_language_of_the_catalog() -> None:
    assert set(read_floor(ROOT / "data" / "evaluation" / "nlu_floor.yml")) == set(Catalog.load(ROOT / "data").languages)


def test_an_answer_in_free_words_is_resolved_among_the_options_of_its_question() -> None:
    catalog = Catalog.load(ROOT / "data")
    expect = {"asks": "subcategory", "value": "reports", "category": "incident"}
    assert resolved(Line("reports", "en", "inform", expect=expect), catalog)
    assert not resolved(Line("plugins", "en", "inform", expect=expect), catalog)


def test_the_picture_shows_what_was_confused() -> None:
    picture = confusion_svg(confusion(HEARD), "a <title>")
    assert picture.startswith("<svg ")
    assert "a &lt;title&gt;" in picture
    assert ">report_outage<" in picture
    assert confusion(HEARD)["describe_problem", "report_outage"] == 1
    assert confusion(HEARD)["linkedin_matter", "linkedin_matter"] == 1


def test_training_utterances_are_compared_by_their_words(tmp_path: Path) -> None:
    thanks = {"intent": "thank", "examples": "- ¡Muchas GRACIAS!\n- gracias, [Ana](name)\n"}
    lookup = {"lookup": "names", "examples": "- Ana\n"}
    (tmp_path / "es.yml").write_text(yaml.safe_dump({"nlu": [thanks, lookup]}, allow_unicode=True))
    assert trained_texts(tmp_path) == {("muchas", "gracias"), ("gracias", "ana")}


def test_training_data_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "es.yml").write_text("- nothing")
    with pytest.raises(EvaluationError, match=r"es\.yml is no training data"):
        trained_texts(tmp_path)
