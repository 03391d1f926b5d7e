"""A question made ready for every retriever: glossed into the language that the encoder knows, and turned into vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from knowledge_base.embedding import Vectors
from knowledge_base.glossary import PIVOT, Glossary
from knowledge_base.locale_index import Question
from knowledge_base.static_model import StaticModel


@dataclass(frozen=True)
class Asker:
    """Safe for any number of threads where `encode` is."""

    encode: Callable[[str], Callable[[], Vectors]]
    """Begins to encode a question; what it returns gives the vector (dimensions,)."""
    glossaries: Mapping[str, Glossary]
    """By language; empty where the encoder reads every language itself."""
    static: StaticModel
    languages: frozenset[str]
    """Those of the articles that the static model was trained on."""

    def said(self, text: str, language: str) -> str:
        """`text` as the encoder reads it."""
        glossary = self.glossaries.get(language)
        return glossary.gloss(text) if glossary else text

    def question(self, text: str, asked: str, articles: str) -> Question:
        """A question in the language `asked` for articles in the language `articles`; without words it has no vectors."""
        said = self.said(text, asked)
        spelt = said if articles == PIVOT and asked != articles else None
        # An emoji or a full stop alone is nothing to encode.
        begun = self.encode(said) if any(each.isalnum() for each in text) else None
        bare = Question.of(text, articles, spelt=spelt)
        if begun is None or not len(bare.grams):
            return bare
        known = text if asked in self.languages else said
        return replace(bare, dense=begun, static=self.static.encode([known])[0])
