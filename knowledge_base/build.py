"""Builds an index from a source and publishes it; what did not change since the last build is taken from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from knowledge_base.articles import ContentWarning, Passage, Skipped, SourceContent
from knowledge_base.asking import Asker
from knowledge_base.copies import without_copies
from knowledge_base.embedding import Embedder, MiniLM, Progress, QueryEncoder, VectorCache
from knowledge_base.encoders.bundled import MINILM_NAME
from knowledge_base.errors import SourceUnusable
from knowledge_base.learning import (
    MOST_DRIFT,
    Encoded,
    drift,
    encode_all,
    learn_glossaries,
    learn_static,
    passage_digests,
)
from knowledge_base.locale_index import LocaleIndex, dense_text, lexical_lists
from knowledge_base.passages import Split, split_articles
from knowledge_base.pipeline import pipeline_digest
from knowledge_base.previous import Previous, labels_digest, open_previous, unchanged
from knowledge_base.publishing import (
    FORMAT_VERSION,
    LocaleCounts,
    Manifest,
    SkippedEntry,
    write_manifest,
    written_aside,
)
from knowledge_base.queries import LabelledQuery, read_queries
from knowledge_base.sources import ArticleSource
from knowledge_base.sources.at_path import source_at
from knowledge_base.static_model import StaticModel
from knowledge_base.storage import (
    CONFIDENCE,
    Trained,
    write_articles,
    write_glossaries,
    write_locale,
    write_split,
    write_trained,
)
from knowledge_base.text import language_of
from knowledge_base.training import ConfidenceModels, learn_confidence
from knowledge_base.vectors import FAISS, build_passage_index, forget_old_vectors, place_of


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was indexed, what was not and why, and how long it took."""

    index_dir: Path
    locales: dict[str, LocaleCounts]
    skipped: tuple[Skipped, ...]
    seconds: float
    unchanged: bool = False
    """Nothing had to be done: the index is of this very content."""
    retrained: bool = True
    """The models were trained anew, not taken from the previous index."""
    warnings: tuple[ContentWarning, ...] = ()

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
    store: str = FAISS,
    afresh: bool = False,
) -> BuildReport:
    """Reads `source` (a folder of Markdown, articles as JSON lines, or any source), and replaces the index at `index_dir`
    when all went well; until then, and when it fails, the previous one stays. Nothing is done where neither the source
    nor anything else that decides the index has changed; models are kept until the content has drifted (`afresh` trains
    them anyway).

    `labels`: a queries file that refines the confidence. `progress(step, done, total)` is called from this thread.
    Vectors are kept in `cache` (default: `encoder-cache/` beside the index), so that a rebuild encodes only new text.
    `store`: where the passages' vectors lie, `faiss` or the URL of a PostgreSQL.
    Raises `SourceUnusable`, `QueriesInvalid`, `EncoderUnusable`, or `KnowledgeBaseError` where it cannot be written.
    """
    begun = perf_counter()
    report = progress or (lambda step, done, total: None)
    labelled = read_queries(labels) if labels else []
    report("read", 0, 0)
    index_dir = Path(index_dir).absolute()
    embedder = embedder or MiniLM(cache_dir=index_dir.parent / "encoders")
    reader = source_at(source) if isinstance(source, Path) else source
    made_of = {
        "source": reader.fingerprint(),
        "labels": labels_digest(labelled),
        "encoder": embedder.digest,
        "store": place_of(store),
    }
    kept = None if afresh else unchanged(index_dir, made_of, store)
    if kept is not None:
        skipped = tuple(Skipped(each.place, each.reason) for each in kept.skipped)
        return BuildReport(index_dir, kept.locales, skipped, perf_counter() - begun, unchanged=True, retrained=False)
    content = without_copies(reader.read())
    with written_aside(index_dir) as folder:
        previous = open_previous(index_dir, embedder.digest, store)
        split = split_articles(content.articles, previous.split if previous else None, report)
        if not split.passages:
            raise SourceUnusable("The source holds no article with words in it")
        vectors = VectorCache(cache or index_dir.parent / "encoder-cache" / f"{_file_name(embedder)}.bin", embedder)
        made = _Build(split, embedder, vectors, labelled, store, report).make(None if afresh else previous)
        vectors.prune()
        report("write", 0, 0)
        write_articles(folder, [article for article in content.articles if article.path not in split.unreadable])
        write_split(folder, split)
        write_glossaries(folder, list(made.asker.glossaries.values()))
        made.asker.static.write(folder)
        write_trained(folder, made.trained)
        for index in made.indexes:
            write_locale(folder, index)
        (folder / CONFIDENCE).write_text(made.models.model_dump_json(indent=1), encoding="utf-8")
        skipped = (*content.skipped, *split.unreadable.values())
        manifest = _manifest(content, made, embedder, made_of, skipped, split.warnings, source)
        write_manifest(folder, manifest)
    forget_old_vectors(index_dir, store)
    seconds = perf_counter() - begun
    return BuildReport(index_dir, manifest.locales, skipped, seconds, retrained=made.retrained, warnings=split.warnings)


