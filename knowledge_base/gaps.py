"""What customers ask and the help center does not answer: past questions, gathered by topic.

Questions are grouped within their language, because a lead writes an article in one language and reads its examples in it,
and because a gloss lies apart from the question that it stands for: one threshold for all languages would either tear a
topic apart or throw two together. Groups of different languages that ask the same are then joined to one topic.

Pure: it reads past questions and an index, and writes nothing. `GapCluster.nearest` is what the search finds for them. It is
no answer, or these would not be gaps: its confidence, measured over the questions of the cluster, lies below what the
copilot answers from.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.encoders.base import Vectors
from knowledge_base.gap_clusters import groups_of
from knowledge_base.gap_labels import telling_terms
from knowledge_base.gap_vectors import centred, joined, unit, word_vectors
from knowledge_base.results import SearchResult
from knowledge_base.text import fold, language_of, terms

LEAST = 3
"""Distinct questions from which on a group is a topic: two may be one customer who asked again."""
MOST_QUESTIONS = 20_000
"""A language; of more the newest are taken. Beyond it the similarities alone take minutes."""
EXAMPLES = 5

# Tuned on half of the hidden topics of a help center with a tenth of its articles taken out (tools/bench/gaps.py).
DENSE_WEIGHT, STATIC_WEIGHT, WORDS_WEIGHT = 0.5, 0.2, 0.3
ALIKE = 0.32
"""The least mean likeness of two groups that become one."""
SAME_TOPIC = 0.55
"""The least likeness of the middles of two groups of different languages that are one topic."""


class Asked(Protocol):
    """What of a `KnowledgeBase` is needed."""

    def search_many(self, queries: Sequence[tuple[str, str | None]], *, limit: int = 3) -> list[SearchResult]: ...
    def question_vectors(self, queries: Sequence[tuple[str, str]]) -> tuple[Vectors, Vectors]: ...


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that was not answered. `at`: when it was asked; `language`: as the conversation's; `useless`: ids of
    articles that were shown for it and did not help."""

    id: str
    text: str
    language: str
    at: dt.datetime
    useless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The article that the search finds first for most questions of a cluster. Never an answer to them."""

    article_id: str
    locale: str
    title: str
    url: str
    confidence: float
    """The median over the cluster's questions, each with its own first article."""
    answers_from: float
    """The confidence from which the copilot would have answered."""
    share: float
    """Of the cluster's questions that find this article first."""


