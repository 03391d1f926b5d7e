"""The help center: articles read from sources, indexed, searched and rendered. A library; knows nothing of HTTP."""

from knowledge_base.articles import Article, Passage, Skipped, SourceContent
from knowledge_base.build import BuildReport, build_index
from knowledge_base.errors import (
    EncoderUnusable,
    IndexDamaged,
    IndexMissing,
    KnowledgeBaseError,
    QueriesInvalid,
    SourcesFileInvalid,
    SourceUnusable,
    VectorsInvalid,
    VectorStoreUnavailable,
    VectorStoreUnusable,
)
from knowledge_base.rendering import render_markdown
from knowledge_base.results import SearchHit, SearchResult
from knowledge_base.search import IndexStatus, KnowledgeBase

__all__ = [
    "Article",
    "BuildReport",
    "EncoderUnusable",
    "IndexDamaged",
    "IndexMissing",
    "IndexStatus",
    "KnowledgeBase",
    "KnowledgeBaseError",
    "Passage",
    "QueriesInvalid",
    "SearchHit",
    "SearchResult",
    "Skipped",
    "SourceContent",
    "SourceUnusable",
    "SourcesFileInvalid",
    "VectorStoreUnavailable",
    "VectorStoreUnusable",
    "VectorsInvalid",
    "build_index",
    "render_markdown",
]
