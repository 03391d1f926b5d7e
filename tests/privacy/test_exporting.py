"""The archive that a person gets: all of theirs, nothing of others, no credential, readable without us."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.privacy import app
from api.database import Database
from api.privacy.columns import COLUMNS, Kind, columns_of
from api.privacy.exporting import export
from api.privacy.rules import RULES
from api.settings import Settings
from api.tickets.models import TicketComment
from bot.catalog import Catalog, load_catalog
from tests.privacy.people import Planted, found_in_tables, plant

ANA, LEO = Planted(71, "quetzalina"), Planted(72, "barbarroja")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def _archive(settings: Settings, database: Database, catalog: Catalog, **options: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(export(settings, database, catalog, ANA.email, **options).archive))


def test_the_archive_holds_all_that_is_theirs_and_nothing_else(
    database: Database, tmp_path: Path, catalog: Catalog
) -> None:
    plant(database, tmp_path, ANA, LEO)
    archive = _archive(Settings(var=tmp_path), database, catalog)
    text = archive.read("data.json").decode()
    assert LEO.canary not in text
    data = json.loads(text)["data"]
    for rule in RULES:
        name = rule.table.name
        if columns_of(name, Kind.PERSON) and rule.given is None:
            assert ANA.canary in json.dumps(data[name]), name
        hashed = [each for each, kind in COLUMNS[name].items() if kind in (Kind.HASHED, Kind.STAFF)]
        assert not {key for row in data.get(name, ()) for key in row} & set(hashed)
    (file,) = data["attachments"]
    assert archive.read(file["file"]).decode() == f"{ANA.canary} in a file"


def test_the_readme_is_in_the_person_s_language(database: Database, tmp_path: Path, catalog: Catalog) -> None:
    plant(database, tmp_path, ANA)
    for language, word in (("es", "guarda"), ("en-GB", "keeps"), ("pt", "você"), ("fr", "guarda")):
        with database.write() as session:
            session.connection().exec_driver_sql(f"UPDATE customers SET locale = '{language}'")  # noqa: S608
        assert word in _archive(Settings(var=tmp_path), database, catalog).read("README.txt").decode()


def test_internal_notes_come_only_where_they_are_asked_for(
    database: Database, tmp_path: Path, catalog: Catalog
) -> None:
    plant(database, tmp_path, ANA)
    with database.write() as session:
        session.add(TicketComment(ticket_id=ANA.ticket, body="only for colleagues", public=False, via="api"))
    settings = Settings(var=tmp_path)
    assert b"only for colleagues" not in _archive(settings, database, catalog).read("data.json")
    assert b"only for colleagues" in _archive(settings, database, catalog, notes=True).read("data.json")


def test_the_commands_export_ask_and_erase(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(database, tmp_path, ANA)
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))
    monkeypatch.setenv("COPILOT_DATABASE__URL", database.url.render_as_string(hide_password=False))
    run = CliRunner().invoke
    out = tmp_path.parent / f"{tmp_path.name}-theirs.zip"
    assert run(app, ["export", "--customer", ANA.email, "--out", str(out)]).exit_code == 0
    assert zipfile.is_zipfile(out)
    assert out.stat().st_mode & 0o077 == 0
    again = run(app, ["export", "--customer", ANA.email, "--out", str(out)])
    assert (again.exit_code, "another name" in again.output) == (1, True)
    assert run(app, ["erase", "--customer", "nobody@mail.example", "--yes"]).exit_code == 1

    dry = run(app, ["erase", "--customer", ANA.email, "--dry-run"])
    assert "Nothing was changed." in dry.output
    asked = run(app, ["erase", "--customer", ANA.email], input="n\n")
    assert (asked.exit_code, "for good?" in asked.output) == (1, True)
    with database.read() as session:
        assert found_in_tables(session, ANA.canary)
    done = run(app, ["erase", "--customer", ANA.email], input="y\n")
    assert (done.exit_code, "Erased." in done.output) == (0, True)
    assert ANA.canary not in done.output.replace(ANA.email, "")
    with database.read() as session:
        assert found_in_tables(session, ANA.canary) == {}
    out.unlink()