@dataclass(frozen=True, slots=True)
class GapCluster:
    """A topic that is asked about in one language. Questions are named by their ids, the most central first."""

    topic: str
    """Shared with the clusters of other languages that ask the same; the smallest question id among them."""
    language: str
    terms: tuple[str, ...]
    """What tells it from the other clusters, as customers spell it."""
    questions: tuple[str, ...]
    examples: tuple[str, ...]
    """Ids of the most central questions with different words."""
    size: int
    """Times asked in the period."""
    before: int
    """Times asked in the period before it."""
    nearest: Nearest | None

    @property
    def trend(self) -> float | None:
        """How much more it is asked than before: .5 is half again as often; None where it was not asked before."""
        return (self.size - self.before) / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Largest cluster first. `alone`: questions like no other; `answered`: those that the index answers by now."""

    clusters: tuple[GapCluster, ...]
    questions: int
    alone: int
    answered: tuple[str, ...]


def find_gaps(
    kb: Asked,
    questions: Sequence[OpenQuestion],
    *,
    since: dt.datetime | None = None,
    least: int = LEAST,
    alike: float = ALIKE,
) -> Gaps:
    """Clusters of `questions`, which the index `kb` is asked again: what it answers now is no gap any more.

    `since`: where the period begins; what was asked before it counts as the period before. Without it all are of the
    period. Nearly all of the time goes to the search and the encoder.
    """
    results = kb.search_many([(each.text, each.language) for each in questions], limit=1)
    by_id = {each.id: result for each, result in zip(questions, results, strict=True)}
    answered = tuple(each.id for each in questions if _answers(by_id[each.id], each))
    gone = frozenset(answered)
    # Without a word that tells, a question is about nothing.
    open_ = [
        at for at, each in enumerate(questions) if each.id not in gone and terms(each.text, language_of(each.language))
    ]
    by_language: dict[str, list[int]] = defaultdict(list)
    for at in open_:
        by_language[language_of(questions[at].language)].append(at)
    found: list[GapCluster] = []
    middles: list[Vectors] = []
    for language, places in sorted(by_language.items()):
        newest = sorted(places, key=lambda at: questions[at].at, reverse=True)[:MOST_QUESTIONS]
        for cluster, middle in _of_language(kb, language, [questions[at] for at in newest], since, least, alike):
            found.append(cluster)
            middles.append(middle)
    clusters = [replace(each, nearest=_nearest(by_id, each.questions)) for each in found]
    clusters = _joined_across(clusters, middles)
    clusters.sort(key=lambda each: (-each.size, -each.before, each.language, each.topic))
    held = sum(len(each.questions) for each in clusters)
    return Gaps(tuple(clusters), len(questions), len(open_) - held, answered)


def _of_language(
    kb: Asked,
    language: str,
    questions: Sequence[OpenQuestion],
    since: dt.datetime | None,
    least: int,
    alike: float,
) -> list[tuple[GapCluster, Vectors]]:
    """The clusters of one language, each with its middle in the space that languages share."""
    distinct: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(questions):
        distinct[" ".join(fold(each.text).split())].append(at)
    asked = list(distinct.values())
    texts = [questions[places[0]].text for places in asked]
    dense, static = (centred(each) for each in kb.question_vectors([(text, language) for text in texts]))
    vectors = joined([(dense, DENSE_WEIGHT), (static, STATIC_WEIGHT), (word_vectors(texts, language), WORDS_WEIGHT)])
    groups = [group for group in groups_of(vectors, alike=alike) if len(group) >= least]
    said_of = telling_terms([[texts[at] for at in group] for group in groups], texts, language)
    shared = joined([(dense, 0.5), (static, 0.5)])
    found = []
    for group, said in zip(groups, said_of, strict=True):
        order = _central_first(vectors, group)
        members = [questions[at] for row in order for at in asked[row]]
        times = Counter(since is None or each.at >= since for each in members)
        cluster = GapCluster(
            topic=min(each.id for each in members),
            language=language,
            terms=said,
            questions=tuple(each.id for each in members),
            examples=tuple(questions[asked[row][0]].id for row in _unlike(vectors, order)),
            size=times[True],
            before=times[False],
            nearest=None,
        )
        found.append((cluster, unit(shared[group].mean(axis=0, keepdims=True))[0]))
    return found


def _central_first(vectors: Vectors, group: Sequence[int]) -> list[int]:
    own = vectors[list(group)]
    central = own @ own.mean(axis=0)
    return [group[at] for at in np.argsort(-central, kind="stable")]


def _unlike(vectors: Vectors, order: Sequence[int]) -> list[int]:
    """The first few of `order` that do not say nearly the same as one before them."""
    chosen: list[int] = []
    for row in order:
        if len(chosen) == EXAMPLES:
            break
        if not chosen or float((vectors[chosen] @ vectors[row]).max()) < 0.85:
            chosen.append(row)
    return chosen


def _answers(result: SearchResult, question: OpenQuestion) -> bool:
    """Whether the index answers it by now: with confidence, and with another article than did not help before."""
    return result.confident and result.hits[0].article_id not in question.useless


def _nearest(results: dict[str, SearchResult], questions: Sequence[str]) -> Nearest | None:
    # What would be answered and did not help is no suggestion: it is what misled.
    unsure = [results[each] for each in questions if results[each].hits and not results[each].confident]
    first = [(each.hits[0], each) for each in unsure]
    if not first:
        return None
    counts = Counter(hit.article_id for hit, _ in first)
    most = counts.most_common(1)[0][0]
    hit = next(hit for hit, _ in first if hit.article_id == most)
    return Nearest(
        article_id=hit.article_id,
        locale=hit.locale,
        title=hit.title,
        url=hit.url.partition("#")[0],
        confidence=float(np.median([result.confidence for _, result in first])),
        answers_from=float(np.median([result.answers_from for _, result in first])),
        share=counts[most] / len(first),
    )


def _joined_across(clusters: Sequence[GapCluster], middles: Sequence[Vectors]) -> list[GapCluster]:
    """Clusters of different languages that ask the same get one topic; of each language at most one, the nearest."""
    if not clusters:
        return []
    likeness = np.stack(middles) @ np.stack(middles).T
    pairs: npt.NDArray[np.int64] = np.argwhere(np.triu(likeness, 1) >= SAME_TOPIC)
    order = np.argsort(-likeness[pairs[:, 0], pairs[:, 1]], kind="stable")
    group_of = {at: {at} for at in range(len(clusters))}
    for one, other in pairs[order].tolist():
        ours, theirs = group_of[one], group_of[other]
        if ours is theirs or {clusters[at].language for at in ours} & {clusters[at].language for at in theirs}:
            continue
        ours |= theirs
        for at in theirs:
            group_of[at] = ours
    return [replace(each, topic=min(clusters[at].topic for at in group_of[n])) for n, each in enumerate(clusters)]
