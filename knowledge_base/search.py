"""`KnowledgeBase`: an opened index, searched by any number of threads."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import ValidationError

from knowledge_base.articles import Article
from knowledge_base.asking import Asker
from knowledge_base.candidates import ALONE, Candidate, Found, alone, bare_hit, named, reranked
from knowledge_base.confidence import best_articles, features, person_below
from knowledge_base.deciding import MOST_RELATED, MOST_TOPICS, decide, related
from knowledge_base.embedding import Embedder, MiniLM, QueryEncoder, Vectors
from knowledge_base.errors import IndexDamaged
from knowledge_base.fusion import weights_for
from knowledge_base.glossary import PIVOT, Glossary
from knowledge_base.links import LinkMap
from knowledge_base.locale_index import LocaleIndex, normalise_question
from knowledge_base.options import WANTED_PRECISION
from knowledge_base.publishing import LocaleCounts, Manifest, read_verified
from knowledge_base.queries import LabelledQuery
from knowledge_base.rendering import render_markdown
from knowledge_base.reranking import RERANKED, Reranker
from knowledge_base.results import MAX_LIMIT, Related, SearchHit, SearchResult
from knowledge_base.snippets import excerpt
from knowledge_base.static_model import StaticModel
from knowledge_base.storage import ARTICLES, CONFIDENCE, GLOSSARIES, read_articles, read_glossaries, read_locale
from knowledge_base.text import guess_language, language_of, terms
from knowledge_base.training import ConfidenceModels, relearnt
from knowledge_base.vectors import FAISS

_LINK = re.compile(r'<a\s[^<>]*href="([^"#]+)')


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What is indexed, since when, and what was left out and why (`place: reason`)."""

    index_dir: Path
    created_at: datetime
    source: str
    encoder: str
    locales: dict[str, LocaleCounts]
    skipped: tuple[str, ...]


