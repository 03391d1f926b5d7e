"""`copilot kb sync`: fetch what changed in the declared sources, then build the index if anything did.

Exit codes: 0 done, 1 it failed, 2 it was asked wrongly, 3 done as far as possible: a source failed and keeps its articles."""

from __future__ import annotations

import contextlib
import hashlib
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_STORE,
    DEFAULT_VECTORS,
    Customers,
    IndexOption,
    JsonOption,
    LabelsOption,
    VectorsOption,
    chosen,
    told_in_one_line,
    write_json,
)
from knowledge_base.sources.declared import load_sources
from knowledge_base.sync import (
    SourceState,
    SyncProgress,
    SyncReport,
    index_is_current,
    index_was_built,
    read_sync_state,
    seconds_until_due,
    sync_sources,
    watch_stamp,
)

DEFAULT_SOURCES = Path("data/help_center/sources.yml")
A_SOURCE_FAILED = 3
_LOOK_EVERY = 2.0

SourcesOption = Annotated[
    Path, typer.Option("--sources", help="sources.yml, or one folder of Markdown: <locale>/**/*.md.")
]
StoreOption = Annotated[Path, typer.Option("--store", help="Folder that keeps what was fetched.")]


def register(app: typer.Typer, customers: Customers | None = None) -> None:
    """Adds `sync` to the commands of `app`; with `customers`, what they said of their answers refines the confidence."""

    @app.command()
    def sync(
        sources: SourcesOption = DEFAULT_SOURCES,
        index: IndexOption = DEFAULT_INDEX,
        store: StoreOption = DEFAULT_STORE,
        labels: LabelsOption = None,
        vectors: VectorsOption = DEFAULT_VECTORS,
        watch: Annotated[bool, typer.Option("--watch", help="Stay: look for changes until Ctrl+C.")] = False,
        every: Annotated[
            float | None,
            typer.Option("--every", min=1, help="With --watch: seconds between two looks at remote sources."),
        ] = None,
        due: Annotated[
            bool, typer.Option("--due", help="Leave remote sources alone whose interval has not passed.")
        ] = False,
        local: Annotated[
            bool, typer.Option("--local", help="Leave remote sources alone that were fetched before.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Fetch what changed in the sources and, if anything did, build the index anew."""
        known = _Building(labels, customers, vectors)
        with told_in_one_line():
            if not watch:
                if _round(sources, index, store, as_json, known, due_only=due, local_only=local).failing:
                    raise typer.Exit(A_SOURCE_FAILED)
                return
            _watch(sources, index, store, every, as_json, known)


@dataclass(frozen=True, slots=True)
class _Building:
    """How the index is built: labelled questions (a file that was given, and what customers said), where vectors lie."""

    given: Path | None
    customers: Customers | None
    vectors: str

    def file(self, index: Path) -> Path | None:
        return self.customers.labels(index, self.given) if self.customers else self.given

    def stamp(self, file: Path | None) -> str:
        """Changes with the given file, and when about a tenth more was said: a single word is worth no build."""
        kind = " ".join((self.vectors.partition(":")[0], chosen(self.vectors).model)).strip()
        if file is None:
            return kind
        given = hashlib.sha256(self.given.read_bytes()).hexdigest() if self.given else ""
        lines = file.read_bytes().count(b"\n")
        return f"{kind} labels {given} {round(math.log(max(lines, 1), 1.1))}"


def _round(
    sources: Path,
    index: Path,
    store: Path,
    as_json: bool,
    building: _Building,
    *,
    due_only: bool,
    local_only: bool = False,
    quiet: bool = False,
) -> SyncReport:
    """One sync, and a build where it is needed. `quiet` says nothing where nothing happened."""
    with _bars() as (of_source, of_build):
        report = sync_sources(sources, store, progress=of_source, due_only=due_only, local_only=local_only)
        built: dict[str, Any] | None = None
        labelled = building.file(index)
        options = building.stamp(labelled)
        if not index_is_current(report, store, index, options):
            made = chosen(building.vectors).build(report.source, index, labels=labelled, progress=of_build)
            index_was_built(report, store, index, options)
            built = {"articles": made.articles, "passages": made.passages, "seconds": round(made.seconds, 2)}
    if quiet and built is None and not report.failing and not report.changed:
        return report
    if as_json:
        write_json(_json(report, index, built))
    else:
        _tell(report, index, built)
    return report


def _watch(sources: Path, index: Path, store: Path, every: float | None, as_json: bool, building: _Building) -> None:
    """Looks at folders every two seconds and at remote sources when their turn comes, until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        # Before the round: what changes while it runs is for the next one.
        seen, looked = _stamp_of(sources), time.monotonic()
        _round(sources, index, store, as_json, building, due_only=False)
        while True:
            time.sleep(_LOOK_EVERY)
            stamp = _stamp_of(sources)
            if every is not None:
                due = time.monotonic() - looked >= every
            else:
                wait = seconds_until_due(load_sources(sources), read_sync_state(store))
                due = wait is not None and wait <= 0
            if stamp == seen and not due:
                continue
            with contextlib.suppress(typer.Exit), told_in_one_line():
                _round(sources, index, store, as_json, building, due_only=every is None or not due, quiet=True)
            seen = stamp
            looked = time.monotonic() if due else looked
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stamp_of(sources: Path) -> str:
    declaration = "" if sources.is_dir() else str(sources.stat().st_mtime_ns)
    return declaration + watch_stamp(load_sources(sources), sources.parent)


@contextmanager
def _bars() -> Iterator[tuple[SyncProgress, Callable[[str, int, int], None]]]:
    """A line a source on standard error where a person looks at it; nothing where it is piped."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def show(name: str, what: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None, count="")
            count = f"{done}/{total}" if total else (str(done) if done else "")
            progress.update(
                tasks[name], description=f"{name}: {what}", completed=done, total=total or None, count=count
            )

        yield show, lambda step, done, total: show("index", step, done, total)


def _json(report: SyncReport, index: Path, built: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "index": str(index),
        "changed": report.changed,
        "built": built,
        "sources": [each.model_dump(mode="json") for each in report.sources],
        "seconds": round(report.seconds, 2),
    }


def _tell(report: SyncReport, index: Path, built: dict[str, Any] | None) -> None:
    for each in report.sources:
        typer.echo(_line(each))
        for problem in each.problems:
            typer.echo(f"  failed: {problem}", err=True)
        for skipped in each.skipped[:_SHOWN] if each.new or each.changed or each.gone else ():
            typer.echo(f"  skipped {skipped.place}: {skipped.reason}", err=True)
        if each.skipped_count > _SHOWN and (each.new or each.changed or each.gone):
            typer.echo(f"  ... {each.skipped_count - _SHOWN} more: copilot kb status", err=True)
    if built is None:
        typer.echo(f"{index} is up to date ({report.seconds:.1f} s)")
    else:
        typer.echo(
            f"Indexed {built['articles']} articles in {built['passages']} passages, {built['seconds']} s: {index}"
        )


_SHOWN = 20


def _line(state: SourceState) -> str:
    counts = ", ".join(f"{locale} {count}" for locale, count in state.articles.items()) or "no article"
    if not state.fetched:
        return f"{state.name} ({state.kind}): {counts}; not due yet"
    moved = f"{state.new} new, {state.changed} changed, {state.gone} gone"
    kept = f", {state.kept} kept because fetching failed" if state.kept else ""
    skipped = f", {state.skipped_count} skipped" if state.skipped_count else ""
    return f"{state.name} ({state.kind}): {counts}; {moved}{kept}{skipped}"
