from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowledge_base.cli import app
from tests.knowledge_base.conftest import use_quick_encoder, write, write_help_center


@pytest.fixture(autouse=True)
def _quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    use_quick_encoder(monkeypatch)


def run(tmp_path: Path, command: str, *more: str, code: int = 0) -> str:
    paths = ["--index", str(tmp_path / "index"), "--store", str(tmp_path / "store")]
    done = CliRunner().invoke(app, [command, *paths, *more])
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.stdout


def test_status_tells_of_every_source_what_was_left_out_and_why(tmp_path: Path) -> None:
    source = write_help_center(tmp_path / "articles")
    write(source, "es/borrador.md", "---\ntitle: Borrador\nstatus: DRAFT\n---\nTexto.\n")
    for number in range(25):
        write(source, f"es/roto{number}.md", "---\ntitle: [x\n---\nTexto.\n")
    write(
        tmp_path,
        "more.jsonl",
        json.dumps({"id": "extra", "locale": "en", "title": "Extra", "body": "Some words."}) + "\n",
    )
    declared = [
        {"name": "folder", "kind": "folder", "path": "articles"},
        {"name": "export", "kind": "jsonl", "path": "more.jsonl"},
    ]
    sources = write(tmp_path, "sources.yml", json.dumps({"sources": declared}))
    run(tmp_path, "sync", "--sources", str(sources), "--json")
    told = json.loads(run(tmp_path, "status", "--json"))
    folder, export = told["sources"]
    assert (folder["name"], folder["articles"], folder["skipped_count"]) == ("folder", {"en": 5, "es": 5, "pt": 5}, 26)
    assert (export["kind"], export["articles"], export["problems"]) == ("jsonl", {"en": 1}, [])
    assert told["last_sync"]
    assert told["locales"]["en"]["articles"] == 6
    shown = run(tmp_path, "status")
    assert "source folder (folder): en 5, es 5, pt 5; synced" in shown
    assert "source export (jsonl): en 1; synced" in shown
    assert "es/borrador.md" in shown
    assert "... and 6 more" in shown
    assert shown.count("roto0.md") == 1, "told once, by its source"


def test_a_failing_source_is_told_with_what_it_keeps_also_where_the_index_is_gone(tmp_path: Path) -> None:
    write_help_center(tmp_path / "articles")
    more = write(
        tmp_path, "more.jsonl", json.dumps({"id": "x", "locale": "en", "title": "X", "body": "Some words."}) + "\n"
    )
    declared = [
        {"name": "folder", "kind": "folder", "path": "articles"},
        {"name": "export", "kind": "jsonl", "path": "more.jsonl"},
    ]
    sources = write(tmp_path, "sources.yml", json.dumps({"sources": declared}))
    run(tmp_path, "sync", "--sources", str(sources), "--json")
    more.unlink()
    run(tmp_path, "sync", "--sources", str(sources), "--json", code=3)
    shown = run(tmp_path, "status")
    assert "failing for" in shown
    assert "failed: " in shown
    assert "articles are kept from before" in shown
    (tmp_path / "index" / "manifest.json").unlink()
    assert "failed: " in run(tmp_path, "status", code=1)


def test_what_other_sources_did_is_not_told_of_an_index_of_its_own(tmp_path: Path) -> None:
    source = write_help_center(tmp_path / "articles")
    run(tmp_path, "sync", "--sources", str(source), "--json")
    CliRunner().invoke(app, ["build", "--source", str(source), "--index", str(tmp_path / "other")])
    done = CliRunner().invoke(
        app, ["status", "--index", str(tmp_path / "other"), "--store", str(tmp_path / "store"), "--json"]
    )
    assert json.loads(done.stdout)["sources"] == []
