"""How long `make up` takes, first and later, and what all processes hold in memory when nothing happens."""

from __future__ import annotations

import re
import shutil
import time

from pydantic import BaseModel

from tools.bench.copilot_stack import COMMAND_NAME, RUN, CopilotStack
from tools.bench.processes import ProcessMemory, memory_of

LATER_STARTS = 3
IDLE_SECONDS = 20.0

_STEP = re.compile(r"^\s*(?P<name>[\w ]+): ready \((?P<seconds>[\d.]+) s\)", re.MULTILINE)


class Start(BaseModel):
    """Seconds from typing the command to ready, and those of its steps."""

    seconds: float
    steps: dict[str, float]


class StartMeasured(BaseModel):
    """`command` is what was typed. `first` began with nothing but the installed packages. `memory` is of the last start,
    after a while of nothing."""

    command: str
    first: Start
    later: list[Start]
    memory: list[ProcessMemory]
    idle_seconds: float


def measure(later_starts: int = LATER_STARTS) -> StartMeasured:
    shutil.rmtree(RUN, ignore_errors=True)
    stack = CopilotStack()
    starts, memory = [], []
    for number in range(1 + later_starts):
        try:
            seconds = stack.start()
            starts.append(Start(seconds=round(seconds, 2), steps=steps_in(stack.running.tail(200))))
            if number == later_starts:
                time.sleep(IDLE_SECONDS)
                memory = memory_of(stack.running.pid)
        finally:
            stack.stop()
    return StartMeasured(
        command=COMMAND_NAME, first=starts[0], later=starts[1:], memory=memory, idle_seconds=IDLE_SECONDS
    )


def steps_in(output: str) -> dict[str, float]:
    """The seconds of each step that `copilot up` reports."""
    return {found["name"].strip(): float(found["seconds"]) for found in _STEP.finditer(output)}
