"""Brings the declared sources up to date on disk: each is fetched or read again only where it changed, one that fails keeps
what it had, and what happened is written down for `copilot kb status`.

    store/sync-state.json        what the last sync of each source did (`read_sync_state`)
    store/<source>/snapshot.jsonl    its articles, and what it needs to ask for changes only
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.publishing import is_sound
from knowledge_base.sources import RemoteSource
from knowledge_base.sources.combined import CombinedSource
from knowledge_base.sources.declared import DeclaredSource, DeclaredSources, load_sources
from knowledge_base.sources.snapshots import Changes, Snapshot, SnapshotStore, code_digest, compare, write_atomically

STATE_FILE = "sync-state.json"
_MOST_SKIPPED = 2_000

SyncProgress = Callable[[str, str, int, int], None]
"""`progress(source, what, done, total)`; `total` is 0 while it is unknown."""


class SyncBusy(KnowledgeBaseError):
    """Another sync works on the same store."""

    http_status = 503
    try_again = True


class _Written(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SkippedArticle(_Written):
    place: str
    reason: str


class SourceState(_Written):
    """What is known of one source after its last sync."""

    name: str
    kind: str
    articles: dict[str, int] = {}
    """By locale."""
    skipped: tuple[SkippedArticle, ...] = ()
    """At most 2,000 of them; `skipped_count` counts all."""
    skipped_count: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    kept: int = 0
    """Articles of an earlier sync that are kept because fetching them failed."""
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    """The last sync without any problem."""
    last_change: datetime | None = None
    failing_since: datetime | None = None
    problems: tuple[str, ...] = ()
    """Why the last sync failed, or which parts of it did; empty where it succeeded."""
    fetched: bool = True
    """False where its turn had not come (`due_only`)."""


class IndexState(_Written):
    """From what an index was last built: `stamp` covers content, code and options."""

    stamp: str
    built_at: datetime


class SyncState(_Written):
    sources: tuple[SourceState, ...] = ()
    indexes: dict[str, IndexState] = {}
    """By the absolute path of the index."""
    declared_in: str = ""
    last_sync: datetime | None = None

    @property
    def failing(self) -> tuple[SourceState, ...]:
        return tuple(each for each in self.sources if each.problems)

    def source(self, name: str) -> SourceState | None:
        return next((each for each in self.sources if each.name == name), None)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """One sync. `source` reads what was stored; `changed` says whether its content differs from before the sync."""

    sources: tuple[SourceState, ...]
    source: CombinedSource
    changed: bool
    seconds: float

    @property
    def failing(self) -> tuple[SourceState, ...]:
        return tuple(each for each in self.sources if each.problems)


def sync_sources(
    sources: Path,
    store: Path,
    *,
    progress: SyncProgress | None = None,
    due_only: bool = False,
    local_only: bool = False,
    wait: float = 600.0,
) -> SyncReport:
    """Brings every source that `sources` (a `sources.yml`, or a folder of Markdown) declares up to date in `store`.

    A source that fails keeps its articles and is named in the report and the state. `due_only` leaves remote sources alone
    whose interval has not passed, `local_only` all that were fetched before. Waits up to `wait` seconds for another sync of
    the same store, then raises `SyncBusy`. Raises `SourcesFileInvalid`, or `KnowledgeBaseError` where the store cannot be
    written.
    """
    declared = load_sources(sources)
    base = sources.parent
    began = time.monotonic()
    with _alone(store, wait):
        combined = declared.combined(store)
        before = combined.fingerprint()
        known = read_sync_state(store)
        states: list[SourceState] = []
        for each in declared.sources:
            states.append(_sync_one(each, base, store, known.source(each.name), progress, due_only, local_only))
            # Written after each: a sync that is killed has told of what it did.
            _write_state(store, known, [*states, *_later(declared, known, states)], sources)
        changed = combined.fingerprint() != before
    return SyncReport(tuple(states), combined, changed, time.monotonic() - began)


def read_sync_state(store: Path) -> SyncState:
    """What the last syncs did; empty where there was none."""
    try:
        return SyncState.model_validate_json((store / STATE_FILE).read_bytes())
    except (OSError, ValidationError):
        return SyncState()


def index_is_current(report: SyncReport, store: Path, index_dir: Path, options: str = "") -> bool:
    """Whether the index was built by this code from this content with these options, and is whole."""
    known = read_sync_state(store).indexes.get(str(index_dir.absolute()))
    return known is not None and known.stamp == _stamp(report, options) and is_sound(index_dir)


def index_was_built(report: SyncReport, store: Path, index_dir: Path, options: str = "") -> None:
    """Remembers that `index_dir` is of this sync."""
    with _alone(store, 60.0):
        known = read_sync_state(store)
        built = IndexState(stamp=_stamp(report, options), built_at=datetime.now(UTC))
        indexes = {path: state for path, state in known.indexes.items() if Path(path).is_dir()}
        _save(store, known.model_copy(update={"indexes": {**indexes, str(index_dir.absolute()): built}}))


def watch_stamp(declared: DeclaredSources, base: Path) -> str:
    """Digest of the names, sizes and times of what the sources have on this disk: milliseconds for thousands of files."""
    digest = hashlib.sha256()
    for each in declared.sources:
        place = each.watched(base)
        if place is None:
            continue
        digest.update(f"{each.name}\0".encode())
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            with contextlib.suppress(OSError):
                stat = path.stat()
                digest.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def seconds_until_due(declared: DeclaredSources, state: SyncState) -> float | None:
    """Seconds until the next remote source's turn; None where there is no remote source."""
    now = datetime.now(UTC)
    waits: list[float] = []
    for each in declared.sources:
        if each.interval is None:
            continue
        known = state.source(each.name)
        since = (now - known.last_attempt).total_seconds() if known and known.last_attempt else each.interval
        waits.append(max(0.0, each.interval - since))
    return min(waits, default=None)


