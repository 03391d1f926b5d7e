"""`copilot up`: everything that one machine needs, in the right order, with progress a person can read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
from rich.console import Console

from api.database import Database
from api.help_center.syncing import A_SOURCE_FAILED, sync_command
from api.identity.accounts import ensure_first_admin
from api.migrations import upgrade
from api.settings import PROJECT_ROOT, Settings
from api.supervisor.dialogue import dialogue_environment
from api.supervisor.processes import Child, ChildSpec
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.pipeline import pipeline_digest
from knowledge_base.publishing import read_manifest

RASA_PYTHON = PROJECT_ROOT / ".venv-rasa" / "bin" / "python"
READY_TIMEOUT = 120.0


class StartError(Exception):
    """Why `copilot up` cannot start, and the cure."""


class Up:
    """Prepares and supervises the three processes of one machine."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._settings = settings
        self._console = console
        self._built = False

    def run(self) -> int:
        """Prepare, start, and stay until SIGINT or SIGTERM. Returns the exit code."""
        began = time.monotonic()
        try:
            self._check_environment()
            self._check_ports()
            self._prepare_database()
            if not self._index_serves():
                self._build_index()
            self._train()
        except StartError as error:
            self._console.print(f"[red]Cannot start:[/red] {error}", highlight=False, soft_wrap=True)
            return 1
        return asyncio.run(self._supervise(began))

    def _check_environment(self) -> None:
        if not RASA_PYTHON.exists():
            raise StartError("the dialogue's environment (.venv-rasa, Python 3.10) is missing: run `make setup`")

    def _check_ports(self) -> None:
        settings = self._settings
        wanted = (
            ("COPILOT_PORT", settings.host, settings.port),
            ("COPILOT_RASA__PORT", settings.rasa.host, settings.rasa.port),
            ("COPILOT_ACTIONS__PORT", "127.0.0.1", settings.actions.port),
        )
        for variable, host, port in wanted:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise StartError(
                        f"port {port} on {host} is not free ({error.strerror}): stop what uses it, or set {variable}"
                    ) from error

    def _prepare_database(self) -> None:
        with self._step("database"), contextlib.closing(Database(self._settings.database.url)) as database:
            upgrade(database)

    def _first_admin(self) -> tuple[str, str] | None:
        """Make the first admin when all is ready: a start that fails must not use up the one showing of its password."""
        with contextlib.closing(Database(self._settings.database.url)) as database, database.write() as session:
            return ensure_first_admin(session)

    def _build_index(self) -> None:
        """Bring the index up to date with the declared sources. What is on this disk is looked at; remote sources that
        were fetched before are left to the api's schedule, so that a site that is down does not delay the start."""
        settings = self._settings
        self._built = True
        with self._step("help center index"):
            done = self._run(*sync_command(settings), "--local")
            if done == A_SOURCE_FAILED:
                self._report("a source of articles failed and keeps what it had: see copilot kb status")
            elif done != 0:
                raise StartError("the index could not be built: the lines above say why")

    def _index_serves(self) -> bool:
        """Whether there is an index made by this very code. Then what changed in the articles since is looked for while
        the processes start (2.6 s); the api switches to the newer index by itself."""
        try:
            manifest = read_manifest(self._settings.index_dir)
        except KnowledgeBaseError:
            return False
        return manifest.pipeline == pipeline_digest()

    async def _update_index(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *sync_command(self._settings), "--local",
            cwd=PROJECT_ROOT, env=child_environment(self._settings), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            done = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if done == A_SOURCE_FAILED:
            self._report("a source of articles failed and keeps what it had: see copilot kb status")
        elif done != 0:
            self._report("the index could not be brought up to date and serves as it was: the lines above say why")

    def _train(self) -> None:
        with self._step("dialogue model"):
            self._command("the dialogue model could not be trained", str(RASA_PYTHON), "-m", "bot.train")

    def _command(self, problem: str, *command: str) -> None:
        if self._run(*command) != 0:
            raise StartError(f"{problem}: the lines above say why")

    def _run(self, *command: str) -> int:
        environment = child_environment(self._settings)
        return subprocess.run(
            command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL, check=False
        ).returncode

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self._console.print(f"  {name} ...", highlight=False)
        yield
        self._console.print(f"  {name}: ready ({time.monotonic() - began:.1f} s)", highlight=False)

    async def _supervise(self, began: float) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        children = [
            Child(spec, self._settings.var / "logs" / f"{spec.name}.log", PROJECT_ROOT, self._report)
            for spec in child_specs(self._settings)
        ]
        # A first start has just built it.
        update = None if self._built else asyncio.create_task(self._update_index())
        runs = [asyncio.create_task(child.run()) for child in children]
        try:
            if await self._all_ready(children, stop):
                self._welcome(time.monotonic() - began, self._first_admin())
            await stop.wait()
        finally:
            self._console.print("stopping ...")
            if update is not None:
                update.cancel()
                await asyncio.gather(update, return_exceptions=True)
            # The public process first: it takes no new messages while the others finish theirs.
            for child in reversed(children):
                await child.stop()
            await asyncio.gather(*runs)
        return 0

    async def _all_ready(self, children: list[Child], stop: asyncio.Event) -> bool:
        waiting = [asyncio.create_task(child.wait_ready(READY_TIMEOUT)) for child in children]
        stopped = asyncio.create_task(stop.wait())
        for child, ready in zip(children, waiting, strict=True):
            await asyncio.wait([ready, stopped], return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                for task in waiting:
                    task.cancel()
                return False
            if not ready.result():
                self._report(f"{child.spec.name} does not answer after {READY_TIMEOUT:.0f} s: see {child.log}")
        stopped.cancel()
        return all(task.result() for task in waiting)

    def _report(self, text: str) -> None:
        self._console.print(f"  {text}", highlight=False, soft_wrap=True)

    def _welcome(self, seconds: float, admin: tuple[str, str] | None) -> None:
        url = self._settings.public_url
        lines = [
            "",
            f"[bold green]Ready[/bold green] in {seconds:.1f} s. Open",
            f"  {url}/        a demo shop with the copilot at the bottom right",
            f"  {url}/admin   a demo admin panel whose customer is signed in",
            f"  {url}/leads   figures and tickets, for staff",
            f"  {url}/docs    the API",
            "",
            "  copilot chat            the same conversation in this terminal",
            "  copilot mail list       mail that would have been sent, one-time codes included",
        ]
        if admin:
            email, password = admin
            lines += [
                "",
                f"[bold]First sign-in for staff:[/bold] {email}  password: {password}  (shown only this once)",
            ]
        lines += ["", "Ctrl+C stops everything. Logs: var/logs/"]
        self._console.print("\n".join(lines), highlight=False, soft_wrap=True)


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of commands and children: the settings in force, secrets only where they are needed."""
    return {
        **os.environ,
        "COPILOT_VAR": str(settings.var),
        "COPILOT_DATA": str(settings.data),
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"),
    }


def child_specs(settings: Settings) -> list[ChildSpec]:
    """The three processes in their order of readiness: actions, dialogue, api."""
    actions_url = f"http://127.0.0.1:{settings.actions.port}"
    shown_host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    api_url = f"http://{shown_host}:{settings.port}"
    # One thread a computation: those of three processes would fight over the same cores. Measured on two cores, with two
    # threads an English search turn takes 63 ms (p50) instead of 53.
    base = {"OMP_NUM_THREADS": "1", **child_environment(settings)}
    return [
        ChildSpec(
            "actions",
            (sys.executable, "-m", "actions"),
            answers(f"{actions_url}/health"),
            {**base, "COPILOT_ACTIONS__PORT": str(settings.actions.port), "COPILOT_API__INTERNAL_URL": api_url},
        ),
        ChildSpec(
            "rasa",
            (str(RASA_PYTHON), "-m", "bot.serve"),
            answers(f"{settings.rasa.url}/"),
            dialogue_environment(settings),
            inherit=False,
            secret=settings.gateway_secret.get_secret_value(),
            memory=settings.rasa.memory * 1_000_000,
        ),
        ChildSpec(
            "api",
            (sys.executable, "-m", "api.serve"),
            answers(f"{api_url}/health/live"),
            base,
        ),
    ]


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """Whether a GET of `url` succeeds."""

    async def ask() -> bool:
        try:
            # verify=False: reading the certificate store takes 30 ms, and this is plain HTTP on loopback.
            async with httpx.AsyncClient(timeout=2.0, trust_env=False, verify=False) as client:  # noqa: S501
                return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False

    return ask


def up(settings: Settings) -> int:
    """Run `copilot up` with these settings."""
    Path(settings.var).mkdir(parents=True, exist_ok=True)
    return Up(settings, Console(stderr=True)).run()
