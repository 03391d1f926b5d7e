"""Children are started again when they die, stopped when asked, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from api.settings import ActionsSettings, RasaSettings, Settings
from api.supervisor import processes, up
from api.supervisor.processes import Child, ChildSpec
from api.supervisor.up import answers
from tests.support.stack import ROOT, free_port

SERVER = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def web_child(folder: Path, port: int, said: list[str]) -> Child:
    spec = ChildSpec("web", (sys.executable, "-c", SERVER, str(port)), answers(f"http://127.0.0.1:{port}/"))
    return Child(spec, folder / "logs" / "web.log", folder, said.append)


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    child = web_child(tmp_path, free_port(), said)
    run = asyncio.create_task(child.run())
    assert await child.wait_ready(60)
    first = int(child.pid_file.read_text())
    os.kill(first, signal.SIGKILL)
    for _ in range(1200):
        await asyncio.sleep(0.05)
        if child.pid_file.exists() and child.pid_file.read_text().strip() not in ("", str(first)):
            break
    assert await child.wait_ready(60)
    assert int(child.pid_file.read_text()) != first
    assert any("web ended with -9" in line for line in said)
    await child.stop()
    await run
    assert child.state == "stopped"
    assert not child.pid_file.exists()


async def test_stopping_ends_the_process(tmp_path: Path) -> None:
    child = web_child(tmp_path, free_port(), [])
    run = asyncio.create_task(child.run())
    assert await child.wait_ready(60)
    pid = int(child.pid_file.read_text())
    await child.stop()
    await run
    assert not psutil.pid_exists(pid)


GREEDY = """
import sys, time
told = sys.stdin.readline().strip()
print("begins", told, flush=True)
hoard = bytearray(int(told) * 1_000_000)
time.sleep(600)
"""


async def test_a_child_that_uses_too_much_memory_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MEMORY_EVERY", 0.05)

    async def ready() -> bool:
        return False

    def child(hoards: int, said: list[str]) -> Child:
        # `-S -E`: an interpreter without site packages uses 9 MB.
        command = (sys.executable, "-S", "-E", "-c", GREEDY)
        spec = ChildSpec(f"takes{hoards}", command, ready, secret=str(hoards), memory=60_000_000)
        return Child(spec, tmp_path / "logs" / f"{spec.name}.log", tmp_path, said.append)

    said: list[str] = []
    greedy, modest = child(90, said), child(1, said)
    runs = [asyncio.create_task(each.run()) for each in (greedy, modest)]
    for _ in range(600):
        await asyncio.sleep(0.05)
        if greedy.log.exists() and greedy.log.read_text().count("begins 90") >= 2:
            break
    assert greedy.log.read_text().count("begins 90") >= 2, said
    assert any("takes90 uses" in line and "more than 60 MB" in line for line in said)
    assert modest.log.read_text().count("begins 1") == 1
    for each in (greedy, modest):
        await each.stop()
    await asyncio.gather(*runs)


async def test_a_secret_comes_over_standard_input_and_the_environment_is_what_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_SECRET_KEY", "of-the-supervisor")

    async def ready() -> bool:
        return True

    code = "import os, sys, time; print(sys.stdin.readline(), sorted(os.environ), flush=True); time.sleep(600)"
    spec = ChildSpec("told", (sys.executable, "-S", "-c", code), ready, {"A": "1"}, inherit=False, secret="the word")
    assert "the word" not in repr(spec)
    child = Child(spec, tmp_path / "logs" / "told.log", tmp_path, print)
    run = asyncio.create_task(child.run())
    for _ in range(600):
        await asyncio.sleep(0.05)
        if child.log.exists() and "]" in child.log.read_text():
            break
    assert child.log.read_text().startswith("the word\n")
    assert "'A'" in child.log.read_text()
    assert "COPILOT_SECRET_KEY" not in child.log.read_text()
    await child.stop()
    await run


def test_the_memory_of_a_process_that_is_gone_is_none() -> None:
    gone = subprocess.Popen([sys.executable, "-S", "-c", ""])
    gone.wait()
    assert processes.memory_of(gone.pid) == 0
    assert processes.memory_of(os.getpid()) > 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ties children to their parent on Linux only")
def test_no_child_is_left_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    port = free_port()
    code = f"""
import asyncio, sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from tests.supervisor.test_processes import web_child
async def main():
    child = web_child(Path({str(tmp_path)!r}), {port}, [])
    run = asyncio.create_task(child.run())
    await child.wait_ready(60)
    print("ready", flush=True)
    await run
asyncio.run(main())
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline().strip() == "ready"
    child = int((tmp_path / "run" / "web.pid").read_text())
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    deadline = time.monotonic() + 30
    while psutil.pid_exists(child) and time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
                break
        time.sleep(0.05)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def run_up(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    ports = {name: str(free_port()) for name in ("COPILOT_PORT", "COPILOT_RASA__PORT", "COPILOT_ACTIONS__PORT")}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "up"],
        cwd=ROOT,
        env={**clean, **ports, "COPILOT_VAR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_port_in_use_is_named_with_its_cure(tmp_path: Path) -> None:
    variable = "COPILOT_PORT"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run_up(tmp_path, **{variable: port})
    assert done.returncode == 1
    assert port in done.stderr
    assert variable in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "ports"),
    [
        ("COPILOT_RASA__PORT", lambda port: {"rasa": RasaSettings(port=port)}),
        ("COPILOT_ACTIONS__PORT", lambda port: {"actions": ActionsSettings(port=port)}),
    ],
)
def test_so_is_one_of_the_inner_processes(
    tmp_path: Path, variable: str, ports: Callable[[int], dict[str, Any]]
) -> None:
    out = io.StringIO()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        settings = Settings(
            var=tmp_path, **{"port": free_port(), "rasa": RasaSettings(port=free_port()), **ports(port)}
        )
        assert up.Up(settings, Console(file=out, width=1000)).run() == 1
    assert f"port {port} " in out.getvalue()
    assert variable in out.getvalue()


def test_production_without_secrets_is_refused_by_name(tmp_path: Path) -> None:
    done = run_up(tmp_path, COPILOT_MODE="production")
    assert done.returncode == 1
    assert "COPILOT_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_of_articles_is_named(tmp_path: Path) -> None:
    done = run_up(tmp_path, COPILOT_KB__SOURCE=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_dialogues_environment_the_cure_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "RASA_PYTHON", tmp_path / "none")
    out = io.StringIO()
    assert up.Up(Settings(var=tmp_path), Console(file=out)).run() == 1
    assert "make setup" in out.getvalue()
