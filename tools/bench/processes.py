"""Processes: started in a session of their own, ended together, and their memory as the kernel counts it (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from tools.bench.machine import ROOT

PROC = Path("/proc")
STOP_SECONDS = 40.0


class ProcessMemory(BaseModel):
    """One process; MiB. PSS shares a page that several map between them, so only its sum is the machine's cost."""

    name: str
    pss: float
    rss: float


class BenchError(Exception):
    """A part cannot be measured; the message says why and how to mend it."""


class Running:
    """A started process with everything below it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.command = list(command)
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check_alive(self) -> None:
        """Raises `BenchError` with the end of its output when it has ended."""
        if self._process.poll() is not None:
            raise BenchError(f"{' '.join(self.command)} ended with {self._process.returncode}:\n{self.tail()}")

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask it to stop; kill its process group when it does not within a while."""
        if self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)


def free_ports(first: int, count: int) -> list[int]:
    """The next `count` ports from `first` on that nobody listens on."""
    found: list[int] = []
    for port in range(first, first + 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
        if len(found) == count:
            return found
    raise BenchError(f"no {count} free ports from {first} on: stop what uses them, or set COPILOT_BENCH_PORTS")


def descendants(pid: int) -> list[int]:
    """The process and all below it, whatever session they are in."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The command may hold spaces and brackets; the parent is the second field behind it.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    below = [pid]
    for each in below:
        below.extend(child for child, parent in parents.items() if parent == each)
    return below


def memory_of(pid: int) -> list[ProcessMemory]:
    """Memory of a process and all below it, largest first. Those that end meanwhile are left out."""
    found = []
    for each in descendants(pid):
        with contextlib.suppress(OSError):
            found.append(_memory(each))
    return sorted(found, key=lambda process: -process.pss)


class CpuMeter:
    """Processor time of groups of processes, each under a name. The processes are those that run when it is made."""

    def __init__(self, roots: Mapping[str, int], *, split: bool = False) -> None:
        """`roots`: name -> process, whose time includes all below it. With `split`, each below counts under its own name."""
        self._groups: dict[str, list[int]] = {}
        for name, root in roots.items():
            for pid in descendants(root):
                self._groups.setdefault(_name(pid) if split else name, []).append(pid)

    def milliseconds(self) -> dict[str, float]:
        """Since each process began, in steps of the kernel's clock (10 ms as a rule)."""
        return {name: sum(map(_cpu_milliseconds, pids)) for name, pids in self._groups.items()}


def _cpu_milliseconds(pid: int) -> float:
    # Fields 14 and 15 of the line (user and system), counted behind the command in brackets.
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> ProcessMemory:
    kib = {"Pss": 0, "Rss": 0}
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in kib:
            kib[name] = int(value.split()[0])
    return ProcessMemory(name=_name(pid), pss=round(kib["Pss"] / 1024, 1), rss=round(kib["Rss"] / 1024, 1))


def _name(pid: int) -> str:
    return process_name((PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0"))


def process_name(arguments: Sequence[str]) -> str:
    """A short name for a command line: the module of `python -m`, the script's, else the program's."""
    if "-m" in arguments:
        return " ".join(argument for argument in arguments[arguments.index("-m") + 1 :][:2] if argument)
    names = [Path(argument).name for argument in arguments if argument and not argument.startswith("-")]
    if len(names) > 1 and names[0].startswith("python"):
        return " ".join(names[1:3])
    return " ".join(names[:2]) if names else "?"
