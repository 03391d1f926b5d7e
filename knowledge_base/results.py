"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knowledge_base.snippets import Span, Step, excerpt_html

MAX_LIMIT = 50
"""Articles that one search gives at most."""

Decision = Literal["answer", "clarify", "person"]
"""What to do with a search: answer with its hits; ask one question (which topic is meant, or, where no topics compete, to
put it another way); offer a person at once. Below `answer` the hits are the nearest there is, never claimed as the answer."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An article that may answer, by its best passage. Ranges are in characters of `snippet`."""

    article_id: str
    title: str
    heading: str
    url: str
    """Opens at the passage's heading."""
    locale: str
    snippet: str
    """Word for word from the passage: at most about 320 characters of prose, cut at sentences or lines, or steps and
    code as they stand, at most about 1,200."""
    score: float
    """Comparable within one search only."""
    html: str = ""
    """The whole passage as safe HTML."""
    passage_id: str = ""
    heading_path: tuple[str, ...] = ()
    """Headings from the outermost to the passage's own."""
    highlights: tuple[Span, ...] = ()
    """The question's words, in order, not overlapping."""
    steps: tuple[Step, ...] = ()
    """The steps of a numbered list, whole and in order."""
    code: tuple[Span, ...] = ()
    """Lines of code, to be shown as they stand."""
    continues: bool = False
    """The list of steps goes on in the article."""

    @property
    def excerpt_html(self) -> str:
        """`snippet` as safe HTML: the question's words in `<mark>`, steps in `<ol>`, code in `<pre>`."""
        return excerpt_html(self.snippet, self.highlights, self.steps, self.code)


@dataclass(frozen=True, slots=True)
class Topic:
    """One of the topics that compete for a question; `label` tells it from the others."""

    label: str
    article_id: str
    locale: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another article worth a look: one that the best hit links to, or the next best."""

    article_id: str
    title: str
    url: str
    locale: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`hits` are distinct articles, best first, also when the copilot is not confident. `confident` is exactly that
    `decision` is `answer`."""

    confident: bool
    confidence: float
    """How likely one of the first three hits answers, in [0, 1]."""
    language: str
    """The question's language."""
    hits: tuple[SearchHit, ...]
    other_language: bool
    """The first hit is in another language, because the question's own has no answer."""
    decision: Decision = "clarify"
    topics: tuple[Topic, ...] = ()
    """Two to four where `decision` is `clarify` and different topics compete, best first; else none."""
    related: tuple[Related, ...] = ()
    """None of them is one of the hits."""
    answers_from: float = 1.0
    """The confidence from which the copilot answers."""

    def __post_init__(self) -> None:
        if self.confident != (self.decision == "answer"):
            object.__setattr__(self, "decision", "answer" if self.confident else "clarify")
