from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge_base import IndexDamaged, IndexMissing, KnowledgeBase, KnowledgeBaseError, SourceUnusable, build_index
from tests.knowledge_base.conftest import WordHashing, write


def test_a_missing_index_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="copilot kb build"):
        KnowledgeBase.open(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(IndexMissing):
        KnowledgeBase.open(tmp_path / "empty")


@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"format_version": 99}'])
def test_a_broken_manifest_is_refused(base: KnowledgeBase, tmp_path: Path, manifest: str) -> None:
    (tmp_path / "index/manifest.json").write_text(manifest)
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        KnowledgeBase.open(tmp_path / "index")


def test_an_index_of_another_encoder_is_refused(base: KnowledgeBase, tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="another encoder"):
        KnowledgeBase.open(tmp_path / "index")


def test_a_failed_build_keeps_the_previous_index_and_leaves_nothing_behind(
    base: KnowledgeBase, help_center: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    before = (tmp_path / "index/manifest.json").read_bytes()
    shutil.rmtree(help_center)
    with pytest.raises(SourceUnusable):
        build_index(help_center, tmp_path / "index", embedder=encoder)

    class Failing(WordHashing):
        def encode(self, texts: object, *, kind: object = None, progress: object = None) -> object:  # type: ignore[override]
            raise RuntimeError("out of memory")

    write(help_center, "en/new.md", "---\ntitle: New\n---\nWords never seen before.\n")
    with pytest.raises(RuntimeError, match="out of memory"):
        build_index(help_center, tmp_path / "index", embedder=Failing())  # type: ignore[arg-type]
    assert (tmp_path / "index/manifest.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} - {"encoder-cache"} == {"index", "articles"}


def test_a_rebuild_replaces_the_index_and_an_opened_one_goes_on(
    base: KnowledgeBase, help_center: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    (help_center / "es/refund-order.md").unlink()
    build_index(help_center, tmp_path / "index", embedder=encoder)
    assert base.article("refund-order", "es") is not None
    assert KnowledgeBase.open(tmp_path / "index", embedder=encoder).article("refund-order", "es") is None
    assert KnowledgeBase.open(tmp_path / "index.previous", embedder=encoder).article("refund-order", "es") is not None
    assert {path.name for path in tmp_path.iterdir()} == {"index", "index.previous", "articles", "encoder-cache"}


def test_leftovers_of_an_interrupted_build_are_removed(help_center: Path, tmp_path: Path, encoder: WordHashing) -> None:
    write(tmp_path, ".building-index-999999999-abc/manifest.json", "{}")
    build_index(help_center, tmp_path / "index", embedder=encoder)
    assert not list(tmp_path.glob(".building-*"))


def test_a_folder_with_other_files_is_not_overwritten(help_center: Path, encoder: WordHashing) -> None:
    with pytest.raises(KnowledgeBaseError, match="holds other files"):
        build_index(help_center, help_center, embedder=encoder)
    assert (help_center / "es/refund-order.md").exists()
