"""The other side: Rasa 3.6.21 as it comes (`rasa run`, REST channel), with our model and an action server that does nothing.

Nothing of bot/guards.py, bot/channel.py or bot/tracker_store.py is loaded: they come in through our own credentials.yml and
endpoints.yml, which are not used here. The model brings bot/components, which are a part of the pipeline.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from tools.bench.http_line import answers
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError, CpuMeter, Running, free_ports

START_SECONDS = 120.0


class StockStack:
    """Action server and Rasa. `tracker_store` is that part of endpoints.yml; empty: in memory, Rasa's default."""

    def __init__(self, folder: Path, model: Path, first_port: int, tracker_store: str = "") -> None:
        self.folder = folder
        self.model = model
        self.tracker_store = tracker_store
        self.port, self._actions_port = free_ports(first_port, 2)
        self._processes: list[Running] = []

    def start(self) -> None:
        if not self.model.exists():
            raise BenchError(f"{self.model} is missing: start the copilot first, it trains the model")
        self.folder.mkdir(parents=True, exist_ok=True)
        credentials, endpoints = self.folder / "credentials.yml", self.folder / "endpoints.yml"
        credentials.write_text("rest:\n", encoding="utf-8")
        action_endpoint = f"action_endpoint:\n  url: http://127.0.0.1:{self._actions_port}/webhook\n"
        endpoints.write_text(action_endpoint + self.tracker_store, encoding="utf-8")
        # Threads and log level are those that `copilot up` gives its own Rasa.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")} | {
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "LOG_LEVEL": "WARNING",
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
            "SANIC_HOST": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
        }
        actions = (
            str(ROOT / ".venv" / "bin" / "python"), "-m", "rasa_sdk",
            "--actions", "tools.bench.stock_actions", "-p", str(self._actions_port), "--quiet",
        )  # fmt: skip
        rasa = (
            str(ROOT / ".venv-rasa" / "bin" / "python"), "-m", "rasa", "run", "--model", str(self.model),
            "--endpoints", str(endpoints), "--credentials", str(credentials),
            "--interface", "127.0.0.1", "--port", str(self.port),
        )  # fmt: skip
        self._processes = [
            Running(actions, environment, self.folder / "actions.log"),
            Running(rasa, environment, self.folder / "rasa.log"),
        ]
        for port, path in ((self._actions_port, "/health"), (self.port, "/")):
            self._wait(port, path)

    def cpu(self) -> CpuMeter:
        actions, rasa = self._processes
        return CpuMeter({"rasa": rasa.pid, "actions": actions.pid})

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.stop()
        self._processes = []

    def _wait(self, port: int, path: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port, path):
            for process in self._processes:
                process.check_alive()
            if time.monotonic() > deadline:
                tails = "\n".join(process.tail() for process in self._processes)
                raise BenchError(f"the stock side was not ready after {START_SECONDS:.0f} s:\n{tails}")
            time.sleep(0.2)