class KnowledgeBase:
    """Opened by `open`; it keeps nothing on disk open, so that its folder may be replaced while it is used."""

    def __init__(
        self,
        index_dir: Path,
        manifest: Manifest,
        articles: Sequence[Article],
        indexes: Sequence[LocaleIndex],
        models: ConfidenceModels,
        glossaries: Mapping[str, Glossary],
        static: StaticModel,
        embedder: Embedder,
        precision: float = WANTED_PRECISION,
        reranker: Reranker | None = None,
    ) -> None:
        self._index_dir = index_dir
        self._manifest = manifest
        self._articles = {(article.locale, article.id): article for article in articles}
        for article in articles:
            for other in article.also_ids:
                self._articles.setdefault((article.locale, other), article)
        self._indexes = {index.locale: index for index in indexes}
        self._models = models
        self._precision = precision
        self._reranker = reranker
        self._encoder = QueryEncoder(embedder)
        languages = frozenset(index.language for index in indexes)
        self._asker = Asker(self._encoder.begin, glossaries, static, languages)
        self._links = LinkMap(articles)
        self._only_elsewhere: dict[tuple[str, ...], list[tuple[LocaleIndex, frozenset[int]]]] = {}
        self._by_url = {(article.locale, article.url): article for article in articles}

    @classmethod
    def open(
        cls,
        index_dir: Path,
        *,
        embedder: Embedder | None = None,
        store: str = FAISS,
        precision: float = WANTED_PRECISION,
        reranker: Reranker | None = None,
    ) -> Self:
        """Reads the index into memory, every file compared with its digest. The encoder is loaded when first needed.
        `store`: what the index was built with; `precision`: the share of confident answers that has to be right.
        `reranker`: reads the best passages again and puts them in its own order.
        Raises `IndexMissing`, or `IndexDamaged` naming the file; both say how to mend it."""
        index_dir = Path(index_dir)
        manifest, files = read_verified(index_dir)
        # Two threads a question gain 3 ms of 12 on an idle machine and wait for each other, up to 500 ms, on a busy one.
        embedder = embedder or MiniLM(cache_dir=index_dir.absolute().parent / "encoders", threads=1)
        if manifest.encoder_digest != embedder.digest:
            raise IndexDamaged(
                index_dir, f"its vectors are of {manifest.encoder}, another encoder than {embedder.name}"
            )
        try:
            articles = read_articles(files[ARTICLES])
            indexes = [read_locale(files, locale, store=store) for locale in manifest.locales]
            models = ConfidenceModels.model_validate_json(files[CONFIDENCE])
            glossaries = read_glossaries(files[GLOSSARIES])
            static = StaticModel.read(files)
        except (KeyError, ValueError, TypeError, RuntimeError, ValidationError) as error:
            raise IndexDamaged(
                index_dir, f"its files do not belong together ({type(error).__name__}: {error})"
            ) from None
        return cls(index_dir, manifest, articles, indexes, models, glossaries, static, embedder, precision, reranker)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self._indexes)

    def search(
        self,
        text: str,
        *,
        language: str | None = None,
        limit: int = 3,
        all_languages: bool = False,
        articles_in: str | None = None,
    ) -> SearchResult:
        """At most `limit` (1-50) distinct articles for `text`, best first.

        Searched are the articles of the question's own language (`language`, else guessed). Where they hold no
        confident answer, articles that exist in other languages only are tried, and lead the hits if one of them
        answers with confidence or only they hold a word of the question; `other_language` tells. `all_languages` ranks
        the articles of every language together, each article once, in the question's language where it exists;
        `articles_in` (a locale) searches the articles of that one only.
        Text without a word finds nothing. Only the words up to 2,000 characters are read.
        """
        limit = max(1, min(limit, MAX_LIMIT))
        text = normalise_question(text)
        asked = self._asked(text, language)
        name = language or asked or ""
        if articles_in is not None:
            index = self._index(articles_in)
            found = [self._ask(index, text, asked or index.language)] if index else []
            return self._together(found, name, text, limit, asked)
        own = [index for index in self._indexes.values() if asked is None or index.language == asked]
        others = [index for index in self._indexes.values() if index not in own]
        found = [self._ask(index, text, asked or index.language) for index in own]
        if all_languages or not found:
            found += [self._ask(index, text, asked or index.language) for index in others]
            return self._together(found, name, text, limit, asked)
        best = max(found, key=lambda each: each.confidence)
        if not best.confident:
            elsewhere = [
                self._ask(index, text, asked or index.language, hidden=hidden)
                for index, hidden in self._elsewhere(tuple(index.locale for index in own))
            ]
            other = max(elsewhere, key=lambda each: each.confidence, default=None)
            if other is not None and (other.confident or (other.has_words and not best.has_words)):
                return self._together([other], name, text, limit, asked)
        return self._together(found, name, text, limit, asked)

    def search_many(
        self,
        queries: Sequence[tuple[str, str | None]],
        *,
        limit: int = 3,
        all_languages: bool = False,
        articles_in: str | None = None,
    ) -> list[SearchResult]:
        """A search for each (text, language), the encoder asked once for all."""
        self._encoder.encode_many([self._said(text, language) for text, language in queries])
        return [
            self.search(text, language=language, limit=limit, all_languages=all_languages, articles_in=articles_in)
            for text, language in queries
        ]

    def prefetch(self, text: str, *, language: str | None = None) -> None:
        """Encodes `text` and remembers the vector, so that a search for it which follows is quick."""
        self._encoder.encode(self._said(text, language))

    def question_vectors(self, queries: Sequence[tuple[str, str]]) -> tuple[Vectors, Vectors]:
        """What the sentence encoder and the static model make of each (text, language), as a search would: two arrays of
        unit vectors (queries, dimensions), comparable across languages."""
        said = [self._said(text, language) for text, language in queries]
        known = self._asker.languages
        spelt = [
            normalise_question(text) if language_of(language) in known else glossed
            for (text, language), glossed in zip(queries, said, strict=True)
        ]
        return self._encoder.encode_all(said), self._asker.static.encode(spelt)

    def retrievers(self) -> tuple[str, ...]:
        """What `rank` takes."""
        return (*ALONE, "rrf", "fusion")

    def rank(
        self, text: str, locale: str, *, by: str, articles_in: str | None = None, limit: int = 10
    ) -> list[tuple[str, float]]:
        """Ids and scores of the articles that one retriever alone, reciprocal-rank fusion (`rrf`) or the fusion that
        `search` uses puts first, of the question's own language or of `articles_in`; for evaluation. Empty where the
        index has no article in it."""
        index = self._index(articles_in or locale)
        if index is None:
            return []
        found = self._ask(index, normalise_question(text), language_of(locale))
        scores = alone(found.evidence, by)
        return [(index.article_ids[at], float(scores[at])) for at in best_articles(scores, limit)]

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

    def relearnt(self, labels: Sequence[LabelledQuery]) -> Self:
        """The same index with its confidence refined by these labels and no others; this one stays as it is."""
        other = copy.copy(self)
        indexes = list(self._indexes.values())
        other._models = relearnt(indexes, self._models, self._asker, self._encoder.encode_many, labels)
        return other

    @property
    def precision(self) -> float:
        """The share of confident answers that has to be right."""
        return self._precision

    def at_precision(self, precision: float) -> Self:
        """The same index with another share of confident answers that has to be right; this one stays as it is."""
        other = copy.copy(self)
        other._precision = precision
        return other

    def thresholds(self, precision: float | None = None) -> dict[str, float]:
        """By locale: the confidence from which it answers, to be right that often (2: never)."""
        wanted = self._precision if precision is None else precision
        return {locale: model.threshold(wanted) for locale, model in self._models.own.items()}

    def status(self) -> IndexStatus:
        return IndexStatus(
            index_dir=self._index_dir,
            created_at=self._manifest.created_at,
            source=self._manifest.source,
            encoder=self._manifest.encoder,
            locales=dict(self._manifest.locales),
            skipped=tuple(f"{each.place}: {each.reason}" for each in self._manifest.skipped),
        )

    def _index(self, locale: str) -> LocaleIndex | None:
        """That of the locale or, where there is none, of its language."""
        return self._indexes.get(locale) or next(
            (each for each in self._indexes.values() if each.language == language_of(locale)), None
        )

    def _elsewhere(self, own: tuple[str, ...]) -> list[tuple[LocaleIndex, frozenset[int]]]:
        """Other locales that have articles which none of `own` has, with the numbers of those that one of them has."""
        found = self._only_elsewhere.get(own)
        if found is None:
            known = {article_id for locale in own for article_id in self._indexes[locale].article_ids}
            found = [
                (index, _numbers(index, known))
                for locale, index in self._indexes.items()
                if locale not in own and not known.issuperset(index.article_ids)
            ]
            self._only_elsewhere[own] = found
        return found

    def _asked(self, text: str, language: str | None) -> str | None:
        if language:
            return language_of(language)
        known = {language_of(each) for each in self._indexes} | set(self._asker.glossaries)
        return guess_language(text, sorted(known))

    def _said(self, text: str, language: str | None) -> str:
        """What the encoder will be given for the question."""
        text = normalise_question(text)
        return self._asker.said(text, self._asked(text, language) or PIVOT)

    def _ask(self, index: LocaleIndex, text: str, asked: str, hidden: frozenset[int] = frozenset()) -> Found:
        weights = weights_for(asked, index.language)
        question = self._asker.question(text, asked, index.language)
        evidence = index.evidence(question, weights, hidden=hidden)
        words = self._asker.said(text, asked) if index.language == PIVOT else text
        if hidden:
            evidence.fused[list(hidden)] = 0
        model = self._models.own.get(index.locale) if asked == index.language else self._models.across
        if model is None or not len(question.grams):
            return Found(index, evidence, weights, words, 0.0, 1.0)
        confidence = model.probability(features(evidence, weights))
        return Found(index, evidence, weights, words, confidence, model.threshold(self._precision))

    def _together(self, found: Sequence[Found], name: str, text: str, limit: int, asked: str | None) -> SearchResult:
        """One list of distinct articles. Fused scores are in standard deviations within their locale, which makes them
        comparable; the question's own language breaks ties and stands for its translations."""
        depth = max(limit, RERANKED) if self._reranker else limit + MOST_RELATED
        ranked: dict[str, tuple[float, bool, Found, int]] = {}
        for each in found:
            native = asked is None or each.index.language == asked
            scale = each.weights.total
            for number in np.argsort(-each.evidence.fused, kind="stable")[:depth]:
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
        order = [
            Candidate(each, number, score)
            for score, _, each, number in sorted(ranked.values(), key=lambda entry: -entry[0])
        ]
        if self._reranker is not None and order:
            order = reranked(self._reranker, text, order)
        hits = tuple(self._hit(each) for each in order[:limit])
        # Topics compete whatever is shown of them.
        near = (*hits, *(bare_hit(each.passage, each.score) for each in order[limit:MOST_TOPICS]))
        best = max(found, key=lambda each: each.confidence, default=None)
        confidence = best.confidence if best and hits else 0.0
        confident = bool(hits) and any(each.confident for each in found)
        verdict = decide(
            confidence,
            near,
            answer_from=best.threshold if best else 1.0,
            person_below=min(person_below(self._precision), best.threshold) if best else 1.0,
        )
        further = (named(each) for each in order[limit : limit + MOST_RELATED])
        linked = (*self._linked(hits[0]), *further) if hits else ()
        return SearchResult(
            confident=confident,
            confidence=confidence,
            language=name,
            hits=hits,
            other_language=bool(hits) and asked is not None and language_of(hits[0].locale) != asked,
            decision=verdict.decision,
            topics=verdict.topics,
            related=related(linked, (), shown={hit.article_id for hit in hits}),
            answers_from=best.threshold if best else 1.0,
        )

    def _hit(self, candidate: Candidate) -> SearchHit:
        passage, found = candidate.passage, candidate.found
        shown = excerpt(
            passage.text,
            frozenset(terms(found.words, found.index.language)),
            found.index.language,
            markdown=passage.markdown,
            context=" ".join((passage.title, *passage.heading_path)),
        )
        return replace(
            bare_hit(passage, candidate.score),
            snippet=shown.text,
            html=passage.html,
            highlights=shown.highlights,
            steps=shown.steps,
            code=shown.code,
            continues=shown.continues,
        )

    def _linked(self, hit: SearchHit) -> tuple[Related, ...]:
        """Articles that the hit's passage links to, in its order."""
        linked = (self._by_url.get((hit.locale, url)) for url in dict.fromkeys(_LINK.findall(hit.html)))
        return tuple(Related(each.id, each.title, each.url, each.locale) for each in linked if each is not None)


def _numbers(index: LocaleIndex, article_ids: set[str]) -> frozenset[int]:
    return frozenset(at for at, article_id in enumerate(index.article_ids) if article_id in article_ids)
