"""Builds an index from a source and publishes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from knowledge_base.articles import Article, Passage, Skipped
from knowledge_base.chunking import passages_of
from knowledge_base.embedding import Embedder, MiniLM, Progress, VectorCache
from knowledge_base.errors import SourceUnusable
from knowledge_base.links import LinkMap
from knowledge_base.locale_index import LocaleIndex, dense_text
from knowledge_base.publishing import (
    FORMAT_VERSION,
    LocaleCounts,
    Manifest,
    SkippedEntry,
    write_manifest,
    written_aside,
)
from knowledge_base.queries import read_queries
from knowledge_base.rendering import render_markdown
from knowledge_base.sources import ArticleSource
from knowledge_base.sources.markdown_folder import MarkdownFolder
from knowledge_base.storage import CONFIDENCE, write_articles, write_locale
from knowledge_base.training import learn_confidence


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was indexed, what was not and why, and how long it took."""

    index_dir: Path
    locales: dict[str, LocaleCounts]
    skipped: tuple[Skipped, ...]
    seconds: float

    @property
    def articles(self) -> int:
        return sum(counts.articles for counts in self.locales.values())

    @property
    def passages(self) -> int:
        return sum(counts.passages for counts in self.locales.values())


def build_index(
    source: Path | ArticleSource,
    index_dir: Path,
    *,
    labels: Path | None = None,
    progress: Progress | None = None,
    embedder: Embedder | None = None,
    cache: Path | None = None,
) -> BuildReport:
    """Reads `source` (a folder of Markdown, or any source), and replaces the index at `index_dir` when all went well;
    until then, and when it fails, the previous one stays.

    `labels`: a queries file that refines the confidence. `progress(step, done, total)` is called from this thread.
    Vectors are kept in `cache` (default: `encoder-cache/` beside the index), so that a rebuild encodes only new text.
    Raises `SourceUnusable`, `QueriesInvalid`, `EncoderUnusable`, or `KnowledgeBaseError` where it cannot be written.
    """
    begun = perf_counter()
    report = progress or (lambda step, done, total: None)
    labelled = read_queries(labels) if labels else []
    report("read", 0, 0)
    content = (MarkdownFolder(source) if isinstance(source, Path) else source).read()
    index_dir = Path(index_dir).absolute()
    embedder = embedder or MiniLM(cache_dir=index_dir.parent / "encoders")
    vectors = VectorCache(cache or index_dir.parent / "encoder-cache" / f"{embedder.name}.bin", embedder)
    with written_aside(index_dir) as folder:
        passages, unreadable = _passages(content.articles, report)
        if not passages:
            raise SourceUnusable("The source holds no article with words in it")
        encoded = vectors.encode([dense_text(each) for each in passages], progress=report)
        indexes = []
        for locale in sorted({passage.locale for passage in passages}):
            rows = [at for at, passage in enumerate(passages) if passage.locale == locale]
            indexes.append(LocaleIndex.build(locale, [passages[at] for at in rows], encoded[rows]))
        report("learn", 0, 0)
        models = learn_confidence(indexes, vectors, labelled)
        vectors.prune()
        report("write", 0, 0)
        write_articles(folder, [article for article in content.articles if article.path not in unreadable])
        for index in indexes:
            write_locale(folder, index)
        (folder / CONFIDENCE).write_text(models.model_dump_json(indent=1), encoding="utf-8")
        skipped = (*content.skipped, *unreadable.values())
        locales = {
            index.locale: LocaleCounts(articles=len(index.starts), passages=len(index.passages)) for index in indexes
        }
        write_manifest(
            folder,
            Manifest(
                format_version=FORMAT_VERSION,
                created_at=datetime.now(UTC),
                source=str(source) if isinstance(source, Path) else type(source).__name__,
                encoder=embedder.name,
                encoder_digest=embedder.digest,
                locales=locales,
                skipped=tuple(SkippedEntry(place=each.place, reason=each.reason) for each in skipped),
                files={},
            ),
        )
    return BuildReport(index_dir, locales, skipped, perf_counter() - begun)


def _passages(articles: tuple[Article, ...], report: Progress) -> tuple[list[Passage], dict[str, Skipped]]:
    """Passages with their HTML, ordered by locale and article; and articles that gave none, by path."""
    links = LinkMap(articles)
    made: list[Passage] = []
    unreadable: dict[str, Skipped] = {}
    for done, article in enumerate(sorted(articles, key=lambda each: (each.locale, each.path))):
        if done % 50 == 0:
            report("split", done, len(articles))

        def resolve(target: str, article: Article = article) -> str | None:
            return links.resolve(target, article)

        found = [replace(passage, html=render_markdown(passage.markdown, resolve)) for passage in passages_of(article)]
        if not found:
            unreadable[article.path] = Skipped(article.path, "empty: nothing to read in its sections")
        made.extend(found)
    return made, unreadable
