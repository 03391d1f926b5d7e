"""What an index learns from its articles: glossaries, the static model, the confidence; and when that has to be done anew.

Learning takes most of a build's time, and an edited article changes next to nothing of what was learnt. So the models are
kept until the content has drifted: until the share of passages that are new or gone since the training passes
`MOST_DRIFT`. Measured on a help center of 453 articles in three languages, docs/benchmarks.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Passage
from knowledge_base.embedding import Progress, VectorCache, Vectors
from knowledge_base.glossary import PIVOT, Glossary, lexicon_languages
from knowledge_base.locale_index import EncoderRows, dense_text
from knowledge_base.parallel import by_article, parallel_passages, parallel_segments
from knowledge_base.static_model import StaticModel
from knowledge_base.static_training import train_static_model
from knowledge_base.text import language_of
from knowledge_base.vectors import build_passage_index

MOST_DRIFT = 0.1

ByLocale = Mapping[str, Sequence[Passage]]


def passage_digests(by_locale: ByLocale) -> tuple[str, ...]:
    """One a passage, of its words, sorted."""
    return tuple(
        sorted(
            hashlib.blake2b(f"{locale}\0{dense_text(each)}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            for locale, passages in by_locale.items()
            for each in passages
        )
    )


def drift(trained: Sequence[str], now: Sequence[str]) -> float:
    """The share of passages that are new or gone since the training, in [0, 1]."""
    before, after = set(trained), set(now)
    return 1 - len(before & after) / max(len(before), len(after), 1)


def learn_glossaries(by_locale: ByLocale) -> dict[str, Glossary]:
    """A glossary for each language but English: of the articles', from their English versions; of the lexicon's, also
    where no article is written in it, for questions."""
    english = [passages for locale, passages in by_locale.items() if language_of(locale) == PIVOT]
    learnt: dict[str, Glossary] = {}
    for locale, passages in by_locale.items():
        language = language_of(locale)
        if language != PIVOT and language not in learnt:
            segments = [each for other in english for each in parallel_segments(passages, other)]
            learnt[language] = Glossary.learn(language, segments)
    for language in lexicon_languages():
        if language not in learnt:
            learnt[language] = Glossary.learn(language)
    return learnt


@dataclass(frozen=True, slots=True)
class Encoded:
    """The encoder's vectors of a locale: of rows that speak for its articles, and of its titles."""

    vectors: Vectors
    articles: npt.NDArray[np.int32]
    passages: npt.NDArray[np.int32]
    heads: Vectors

    def rows(self, store: str) -> EncoderRows:
        return EncoderRows(build_passage_index(self.vectors, store=store), self.articles, self.passages)


def encode_all(
    by_locale: ByLocale, vectors: VectorCache, glossaries: Mapping[str, Glossary], progress: Progress
) -> dict[str, Encoded]:
    """What the encoder makes of each locale. A locale that has a glossary borrows, article by article, the vectors of
    the English version, which the encoder reads best; an article without one is glossed."""
    english = next((passages for locale, passages in by_locale.items() if language_of(locale) == PIVOT), ())
    english_articles = by_article(english)
    plans = {
        locale: _plan(passages, language_of(locale), english, english_articles, glossaries)
        for locale, passages in by_locale.items()
    }
    # All at once: texts of one length share a batch, and the bar has one end.
    every = [text for plan in plans.values() for text in (*plan.texts, *plan.heads)]
    encoded = vectors.encode(every, progress=progress)
    found: dict[str, Encoded] = {}
    at = 0
    for locale, plan in plans.items():
        rows, heads = len(plan.texts), len(plan.heads)
        found[locale] = Encoded(
            vectors=encoded[at : at + rows],
            articles=np.array(plan.articles, dtype=np.int32),
            passages=np.array(plan.passages, dtype=np.int32),
            heads=encoded[at + rows : at + rows + heads],
        )
        at += rows + heads
    return found


@dataclass(slots=True)
class _Plan:
    texts: list[str]
    articles: list[int]
    passages: list[int]
    heads: list[str]


def _plan(
    passages: Sequence[Passage],
    language: str,
    english: Sequence[Passage],
    english_articles: Mapping[str, Sequence[int]],
    glossaries: Mapping[str, Glossary],
) -> _Plan:
    plan = _Plan([], [], [], [])
    glossary = glossaries.get(language)
    same = {other: own for own, other in parallel_passages(passages, english).items()} if glossary else {}
    for article, (article_id, numbers) in enumerate(by_article(passages).items()):
        borrowed = english_articles.get(article_id, ()) if glossary else ()
        if borrowed:
            rows = [(dense_text(english[number]), same.get(number, -1)) for number in borrowed]
            plan.heads.append(english[borrowed[0]].title)
        else:
            said = glossary.gloss if glossary else str
            rows = [(said(dense_text(passages[number])), number) for number in numbers]
            plan.heads.append(said(passages[numbers[0]].title))
        plan.texts += [text for text, _ in rows]
        plan.articles += [article] * len(rows)
        plan.passages += [own for _, own in rows]
    return plan


def learn_static(by_locale: ByLocale, encoded: Mapping[str, Encoded], progress: Progress) -> StaticModel:
    """Trained to say of each passage what the encoder says of it or of its English version."""
    texts: list[str] = []
    targets: list[npt.NDArray[np.float32]] = []
    for locale, passages in by_locale.items():
        rows = encoded[locale]
        for row in np.flatnonzero(rows.passages >= 0):
            texts.append(dense_text(passages[rows.passages[row]]))
            targets.append(rows.vectors[row])
    return train_static_model(
        by_locale,
        texts,
        np.array(targets, dtype=np.float32),
        progress=lambda done, total: progress("train", done, total),
    )
