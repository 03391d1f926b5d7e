"""`copilot doctor`: a weak set-up is not blessed, each point has its cure; a good one is."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import doctor
from api.database import Database
from api.identity import accounts
from api.identity.widget_keys import create_widget_key
from api.settings import SettingsError, load_settings, weakness_of_secret

KEY, GATEWAY = "q3t6w9z$C&F)J@NcRfUjXn2r5u8x/A?D", "mZq4t7w!z%C*F-JaNdRgUkXp2s5v8y/B"
GOOD = {
    "MODE": "production",
    "SECRET_KEY": KEY,
    "GATEWAY_SECRET": GATEWAY,
    "PUBLIC_URL": "https://help.example.com",
    "MAIL__HOST": "smtp.example.com",
    "MAIL__SENDER": "Support <support@example.com>",
    "MAIL_IN__PORT": "0",
    "OIDC__ISSUER": "https://id.example.com",
    "OIDC__CLIENT_ID": "copilot",
    "OIDC__CLIENT_SECRET": "vK8#pL2$mN5&qR9!",
    "OIDC__ROLES": '{"support": "agent"}',
    "OIDC__REQUIRED": "true",
    "LIMITS__TRUSTED_PROXIES": "127.0.0.1",
}


@pytest.fixture
def production(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A production set-up with nothing to mend; its folder."""
    folder = tmp_path / "var"
    (folder / "models").mkdir(parents=True)
    (folder / "index").mkdir()
    (folder / "index" / "manifest.json").write_text("{}", encoding="utf-8")
    model = folder / "models" / "copilot.tar.gz"
    model.write_bytes(b"a model")
    record = {"model_sha256": hashlib.sha256(b"a model").hexdigest()}
    (folder / "models" / "model.json").write_text(json.dumps(record), encoding="utf-8")
    shutil.copy(migrated_file, folder / "copilot.db")
    (folder / "copilot.db").chmod(0o600)
    folder.chmod(0o700)
    for path in (folder / "models", *(folder / "models").iterdir()):
        path.chmod(0o700)
    monkeypatch.setattr(doctor, "RASA_PYTHON", model)
    for name, value in {**GOOD, "VAR": str(folder)}.items():
        monkeypatch.setenv(f"COPILOT_{name}", value)
    return folder


def said() -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found."""
    done = CliRunner().invoke(doctor.app, ["--json"])
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return done.exit_code, found


def weak() -> list[str]:
    return [each["problem"] for each in said()[1] if each["weight"] == "weak"]


def test_a_good_set_up_is_blessed(production: Path) -> None:
    code, found = said()
    assert (code, [each for each in found if each["weight"] == "weak"]) == (0, [])
    assert "✓ nothing to mend (production mode)" in CliRunner().invoke(doctor.app, []).stdout


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"PUBLIC_URL": "http://help.example.com"}, "the public address is not https"),
        ({"MAIL__HOST": ""}, "mail is kept instead of sent"),
        ({"MAIL__STARTTLS": "false"}, "mail, codes included, leaves in plain text"),
        ({"MAIL__SENDER": "Support <support@localhost>"}, "mail is sent from localhost"),
        ({"MAIL_IN__PORT": "25", "MAIL_IN__HOST": "0.0.0.0"}, "mail comes in from the network in plain text"),
        ({"RASA__HOST": "10.0.0.7"}, "the dialogue process is reachable from outside"),
        ({"API__RATE_LIMIT": "0"}, "/api/v2 has no rate limit"),
        ({"LIMITS__TRUSTED_PROXIES": ""}, "nobody behind your proxy is limited"),
        ({"LOG_LEVEL": "DEBUG"}, "the log level is DEBUG"),
        ({"GATEWAY_SECRET": KEY}, "secret_key and gateway_secret are the same"),
        ({"HOST_JWT_KEYS": '{"a": "short"}'}, "the host key 'a' has fewer than 32 characters"),
        ({"HOST_JWT_KEYS": '{"a": "-----BEGIN PUBLIC KEY-----"}'}, "the host key 'a' is no PEM public key"),
        ({"HOST_JWT_KEYS": json.dumps(dict.fromkeys("abc", KEY))}, "3 host keys are active"),
        ({"OIDC__ISSUER": "http://id.example.com"}, "the OpenID provider is not asked by https"),
        ({"OIDC__CLIENT_SECRET": "secret"}, "the OpenID client's secret is weak"),
    ],
)
def test_every_weak_point_is_named_with_its_cure(
    production: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], problem: str
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(f"COPILOT_{name}", value)
    code, found = said()
    named = [each for each in found if problem in each["problem"]]
    assert code == 1
    assert len(named) == 1, found
    assert named[0]["cure"]


def test_files_that_others_may_read_or_replace_are_named(production: Path) -> None:
    production.chmod(0o755)
    (production / "copilot.db").chmod(0o644)
    (production / "models" / "copilot.tar.gz").chmod(0o666)
    found = "\n".join(weak())
    assert f"may read {production} (mode 755)" in found
    assert "copilot.db (mode 644)" in found
    assert "others may replace" in found


def test_a_model_that_was_exchanged_is_named(production: Path) -> None:
    (production / "models" / "copilot.tar.gz").write_bytes(b"another model")
    assert "the dialogue model is not the one that was trained here" in weak()


def test_what_stands_in_the_database_is_looked_at(production: Path) -> None:
    database = Database(f"sqlite:///{production / 'copilot.db'}")
    with database.write() as session:
        create_widget_key(session, name="Shop", origins=["http://shop.example"], channels=[])
        accounts.ensure_first_admin(session)
        accounts.create_api_token(session, email=accounts.FIRST_ADMIN)
    database.close()
    found = "\n".join(weak())
    assert "http://shop.example, which is not https" in found
    assert "admin@localhost is still an admin" in found
    assert any("API tokens without scopes" in each["problem"] for each in said()[1])


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"SECRET_KEY": ""}, "production mode needs COPILOT_SECRET_KEY"),
        ({"GATEWAY_SECRET": ""}, "production mode needs COPILOT_GATEWAY_SECRET"),
        ({"SECRET_KEY": "short"}, "fewer than 32 characters"),
        ({"SECRET_KEY": "a" * 40}, "too few different characters"),
        ({"GATEWAY_SECRET": "MySecretForTheGatewayOf2026-abcdefgh"}, "a word in it"),
        ({"HOST_JWT_KEYS": json.dumps({"demo": KEY})}, "the key of the demo"),
    ],
)
def test_production_does_not_start_with_a_secret_that_is_missing_or_weak(
    production: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], problem: str
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(f"COPILOT_{name}", value)
    with pytest.raises(SettingsError, match=problem):
        load_settings()
    code, found = said()
    assert code == 1
    assert problem in found[0]["problem"]
    assert not (production / "secrets.json").exists(), "nothing is made up in production"


def test_random_secrets_are_not_called_weak() -> None:
    assert [weakness_of_secret(secrets.token_urlsafe(32)) for _ in range(2000)] == [None] * 2000
    assert [weakness_of_secret(secrets.token_hex(32)) for _ in range(2000)] == [None] * 2000
