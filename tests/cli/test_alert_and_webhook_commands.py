"""`copilot alerts` and `copilot webhooks`, on a database of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.alerts.contacts import alert_secret
from api.cli.alerts import app as alerts
from api.cli.webhooks import app as webhooks
from api.settings import load_settings
from tests.support.listener import Listener, listener

__all__ = ["listener"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "copilot.db").write_bytes(migrated_file.read_bytes())
    monkeypatch.setenv("COPILOT_VAR", str(tmp_path))


def test_a_webhook_is_made_tried_looked_at_and_deleted(listener: Listener) -> None:
    run = CliRunner()
    made = run.invoke(webhooks, ["create", "--url", listener.url, "--event", "ticket.opened", "--json"])
    assert made.exit_code == 0, made.output
    secret = json.loads(made.stdout)["signing_secret"]["secret"]
    tried = run.invoke(webhooks, ["test", "1"])
    assert (tried.exit_code, "accepted with 200" in tried.stdout) == (0, True)
    listener.answers = [500]
    assert run.invoke(webhooks, ["test", "1"]).exit_code == 1
    log = json.loads(run.invoke(webhooks, ["deliveries", "1", "--json"]).stdout)
    assert [(each["event_type"], each["status"]) for each in log] == [
        ("webhook.test", "failed"),
        ("webhook.test", "delivered"),
    ]
    rotated = json.loads(run.invoke(webhooks, ["rotate", "1", "--json"]).stdout)["secret"]
    assert rotated != secret
    for command in ("disable", "enable", "deliveries"):
        assert run.invoke(webhooks, [command, "1"]).exit_code == 0
    listed = run.invoke(webhooks, ["list"])
    assert listener.url in listed.stdout
    assert secret not in listed.stdout
    assert run.invoke(webhooks, ["delete", "1"]).exit_code == 0
    gone = run.invoke(webhooks, ["test", "1"])
    assert gone.exit_code == 1
    assert "There is no webhook 1." in gone.stderr


def test_the_secret_of_alerts_is_shown_and_an_alert_that_is_not_there_is_named() -> None:
    run = CliRunner()
    assert run.invoke(alerts, ["secret"]).stdout.strip() == alert_secret(load_settings())
    assert json.loads(run.invoke(alerts, ["list", "--json"]).stdout) == []
    missing = run.invoke(alerts, ["acknowledge", "7", "--by", "Berta"])
    assert missing.exit_code == 1
    assert "There is no alert 7." in missing.stderr
