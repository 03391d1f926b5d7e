"""`copilot tickets import` and `export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.root import app


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path / "var"))


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.stdout if code == 0 else done.stderr


def test_tickets_go_out_and_come_in_by_file(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text(
        "subject,description,requester_email,field:category\n'=sum,It is slow.,ana@example.com,\nB,b,,outage\n"
    )
    assert "2 tickets would be opened" in run("tickets", "import", str(source), "--dry-run")
    assert "numbers 1001 to 1002" in run("tickets", "import", str(source))
    assert f"2 tickets are in {out}" in run("tickets", "export", str(out))
    assert [json.loads(line)["subject"] for line in out.read_text().splitlines()] == ["=sum", "B"]
    assert json.loads(run("tickets", "export", str(out), "--status", "solved", "--json"))["tickets"] == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".new")] == []


def test_a_wrong_line_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    good = {"subject": "A", "description": "a", "requester_email": "ana@example.com"}
    source.write_text(
        "\n".join(json.dumps(each) for each in (good, {**good, "status": "lost"}, {**good, "subject": ""}))
    )
    said = run("tickets", "import", str(source), code=1)
    assert "line 2: status: must be one of new" in said
    assert "2 of 3 lines are wrong: nothing was imported" in said
    assert json.loads(run("tickets", "list", "--json")) == []
    assert "--format" in run("tickets", "import", __file__, code=1)
