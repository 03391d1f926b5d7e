"""All declared sources as one: what the last sync kept of each, in the order of their declaration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge_base.articles import Article, Skipped, SourceContent
from knowledge_base.errors import SourceUnusable
from knowledge_base.sources.snapshots import SnapshotStore


@dataclass(frozen=True, slots=True)
class Part:
    """One source: `slug` names its folder and comes before its articles' paths, `id_prefix` before their ids."""

    name: str
    slug: str
    store: SnapshotStore
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class CombinedSource:
    """An `ArticleSource` of what a sync stored; it asks no network. Of two articles for an id and locale the one of the
    source that was declared first wins, within a source the first by path; the other is skipped by name."""

    parts: Sequence[Part]

    @property
    def name(self) -> str:
        """The names of the sources, for messages."""
        return ", ".join(part.name for part in self.parts)

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for part in self.parts:
            digest.update(f"{part.name}\0{part.slug}\0{part.id_prefix}\0{part.store.content_digest()}\0".encode())
        return digest.hexdigest()

    def read(self) -> SourceContent:
        """Raises `SourceUnusable` where no source has given an article yet."""
        articles: dict[tuple[str, str], Article] = {}
        skipped: list[Skipped] = []
        for part in self.parts:
            snapshot = part.store.load()
            if snapshot is None:
                continue
            skipped += [Skipped(self._place(part, each.place), each.reason) for each in snapshot.skipped]
            for article in sorted(snapshot.articles, key=lambda each: each.path):
                named = replace(article, id=part.id_prefix + article.id, path=self._path(part, article.path))
                first = articles.setdefault((named.locale, named.id), named)
                if first is not named:
                    reason = f"its id {named.id!r} ({named.locale}) belongs to {first.path} already"
                    skipped.append(Skipped(self._place(part, article.path), reason))
        if not articles:
            raise SourceUnusable(
                f"No source has an article that can be indexed ({self.name}): copilot kb sync says why"
            )
        return SourceContent(articles=tuple(articles.values()), skipped=tuple(skipped))

    def _path(self, part: Part, path: str) -> str:
        return f"{part.slug}/{path}" if len(self.parts) > 1 else path

    def _place(self, part: Part, place: str) -> str:
        return f"{part.name}: {place}" if len(self.parts) > 1 else place
