"""Encoders: what turns texts into vectors."""

from knowledge_base.encoders.base import Embedder, Kind, Progress, Vectors
from knowledge_base.encoders.bundled import MiniLM

__all__ = ["Embedder", "Kind", "MiniLM", "Progress", "Vectors"]
