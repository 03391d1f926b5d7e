"""What leads change of the search: how sure an answer has to be, an article pinned to a question, passages blocked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from knowledge_base import KnowledgeBase, SearchHit, SearchResult
from knowledge_base.results import MAX_LIMIT, Decision
from knowledge_base.text import fold, language_of

# Of one question; longer ones are pinned by their first words.
LONGEST_KEY = 400


@dataclass(frozen=True)
class Steering:
    """`pins`: (language, `question_key`) -> (article id, locale). `blocked`: addresses of passages (article and section).
    `precision`: None leaves the deployment's."""

    precision: float | None = None
    pins: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()


def question_key(text: str) -> str:
    """The question's words without case, accents, punctuation and order: who asks the same in another way gets the same."""
    return " ".join(sorted(set(re.findall(r"\w+", fold(text)))))[:LONGEST_KEY]


def steered(opened: KnowledgeBase, steering: Steering) -> KnowledgeBase:
    """The index, as sure as the leads want it to be."""
    wanted = steering.precision
    return opened if wanted is None or wanted == opened.precision else opened.at_precision(wanted)


def search_steered(
    base: KnowledgeBase,
    steering: Steering,
    text: str,
    *,
    language: str | None,
    limit: int,
    all_languages: bool,
) -> SearchResult:
    """As `KnowledgeBase.search`. A pinned article comes first and is an answer; a blocked passage is not shown, and where it
    was the best there is, nothing is claimed to be the answer."""
    blocked = steering.blocked
    more = min(MAX_LIMIT, limit + 3) if blocked else limit
    result = base.search(text, language=language, limit=more, all_languages=all_languages)
    if blocked:
        result = _without(result, blocked, limit)
    pinned = _pinned(base, steering, text, language or result.language) if steering.pins else None
    if pinned is None:
        return result
    others = tuple(each for each in result.hits if each.article_id != pinned.article_id)
    asked = language_of(language or result.language or pinned.locale)
    return replace(
        result,
        confident=True,
        confidence=1.0,
        decision="answer",
        topics=(),
        hits=(pinned, *others)[:limit],
        other_language=language_of(pinned.locale) != asked,
    )


def _without(result: SearchResult, blocked: frozenset[str], limit: int) -> SearchResult:
    kept = tuple(each for each in result.hits if each.url not in blocked)[:limit]
    if result.hits and (not kept or kept[0] is not result.hits[0]):
        decision: Decision = "clarify" if kept else "person"
        return replace(result, hits=kept, confident=False, decision=decision, topics=())
    return replace(result, hits=kept)


def _pinned(base: KnowledgeBase, steering: Steering, text: str, language: str) -> SearchHit | None:
    found = steering.pins.get((language_of(language), question_key(text)))
    if found is None:
        return None
    article_id, locale = found
    article = base.article(article_id, locale)
    if article is None:
        return None
    for words in (text, article.title):
        near = base.search(words, language=language_of(locale), limit=MAX_LIMIT)
        hit = next((each for each in near.hits if each.article_id == article.id), None)
        if hit is not None:
            return hit
    return None
