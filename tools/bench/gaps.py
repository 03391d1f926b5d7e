"""`python -m tools.bench gaps --index DIR --questions FILE`: do hidden topics become clusters of their own?

`--index`: built without the hidden articles. `--questions`: a JSON object a line, `{id, locale, query, topic}`; `topic` is
the hidden article that the question asks about, empty for any other question; `tuned`: true where the thresholds were chosen
by that topic. Nobody complains and nobody is content: an answer that the index gives with confidence counts as taken.

Without them: the topics that the demonstration's customers ask about in vain, among the labelled questions of the sample help
center.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.gaps import LEAST, Asked, GapCluster, OpenQuestion, find_gaps
from knowledge_base.options import Options
from knowledge_base.results import SearchResult
from tools.bench.corpora import SAMPLE, help_centers
from tools.bench.machine import ROOT
from tools.bench.processes import BenchError

PURITY = 0.8


class BenchQuestion(BaseModel):
    """`topic`: the hidden one that it asks about, or none."""

    id: str
    locale: str
    query: str
    topic: str = ""
    tuned: bool = False


class Found(BaseModel):
    """Of these topics, how many have a cluster of their own: at least `LEAST` of its questions, and `PURITY` of it. `pairs`
    are a topic in a language; `held`: the share of the topics' questions in such clusters."""

    topics: int
    own: int
    pairs: int
    own_pairs: int
    held: float


class GapsMeasured(BaseModel):
    """`about`: questions about hidden topics; `answered`: of these, answered with confidence by another article; `listed`:
    clusters found, `hidden`: of these of a hidden topic. `claims`: nearest articles at or above what is answered from.
    `seconds`: of CPU, the search and the encoder included; 0 where what they found was kept from an earlier run."""

    name: str
    questions: int
    about: int
    answered: int
    listed: int
    hidden: int
    purity: float
    claims: int
    every: Found
    held_out: Found | None
    seconds: float


def measure(index: Path | None = None, questions: Path | None = None) -> GapsMeasured:
    """Of the given index and questions, or the small run where none are."""
    if (index is None) != (questions is None):
        raise BenchError("--index and --questions belong together: give both, or none")
    if index is None or questions is None:
        center = next(each for each in help_centers() if each.name == SAMPLE)
        index, asked, name = center.index, built_in(), "demonstration"
    else:
        lines = questions.read_text(encoding="utf-8").splitlines()
        asked, name = [BenchQuestion.model_validate_json(line) for line in lines if line.strip()], questions.stem
    try:
        kb = Options().open(index)
    except KnowledgeBaseError as error:
        raise BenchError(f"{error} (`python -m tools.bench retrieval` leaves one of the sample help center)") from None
    return measured(name, kb, asked)


def built_in(data: Path = ROOT / "data") -> list[BenchQuestion]:
    found = [
        BenchQuestion(id=f"{gap['id']}-{locale}-{n}", locale=locale, query=query, topic=gap["id"])
        for gap in yaml.safe_load((data / "demo" / "gaps.yml").read_text(encoding="utf-8"))
        for locale, queries in gap["questions"].items()
        for n, query in enumerate(queries)
    ]
    lines = (data / "evaluation" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return found + [
        BenchQuestion(id=each["id"], locale=each["locale"], query=each["query"]) for each in map(json.loads, lines)
    ]


class _Asked:
    """Asked once: the past and the gathering find the same, as the index is the same."""

    def __init__(self, kb: Asked, results: list[SearchResult]) -> None:
        self._results = results
        self.question_vectors = kb.question_vectors
        self.article = kb.article

    def search_many(self, queries: Sequence[tuple[str, str | None]], *, limit: int = 3) -> list[SearchResult]:
        return self._results


def measured(name: str, kb: Asked, asked: Sequence[BenchQuestion]) -> GapsMeasured:
    began = time.process_time()
    results = kb.search_many([(each.query, each.locale) for each in asked], limit=1)
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    questions = [
        OpenQuestion(
            each.id,
            each.query,
            each.locale,
            now,
            answered_by=frozenset(hit.article_id for hit in result.hits if result.confident),
        )
        for each, result in zip(asked, results, strict=True)
    ]
    found = find_gaps(_Asked(kb, results), questions)
    seconds = time.process_time() - began
    pure = own_clusters(found.clusters, asked)
    about = [each for each in asked if each.topic]
    answered = sum(bool(each.topic) and result.confident for each, result in zip(asked, results, strict=True))
    nearest = [each.nearest for each in found.clusters if each.nearest]
    held_out = [each for each in about if not each.tuned]
    return GapsMeasured(
        name=name,
        questions=len(asked),
        about=len(about),
        answered=answered,
        listed=len(found.clusters),
        hidden=len(pure),
        purity=sum(share for *_, share in pure) / max(len(pure), 1),
        claims=sum(each.confidence >= each.answers_from for each in nearest),
        every=found_of(pure, about),
        held_out=found_of(pure, held_out) if len(held_out) < len(about) else None,
        seconds=round(seconds, 1),
    )


def own_clusters(clusters: Iterable[GapCluster], asked: Sequence[BenchQuestion]) -> list[tuple[str, str, int, float]]:
    """Topic, language, questions of the topic, and their share, of each cluster that is one topic's own."""
    topic_of = {each.id: each.topic for each in asked}
    found = []
    for cluster in clusters:
        topic, count = Counter(topic_of[each] for each in cluster.questions).most_common(1)[0]
        if topic and count >= LEAST and count >= PURITY * len(cluster.questions):
            found.append((topic, cluster.language, count, count / len(cluster.questions)))
    return found


def found_of(pure: Iterable[tuple[str, str, int, float]], about: Sequence[BenchQuestion]) -> Found:
    wanted = {each.topic for each in about}
    held: dict[tuple[str, str], int] = defaultdict(int)
    for topic, language, count, _ in pure:
        if topic in wanted:
            held[topic, language] += count
    return Found(
        topics=len(wanted),
        own=len({topic for topic, _ in held}),
        pairs=len({(each.topic, each.locale) for each in about}),
        own_pairs=len(held),
        held=sum(held.values()) / max(len(about), 1),
    )
