"""Only a model that was trained here, from the catalog on disk, is ever loaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import model
from bot.model import ModelError, ModelRecord


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelRecord:
    """A published model: the file's content does not matter to who checks it."""
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    model.models_folder().mkdir()
    model.model_path().write_bytes(b"a model")
    written = ModelRecord(
        model.sha256_of(model.model_path()),
        model.catalog_digest(),
        model.training_digest(),
        "2026-01-31T12:00:00+00:00",
    )
    model.write_record(written)
    return written


def test_what_was_trained_here_is_served_and_not_trained_again(record: ModelRecord) -> None:
    assert model.checked_model() == model.model_path()
    assert model.is_current()


def test_a_model_from_another_catalog_is_refused_with_the_cure(record: ModelRecord) -> None:
    model.write_record(replace(record, catalog_digest="0" * 64))
    with pytest.raises(ModelError, match=r"another catalog.*copilot train"):
        model.checked_model()


def test_a_model_that_somebody_put_there_is_refused(record: ModelRecord) -> None:
    model.model_path().write_bytes(b"another model")
    with pytest.raises(ModelError, match=r"not the model.*copilot train"):
        model.checked_model()


def test_no_model_no_record_and_a_broken_record_are_told_apart(record: ModelRecord) -> None:
    model.model_path().unlink()
    with pytest.raises(ModelError, match=r"missing.*copilot train"):
        model.checked_model()
    model.record_path().write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot be read.*copilot train"):
        model.checked_model()
    model.record_path().unlink()
    with pytest.raises(ModelError, match=r"no trained model.*copilot train"):
        model.checked_model()
    assert not model.is_current()


def test_other_training_data_means_training_again_but_not_refusing(record: ModelRecord) -> None:
    model.write_record(replace(record, training_digest="0" * 64))
    assert not model.is_current()
    assert model.checked_model() == model.model_path()


def test_the_training_digest_follows_names_and_contents(tmp_path: Path) -> None:
    for name in model.TRAINED_FROM:
        path = tmp_path / name
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x", encoding="utf-8")
        else:
            path.mkdir(parents=True)
    (tmp_path / "data/training/rules.yml").write_text("a", encoding="utf-8")
    first = model.training_digest(tmp_path)
    (tmp_path / "data/training/__pycache__").mkdir()
    (tmp_path / "data/training/__pycache__/x.pyc").write_text("x", encoding="utf-8")
    assert model.training_digest(tmp_path) == first
    (tmp_path / "data/training/rules.yml").write_text("b", encoding="utf-8")
    assert model.training_digest(tmp_path) != first
