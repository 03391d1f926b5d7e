"""Where the vectors of passages are kept and searched: FAISS in memory, or PostgreSQL with pgvector, one setting apart.

FAISS and psycopg are imported by the first index that needs them, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np

from knowledge_base.vectors.base import NO_ROW, Neighbours, PassageIndex, Rows, Scores, Vectors
from knowledge_base.vectors.flat import FlatIndex

FAISS = "faiss"
"""The setting's default: in the index's own files, searched in memory."""


class Kind(StrEnum):
    FLAT = "flat"


def choose(store: str, size: int) -> Kind:
    """The kind of index for `size` passages where the setting says `store`."""
    return Kind.FLAT


def build_passage_index(vectors: Vectors, *, store: str = FAISS) -> PassageIndex:
    """An index of (n, d) unit vectors, of the kind that suits their number. Raises `VectorsInvalid`."""
    return FlatIndex.build(vectors)


def write_index(index: PassageIndex, folder: Path, name: str) -> None:
    """Writes `index` to a file in `folder` called `name` and an ending that tells where its vectors are."""
    index.write(folder, name)


def read_index(files: Mapping[str, bytes], name: str, *, store: str = FAISS) -> PassageIndex:
    """The index that was written as `name`, from the verified contents of the index directory's files.
    Raises `KeyError` where there is none, `ValueError` where it is not readable."""
    import faiss

    try:
        index = faiss.deserialize_index(np.frombuffer(files[f"{name}.faiss"], dtype=np.uint8))
    except RuntimeError as error:
        raise ValueError(f"{name}.faiss cannot be read: {error}") from None
    if not isinstance(index, faiss.IndexFlatIP):
        raise ValueError(f"{name}.faiss is of an unknown kind")
    return FlatIndex(index)


__all__ = [
    "FAISS",
    "NO_ROW",
    "FlatIndex",
    "Kind",
    "Neighbours",
    "PassageIndex",
    "Rows",
    "Scores",
    "Vectors",
    "build_passage_index",
    "choose",
    "read_index",
    "write_index",
]
