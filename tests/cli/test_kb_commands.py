"""`copilot kb` with what customers asked and said, from the database."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.kb import app
from api.database import Database
from api.migrations import upgrade
from api.settings import load_settings
from knowledge_base import KnowledgeBase
from tests.help_center.test_feedback import Talk, fill
from tests.knowledge_base.conftest import use_quick_encoder, write, write_help_center


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path / "var"))
    use_quick_encoder(monkeypatch)


def migrated() -> Database:
    database = Database(load_settings().database.url)
    upgrade(database)
    return database


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    assert done.exit_code == code, f"{done.output}\n{done.exception!r}"
    return done.stdout if code == 0 else done.stderr


def learnt_from(index: Path) -> str:
    models = json.loads((index / "confidence.json").read_text(encoding="utf-8"))
    return str(models["own"]["es"]["learnt_from"])


def test_a_build_of_the_index_in_use_learns_from_what_customers_said(tmp_path: Path) -> None:
    source, database = write_help_center(tmp_path / "articles"), migrated()
    own, other = tmp_path / "var" / "index", tmp_path / "other"
    fill(database, 40, 15)
    run("build", "--source", source, "--index", own, "--json")
    assert "55 labelled" in learnt_from(own)
    kept = tmp_path / "var" / "labels" / "customers.jsonl"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    run("build", "--source", source, "--index", other, "--json")
    assert "labelled" not in learnt_from(other), "another index is another help center"


def test_a_build_needs_no_database_and_makes_none(tmp_path: Path) -> None:
    run("build", "--source", write_help_center(tmp_path / "articles"), "--index", tmp_path / "var" / "index")
    assert not (tmp_path / "var" / "copilot.db").exists()
    assert not (tmp_path / "var" / "secrets.json").exists()


def test_a_database_that_cannot_be_read_is_told_and_the_index_is_built(tmp_path: Path) -> None:
    write(tmp_path, "var/copilot.db", "")
    done = CliRunner().invoke(
        app,
        [
            "build",
            "--source",
            str(write_help_center(tmp_path / "articles")),
            "--index",
            str(tmp_path / "var" / "index"),
        ],
    )
    assert done.exit_code == 0
    assert "built without what customers said" in done.stderr
    assert KnowledgeBase.open(tmp_path / "var" / "index").locales == ("en", "es", "pt")


def test_what_customers_asked_is_replayed(tmp_path: Path) -> None:
    source, index = write_help_center(tmp_path / "articles"), tmp_path / "index"
    run("build", "--source", source, "--index", index)
    (source / "es" / "export-reports.md").unlink()
    run("build", "--source", source, "--index", tmp_path / "candidate")
    asked = ("replay", "--index", index, "--candidate", tmp_path / "candidate", "--from-conversations", 10)
    assert "no customer has asked anything yet" in run(*asked, code=2)
    with migrated().write() as session:
        Talk(session).ask("exportar reportes de ventas", "export-reports").yes()
        Talk(session).ask("Exportar  reportes de ventas", "export-reports").yes()
        Talk(session, is_test=True).ask("reembolsar un pedido", "refund-order").yes()
    told = json.loads(run(*asked, "--json"))
    assert (told["questions"], told["asked"]) == (1, 2)
    assert told["changes"][0]["before"]["articles"][0]["article_id"] == "export-reports"
    assert "export-reports" in {each["article_id"] for each in told["disappeared"]}


def test_a_sync_learns_from_what_customers_said_and_builds_again_only_when_notably_more_was_said(
    tmp_path: Path,
) -> None:
    source, database = write_help_center(tmp_path / "articles"), migrated()
    index = tmp_path / "var" / "index"

    def built() -> bool:
        told = run("sync", "--sources", source, "--index", index, "--store", tmp_path / "var" / "sources", "--json")
        return json.loads(told)["built"] is not None

    assert built()
    assert "labelled" not in learnt_from(index)
    fill(database, 40, 15)
    assert built()
    assert "55 labelled" in learnt_from(index)
    fill(database, 0, 1)
    assert not built(), "one more is worth no build"
    fill(database, 20, 10)
    assert built()
    assert not built()
