"""`KnowledgeBase`: an opened index, searched by any number of threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError

from knowledge_base.articles import Article
from knowledge_base.confidence import features
from knowledge_base.embedding import Embedder, MiniLM, QueryEncoder, Vectors
from knowledge_base.errors import IndexDamaged
from knowledge_base.fusion import Weights, weights_for
from knowledge_base.links import LinkMap
from knowledge_base.locale_index import Evidence, LocaleIndex, Question, normalise_question
from knowledge_base.publishing import LocaleCounts, Manifest, read_verified
from knowledge_base.rendering import render_markdown
from knowledge_base.results import SearchHit, SearchResult
from knowledge_base.snippets import snippet
from knowledge_base.storage import ARTICLES, CONFIDENCE, read_articles, read_locale
from knowledge_base.text import guess_language, language_of, terms
from knowledge_base.training import ConfidenceModels

MAX_LIMIT = 50


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What is indexed, since when, and what was left out and why (`place: reason`)."""

    index_dir: Path
    created_at: datetime
    source: str
    encoder: str
    locales: dict[str, LocaleCounts]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A question asked of one locale."""

    index: LocaleIndex
    evidence: Evidence
    weights: Weights
    confidence: float
    threshold: float

    @property
    def confident(self) -> bool:
        return self.confidence >= self.threshold and bool(self.evidence.fused.max() > 0)


class KnowledgeBase:
    """Opened by `open`; it keeps nothing on disk open, so that its folder may be replaced while it is used."""

    def __init__(
        self,
        index_dir: Path,
        manifest: Manifest,
        articles: Sequence[Article],
        indexes: Sequence[LocaleIndex],
        models: ConfidenceModels,
        embedder: Embedder,
    ) -> None:
        self._index_dir = index_dir
        self._manifest = manifest
        self._articles = {(article.locale, article.id): article for article in articles}
        self._indexes = {index.locale: index for index in indexes}
        self._models = models
        self._encoder = QueryEncoder(embedder)
        self._links = LinkMap(articles)

    @classmethod
    def open(cls, index_dir: Path, *, embedder: Embedder | None = None) -> Self:
        """Reads the index into memory, every file compared with its digest. The encoder is loaded when first needed.
        Raises `IndexMissing`, or `IndexDamaged` naming the file; both say how to mend it."""
        index_dir = Path(index_dir)
        manifest, files = read_verified(index_dir)
        # A question is encoded by one thread whatever their number; more are of use to batches only.
        embedder = embedder or MiniLM(cache_dir=index_dir.absolute().parent / "encoders", threads=1)
        if manifest.encoder_digest != embedder.digest:
            raise IndexDamaged(
                index_dir, f"its vectors are of {manifest.encoder}, another encoder than {embedder.name}"
            )
        try:
            articles = read_articles(files[ARTICLES])
            indexes = [read_locale(files, locale) for locale in manifest.locales]
            models = ConfidenceModels.model_validate_json(files[CONFIDENCE])
        except (KeyError, ValueError, TypeError, RuntimeError, ValidationError) as error:
            raise IndexDamaged(
                index_dir, f"its files do not belong together ({type(error).__name__}: {error})"
            ) from None
        return cls(index_dir, manifest, articles, indexes, models, embedder)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self._indexes)

    def search(
        self, text: str, *, language: str | None = None, limit: int = 3, all_languages: bool = False
    ) -> SearchResult:
        """At most `limit` (1-50) distinct articles for `text`, best first.

        Searched are the articles of the question's own language (`language`, else guessed). Where they hold no
        confident answer, articles that exist in other languages only are tried, and lead the hits if one of them
        answers with confidence or the own language found nothing at all; `other_language` tells. `all_languages` ranks
        the articles of every language together, each article once, in the question's language where it exists.
        Text without a word finds nothing. Only the words up to 2,000 characters are read.
        """
        limit = max(1, min(limit, MAX_LIMIT))
        text = normalise_question(text)
        asked = (
            language_of(language)
            if language
            else guess_language(text, sorted({language_of(each) for each in self._indexes}))
        )
        own = [index for index in self._indexes.values() if asked is None or index.language == asked]
        others = [index for index in self._indexes.values() if index not in own]
        name = language or asked or ""
        found = [self._ask(index, text, asked or index.language) for index in own]
        if all_languages or not found:
            found += [self._ask(index, text, asked or index.language) for index in others]
            return self._together(found, name, text, limit, asked)
        best = max(found, key=lambda each: each.confidence)
        if not best.confident:
            known = {article_id for index in own for article_id in index.article_ids}
            elsewhere = [
                self._ask(index, text, asked or index.language, hidden=_numbers(index, known))
                for index in others
                if not known.issuperset(index.article_ids)
            ]
            other = max(elsewhere, key=lambda each: each.confidence, default=None)
            if other is not None and (other.confident or not best.evidence.fused.any()):
                return self._together([other], name, text, limit, asked)
        return self._together(found, name, text, limit, asked)

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 3, all_languages: bool = False
    ) -> list[SearchResult]:
        """A search for each (text, language), the encoder asked once for all."""
        texts = [
            normalise_question(text)
            for text, language in queries
            if all_languages or self._wants_vector(language_of(language) if language else None)
        ]
        self._encoder.encode_many(texts)
        return [
            self.search(text, language=language, limit=limit, all_languages=all_languages) for text, language in queries
        ]

    def prefetch(self, text: str, *, language: str | None = None) -> None:
        """Encodes `text` and remembers the vector, so that a search for it which follows is quick. Does nothing where a
        search in `language` does not need the encoder."""
        if self._wants_vector(language_of(language) if language else None):
            self._encoder.encode(normalise_question(text))

    def article(self, article_id: str, locale: str) -> Article | None:
        """The article, by its locale or, where there is none, its language (`pt` finds `pt-BR`)."""
        exact = self._articles.get((locale, article_id))
        if exact is not None:
            return exact
        wanted = language_of(locale)
        for (each, each_id), article in self._articles.items():
            if each_id == article_id and language_of(each) == wanted:
                return article
        return None

    def articles(self, locale: str | None = None) -> list[Article]:
        """Every article, or those of one locale, in the order of the source."""
        return [article for (each, _), article in self._articles.items() if locale in (None, each)]

    def render(self, article: Article) -> str:
        """Safe HTML of the article's body; headings carry the anchors that passages link to."""
        return render_markdown(article.body_markdown, lambda target: self._links.resolve(target, article))

    def status(self) -> IndexStatus:
        return IndexStatus(
            index_dir=self._index_dir,
            created_at=self._manifest.created_at,
            source=self._manifest.source,
            encoder=self._manifest.encoder,
            locales=dict(self._manifest.locales),
            skipped=tuple(f"{each.place}: {each.reason}" for each in self._manifest.skipped),
        )

    def evidence(self, text: str, locale: str, *, dense: bool = False) -> tuple[LocaleIndex, Evidence] | None:
        """Each retriever's scores in one locale, for evaluation; `dense` asks the encoder even where it has no weight."""
        index = self._indexes.get(locale) or next(
            (each for each in self._indexes.values() if each.language == language_of(locale)), None
        )
        if index is None:
            return None
        weights = weights_for(language_of(locale), index.language)
        vector = self._vector(text) if dense or weights.dense else None
        return index, index.evidence(Question.of(normalise_question(text), index.language), vector, weights)

    def _ask(self, index: LocaleIndex, text: str, asked: str, hidden: frozenset[int] = frozenset()) -> _Found:
        weights = weights_for(asked, index.language)
        question = Question.of(text, index.language)
        vector = self._vector(text) if weights.dense and len(question.grams) else None
        evidence = index.evidence(question, vector, weights, hidden=hidden)
        if hidden:
            evidence.fused[list(hidden)] = 0
        model = self._models.own.get(index.locale) if asked == index.language else self._models.across
        if model is None or not len(question.grams):
            return _Found(index, evidence, weights, 0.0, 1.0)
        return _Found(index, evidence, weights, model.probability(features(evidence, weights)), model.threshold)

    def _together(self, found: Sequence[_Found], name: str, text: str, limit: int, asked: str | None) -> SearchResult:
        """One list of distinct articles. Fused scores are in standard deviations within their locale, which makes them
        comparable; the question's own language breaks ties and stands for its translations."""
        ranked: dict[str, tuple[float, bool, _Found, int]] = {}
        for each in found:
            native = asked is None or each.index.language == asked
            scale = each.weights.bm25 + each.weights.chars + each.weights.dense
            for number in np.argsort(-each.evidence.fused, kind="stable")[:limit]:
                score = float(each.evidence.fused[number]) / scale
                if score <= 0:
                    break
                article_id = each.index.article_ids[number]
                held = ranked.get(article_id)
                if held is None or (native, score) > (held[1], held[0]):
                    top = max(score, held[0]) if held else score
                    ranked[article_id] = (top, native, each, int(number))
                elif score > held[0]:
                    ranked[article_id] = (score, *held[1:])
        order = sorted(ranked.values(), key=lambda entry: -entry[0])[:limit]
        hits = tuple(self._hit(each, number, text, score) for score, _, each, number in order)
        best = max(found, key=lambda each: each.confidence, default=None)
        return SearchResult(
            confident=bool(hits) and any(each.confident for each in found),
            confidence=best.confidence if best and hits else 0.0,
            language=name,
            hits=hits,
            other_language=bool(hits) and asked is not None and language_of(hits[0].locale) != asked,
        )

    def _hit(self, found: _Found, article: int, text: str, score: float) -> SearchHit:
        index = found.index
        passage = index.passages[index.best_passage(article, found.evidence, found.weights)]
        stems = frozenset(terms(text, index.language))
        return SearchHit(
            article_id=passage.article_id,
            title=passage.title,
            heading=passage.heading,
            url=passage.url,
            locale=passage.locale,
            snippet=snippet(passage.text, stems, index.language),
            score=round(score, 4),
            html=passage.html,
            passage_id=passage.id,
        )

    def _wants_vector(self, language: str | None) -> bool:
        own = [each for each in self._indexes.values() if language is None or each.language == language]
        if not own:
            return True
        return any(weights_for(each.language, each.language).dense > 0 for each in own)

    def _vector(self, text: str) -> Vectors:
        return self._encoder.encode(normalise_question(text))


def _numbers(index: LocaleIndex, article_ids: set[str]) -> frozenset[int]:
    return frozenset(at for at, article_id in enumerate(index.article_ids) if article_id in article_ids)
