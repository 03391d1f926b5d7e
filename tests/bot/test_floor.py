"""A model that understands worse than the floor allows is not put into service."""

from pathlib import Path

import pytest

from bot import nlu_evaluate, train
from bot.model import model_path
from bot.nlu_scores import Heard, Line, Shortfall


def test_the_refusal_says_what_fell_by_how_much_and_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    model_path().parent.mkdir()
    model_path().write_bytes(b"the model before")
    fell = Shortfall("en", "control_f1", 0.9, 0.8, (Heard(Line("go on then", "en", "affirm"), "skip"),))
    monkeypatch.setattr(nlu_evaluate, "gate_shortfalls", lambda model: [fell])
    with pytest.raises(train.BelowFloor) as refused:
        train._hold_to_the_floor(tmp_path / "new.tar.gz")
    message = str(refused.value)
    assert "the model before stays in service" in message
    assert "en: control_f1 is 0.800, 0.100 below 0.900" in message
    assert '"go on then" is affirm, heard as skip' in message
    assert "docs/nlu.md" in message
    assert model_path().read_bytes() == b"the model before"
    monkeypatch.setattr(nlu_evaluate, "gate_shortfalls", lambda model: [])
    train._hold_to_the_floor(tmp_path / "new.tar.gz")
    assert "reading the gate" in capsys.readouterr().out
