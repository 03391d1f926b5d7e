"""A caged process reads, writes, listens and connects where it was allowed to, and nowhere else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stack import free_port

ROOT = Path(__file__).resolve().parents[2]

# Tries each thing once and says what happened. `MemoryError` and `OSError` by their names, anything that worked as "done".
CAGED = """
import json, os, signal, socket, sys, tempfile
from pathlib import Path
from bot.cage import Needs, NoCage, enter, system_paths
folder, listen, connect, other = Path(sys.argv[1]), *map(int, sys.argv[2:5])
try:
    held = enter(Needs(system_paths() + (folder / "model",), (folder / "own",), listen, connect, 600_000_000))
except NoCage as error:
    print(json.dumps({"no cage": str(error)}))
    sys.exit()
found = {"held": held}
def attempt(name, act):
    try:
        act()
        found[name] = "done"
    except (OSError, MemoryError) as error:
        found[name] = type(error).__name__
def bind(port):
    with socket.socket() as each:
        each.bind(("127.0.0.1", port))
def reach(port):
    with socket.create_connection(("127.0.0.1", port), 5):
        pass
attempt("read model", (folder / "model" / "copilot.tar.gz").read_bytes)
attempt("write own", lambda: (folder / "own" / "new").write_text("x"))
attempt("rename own", lambda: (folder / "own" / "new").rename(folder / "own" / "newer"))
attempt("null", lambda: open(os.devnull, "w").write("x"))
attempt("listen", lambda: bind(listen))
attempt("connect", lambda: reach(connect))
attempt("allocate some", lambda: bytearray(100_000_000))
attempt("read secrets", (folder / "secrets.json").read_bytes)
attempt("list", lambda: list(folder.iterdir()))
attempt("write model", lambda: (folder / "model" / "copilot.tar.gz").write_bytes(b"x"))
attempt("delete model", (folder / "model" / "copilot.tar.gz").unlink)
attempt("new in model", lambda: (folder / "model" / "new").write_text("x"))
attempt("link out", lambda: (folder / "own" / "link").symlink_to(folder / "secrets.json"))
attempt("read by link", (folder / "own" / "link").read_bytes)
attempt("listen elsewhere", lambda: bind(other))
attempt("connect elsewhere", lambda: reach(other))
attempt("memory of the parent", lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes())
attempt("signal to the parent", lambda: os.kill(os.getppid(), signal.SIGURG))
attempt("run in the cage", lambda: os.stat(folder) and Path(folder / "own" / "x.sh").chmod(0o700))
attempt("allocate too much", lambda: bytearray(900_000_000))
status = Path("/proc/self/status").read_text()
found["status"] = {name: status.split(name + ":")[1].split()[0] for name in ("NoNewPrivs", "CapEff", "CapBnd")}
print(json.dumps(found))
"""


@pytest.fixture
def found(tmp_path: Path) -> dict[str, object]:
    """What a caged process managed to do."""
    for name in ("model", "own"):
        (tmp_path / name).mkdir()
    (tmp_path / "model" / "copilot.tar.gz").write_bytes(b"a model")
    (tmp_path / "secrets.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as allowed, socket.create_server(("127.0.0.1", 0)) as other:
        ports = (free_port(), allowed.getsockname()[1], other.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", CAGED, str(tmp_path), *map(str, ports)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_the_cage_lets_through_what_is_needed_and_nothing_else(found: dict[str, object]) -> None:
    if "no cage" in found:
        # A kernel without Landlock: it must be told, never taken for a cage.
        assert "Landlock" in str(found["no cage"])
        return
    held = found.pop("held")
    assert isinstance(held, list)
    status = found.pop("status")
    assert isinstance(status, dict)
    allowed = ("read model", "write own", "rename own", "null", "listen", "connect", "allocate some", "link out")
    assert [name for name in allowed if found.pop(name) != "done"] == []
    if "ports" not in held:
        found = {name: result for name, result in found.items() if "elsewhere" not in name}
    if "signals" not in held:
        found.pop("signal to the parent")
    assert [name for name, result in found.items() if result == "done"] == []
    assert found["allocate too much"] == "MemoryError"
    assert status["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert status["CapEff"] == status["CapBnd"] == f"{6:016x}"


def test_a_secret_is_taken_from_standard_input_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    code = "from bot.gateway_secret import gateway_secret, take; take(); print(gateway_secret())"
    for given, expected in (
        ({"COPILOT_GATEWAY_SECRET_STDIN": "1"}, "from standard input"),
        ({"COPILOT_GATEWAY_SECRET_FILE": str(tmp_path / "secret")}, "from a file"),
        ({"COPILOT_GATEWAY_SECRET": "from the environment"}, "from the environment"),
        ({}, ""),
    ):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
        done = subprocess.run(
            [sys.executable, "-S", "-c", code],
            cwd=ROOT,
            env=clean | given,
            input="from standard input\n",
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
