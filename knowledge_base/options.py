"""What an operator may choose of search: the encoder, the reranker, where vectors lie, how sure an answer has to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from knowledge_base.build import BuildReport
    from knowledge_base.search import KnowledgeBase
    from knowledge_base.sources import ArticleSource


WANTED_PRECISION = 0.9


class Options(BaseSettings):
    """Read from `COPILOT_KB__...` where a command makes it without arguments; the api passes its own settings."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_KB__", extra="ignore", frozen=True)

    model: str = Field("", description="Encoder in place of the bundled one: a folder or a hub's `owner/model`.")
    reranker: str = Field("", description="Cross-encoder that reads the best passages again. Empty: none.")
    vectors: str = Field("faiss", description="`faiss`, or the URL of a PostgreSQL with pgvector.")
    precision: float = Field(
        WANTED_PRECISION, ge=0.5, le=0.99, description="Share of confident answers that has to be right."
    )

    def open(self, index_dir: Path) -> KnowledgeBase:
        """Raises what `KnowledgeBase.open` raises; `EncoderUnusable` where the model cannot be found."""
        from knowledge_base.encoders import load_encoder
        from knowledge_base.reranking import load_reranker
        from knowledge_base.search import KnowledgeBase

        return KnowledgeBase.open(
            index_dir,
            embedder=load_encoder(self.model, cache_dir=_encoders(index_dir), threads=1) if self.model else None,
            store=self.vectors,
            precision=self.precision,
            reranker=load_reranker(self.reranker or None, threads=1),
        )

    def build(
        self,
        source: Path | ArticleSource,
        index_dir: Path,
        *,
        labels: Path | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        afresh: bool = False,
    ) -> BuildReport:
        """Raises what `build_index` raises."""
        from knowledge_base.build import build_index
        from knowledge_base.encoders import load_encoder

        return build_index(
            source,
            index_dir,
            labels=labels,
            progress=progress,
            embedder=load_encoder(self.model, cache_dir=_encoders(index_dir)) if self.model else None,
            store=self.vectors,
            afresh=afresh,
        )


def _encoders(index_dir: Path) -> Path:
    return Path(index_dir).absolute().parent / "encoders"
