"""Everything that is searched in one locale: passages, their inverted lists and their vectors, and how a question fares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

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
from knowledge_base.vectors import PassageIndex

# Pieces of words that stand in more passages tell nothing: recall is the same without them to the third digit, and of the
# lists that a question touches four fifths are gone.
_STOP_GRAMS = 0.2
# Scores by article of one question, by the retriever's name (that of its weight).
Retrieved = Mapping[str, Scores]


def lexical_text(passage: Passage) -> str:
    """What the lexical retrievers count: the title twice, as it says best what the article is about."""
    return "\n".join((passage.title, passage.title, *passage.names, *passage.heading_path, passage.text))


def dense_text(passage: Passage) -> str:
    """What the encoder reads: title and heading path give a section that says "click here" its topic."""
    parts = (passage.title, *passage.names, " > ".join(passage.heading_path), passage.text)
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready for the articles of one language. A model that takes no part is None."""

    terms: Keys
    grams: Keys
    dense: Callable[[], Vectors] | None = None
    """Gives the encoder's vector, which is waited for only when all else is done."""
    static: Vectors | None = None
    words: int = 0

    @classmethod
    def of(
        cls,
        text: str,
        language: str,
        *,
        dense: Callable[[], Vectors] | None = None,
        static: Vectors | None = None,
        spelt: str | None = None,
    ) -> Question:
        """`spelt`: the words as the articles' language may spell them (a gloss), which the n-grams look for."""
        keys = np.unique(term_keys(terms(text, language)))
        return cls(keys, gram_keys(spelt or text), dense, static, len(text.split()))


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the articles of a locale answer one question; arrays are by article unless said."""

    scores: Retrieved
    fused: Scores
    by_passage: Mapping[str, Scores]
    first_share: float
    """The share of the question's weight (idf) in words that the first article holds."""
    words: int
    """Of the question."""
    unknown_share: float
    """The share of the question's weight in words that no article of the locale holds."""


@dataclass(frozen=True)
class EncoderRows:
    """The sentence encoder's vectors of a locale. An article in a language that the encoder does not know has those of
    its English version, or of a gloss of its passages."""

    index: PassageIndex
    articles: npt.NDArray[np.int32]
    """The article of each row, by number, ascending; each article has a row."""
    passages: npt.NDArray[np.int32]
    """The locale's own passage that a row speaks for; -1 where none does."""

    @cached_property
    def starts(self) -> Numbers:
        starts: Numbers = np.flatnonzero(np.diff(self.articles, prepend=-1))
        return starts


@dataclass(frozen=True)
class LocaleIndex:
    """Passages of one locale, those of an article next to each other. Reading is safe from any number of threads."""

    locale: str
    passages: tuple[Passage, ...]
    bm25: Postings
    chars: Postings
    dense: EncoderRows = field(repr=False)
    heads: PassageIndex = field(repr=False)
    """The encoder's vector of each article's title."""
    static: PassageIndex = field(repr=False)
    """The static model's vector of each passage."""

    @cached_property
    def starts(self) -> Numbers:
        """The first passage of each article."""
        return article_starts(self.passages)

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

    def evidence(self, question: Question, weights: Weights, *, hidden: frozenset[int] = frozenset()) -> Evidence:
        """`hidden`: articles (by number) that are treated as if they had not been written."""
        hits = self.bm25.hits(question.terms)
        frequency = self.bm25.frequencies(question.terms)
        gone = np.isin(self.owners, list(hidden)) if hidden else None
        if gone is not None:
            hits = hits.without(gone)
            frequency = np.bincount(hits.term, minlength=len(question.terms))
        by_passage = {"bm25": bm25_scores(self.bm25, hits), "chars": cosine_scores(self.chars, question.grams)}
        if question.static is not None:
            by_passage["static"] = np.maximum(self.static.scores(question.static[None, :])[0], 0)
        scores = {name: self._best(each) for name, each in by_passage.items()}
        if question.dense is not None:
            vector = question.dense()[None, :]
            rows = np.maximum(self.dense.index.scores(vector)[0], 0)
            scores["dense"] = np.maximum.reduceat(rows, self.dense.starts)
            by_passage["dense"] = self._by_own_passage(rows)
            scores["heads"] = np.maximum(self.heads.scores(vector)[0], 0)
        if gone is not None:
            for each in by_passage.values():
                each[gone] = 0
            for each in scores.values():
                each[list(hidden)] = 0
        total = fused(scores, weights)
        idf = bm25_idf(frequency, self.bm25.size)
        weight = float(idf.sum()) or 1.0
        held = np.unique(hits.term[self.owners[hits.passage] == int(np.argmax(total))])
        return Evidence(
            scores=scores,
            fused=total,
            by_passage=by_passage,
            first_share=float(idf[held].sum()) / weight,
            words=question.words,
            unknown_share=float(idf[frequency == 0].sum()) / weight,
        )

    def best_passage(self, article: int, evidence: Evidence, weights: Weights) -> int:
        """The passage of an article that answers best: the retrievers' scores, each relative to its best in the article."""
        first = int(self.starts[article])
        last = int(self.starts[article + 1]) if article + 1 < len(self.starts) else len(self.passages)
        total = np.zeros(last - first, dtype=np.float32)
        for name, scores in evidence.by_passage.items():
            part = scores[first:last]
            top = float(part.max())
            if top > 0:
                total += getattr(weights, name) * part / top
        return first + int(np.argmax(total))

    def _by_own_passage(self, rows: Scores) -> Scores:
        scores = np.zeros(len(self.passages), dtype=np.float32)
        own = self.dense.passages >= 0
        scores[self.dense.passages[own]] = rows[own]
        return scores

    def _best(self, by_passage: Scores) -> Scores:
        best: Scores = np.maximum.reduceat(by_passage, self.starts)
        return best


def lexical_lists(locale: str, passages: Sequence[Passage]) -> tuple[Postings, Postings]:
    """Words, and character n-grams."""
    language = language_of(locale)
    return (
        Postings.from_keys([term_keys(terms(lexical_text(each), language)) for each in passages], Bm25Weights()),
        Postings.from_keys([gram_keys(lexical_text(each)) for each in passages], CosineWeights(), most=_STOP_GRAMS),
    )


def article_starts(passages: Sequence[Passage]) -> Numbers:
    ids = [passage.article_id for passage in passages]
    return np.array([at for at, each in enumerate(ids) if at == 0 or ids[at - 1] != each], dtype=np.int64)


def normalise_question(text: str) -> str:
    """One form a question, whatever its spaces and compatibility characters: the key of the encoder's memory."""
    return " ".join(text.split())[:2000]
