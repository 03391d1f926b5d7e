from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base import KnowledgeBase, build_index, embedding
from knowledge_base.embedding import MiniLM, VectorCache
from tests.knowledge_base.conftest import WordHashing, write, write_help_center


def test_a_rebuild_encodes_only_what_changed(help_center: Path, tmp_path: Path, encoder: WordHashing) -> None:
    build_index(help_center, tmp_path / "index", embedder=encoder)
    encoder.asked.clear()
    build_index(help_center, tmp_path / "index", embedder=encoder)
    assert encoder.asked == []
    write(help_center, "es/new.md", "---\ntitle: Nuevo\n---\nPalabras nuevas.\n")
    build_index(help_center, tmp_path / "index", embedder=encoder)
    assert "Nuevo\nPalabras nuevas." in encoder.asked


def test_the_cache_gives_the_vectors_that_were_encoded(tmp_path: Path, encoder: WordHashing) -> None:
    texts = [f"text number {number}" for number in range(700)] + ["text number 3"]
    expected = WordHashing().encode(texts)
    for _ in range(2):
        assert np.array_equal(VectorCache(tmp_path / "c.bin", encoder).encode(texts), expected)
    assert len(encoder.asked) == 700


@pytest.mark.parametrize("damage", [lambda raw: raw[:-3], lambda raw: raw[:90] + b"x" + raw[91:], lambda raw: b""])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, encoder: WordHashing, damage: object) -> None:
    assert callable(damage)
    VectorCache(tmp_path / "c.bin", encoder).encode(["one", "two"])
    (tmp_path / "c.bin").write_bytes(damage((tmp_path / "c.bin").read_bytes()))
    encoder.asked.clear()
    vectors = VectorCache(tmp_path / "c.bin", encoder).encode(["one", "two"])
    assert np.array_equal(vectors, WordHashing().encode(["one", "two"]))
    assert sorted(set(encoder.asked)) == ["one", "two"]


def test_texts_of_earlier_builds_are_forgotten_in_time(tmp_path: Path, encoder: WordHashing) -> None:
    VectorCache(tmp_path / "c.bin", encoder).encode([f"old {number}" for number in range(5000)])
    cache = VectorCache(tmp_path / "c.bin", encoder)
    cache.encode(["new"])
    cache.prune()
    encoder.asked.clear()
    VectorCache(tmp_path / "c.bin", encoder).encode(["new", "old 7"])
    assert encoder.asked == ["old 7"]


def test_a_question_and_a_passage_of_one_text_are_kept_apart(tmp_path: Path, encoder: WordHashing) -> None:
    cache = VectorCache(tmp_path / "c.bin", encoder)
    cache.encode(["refund"], kind="passage")
    cache.encode(["refund"], kind="query")
    cache.encode(["refund"], kind="query")
    assert encoder.asked == ["refund", "refund"]


def test_the_cache_is_written_once_for_a_short_build_and_every_so_often_in_a_long_one(
    tmp_path: Path, encoder: WordHashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = VectorCache._write

    def noted(cache: VectorCache) -> None:
        written.append(len(cache._keys))
        write(cache)

    monkeypatch.setattr(VectorCache, "_write", noted)
    texts = [f"text number {number}" for number in range(1200)]
    VectorCache(tmp_path / "short.bin", encoder).encode(texts)
    assert written == [1200]
    monkeypatch.setattr(embedding, "_WRITE_EVERY", 0.0)
    VectorCache(tmp_path / "long.bin", encoder).encode(texts)
    assert written == [1200, 512, 1024, 1200]


def test_the_bundled_encoder_knows_that_words_mean_the_same(tmp_path: Path) -> None:
    encoder = MiniLM(threads=1)
    vectors = encoder.encode(["give the money back", "refund a purchase", "connect a domain name"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    build_index(write_help_center(tmp_path / "a", ["en"]), tmp_path / "index", embedder=encoder)
    base = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    assert base.search("give a shopper their money back", language="en").hits[0].article_id == "refund-order"
