"""How what was found in the help center is said."""

from __future__ import annotations

from collections.abc import Sequence

from actions.said import Said
from api.client import FoundPassage, RelatedArticle, SearchResult
from bot.voice import Voice

PASSAGES = 3
# One more than is shown: a clarifying question offers up to four topics, each by its article's passage.
SEARCHED = 4
# What of a problem is searched for: longer texts repeat themselves, and the api takes no more.
QUERY_LENGTH = 1_000

# What an answer was worth, which decides how the customer is asked about it.
CONFIDENT, UNSURE, NOTHING, PERSON, CLARIFIED = "confident", "unsure", "nothing", "person", "clarified"
# Not answered yet: the customer was asked which topic is meant, or said that none of them is.
CLARIFY, DECLINED = "clarify", "declined"

_INTRODUCTIONS = {
    CONFIDENT: "answer_intro",
    CLARIFIED: "answer_clarified",
    UNSURE: "answer_unsure",
    PERSON: "answer_person",
    NOTHING: "answer_none",
}


def worth(result: SearchResult) -> str:
    if not result.passages:
        return NOTHING
    if result.confident:
        return CONFIDENT
    return PERSON if result.decision == "person" else UNSURE


def answer(voice: Voice, query: str, result: SearchResult, introduction: str | None = None) -> Said:
    """The passages with one sentence before them, which never claims more than the search does.

    `introduction` is the key of another sentence for it, where the articles are in the customer's language.
    """
    kind = worth(result)
    return _said(voice, kind, query, result.confidence, result.passages[:PASSAGES], result.related, introduction)


def clarified_answer(
    voice: Voice, query: str, confidence: float, passage: FoundPassage, related: Sequence[RelatedArticle]
) -> Said:
    """The passage of the topic that the customer chose. The search's own confidence stays what it was."""
    return _said(voice, CLARIFIED, query, confidence, [passage], related)


def _said(
    voice: Voice,
    kind: str,
    query: str,
    confidence: float,
    passages: Sequence[FoundPassage],
    related: Sequence[RelatedArticle],
    introduction: str | None = None,
) -> Said:
    text = voice.message(introduction or _INTRODUCTIONS[kind])
    if kind in (CONFIDENT, CLARIFIED) and all(_language(each.locale) != voice.language for each in passages):
        found = _language(passages[0].locale)
        name = voice.label("languages", found) if found in voice.catalog.languages else passages[0].locale
        text = voice.message("answer_intro_other_language", found_language=name)
    shown = {each.article_id for each in passages}
    return Said(
        text,
        kind="answer",
        answer={
            "confident": kind == CONFIDENT,
            "confidence": confidence,
            "query": query,
            "decision": "answer" if kind == CONFIDENT else "person" if kind in (PERSON, NOTHING) else "clarify",
            "clarified": kind == CLARIFIED,
            "passages": [each.model_dump() for each in passages],
            # Beside what is no answer they would only be more of it.
            "related": [each.model_dump() for each in related if each.article_id not in shown]
            if kind in (CONFIDENT, CLARIFIED)
            else [],
        },
    )


def _language(locale: str) -> str:
    """`pt-BR` -> `pt`."""
    return locale.replace("_", "-").partition("-")[0].lower()
