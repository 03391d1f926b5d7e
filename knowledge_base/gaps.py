"""What customers ask and the help center does not answer: past questions, gathered by topic.

Questions are grouped within their language, because a lead writes an article in one language and reads its examples in it,
and because a gloss lies apart from the question that it stands for: one threshold for all languages would either tear a
topic apart or throw two together. Groups of different languages that ask the same are then joined to one topic.

Not only what stayed unanswered: beside existing articles the search takes every second question about something new for
answered, by a sibling, and customers seldom say that it was not. So an answer counts as doubtful where the article lacks the
customer's words (`gap_doubts`), and a topic of such questions is one where together they lack them and nobody said that it
helped. What a newer index answers, and did not before, is taken at its word.

Pure: it reads past questions and an index, and writes nothing. `GapCluster.nearest` is what the search finds for them. It is
no answer, or these would not be gaps: its confidence, measured over the questions of the cluster, lies below what the
copilot answers from.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Article
from knowledge_base.encoders.base import Vectors
from knowledge_base.gap_clusters import groups_by_level, with_the_alone
from knowledge_base.gap_doubts import uncovered
from knowledge_base.gap_labels import telling_terms
from knowledge_base.gap_vectors import centred, joined, unit, word_vectors
from knowledge_base.results import SearchResult
from knowledge_base.text import fold, language_of, terms

LEAST = 3
"""Distinct questions from which on a group is a topic: two may be one customer who asked again."""
MOST_QUESTIONS = 20_000
"""A language; of more the newest are taken. Beyond it the similarities alone take minutes."""
EXAMPLES = 5

# Tuned on a help center with a tenth of its articles taken out, on half of the hidden topics and on two other tenths of it
# (tools/bench/gaps.py); docs/gaps.md has the figures of both halves.
DENSE_WEIGHT, STATIC_WEIGHT, WORDS_WEIGHT = 0.5, 0.2, 0.3
ALIKE = (0.58, 0.5, 0.42, 0.32)
"""The least mean likeness of two groups that become one: first strictly; what is left over then with less, where the groups
found before cannot be drawn in any more. Begun at .42, a topic beside a near twin becomes one group with it; ended there,
questions in customers' own words stay alone."""
JOINS = 0.42
"""The least mean likeness of a question that was left alone to the group that it joins after all: a new question of a known
topic. With less, groups are no longer of one topic."""
DOUBTFUL = 0.3
"""Share of a question's words that are not in the article that answered it, from which the answer is in doubt."""
LACKING = 0.3
"""The least mean share over a topic's questions where most of them were answered."""
HELPED = 0.2
"""Share of a topic's answered questions of which customers said that it helped, from which none of them is in doubt."""
SAME_TOPIC = 0.55
"""The least likeness of the middles of two groups of different languages that are one topic."""


class Asked(Protocol):
    """What of a `KnowledgeBase` is needed."""

    def search_many(self, queries: Sequence[tuple[str, str | None]], *, limit: int = 3) -> list[SearchResult]: ...
    def question_vectors(self, queries: Sequence[tuple[str, str]]) -> tuple[Vectors, Vectors]: ...
    def article(self, article_id: str, locale: str) -> Article | None: ...


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question of the past. `at`: when it was asked; `language`: as the conversation's; `useless`: ids of articles that
    were shown for it and did not help; `answered_by`: of those that it was answered with, nobody complaining; `helped`: the
    customer said so."""

    id: str
    text: str
    language: str
    at: dt.datetime
    useless: frozenset[str] = frozenset()
    answered_by: frozenset[str] = frozenset()
    helped: bool = False


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
    doubted: int = 0
    """Of its questions, answered with confidence by an article that lacks their words."""

    @property
    def trend(self) -> float | None:
        """How much more it is asked than before: .5 is half again as often; None where it was not asked before."""
        return (self.size - self.before) / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Largest cluster first. `questions`: those without an answer to rely on; `alone`: of these, like no other; `answered`:
    those that the index answers by now, as it may have done when they were asked."""

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
    alike: Sequence[float] = ALIKE,
) -> Gaps:
    """Clusters of those of `questions`, asked again of the index `kb`, that it does not answer, or in doubt.

    `since`: where the period begins; what was asked before it counts as the period before. Without it all are of the
    period. Nearly all of the time goes to the search and the encoder.
    """
    results = kb.search_many([(each.text, each.language) for each in questions], limit=1)
    by_id = {each.id: result for each, result in zip(questions, results, strict=True)}
    first = [(result.hits[0].article_id, result.hits[0].locale) if result.hits else None for result in results]
    lacking = uncovered([(each.text, each.language) for each in questions], first, kb.article)
    states = [_state(result, each, share) for each, result, share in zip(questions, results, lacking, strict=True)]
    by_language: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(questions):
        # Without a word that tells, a question is about nothing.
        if states[at] is not _State.ANSWERED and terms(each.text, language_of(each.language)):
            by_language[language_of(each.language)].append(at)
    found: list[GapCluster] = []
    middles: list[Vectors] = []
    for language, places in sorted(by_language.items()):
        newest = sorted(places, key=lambda at: questions[at].at, reverse=True)[:MOST_QUESTIONS]
        rows = [_Row(questions[at], states[at], float(lacking[at])) for at in newest]
        for cluster, middle in _of_language(kb, language, rows, since, least, alike):
            found.append(cluster)
            middles.append(middle)
    clusters = [replace(each, nearest=_nearest(by_id, each.questions)) for each in found]
    clusters = _joined_across(clusters, middles)
    clusters.sort(key=lambda each: (-each.size, -each.before, each.language, each.topic))
    held = {question for each in clusters for question in each.questions}
    open_ = {questions[at].id for places in by_language.values() for at in places if states[at] is _State.OPEN}
    answered = (each.id for each, state in zip(questions, states, strict=True) if state is not _State.OPEN)
    return Gaps(
        tuple(clusters), len(held | open_), len(open_ - held), tuple(each for each in answered if each not in held)
    )


