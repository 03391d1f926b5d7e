"""Everything that is searched in one locale: passages, their inverted lists and their vectors, and how a question fares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import faiss
import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Passage
from knowledge_base.embedding import Vectors
from knowledge_base.fusion import Weights, fused
from knowledge_base.lexical import (
    Bm25Weights,
    CosineWeights,
    Numbers,
    Postings,
    Scores,
    bm25_idf,
    bm25_scores,
    cosine_scores,
)
from knowledge_base.text import Keys, gram_keys, language_of, term_keys, terms


def lexical_text(passage: Passage) -> str:
    """What the lexical retrievers count: the title twice, as it says best what the article is about."""
    return "\n".join((passage.title, passage.title, *passage.heading_path, passage.text))


def dense_text(passage: Passage) -> str:
    """What the encoder reads: title and heading path give a section that says "click here" its topic."""
    return "\n".join(part for part in (passage.title, " > ".join(passage.heading_path), passage.text) if part)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready for the articles of one language."""

    terms: Keys
    grams: Keys

    @classmethod
    def of(cls, text: str, language: str) -> Question:
        return cls(terms=np.unique(term_keys(terms(text, language))), grams=gram_keys(text))


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the articles of a locale answer one question; arrays are by article unless said."""

    bm25: Scores
    chars: Scores
    dense: Scores | None
    fused: Scores
    bm25_by_passage: Scores
    chars_by_passage: Scores
    dense_by_passage: Scores | None
    passage_share: Scores
    """The best passage's share of the question's weight (idf) in words it holds, by article."""
    article_share: Scores
    """The same for the article as a whole."""
    title_share: Scores
    """The same for its title."""
    total_idf: float
    unknown_share: float
    """The share of the question's weight in words that no article of the locale holds."""


@dataclass(frozen=True)
class LocaleIndex:
    """Passages of one locale, those of an article next to each other. Reading is safe from any number of threads."""

    locale: str
    passages: tuple[Passage, ...]
    bm25: Postings
    chars: Postings
    titles: Postings
    """Title words by article: tells whether an article is about the question or only mentions it."""
    vectors: faiss.IndexFlatIP = field(repr=False)

    @classmethod
    def build(cls, locale: str, passages: Sequence[Passage], vectors: Vectors) -> LocaleIndex:
        language = language_of(locale)
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors))
        starts = _starts(passages)
        return cls(
            locale=locale,
            passages=tuple(passages),
            bm25=Postings.from_keys(
                [term_keys(terms(lexical_text(each), language)) for each in passages], Bm25Weights()
            ),
            chars=Postings.from_keys([gram_keys(lexical_text(each)) for each in passages], CosineWeights()),
            titles=Postings.from_keys([term_keys(terms(passages[at].title, language)) for at in starts], Bm25Weights()),
            vectors=flat,
        )

    @cached_property
    def starts(self) -> Numbers:
        """The first passage of each article."""
        return _starts(self.passages)

    @cached_property
    def owners(self) -> Numbers:
        """The article (by number) of each passage."""
        lengths = np.diff(np.append(self.starts, len(self.passages)))
        owners: Numbers = np.repeat(np.arange(len(self.starts)), lengths)
        return owners

    @cached_property
    def article_ids(self) -> tuple[str, ...]:
        return tuple(self.passages[at].article_id for at in self.starts)

    @property
    def language(self) -> str:
        return language_of(self.locale)

    def evidence(
        self, question: Question, vector: Vectors | None, weights: Weights, *, hidden: frozenset[int] = frozenset()
    ) -> Evidence:
        """`vector`: the question's, or None where the encoder takes no part. `hidden`: articles (by number) that are
        treated as if they had not been written."""
        hits = self.bm25.hits(question.terms)
        chars = cosine_scores(self.chars, question.grams)
        dense = None if vector is None else self._dense(vector)
        frequency = self.bm25.frequencies(question.terms)
        if hidden:
            gone = np.isin(self.owners, list(hidden))
            hits = hits.without(gone)
            frequency = np.bincount(hits.term, minlength=len(question.terms))
            chars[gone] = 0
            if dense is not None:
                dense[gone] = 0
        bm25 = bm25_scores(self.bm25, hits)
        idf = bm25_idf(frequency, self.bm25.size)
        total = float(idf.sum())
        best_bm25, best_chars = self._best(bm25), self._best(chars)
        best_dense = None if dense is None else self._best(dense)
        share = np.bincount(hits.passage, weights=idf[hits.term], minlength=self.bm25.size).astype(np.float32)
        scale = np.float32(1 / total) if total else np.float32(0)
        return Evidence(
            bm25=best_bm25,
            chars=best_chars,
            dense=best_dense,
            fused=fused(best_bm25, best_chars, best_dense, weights),
            bm25_by_passage=bm25,
            chars_by_passage=chars,
            dense_by_passage=dense,
            passage_share=self._best(share) * scale,
            article_share=self._article_share(hits.term, hits.passage, idf) * scale,
            title_share=self._title_share(question.terms, idf, hidden) * scale,
            total_idf=total,
            unknown_share=float(idf[frequency == 0].sum()) * float(scale),
        )

    def best_passage(self, article: int, evidence: Evidence, weights: Weights) -> int:
        """The passage of an article that answers best: the retrievers' scores, each relative to its best in the article."""
        first = int(self.starts[article])
        last = int(self.starts[article + 1]) if article + 1 < len(self.starts) else len(self.passages)
        total = np.zeros(last - first, dtype=np.float32)
        for scores, weight in (
            (evidence.bm25_by_passage, weights.bm25),
            (evidence.chars_by_passage, weights.chars),
            (evidence.dense_by_passage, weights.dense),
        ):
            if scores is not None and weight:
                part = scores[first:last]
                top = float(part.max())
                if top > 0:
                    total += weight * part / top
        return first + int(np.argmax(total))

    def _best(self, by_passage: Scores) -> Scores:
        best: Scores = np.maximum.reduceat(by_passage, self.starts)
        return best

    def _dense(self, vector: Vectors) -> Scores:
        found, at = self.vectors.search(vector[None, :], len(self.passages))
        scores = np.zeros(len(self.passages), dtype=np.float32)
        scores[at[0]] = found[0]
        return scores

    def _article_share(self, term: Numbers, passage: npt.NDArray[np.int32], idf: Scores) -> Scores:
        pairs = np.unique(term * len(self.starts) + self.owners[passage])
        held, article = np.divmod(pairs, len(self.starts))
        added: Scores = np.bincount(article, weights=idf[held], minlength=len(self.starts)).astype(np.float32)
        return added

    def _title_share(self, keys: Keys, idf: Scores, hidden: frozenset[int]) -> Scores:
        hits = self.titles.hits(keys)
        added: Scores = np.bincount(hits.passage, weights=idf[hits.term], minlength=len(self.starts)).astype(np.float32)
        added[list(hidden)] = 0
        return added


def _starts(passages: Sequence[Passage]) -> Numbers:
    ids = [passage.article_id for passage in passages]
    return np.array([at for at, each in enumerate(ids) if at == 0 or ids[at - 1] != each], dtype=np.int64)


def normalise_question(text: str) -> str:
    """One form a question, whatever its spaces and compatibility characters: the key of the encoder's memory."""
    return " ".join(text.split())[:2000]