def _file_name(embedder: Embedder) -> str:
    return "".join(each if each.isalnum() or each in "-_." else "-" for each in embedder.name)


def _manifest(
    content: SourceContent,
    made: _Made,
    embedder: Embedder,
    made_of: dict[str, str],
    skipped: Sequence[Skipped],
    warnings: Sequence[ContentWarning],
    source: Path | ArticleSource,
) -> Manifest:
    return Manifest(
        format_version=FORMAT_VERSION,
        created_at=datetime.now(UTC),
        source=str(source) if isinstance(source, Path) else getattr(source, "name", type(source).__name__),
        encoder=embedder.name,
        encoder_digest=embedder.digest,
        locales={
            index.locale: LocaleCounts(articles=len(index.starts), passages=len(index.passages))
            for index in made.indexes
        },
        skipped=tuple(SkippedEntry(place=each.place, reason=each.reason) for each in skipped),
        files={},
        content_digest=made_of["source"],
        models={**made_of, "static": made.asker.static.digest},
        pipeline=pipeline_digest(),
        warnings=tuple(SkippedEntry(place=each.place, reason=each.reason) for each in warnings),
    )


@dataclass(frozen=True, slots=True)
class _Made:
    indexes: list[LocaleIndex]
    asker: Asker
    models: ConfidenceModels
    trained: Trained
    retrained: bool


@dataclass(frozen=True, slots=True)
class _Build:
    split: Split
    embedder: Embedder
    vectors: VectorCache
    labelled: Sequence[LabelledQuery]
    store: str
    report: Progress

    def make(self, previous: Previous | None) -> _Made:
        by_locale: dict[str, list[Passage]] = {}
        for passage in self.split.passages:
            by_locale.setdefault(passage.locale, []).append(passage)
        now = passage_digests(by_locale)
        kept = previous if previous and drift(previous.trained.passages, now) <= MOST_DRIFT else None
        if kept and set(kept.indexes) != set(by_locale):
            kept = None
        if kept:
            glossaries, static = kept.glossaries, kept.static
            encoded = encode_all(by_locale, self.vectors, glossaries, self.report)
        else:
            self.report("learn", 0, 0)
            # Another encoder than the bundled one reads the customers' languages itself.
            glossaries = learn_glossaries(by_locale) if self.embedder.name == MINILM_NAME else {}
            encoded = encode_all(by_locale, self.vectors, glossaries, self.report)
            static = learn_static(by_locale, encoded, self.report)
        self.report("weigh", 0, 0)
        indexes = [
            self._index(locale, passages, encoded[locale], static, kept.indexes[locale] if kept else None)
            for locale, passages in sorted(by_locale.items())
        ]
        self.report("learn", 0, 0)
        questions = QueryEncoder(self.embedder)
        asker = Asker(questions.begin, glossaries, static, frozenset(language_of(locale) for locale in by_locale))
        labels = labels_digest(self.labelled)
        if kept and kept.trained.labels == labels:
            return _Made(indexes, asker, kept.models, kept.trained, retrained=False)
        models = learn_confidence(
            indexes,
            asker,
            questions.encode_many,
            self.labelled,
            progress=lambda done, total: self.report("learn", done, total),
        )
        trained = Trained(passages=kept.trained.passages if kept else now, labels=labels)
        return _Made(indexes, asker, models, trained, retrained=kept is None)

    def _index(
        self,
        locale: str,
        passages: Sequence[Passage],
        encoded: Encoded,
        static: StaticModel,
        before: LocaleIndex | None,
    ) -> LocaleIndex:
        """`before`: the locale of the previous index, of which the same models were kept."""
        if before is not None and before.passages == tuple(passages):
            lists = before.bm25, before.chars
            static_rows = before.static
        else:
            lists = lexical_lists(locale, passages)
            static_rows = build_passage_index(static.encode([dense_text(each) for each in passages]), store=self.store)
        return LocaleIndex(
            locale,
            tuple(passages),
            *lists,
            dense=encoded.rows(self.store),
            heads=build_passage_index(encoded.heads, store=self.store),
            static=static_rows,
        )
