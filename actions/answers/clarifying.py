"""The one clarifying question about a problem: which of the topics that compete is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from actions.answers.answer import QUERY_LENGTH, clarified_answer
from actions.said import Said
from api.client import FoundPassage, RelatedArticle, SearchResult
from bot.turn import Choice
from bot.voice import Voice

ASKS = "clarify"
NONE = "none"
# A choice's name takes 300 characters; longer ids are offered by their number.
_LONGEST_ID = 200
_WORD = re.compile(r"[^\W\d_]{2}")


class Topic(BaseModel):
    """One topic on offer. `value` is the choice's: the article's id, or a number where that cannot be one."""

    model_config = ConfigDict(frozen=True)

    value: str
    label: str
    passage: FoundPassage


class Clarification(BaseModel):
    """A question that is open, with all that its answer needs: kept in the slot `topics`, so that choosing searches nothing
    and shows what was found for the problem itself."""

    model_config = ConfigDict(frozen=True)

    query: str
    confidence: float
    topics: tuple[Topic, ...]
    related: tuple[RelatedArticle, ...] = ()

    @classmethod
    def of(cls, query: str, result: SearchResult) -> Self | None:
        """None where the search leaves nothing to choose between, or nothing was asked in words."""
        passages = {each.article_id: each for each in result.passages}
        topics = [
            Topic(
                value=str(number) if each.article_id == NONE or len(each.article_id) > _LONGEST_ID else each.article_id,
                label=each.label,
                passage=passages[each.article_id],
            )
            for number, each in enumerate(result.topics, start=1)
            if each.article_id in passages
        ]
        if result.decision != ASKS or len(topics) < 2 or not _WORD.search(query):
            return None
        return cls(query=query, confidence=result.confidence, topics=tuple(topics), related=tuple(result.related))

    @classmethod
    def open_in(cls, slots: Mapping[str, Any]) -> Self | None:
        """The question that waits for its answer, if one does."""
        try:
            return cls.model_validate(slots.get("topics"))
        except ValidationError:
            return None

    def question(self, voice: Voice) -> Said:
        choices = [
            Choice(name=f"{ASKS}.{each.value}", label=each.label, intent="inform", entities={ASKS: each.value})
            for each in self.topics
        ]
        none = Choice(name=f"{ASKS}.{NONE}", label=voice.label("choices", NONE), intent="deny")
        return Said(
            voice.message("ask_clarify"),
            asks=ASKS,
            choices=(*choices, none),
            kind="choices",
            answer={
                "confident": False,
                "confidence": self.confidence,
                "query": self.query,
                "decision": "clarify",
                "passages": [],
                "topics": [
                    {"label": each.label, "article_id": each.passage.article_id, "locale": each.passage.locale}
                    for each in self.topics
                ],
            },
        )

    def chosen(self, value: str | None) -> FoundPassage | None:
        return next((each.passage for each in self.topics if each.value == value), None)

    def answer(self, voice: Voice, passage: FoundPassage) -> Said:
        return clarified_answer(voice, self.query, self.confidence, passage, self.related)


def with_addition(problem: str, added: str) -> str:
    """What to search for where a customer writes more instead of choosing: the addition whole, of the problem what fits."""
    added = added[:QUERY_LENGTH]
    return f"{problem[: max(0, QUERY_LENGTH - len(added) - 1)]} {added}".strip()
