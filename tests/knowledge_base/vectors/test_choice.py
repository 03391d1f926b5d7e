"""Which kind of index is made and read, by the setting and the number of passages."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from knowledge_base.errors import VectorStoreUnusable
from knowledge_base.vectors import FlatIndex, Kind, choose, read_index
from tests.knowledge_base.vectors.conftest import unit_vectors

POSTGRESQL = "postgresql://somebody@localhost/name"


@pytest.mark.parametrize(
    ("store", "size", "kind"),
    [
        ("faiss", 0, Kind.FLAT),
        ("faiss", 200_000, Kind.FLAT),
        ("faiss", 200_001, Kind.APPROXIMATE),
        (POSTGRESQL, 200_000, Kind.PGVECTOR),
        (POSTGRESQL, 200_001, Kind.PGVECTOR_HNSW),
        ("postgresql+psycopg://somebody@localhost/name", 1, Kind.PGVECTOR),
        ("postgres:///name", 1, Kind.PGVECTOR),
    ],
)
def test_the_kind_follows_the_setting_and_the_number_of_passages(store: str, size: int, kind: Kind) -> None:
    assert choose(store, size) == kind


@pytest.mark.parametrize("store", ["", "qdrant", "sqlite:///x", "postgresql"])
def test_another_setting_is_refused_with_what_is_possible(store: str) -> None:
    with pytest.raises(VectorStoreUnusable, match="COPILOT_KB__VECTORS must be `faiss` or"):
        choose(store, 1)


def test_a_file_that_is_no_index_is_refused_by_name() -> None:
    for content in (b"", b"IxFI", b"\xff" * 200):
        with pytest.raises(ValueError, match=r"dense\.faiss"):
            read_index({"dense.faiss": content}, "dense")
    with pytest.raises(KeyError):
        read_index({}, "dense")


def test_a_kind_of_faiss_index_that_we_do_not_make_is_refused() -> None:
    import faiss

    graph = faiss.IndexHNSWFlat(8, 4)
    graph.add(unit_vectors(20, 8))
    with pytest.raises(ValueError, match="unknown kind"):
        read_index({"dense.faiss": faiss.serialize_index(graph).tobytes()}, "dense")


def test_what_lies_in_files_is_served_from_them_whatever_the_setting_says_now() -> None:
    import faiss

    plain = faiss.IndexFlatIP(8)
    plain.add(unit_vectors(20, 8))
    index = read_index({"dense.faiss": faiss.serialize_index(plain).tobytes()}, "dense", store=POSTGRESQL)
    assert isinstance(index, FlatIndex)
    assert index.search(unit_vectors(20, 8)[3:4], 1).rows.tolist() == [[3]]
    assert np.isfinite(index.scores(unit_vectors(2, 8))).all()


def test_psycopg_is_not_imported_before_an_index_needs_it() -> None:
    code = "import sys, knowledge_base.vectors.pgvector; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
