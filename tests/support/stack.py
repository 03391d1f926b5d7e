"""The real thing for tests: `copilot up` on free ports, with a database of its own.

The trained model and the index are kept under var/test between runs; both are made again by their own digests when
their sources change, so a kept one is never stale.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.database import Database
from api.notifications.mail import mails_to

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "var" / "test"
START_SECONDS = 420.0
BACK_SECONDS = 180.0


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Stack:
    """A running copilot. `url` is its address; `environment` makes `copilot` commands work on the same data."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['COPILOT_PORT']}"

    @functools.cached_property
    def http(self) -> httpx.Client:
        """A client for everybody who talks to this stack; closed with it."""
        limits = httpx.Limits(max_connections=200)
        return httpx.Client(base_url=self.url, timeout=90.0, trust_env=False, limits=limits)

    @functools.cached_property
    def database(self) -> Database:
        """The same database, read by the test itself: a `copilot` command costs the start of a process."""
        return Database(self.environment["COPILOT_DATABASE__URL"])

    @property
    def log(self) -> Path:
        return self.folder / "up.log"

    def start(self) -> None:
        """Start `copilot up` and wait until everything is ready. Raises `AssertionError` with its output otherwise."""
        KEPT.mkdir(parents=True, exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")} | {
            "COPILOT_VAR": str(KEPT),
            "COPILOT_DATABASE__URL": f"sqlite:///{self.folder / 'copilot.db'}",
            "COPILOT_PORT": str(free_port()),
            "COPILOT_RASA__PORT": str(free_port()),
            "COPILOT_ACTIONS__PORT": str(free_port()),
            "COPILOT_MAIL_IN__PORT": str(free_port()),
        }
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.wait_ready(START_SECONDS)

    def wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, f"copilot up ended:\n{self.log.read_text()}"
            if self.ready():
                return
            time.sleep(0.2)
        raise AssertionError(f"not ready after {seconds:.0f} s:\n{self.log.read_text()}\n{self._tails()}")

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if "http" in self.__dict__:
            self.http.close()
        if "database" in self.__dict__:
            self.database.close()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
            raise
        finally:
            self._process = None

    def pid(self, name: str) -> int:
        """The process id of `api`, `rasa` or `actions`."""
        return int((KEPT / "run" / f"{name}.pid").read_text())

    def kill(self, name: str) -> int:
        """kill -9 one of the processes; the supervisor starts it again. Returns the id that it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_back(self, name: str, killed: int) -> None:
        """Wait until the killed process has a successor and everything is ready again."""
        deadline = time.monotonic() + BACK_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError, ValueError):
                if self.pid(name) != killed:
                    break
            time.sleep(0.05)
        self.wait_ready(BACK_SECONDS)

    def copilot(self, *arguments: str) -> str:
        """The standard output of a `copilot` command on this stack's data."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mails(self, to: str) -> list[dict[str, Any]]:
        """The mail kept for an address, newest first, as `copilot mail list --json` gives it."""
        with self.database.read() as session:
            return [
                {"to": each.recipient, "subject": each.subject, "text": each.text} for each in mails_to(session, to)
            ]

    @functools.cached_property
    def agent(self) -> dict[str, str]:
        """Headers of a member of staff, made once, by the commands with which an operator makes one."""
        email = "agent@staff.example"
        self.copilot("users", "create", "--email", email, "--role", "agent")
        token = json.loads(self.copilot("tokens", "create", "--email", email, "--json"))["token"]
        return {"Authorization": f"Bearer {token}"}

    def _tails(self) -> str:
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            for log in sorted((KEPT / "logs").glob("*.log"))
        )
