"""`copilot kb status`: what is indexed, what was left out and why, and how the sources' last syncs went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge_base.cli_common import (
    DEFAULT_INDEX,
    DEFAULT_STORE,
    DEFAULT_VECTORS,
    IndexOption,
    JsonOption,
    VectorsOption,
    chosen,
    told_in_one_line,
    write_json,
)
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.sync import SourceState, SyncState, read_sync_state

if TYPE_CHECKING:
    from knowledge_base.search import IndexStatus

_LISTED = 20


def register(app: typer.Typer) -> None:
    """Adds the command to `copilot kb`."""
    app.command()(status)


def status(
    index: IndexOption = DEFAULT_INDEX,
    store: Annotated[Path, typer.Option("--store", help="Folder that keeps what was fetched.")] = DEFAULT_STORE,
    vectors: VectorsOption = DEFAULT_VECTORS,
    as_json: JsonOption = False,
) -> None:
    """What is indexed, since when, what was left out and why, and how the last sync of each source went."""
    synced = read_sync_state(store)
    # Of another index, what the sources did says nothing.
    if synced.indexes and str(index.absolute()) not in synced.indexes:
        synced = SyncState()
    with told_in_one_line():
        try:
            known = chosen(vectors).open(index).status()
        except KnowledgeBaseError:
            # Why there is no index is often that a source failed.
            if synced.sources and not as_json:
                _show_sources(synced)
            raise
    if as_json:
        write_json(_json(known, synced))
    else:
        _show(known, synced)


def _json(known: IndexStatus, synced: SyncState) -> dict[str, Any]:
    return {
        "index": str(known.index_dir),
        "created_at": known.created_at.isoformat(),
        "source": known.source,
        "encoder": known.encoder,
        "locales": {locale: each.model_dump() for locale, each in known.locales.items()},
        "skipped": list(known.skipped),
        "last_sync": synced.last_sync.isoformat() if synced.last_sync else None,
        "sources": [each.model_dump(mode="json") for each in synced.sources],
    }


def _show(known: IndexStatus, synced: SyncState) -> None:
    typer.echo(
        f"{known.index_dir}: built {known.created_at:%Y-%m-%d %H:%M} UTC from {known.source} with {known.encoder}"
    )
    for locale, each in known.locales.items():
        typer.echo(f"  {locale}: {each.articles} articles, {each.passages} passages")
    if not synced.sources:
        _list(known.skipped)
        return
    _show_sources(synced)
    told = {
        line
        for source in synced.sources
        for each in source.skipped
        for line in (f"{each.place}: {each.reason}", f"{source.name}: {each.place}: {each.reason}")
    }
    # What a source could read and the index could not: copies, empty sections.
    _list([line for line in known.skipped if line not in told])


def _show_sources(synced: SyncState) -> None:
    for each in synced.sources:
        counts = ", ".join(f"{locale} {count}" for locale, count in each.articles.items()) or "no article"
        typer.echo(f"source {each.name} ({each.kind}): {counts}; {_synced(each)}")
        for problem in each.problems:
            typer.echo(f"  failed: {problem}")
        if each.kept:
            typer.echo(f"  {each.kept} articles are kept from before, because fetching them failed")
        _list([f"{skipped.place}: {skipped.reason}" for skipped in each.skipped], each.skipped_count)


def _synced(source: SourceState) -> str:
    if source.last_success is None:
        return "never synced whole"
    said = f"synced {_ago(source.last_success)}"
    if source.failing_since is not None:
        said += f", failing for {_ago(source.failing_since).removesuffix(' ago')}"
    return said


def _ago(moment: datetime) -> str:
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} seconds ago"


def _list(skipped: Sequence[str], count: int | None = None) -> None:
    for line in skipped[:_LISTED]:
        typer.echo(f"  skipped {line}")
    more = max(count or 0, len(skipped)) - _LISTED
    if more > 0:
        typer.echo(f"  ... and {more} more (--json has them)")
