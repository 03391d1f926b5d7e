"""The dialogue as it runs: a model trained once, Rasa and the action server as processes, and an api that is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.support.dialogue import SECRET, Dialogue
from tests.support.fake_api import FakeApi
from tests.support.stack import KEPT, free_port

# These import Rasa: tests/bot/test_rasa_environment.py runs them in its environment.
collect_ignore = ["rasa_env"]

ROOT = Path(__file__).resolve().parents[2]
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


@dataclass
class DialogueProcesses:
    """Rasa and the action server, each of which a test may stop and start."""

    var: Path
    api: FakeApi
    rasa_port: int = field(default_factory=free_port)
    actions_port: int = field(default_factory=free_port)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "COPILOT_VAR": str(self.var),
            "COPILOT_GATEWAY_SECRET": SECRET,
            "COPILOT_RASA__PORT": str(self.rasa_port),
            "COPILOT_ACTIONS__PORT": str(self.actions_port),
            "COPILOT_ACTIONS__URL": f"http://127.0.0.1:{self.actions_port}/webhook",
            "COPILOT_API__INTERNAL_URL": self.api.url,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    def log(self, name: str) -> str:
        return (self.var / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def train(self) -> None:
        """Puts a model where these processes look for it. It is made where the whole product will want it, too, and kept
        there between runs: training takes 25 s, and does nothing where the model is current.
        """
        done = subprocess.run(
            [RASA_PYTHON, "-W", "ignore", "-m", "bot.train"],
            cwd=ROOT,
            env=self.environment | {"COPILOT_VAR": str(KEPT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        shutil.copytree(KEPT / "models", self.var / "models")

    def start(self, name: str) -> None:
        command = {
            "rasa": [str(RASA_PYTHON), "-W", "ignore", "-m", "bot.serve"],
            "actions": [sys.executable, "-m", "actions"],
        }[name]
        ready = {"rasa": f"{self.url}/", "actions": f"http://127.0.0.1:{self.actions_port}/health"}[name]
        with (self.var / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        for _ in range(600):
            assert self._running[name].poll() is None, self.log(name)[-3000:]
            try:
                if httpx.get(ready, timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise AssertionError(f"{name} is not ready after two minutes:\n{self.log(name)[-3000:]}")

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        self.kill(name)
        self.start(name)

    def stop(self) -> None:
        for name in list(self._running):
            self.kill(name)

    def conversation(self, language: str = "es", **context: object) -> Dialogue:
        return Dialogue(self.url, language=language, context=dict(context)).start()


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DialogueProcesses]:
    var = tmp_path_factory.mktemp("dialogue")
    with FakeApi() as api:
        running = DialogueProcesses(var, api)
        try:
            running.train()
            running.start("actions")
            running.start("rasa")
            yield running
        finally:
            running.stop()


@pytest.fixture
def dialogue(processes: DialogueProcesses) -> DialogueProcesses:
    processes.api.reset()
    return processes
