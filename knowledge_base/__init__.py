"""The help center: articles read from sources, indexed, searched and rendered. A library; knows nothing of HTTP."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.articles import Article, ContentWarning, Passage, Skipped, SourceContent
    from knowledge_base.build import BuildReport, build_index
    from knowledge_base.errors import (
        EncoderUnusable,
        IndexDamaged,
        IndexMissing,
        KnowledgeBaseError,
        QueriesInvalid,
        SourcesFileInvalid,
        SourceUnusable,
        VectorStoreUnusable,
    )
    from knowledge_base.rendering import render_markdown
    from knowledge_base.results import SearchHit, SearchResult
    from knowledge_base.search import IndexStatus, KnowledgeBase

# Imported when first asked for: a command that finds nothing to do must not wait a second for numpy and the parsers.
_PLACES = {
    "articles": ("Article", "ContentWarning", "Passage", "Skipped", "SourceContent"),
    "build": ("BuildReport", "build_index"),
    "errors": (
        "EncoderUnusable", "IndexDamaged", "IndexMissing", "KnowledgeBaseError", "QueriesInvalid", "SourceUnusable",
        "SourcesFileInvalid", "VectorStoreUnusable",
    ),
    "rendering": ("render_markdown",),
    "results": ("SearchHit", "SearchResult"),
    "search": ("IndexStatus", "KnowledgeBase"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "Article",
    "BuildReport",
    "ContentWarning",
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
    "VectorStoreUnusable",
    "build_index",
    "render_markdown",
]


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
