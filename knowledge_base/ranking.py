"""How one retriever of an index, or one locale of it, answers a question: what evaluation compares with the whole."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_base.errors import QueriesInvalid
from knowledge_base.results import SearchResult
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import language_of


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one retriever alone puts first, and the score of the first: the only confidence that it has."""

    article_ids: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Retrievers:
    """The retrievers of an opened index, each to be asked alone."""

    base: KnowledgeBase

    def names(self) -> tuple[str, ...]:
        """What `rank` takes; the whole is not among them."""
        return tuple(each for each in self.base.retrievers() if each != "fusion")

    def search(
        self,
        text: str,
        *,
        language: str | None = None,
        limit: int = 3,
        all_languages: bool = False,
        articles_in: str | None = None,
    ) -> SearchResult:
        if articles_in is not None and not any(
            language_of(each) == language_of(articles_in) for each in self.base.locales
        ):
            raise QueriesInvalid(f"The index holds no article in {articles_in}; it has {', '.join(self.base.locales)}")
        return self.base.search(
            text, language=language, limit=limit, all_languages=all_languages, articles_in=articles_in
        )

    def rank(self, text: str, locale: str, *, by: str, articles_in: str | None = None, limit: int = 10) -> Ranked:
        """Asked of the articles of the question's own language, or of those in `articles_in`. Nothing where the index
        has none."""
        found = self.base.rank(text, locale, by=by, articles_in=articles_in, limit=limit)
        return Ranked(tuple(article_id for article_id, _ in found), found[0][1] if found else 0.0)