def _sync_one(
    declared: DeclaredSource,
    base: Path,
    store: Path,
    known: SourceState | None,
    progress: SyncProgress | None,
    due_only: bool,
    local_only: bool,
) -> SourceState:
    kept = SnapshotStore(store / declared.slug)
    known = known or SourceState(name=declared.name, kind=declared.kind)
    if known.last_attempt and declared.interval is not None and kept.fingerprint() is not None:
        age = (datetime.now(UTC) - known.last_attempt).total_seconds()
        if local_only or (due_only and age < declared.interval):
            return known.model_copy(update={"fetched": False, "new": 0, "changed": 0, "gone": 0})

    def report(what: str, done: int, total: int) -> None:
        if progress is not None:
            progress(declared.name, what, done, total)

    now = datetime.now(UTC)
    report("read", 0, 0)
    try:
        before, after = _read(declared, base, store, kept, report)
    except KnowledgeBaseError as error:
        held = kept.load()
        return known.model_copy(
            update={
                "kind": declared.kind,
                "fetched": True,
                "last_attempt": now,
                "failing_since": known.failing_since or now,
                "problems": (str(error),),
                "kept": len(held.articles) if held else 0,
                "new": 0,
                "changed": 0,
                "gone": 0,
            }
        )
    if after is None:
        success = {"fetched": True, "last_attempt": now, "last_success": now, "failing_since": None, "problems": ()}
        return known.model_copy(update={**success, "kind": declared.kind, "kept": 0, "new": 0, "changed": 0, "gone": 0})
    changes = compare(before, after)
    return _described(known, declared.kind, after, changes, now)


def _read(
    declared: DeclaredSource, base: Path, store: Path, kept: SnapshotStore, report: Callable[[str, int, int], None]
) -> tuple[Snapshot | None, Snapshot | None]:
    """What was stored and what is stored now; None for now where a local source did not change at all."""
    source = declared.open(base, store / declared.slug)
    if isinstance(source, RemoteSource):
        before = kept.load()
        after = source.fetch(before, report)
        if before is not None and before.articles and not after.articles:
            raise KnowledgeBaseError(
                "it shows no article any more, which is taken for a fault: remove the source from sources.yml if it is meant"
            )
    else:
        fingerprint = f"{source.fingerprint()} {code_digest()}"
        if kept.fingerprint() == fingerprint:
            return None, None
        before = kept.load()
        content = source.read()
        after = Snapshot(content.articles, content.skipped, fingerprint)
    if after != before or kept.fingerprint() is None:
        kept.save(after)
    return before, after


def _described(known: SourceState, kind: str, after: Snapshot, changes: Changes, now: datetime) -> SourceState:
    locales = sorted({each.locale for each in after.articles})
    return SourceState(
        name=known.name,
        kind=kind,
        articles={locale: sum(1 for each in after.articles if each.locale == locale) for locale in locales},
        skipped=tuple(SkippedArticle(place=each.place, reason=each.reason) for each in after.skipped[:_MOST_SKIPPED]),
        skipped_count=len(after.skipped),
        new=changes.new,
        changed=changes.changed,
        gone=changes.gone,
        kept=after.kept,
        last_attempt=now,
        last_success=known.last_success if after.problems else now,
        last_change=now if changes.any else known.last_change,
        failing_since=(known.failing_since or now) if after.problems else None,
        problems=after.problems,
    )


def _later(declared: DeclaredSources, known: SyncState, done: list[SourceState]) -> list[SourceState]:
    """What was known of the sources whose turn comes after `done`."""
    found = (known.source(each.name) for each in declared.sources[len(done) :])
    return [each for each in found if each is not None]


def _write_state(store: Path, known: SyncState, states: list[SourceState], sources: Path) -> None:
    _save(
        store,
        SyncState(
            sources=tuple(states),
            indexes=known.indexes,
            declared_in=str(sources.absolute()),
            last_sync=datetime.now(UTC),
        ),
    )


def _save(store: Path, state: SyncState) -> None:
    write_atomically(store / STATE_FILE, state.model_dump_json(indent=1).encode())


def _stamp(report: SyncReport, options: str) -> str:
    """Content, code (every module of this package) and options."""
    digest = hashlib.sha256(f"{report.source.fingerprint()}\0{options}\0".encode())
    package = Path(__file__).resolve().parent
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _alone(store: Path, wait: float) -> Iterator[None]:
    """One sync a store at a time; the lock goes with its process, however that ends."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        handle = (store / ".lock").open("ab")
    except OSError as error:
        raise KnowledgeBaseError(f"{store} cannot be written: {error.strerror}") from None
    with handle:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= until:
                    raise SyncBusy(f"another sync works on {store}: wait for it to end, or stop it") from None
                time.sleep(0.2)
        yield
