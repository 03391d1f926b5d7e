"""The real dialogue process, as the supervisor started it."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from api.settings import Settings
from api.supervisor.dialogue import dialogue_environment
from tests.support.stack import KEPT, Stack

pytestmark = pytest.mark.processes


def test_it_has_no_secret_in_its_environment_and_nothing_that_is_not_on_the_list(stack: Stack) -> None:
    environment = psutil.Process(stack.pid("rasa")).environ()
    assert set(environment) - {"LC_CTYPE"} <= set(dialogue_environment(Settings(var=KEPT)))
    secrets = (KEPT / "secrets.json").read_text()
    assert [name for name, value in environment.items() if len(value) >= 16 and value in secrets] == []
    # The api, which needs them, shows that the question is a good one.
    assert "COPILOT_DATABASE__URL" in psutil.Process(stack.pid("api")).environ()


def test_it_listens_on_loopback_only_and_on_one_port(stack: Stack) -> None:
    process = psutil.Process(stack.pid("rasa"))
    listening = [each.laddr for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN]
    assert [(each.ip, each.port) for each in listening] == [("127.0.0.1", int(stack.environment["COPILOT_RASA__PORT"]))]


def test_it_is_in_its_cage_and_its_model_is_read_only(stack: Stack) -> None:
    log = (KEPT / "logs" / "rasa.log").read_text(encoding="utf-8")
    status = Path(f"/proc/{stack.pid('rasa')}/status").read_text() if sys.platform == "linux" else ""
    if "rasa: caged: " in log.rpartition("rasa: no cage")[2]:
        assert "NoNewPrivs:\t1" in status
    else:
        assert "rasa: no cage: " in log
    assert (KEPT / "models" / "copilot.tar.gz").stat().st_mode & 0o222 == 0
