"""Where articles come from: one module a kind of source, all behind `ArticleSource`."""

from __future__ import annotations

from typing import Protocol

from knowledge_base.articles import SourceContent


class ArticleSource(Protocol):
    """Reads every publishable article of one place. Raises `SourceUnusable` where nothing can be read at all;
    a single bad article is reported in `SourceContent.skipped` and costs only itself."""

    def read(self) -> SourceContent: ...
