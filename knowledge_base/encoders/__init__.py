"""Encoders: what turns texts into vectors. The bundled one, or any sentence-transformers model in its place."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.encoders.base import Embedder, Kind, Progress, Vectors
from knowledge_base.encoders.bundled import MiniLM
from knowledge_base.encoders.named import NamedModel

__all__ = ["Embedder", "Kind", "MiniLM", "NamedModel", "Progress", "Vectors", "load_encoder"]


def load_encoder(model: str | None, *, cache_dir: Path | None, threads: int | None = None) -> Embedder:
    """The encoder that a setting names: the bundled one for nothing, else a folder, `owner/model` or
    `owner/model@revision` of a hub. It is found and loaded when first needed, and raises `EncoderUnusable` then.

    `cache_dir`: where graphs are kept once made. `threads`: texts encoded at once (1 to serve; one a core by default).
    """
    if not model:
        return MiniLM(cache_dir=cache_dir, threads=threads)
    return NamedModel(model, cache_dir=cache_dir, threads=threads)