class _State(enum.Enum):
    OPEN = enum.auto()
    DOUBTED = enum.auto()
    """Answered as it was then, by an article that lacks its words."""
    HELPED = enum.auto()
    """The same, and its customer was content."""
    ANSWERED = enum.auto()


@dataclass(frozen=True, slots=True)
class _Row:
    question: OpenQuestion
    state: _State
    lacking: float


def _state(result: SearchResult, question: OpenQuestion, lacking: float) -> _State:
    if not result.confident or result.hits[0].article_id in question.useless:
        return _State.OPEN
    if result.hits[0].article_id not in question.answered_by or lacking < DOUBTFUL:
        return _State.ANSWERED
    return _State.HELPED if question.helped else _State.DOUBTED


def _of_language(
    kb: Asked,
    language: str,
    rows: Sequence[_Row],
    since: dt.datetime | None,
    least: int,
    alike: Sequence[float],
) -> list[tuple[GapCluster, Vectors]]:
    """The clusters of one language, each with its middle in the space that languages share."""
    distinct: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        distinct[" ".join(fold(row.question.text).split())].append(at)
    asked = list(distinct.values())
    texts = [rows[places[0]].question.text for places in asked]
    dense, static = (centred(each) for each in kb.question_vectors([(text, language) for text in texts]))
    vectors = joined([(dense, DENSE_WEIGHT), (static, STATIC_WEIGHT), (word_vectors(texts, language), WORDS_WEIGHT)])
    groups: list[tuple[list[int], list[_Row]]] = []
    for group in with_the_alone(vectors, groups_by_level(vectors, alike, least), JOINS):
        kept = _in_doubt([rows[at] for place in group for at in asked[place]])
        # By identity: the same question is the same row.
        held = {id(row) for row in kept}
        places = [place for place in group if any(id(rows[at]) in held for at in asked[place])]
        if len(places) >= least:
            groups.append((places, kept))
    said_of = telling_terms([[texts[at] for at in group] for group, _ in groups], texts, language)
    shared = joined([(dense, 0.5), (static, 0.5)])
    found = []
    for (group, kept), said in zip(groups, said_of, strict=True):
        order = _central_first(vectors, group)
        held = {id(row) for row in kept}
        members = [rows[at] for place in order for at in asked[place] if id(rows[at]) in held]
        times = Counter(since is None or each.question.at >= since for each in members)
        cluster = GapCluster(
            topic=min(each.question.id for each in members),
            language=language,
            terms=said,
            questions=tuple(each.question.id for each in members),
            examples=tuple(
                next(rows[at].question.id for at in asked[place] if id(rows[at]) in held)
                for place in _unlike(vectors, order)
            ),
            size=times[True],
            before=times[False],
            nearest=None,
            doubted=sum(each.state is _State.DOUBTED for each in members),
        )
        found.append((cluster, unit(shared[group].mean(axis=0, keepdims=True))[0]))
    return found


def _in_doubt(group: Sequence[_Row]) -> list[_Row]:
    """What of a group is a gap: all but the content, or the open ones only where what was answered can be relied on."""
    counts = Counter(each.state for each in group)
    open_, doubted, helped = counts[_State.OPEN], counts[_State.DOUBTED], counts[_State.HELPED]
    lacking = float(np.mean([each.lacking for each in group]))
    relied_on = helped >= HELPED * (doubted + helped) or (lacking < LACKING and open_ < doubted + helped)
    wanted = {_State.OPEN} if relied_on else {_State.OPEN, _State.DOUBTED}
    return [each for each in group if each.state in wanted]


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
