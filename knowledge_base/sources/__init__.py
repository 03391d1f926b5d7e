"""Where articles come from: one module a kind of source, all behind `ArticleSource`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from knowledge_base.articles import SourceContent
from knowledge_base.sources.snapshots import Snapshot

Report = Callable[[str, int, int], None]
"""`report(what, done, total)`: how far a fetch has come; `total` is 0 while it is unknown."""


@runtime_checkable
class ArticleSource(Protocol):
    """Reads every publishable article of one place. Raises `SourceUnusable` where nothing can be read at all;
    a single bad article is reported in `SourceContent.skipped` and costs only itself."""

    def read(self) -> SourceContent: ...

    def fingerprint(self) -> str:
        """A digest of everything that `read()` depends on, cheaper than `read()` where the source is on disk: as long as
        it is the same, so is the content. Raises `SourceUnusable` as `read` does."""
        ...


@runtime_checkable
class RemoteSource(ArticleSource, Protocol):
    """A source at the other end of a network. `read()` fetches all of it; `fetch` only what changed since `previous`."""

    def fetch(self, previous: Snapshot | None, report: Report) -> Snapshot:
        """What the source holds now. Parts that failed keep what `previous` had of them and are named in
        `Snapshot.problems`. Raises `SourceUnavailable` or `SourceUnusable` where nothing could be learned."""
        ...
