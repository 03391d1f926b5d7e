"""What the copilot does with its confidence: answers, asks one clarifying question, or offers a person. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from knowledge_base.results import Decision, Related, SearchHit, Topic
from knowledge_base.text import language_of, terms

MOST_TOPICS = 4
MOST_RELATED = 3
# A hit whose score falls below this share of the best one's does not compete with it. Of 58 questions of the sample help
# center that were neither sure nor hopeless the best hit was right in 22 of 22 where nothing competed; elsewhere in 21 of
# 36, and one of the topics in 31.
NEAR = 0.8
# Titles that share this much of their words are the same topic: copies, a page and its successor.
_SAME = 0.6
# Longer labels do not fit on a button.
LABEL_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Verdict:
    """`topics` are there exactly where a choice between them is worth asking for."""

    decision: Decision
    topics: tuple[Topic, ...] = ()


def decide(
    confidence: float, hits: Sequence[SearchHit], *, answer_from: float, person_below: float, near: float = NEAR
) -> Verdict:
    """`answer` from `answer_from` on, `person` below `person_below` and where there is no hit, else `clarify`, with the
    topics that compete; without topics the question to ask is an open one.

    `hits`: best first, distinct articles. Raises ValueError where the two limits (probabilities) are the wrong way round.
    """
    if not person_below <= answer_from:
        raise ValueError(f"person_below ({person_below}) must not lie above answer_from ({answer_from})")
    if not hits or confidence < person_below:
        return Verdict("person")
    if confidence >= answer_from:
        return Verdict("answer")
    return Verdict("clarify", topics(hits, near=near))


def topics(hits: Sequence[SearchHit], *, near: float = NEAR) -> tuple[Topic, ...]:
    """Two to four topics of `hits` (best first) between which a customer can choose; empty where one of them leads clearly,
    or all are about the same."""
    if not hits:
        return ()
    least = hits[0].score * near
    chosen: list[SearchHit] = []
    for hit in hits:
        if len(chosen) == MOST_TOPICS or hit.score < least or hit.score <= 0:
            break
        if not any(_alike(hit, other) for other in chosen):
            chosen.append(hit)
    if len(chosen) < 2:
        return ()
    titles = [_key(hit.title) for hit in chosen]
    return tuple(
        Topic(_label(hit, alone=titles.count(_key(hit.title)) == 1), hit.article_id, hit.locale) for hit in chosen
    )


def related(
    linked: Iterable[Related],
    following: Iterable[SearchHit],
    *,
    shown: Collection[str],
    most: int = MOST_RELATED,
) -> tuple[Related, ...]:
    """At most `most` articles, none of them `shown` (ids): those that the best article links to, then the next hits."""
    found: dict[str, Related] = {}
    for each in (*linked, *(Related(hit.article_id, hit.title, _top(hit.url), hit.locale) for hit in following)):
        if each.article_id not in shown and each.article_id not in found:
            found[each.article_id] = each
            if len(found) == most:
                break
    return tuple(found.values())


def _alike(one: SearchHit, other: SearchHit) -> bool:
    """Whether two hits are about the same: by their titles, or by title and heading where the titles are equal."""
    if _key(one.title) == _key(other.title):
        return _key(one.heading) == _key(other.heading)
    words, others = (frozenset(terms(each.title, language_of(each.locale))) for each in (one, other))
    return bool(words | others) and len(words & others) >= _SAME * len(words | others)


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _label(hit: SearchHit, *, alone: bool) -> str:
    """The title, with what tells it apart where another topic has the same one."""
    label = " ".join(hit.title.split())
    if not alone:
        apart = " › ".join(hit.heading_path) or hit.heading
        label = f"{label} › {apart}" if apart else label
    if len(label) <= LABEL_CHARACTERS:
        return label
    cut = label[: LABEL_CHARACTERS - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def _top(url: str) -> str:
    return url.partition("#")[0]
