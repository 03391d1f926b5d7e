"""Where the vectors of passages are kept and searched: FAISS in memory, or PostgreSQL with pgvector, one setting apart.

FAISS and psycopg are imported by the first index that needs them, not here.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np

from knowledge_base.errors import VectorStoreUnavailable, VectorStoreUnusable
from knowledge_base.publishing import previous_of
from knowledge_base.vectors.approximate import ApproximateIndex
from knowledge_base.vectors.base import NO_ROW, Neighbours, PassageIndex, Rows, Scores, Vectors
from knowledge_base.vectors.flat import FlatIndex
from knowledge_base.vectors.pgvector import REFERENCE, PgvectorIndex, Reference, forget_unused, is_postgresql

FAISS = "faiss"
"""The setting's default: in the index's own files, searched in memory."""

MANY = 200_000
"""Passages above which not every vector is looked at any more."""


class Kind(StrEnum):
    FLAT = "flat"
    APPROXIMATE = "approximate"
    PGVECTOR = "pgvector"
    PGVECTOR_HNSW = "pgvector-hnsw"


def choose(store: str, size: int) -> Kind:
    """The kind of index for `size` passages where the setting says `store` (`faiss`, or the URL of a PostgreSQL).
    Raises `VectorStoreUnusable` for anything else."""
    many = size > MANY
    if store == FAISS:
        return Kind.APPROXIMATE if many else Kind.FLAT
    if is_postgresql(store):
        return Kind.PGVECTOR_HNSW if many else Kind.PGVECTOR
    raise VectorStoreUnusable(
        "COPILOT_KB__VECTORS must be `faiss` or the URL of a PostgreSQL: postgresql://user@host/name"
    )


def build_passage_index(vectors: Vectors, *, store: str = FAISS, kind: Kind | None = None) -> PassageIndex:
    """An index of (n, d) unit vectors, of the kind that suits their number.
    Raises `VectorsInvalid`, `VectorStoreUnusable`, or `VectorStoreUnavailable` where a server does not answer."""
    match kind or choose(store, len(vectors)):
        case Kind.FLAT:
            return FlatIndex.build(vectors)
        case Kind.APPROXIMATE:
            # Codes are of pairs of numbers; no encoder in use has an odd number of them.
            return FlatIndex.build(vectors) if vectors.shape[-1] % 2 else ApproximateIndex.build(vectors)
        case Kind.PGVECTOR:
            return PgvectorIndex.build(vectors, store, hnsw=False)
        case Kind.PGVECTOR_HNSW:
            return PgvectorIndex.build(vectors, store, hnsw=True)


def write_index(index: PassageIndex, folder: Path, name: str) -> None:
    """Writes `index` to a file in `folder` called `name` and an ending that tells where its vectors are."""
    index.write(folder, name)


def read_index(files: Mapping[str, bytes], name: str, *, store: str = FAISS) -> PassageIndex:
    """The index that was written as `name`, from the verified contents of the index directory's files.

    It is read from where it was written: `store` is only asked for the server's address. Raises `KeyError` where there
    is none, `ValueError` where it is not readable, and what `PgvectorIndex.read` raises.
    """
    reference = files.get(f"{name}{REFERENCE}")
    if reference is not None:
        return PgvectorIndex.read(reference, store)
    import faiss

    try:
        index = faiss.deserialize_index(np.frombuffer(files[f"{name}.faiss"], dtype=np.uint8))
    except RuntimeError as error:
        raise ValueError(f"{name}.faiss cannot be read: {error}") from None
    match index:
        case faiss.IndexFlatIP():
            return FlatIndex(index)
        case faiss.IndexRefineFlat():
            return ApproximateIndex(index)
    raise ValueError(f"{name}.faiss is of an unknown kind")


def place_of(store: str) -> str:
    """The server and database of a setting, without its user and password: tells whether an index was built there."""
    if store == FAISS:
        return FAISS
    parts = urlsplit(store)
    wanted = parse_qs(parts.query)
    host = (parts.hostname or "", *wanted.get("host", ()), *wanted.get("dbname", ()))
    return f"postgresql {' '.join(filter(None, host))} {parts.port or 5432}{parts.path}"


def vectors_are_there(index_dir: Path, store: str) -> bool:
    """Whether the server has the vectors to which the index at `index_dir` refers; True where it refers to none.
    Raises as `PgvectorIndex.build`."""
    for path in index_dir.glob(f"*{REFERENCE}"):
        try:
            PgvectorIndex.read(path.read_bytes(), store)
        except ValueError:
            return False
    return True


def forget_old_vectors(index_dir: Path, store: str) -> int:
    """To be called when an index was published: drops the vectors in PostgreSQL that neither the index at `index_dir`
    nor its previous one, nor any other that shares the server, has referred to for a quarter of an hour. Returns the
    number of sets that went; does nothing where vectors are kept in files."""
    if not is_postgresql(store):
        return 0
    places = (index_dir, previous_of(index_dir))
    written = [path.read_bytes() for place in places for path in place.glob(f"*{REFERENCE}")]
    digests = {Reference.model_validate_json(raw).digest for raw in written}
    try:
        return forget_unused(store, f"{socket.gethostname()}:{index_dir.absolute()}", digests)
    except VectorStoreUnavailable:
        # The index is published; they go next time.
        return 0


__all__ = [
    "FAISS",
    "MANY",
    "NO_ROW",
    "ApproximateIndex",
    "FlatIndex",
    "Kind",
    "Neighbours",
    "PassageIndex",
    "PgvectorIndex",
    "Rows",
    "Scores",
    "Vectors",
    "build_passage_index",
    "choose",
    "forget_old_vectors",
    "place_of",
    "read_index",
    "vectors_are_there",
    "write_index",
]
