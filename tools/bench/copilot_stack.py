"""Our side: the whole copilot, started as its users start it, on ports and data of its own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.bench.http_line import answers
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError, CpuMeter, Running, free_ports

RUN = ROOT / "var" / "bench" / "run"
START_SECONDS = 900.0
# Below `make bench` the environments are current, and `make up` installs nothing; elsewhere it might.
COMMAND = ("make", "up") if "MAKELEVEL" in os.environ else (sys.executable, "-m", "api.cli", "up")
COMMAND_NAME = "make up" if COMMAND[0] == "make" else "copilot up"
FIRST_PORT = int(os.environ.get("COPILOT_BENCH_PORTS", "5150"))


class CopilotStack:
    """`make up`, with everything that it writes under `var`. The model and the index there are kept between runs."""

    def __init__(self, var: Path = RUN) -> None:
        self.var = var
        api, rasa, actions = free_ports(FIRST_PORT, 3)
        self.port = api
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("COPILOT_", "MAKE", "MFLAGS"))
        } | {
            "COPILOT_VAR": str(var),
            "COPILOT_PORT": str(api),
            "COPILOT_RASA__PORT": str(rasa),
            "COPILOT_ACTIONS__PORT": str(actions),
        }
        self._running: Running | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def model(self) -> Path:
        return self.var / "models" / "copilot.tar.gz"

    @property
    def database(self) -> Path:
        return self.var / "copilot.db"

    @property
    def running(self) -> Running:
        if self._running is None:
            raise BenchError("the copilot was not started")
        return self._running

    def start(self) -> float:
        """Start it and wait until `/health/ready` says so. Returns the seconds that took."""
        began = time.perf_counter()
        self._running = Running(COMMAND, self.environment, self.var / "logs" / "up.log")
        while not answers(self.port, "/health/ready"):
            self._running.check_alive()
            if time.perf_counter() - began > START_SECONDS:
                raise BenchError(f"the copilot was not ready after {START_SECONDS:.0f} s:\n{self._running.tail()}")
            time.sleep(0.1)
        return time.perf_counter() - began

    def cpu(self) -> CpuMeter:
        return CpuMeter({"copilot": self.running.pid}, split=True)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def forget_conversations(self) -> None:
        """An empty database for the next start, so that every run measures the same one."""
        for file in self.var.glob("copilot.db*"):
            file.unlink()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
