"""What the figures were measured on, read from the machine itself."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from pathlib import Path

from pydantic import BaseModel

ROOT = Path(__file__).resolve().parent.parent.parent


class Machine(BaseModel):
    """The machine, the code and the moment of a measurement. `load` is the load average of the last minute at its begin."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    rasa_python: str
    commit: str
    changed_files: int
    at: dt.datetime
    load: float


def this_machine() -> Machine:
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        rasa_python=_output(str(ROOT / ".venv-rasa" / "bin" / "python"), "--version").removeprefix("Python "),
        commit=_output("git", "rev-parse", "--short", "HEAD") or "unknown",
        changed_files=len(_output("git", "status", "--porcelain").splitlines()),
        at=dt.datetime.now(dt.UTC),
        load=round(os.getloadavg()[0], 2),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _output(*command: str) -> str:
    """What a command prints; empty where it cannot be run or fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
