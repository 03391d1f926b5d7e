"""The dialogue process gets the environment that it needs, and nothing else."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from api.settings import RasaSettings, Settings
from api.supervisor.dialogue import PASSED_ON, dialogue_environment
from api.supervisor.up import child_specs

SECRETS = {
    "COPILOT_SECRET_KEY": "key-" * 9,
    "COPILOT_GATEWAY_SECRET": "gate-" * 9,
    "COPILOT_DATABASE__URL": "postgresql://user:password@host/name",
    "COPILOT_MAIL__PASSWORD": "mail-password",
    "AWS_SECRET_ACCESS_KEY": "cloud",
    "GITHUB_TOKEN": "code",
    "HTTPS_PROXY": "http://user:password@proxy",
    "SENTRY_DSN": "https://key@errors.example/1",
}


def test_only_what_is_on_the_list_gets_through(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, rasa=RasaSettings(cage="required", memory=700))
    found = dialogue_environment(settings, {**SECRETS, "PATH": "/bin", "TZ": "UTC", "HOME": "/home/somebody"})
    assert {name for name in found if not name.startswith("COPILOT_")} <= {
        *PASSED_ON,
        *("HOME", "PYTHONUNBUFFERED", "TOKENIZERS_PARALLELISM"),
    }
    assert (found["PATH"], found["TZ"], found["HOME"]) == ("/bin", "UTC", str(tmp_path / "run" / "rasa"))
    assert (found["COPILOT_RASA__CAGE"], found["COPILOT_RASA__MEMORY"]) == ("required", "700")
    assert not any(secret in value for secret in SECRETS.values() for value in found.values())


def test_the_supervisor_starts_it_so_with_the_secret_aside(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, gateway_secret=SecretStr(SECRETS["COPILOT_GATEWAY_SECRET"]))
    (spec,) = (each for each in child_specs(settings) if each.name == "rasa")
    assert not spec.inherit
    assert spec.secret == SECRETS["COPILOT_GATEWAY_SECRET"]
    assert spec.memory == settings.rasa.memory * 1_000_000 > 0
    assert spec.environment == dialogue_environment(settings)
