"""`copilot tickets remote` and what `copilot doctor` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.remote import app, backend_problems
from api.database import Database
from api.settings import Settings, SettingsError, load_settings
from tests.contracts.backends import Mirror, mirror_of, small_zendesk
from tests.support.fault_proxy import Fault


@pytest.fixture
def mirror(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with small_zendesk() as far:
        made = mirror_of(database, far, tmp_path)
        given = {
            "COPILOT_VAR": str(tmp_path),
            "COPILOT_TICKETS__BACKEND": "zendesk",
            "COPILOT_TICKETS__ZENDESK__URL": f"{far.proxy.url}/api/v2/",
            "COPILOT_TICKETS__ZENDESK__EMAIL": far.email,
            "COPILOT_TICKETS__ZENDESK__TOKEN": far.token,
            "COPILOT_TICKETS__ZENDESK__FIELDS": json.dumps(far.fields),
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield made
        made.rest.http.close()


async def test_the_mirror_is_looked_at_and_what_was_refused_is_sent_again(mirror: Mirror) -> None:
    mirror.far.proxy.faults = [Fault("status", "POST", "/tickets", status=422)]
    number = mirror.open()
    await mirror.work()
    run = CliRunner()
    shown = json.loads(run.invoke(app, ["status", "--json"]).stdout)
    assert shown["mirror"]["states"] == {"refused": 1}
    assert [(each["ticket_id"], each["state"]) for each in shown["tickets"]] == [(number, "refused")]
    tried = run.invoke(app, ["retry", str(number)])
    assert (tried.exit_code, str(number) in tried.stdout) == (0, True)
    await mirror.work()
    listed = run.invoke(app, ["status"])
    assert "mirrored: 1" in listed.stdout
    assert mirror.remote_id(number) in listed.stdout
    unknown = run.invoke(app, ["retry", "7"])
    assert (unknown.exit_code, unknown.stderr) == (1, "Not mirrored: 7.\n")


def test_the_other_side_is_asked_whether_it_lets_us_in(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner()
    assert run.invoke(app, ["check"]).stdout == "zendesk works\n"
    monkeypatch.setenv("COPILOT_TICKETS__ZENDESK__TOKEN", "wrong")
    refused = run.invoke(app, ["check"])
    assert refused.exit_code == 1
    assert "COPILOT_TICKETS__ZENDESK__EMAIL" in refused.stdout
    monkeypatch.setenv("COPILOT_TICKETS__ZENDESK__URL", "http://127.0.0.1:9")
    assert "COPILOT_TICKETS__ZENDESK__URL" in backend_problems(load_settings())[0]
    assert backend_problems(Settings()) != []


def test_settings_that_are_missing_or_would_send_the_token_in_the_clear_are_named(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_TICKETS__ZENDESK__URL", "company.zendesk.com")
    with pytest.raises(SettingsError, match="https://company"):
        load_settings()
    monkeypatch.setenv("COPILOT_TICKETS__ZENDESK__URL", "http://company.zendesk.com")
    monkeypatch.setenv("COPILOT_MODE", "production")
    with pytest.raises(SettingsError, match="https://"):
        load_settings()
    monkeypatch.delenv("COPILOT_TICKETS__ZENDESK__TOKEN")
    with pytest.raises(SettingsError, match="needs COPILOT_TICKETS__ZENDESK__TOKEN"):
        load_settings()
