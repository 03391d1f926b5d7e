"""One child process: started, watched, started again with a pause that grows, stopped for good."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
# A child that ran this long was well; its next start is not delayed by earlier failures.
HEALTHY_AFTER = 30.0
STOP_GRACE = 10.0
# Reading a process's memory costs 0.1 ms.
MEMORY_EVERY = 2.0

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class ChildSpec:
    """How to start a process and how to know that it serves.

    `environment` comes on top of ours, or, where it does not `inherit`, is all that the process gets. `secret` is written to
    its standard input as one line: what stands in the environment can be read for as long as the process lives. A process
    that uses more than `memory` bytes (resident, with its children; 0: no limit) is stopped and started again.
    """

    name: str
    command: tuple[str, ...]
    ready: Ready
    environment: Mapping[str, str] = field(default_factory=dict)
    inherit: bool = True
    secret: str | None = field(default=None, repr=False)
    memory: int = 0


def die_with_parent() -> None:
    """In the child: be killed when the supervisor dies, however it dies (Linux; elsewhere the children stay)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its descendants; 0 once it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for each in family:
        with contextlib.suppress(psutil.Error):
            total += each.memory_info().rss
    return total


class Child:
    """A supervised process. `state` is one word for the status line: starting, ready, restarting, stopped."""

    def __init__(self, spec: ChildSpec, log: Path, cwd: Path, report: Callable[[str], None]) -> None:
        self.spec = spec
        self.log = log
        self.cwd = cwd
        self.state = "starting"
        self._report = report
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._pause = FIRST_PAUSE

    @property
    def pid_file(self) -> Path:
        """``<var>/run/<name>.pid``, there while the process runs."""
        return self.log.parent.parent / "run" / f"{self.spec.name}.pid"

    async def run(self) -> None:
        """Keep the process running until `stop`."""
        while not self._stopping:
            began = time.monotonic()
            code = await self._run_once()
            if self._stopping:
                break
            if time.monotonic() - began > HEALTHY_AFTER:
                self._pause = FIRST_PAUSE
            self.state = "restarting"
            self._report(f"{self.spec.name} ended with {code}; again in {self._pause:.1f} s (see {self.log.name})")
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.state = "stopped"

    async def wait_ready(self, seconds: float) -> bool:
        """Whether it serves within this time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopping:
            if await self.spec.ready():
                self.state = "ready"
                return True
            await asyncio.sleep(0.1)
        return False

    async def stop(self) -> None:
        """Ask it to stop; kill it when it does not within ten seconds."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_GRACE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _run_once(self) -> int:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                cwd=self.cwd,
                env={**os.environ, **self.spec.environment} if self.spec.inherit else dict(self.spec.environment),
                stdin=asyncio.subprocess.DEVNULL if self.spec.secret is None else asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.write_text(f"{self._process.pid}\n")
        await self._tell_secret(self._process)
        watches = [asyncio.create_task(self._watch_ready())]
        if self.spec.memory:
            watches.append(asyncio.create_task(self._watch_memory(self._process)))
        try:
            return await self._process.wait()
        finally:
            for watch in watches:
                watch.cancel()
            self.pid_file.unlink(missing_ok=True)

    async def _tell_secret(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or self.spec.secret is None:
            return
        # A process that has died by now is started again by `run`.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(f"{self.spec.secret}\n".encode())
            await process.stdin.drain()
        process.stdin.close()

    async def _watch_memory(self, process: asyncio.subprocess.Process) -> None:
        used = 0
        while used <= self.spec.memory:
            await asyncio.sleep(MEMORY_EVERY)
            used = memory_of(process.pid)
        megabytes = f"{used // 1_000_000} MB of memory, more than {self.spec.memory // 1_000_000} MB"
        self._report(f"{self.spec.name} uses {megabytes}: it is started again")
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            await asyncio.sleep(STOP_GRACE)
            os.killpg(process.pid, signal.SIGKILL)

    async def _watch_ready(self) -> None:
        while not await self.spec.ready():  # noqa: ASYNC110 - another process's state has no event
            await asyncio.sleep(0.2)
        if self.state != "ready":
            if self.state == "restarting":
                self._report(f"{self.spec.name} serves again")
            self.state = "ready"
