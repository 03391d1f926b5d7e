"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An article that may answer, by its best passage."""

    article_id: str
    title: str
    heading: str
    url: str
    """Opens at the passage's heading."""
    locale: str
    snippet: str
    """At most about 320 characters, word for word from the passage, cut at sentences or lines."""
    score: float
    """Comparable within one search only."""
    html: str = ""
    """The whole passage as safe HTML."""
    passage_id: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`hits` are distinct articles, best first, also when the copilot is not confident."""

    confident: bool
    confidence: float
    """How likely one of the first three hits answers, in [0, 1]."""
    language: str
    """The question's language."""
    hits: tuple[SearchHit, ...]
    other_language: bool
    """The first hit is in another language, because the question's own has no answer."""
