"""Past questions asked of two indexes, the one in use and a candidate: what customers would see change if it were
published."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from knowledge_base.queries import LabelledQuery
from knowledge_base.results import SearchResult
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import fold

SHOWN = 3
"""Articles that a customer sees."""


class PastQuestion(BaseModel):
    """What was asked, and how often; `relevant` where somebody knows the articles that answer it."""

    model_config = ConfigDict(frozen=True)

    id: str
    query: str
    locale: str = ""
    times: int = 1
    relevant: tuple[str, ...] = ()


class ChangeKind(enum.StrEnum):
    """In the order in which they should worry."""

    NO_LONGER_ANSWERED = "no_longer_answered"
    NEWLY_ANSWERED = "newly_answered"
    OTHER_FIRST = "other_first"
    """Another article comes first, or the same one in another language."""
    OTHER_THREE = "other_three"
    """The first article is the same, the second or third is not."""


class ShownArticle(BaseModel):
    model_config = ConfigDict(frozen=True)

    article_id: str
    locale: str
    title: str


class Side(BaseModel):
    """How one index answers: the first three articles, best first."""

    confident: bool
    confidence: float
    decision: str
    articles: tuple[ShownArticle, ...]


class Change(BaseModel):
    """A question that would be answered differently."""

    id: str
    query: str
    locale: str
    times: int
    kinds: tuple[ChangeKind, ...]
    """Whether it is answered, and which articles: at most one of each pair."""
    before: Side
    after: Side


class ArticleMoved(BaseModel):
    """An article that is among the first three of more, or of fewer, questions."""

    article_id: str
    locale: str
    title: str
    questions: int


class Replay(BaseModel):
    """`questions` are distinct; `asked` counts each as often as it was asked. Counts of changes are of questions."""

    questions: int
    asked: int
    answered_before: int
    answered_after: int
    no_longer_answered: int
    newly_answered: int
    other_first: int
    other_three: int
    unchanged: int
    right_before: int | None = None
    """Questions whose relevant article is among the first three; None where no question says which is."""
    right_after: int | None = None
    appeared: list[ArticleMoved]
    """In the first three where they were not before, most questions first."""
    disappeared: list[ArticleMoved]
    changes: list[Change]
    """The most worrying first; of one kind, what was asked most."""


def past_questions(asked: Iterable[LabelledQuery]) -> list[PastQuestion]:
    """The distinct questions, in their first order, with how often each was asked: letter case, accents and spaces make no
    difference, the language does."""
    found: dict[tuple[str, str], PastQuestion] = {}
    for each in asked:
        key = (each.locale, " ".join(fold(each.query).split()))
        held = found.get(key)
        if held is None:
            found[key] = PastQuestion(id=each.id, query=each.query, locale=each.locale, relevant=each.relevant)
        else:
            relevant = tuple(dict.fromkeys((*held.relevant, *each.relevant)))
            found[key] = held.model_copy(update={"times": held.times + 1, "relevant": relevant})
    return list(found.values())


def replay(
    current: KnowledgeBase,
    candidate: KnowledgeBase,
    questions: Sequence[PastQuestion],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Asks each question of both, as a customer would."""
    pairs: list[tuple[PastQuestion, Side, Side]] = []
    for done, question in enumerate(questions, start=1):
        pairs.append((question, _side(current, question), _side(candidate, question)))
        if progress:
            progress(done, len(questions))
    changes = [
        Change(
            id=question.id,
            query=question.query,
            locale=question.locale,
            times=question.times,
            kinds=kinds,
            before=before,
            after=after,
        )
        for question, before, after in pairs
        if (kinds := _kinds(before, after))
    ]
    order = list(ChangeKind)
    changes.sort(key=lambda change: (order.index(change.kinds[0]), -change.times))
    counts = Counter(kind for change in changes for kind in change.kinds)
    known = [(set(question.relevant), before, after) for question, before, after in pairs if question.relevant]
    return Replay(
        questions=len(questions),
        asked=sum(question.times for question in questions),
        answered_before=sum(before.confident for _, before, _ in pairs),
        answered_after=sum(after.confident for _, _, after in pairs),
        no_longer_answered=counts[ChangeKind.NO_LONGER_ANSWERED],
        newly_answered=counts[ChangeKind.NEWLY_ANSWERED],
        other_first=counts[ChangeKind.OTHER_FIRST],
        other_three=counts[ChangeKind.OTHER_THREE],
        unchanged=len(questions) - len(changes),
        right_before=sum(_right(relevant, before) for relevant, before, _ in known) if known else None,
        right_after=sum(_right(relevant, after) for relevant, _, after in known) if known else None,
        appeared=_moved((before, after) for _, before, after in pairs),
        disappeared=_moved((after, before) for _, before, after in pairs),
        changes=changes,
    )


def _side(base: KnowledgeBase, question: PastQuestion) -> Side:
    result: SearchResult = base.search(question.query, language=question.locale or None, limit=SHOWN)
    return Side(
        confident=result.confident,
        confidence=round(result.confidence, 4),
        decision=result.decision,
        articles=tuple(
            ShownArticle(article_id=hit.article_id, locale=hit.locale, title=hit.title) for hit in result.hits
        ),
    )


def _kinds(before: Side, after: Side) -> tuple[ChangeKind, ...]:
    kinds = []
    if before.confident != after.confident:
        kinds.append(ChangeKind.NO_LONGER_ANSWERED if before.confident else ChangeKind.NEWLY_ANSWERED)
    one, other = _keys(before), _keys(after)
    if one[:1] != other[:1]:
        kinds.append(ChangeKind.OTHER_FIRST)
    elif set(one) != set(other):
        kinds.append(ChangeKind.OTHER_THREE)
    return tuple(kinds)


def _keys(side: Side) -> list[tuple[str, str]]:
    return [(each.article_id, each.locale) for each in side.articles]


def _right(relevant: set[str], side: Side) -> bool:
    return any(each.article_id in relevant for each in side.articles)


def _moved(pairs: Iterable[tuple[Side, Side]]) -> list[ArticleMoved]:
    """Articles of each pair's second side that its first has not."""
    counts: Counter[tuple[str, str]] = Counter()
    titles: dict[tuple[str, str], str] = {}
    for without, having in pairs:
        known = set(_keys(without))
        for each in having.articles:
            key = (each.article_id, each.locale)
            if key not in known:
                counts[key] += 1
                titles[key] = each.title
    return [
        ArticleMoved(article_id=article_id, locale=locale, title=titles[article_id, locale], questions=number)
        for (article_id, locale), number in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
