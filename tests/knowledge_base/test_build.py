"""What a build keeps of the index before it, and what it makes anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase, SourceUnusable, build_index
from knowledge_base.learning import MOST_DRIFT, drift
from knowledge_base.publishing import read_manifest
from tests.knowledge_base.conftest import WordHashing, write, write_help_center

EXTRA = [f"extra-{number}" for number in range(20)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The tiny help center, and enough other articles that one edit is less than a tenth of them."""
    root = write_help_center(tmp_path / "articles", ["en", "es"])
    for slug in EXTRA:
        text = f"The {slug} page of the shop explains the setting number {slug[-1]} and where it is saved."
        write(root, f"en/{slug}.md", f"---\ntitle: About {slug}\nslugEN: {slug}\n---\n{text}\n")
    return root


def test_nothing_is_done_where_nothing_has_changed(source: Path, tmp_path: Path, encoder: WordHashing) -> None:
    index = tmp_path / "index"
    first = build_index(source, index, embedder=encoder)
    made = read_manifest(index)
    encoder.asked.clear()
    again = build_index(source, index, embedder=encoder)
    assert (first.unchanged, again.unchanged, again.articles) == (False, True, first.articles)
    assert read_manifest(index) == made
    assert encoder.asked == []


def test_an_edited_article_is_found_by_its_new_words_and_no_model_is_trained(
    source: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    trained = (index / "static-model.safetensors").read_bytes(), (index / "confidence.json").read_bytes()
    write(source, "en/extra-3.md", "---\ntitle: About extra-3\nslugEN: extra-3\n---\nNow it speaks of zeppelins.\n")
    encoder.asked.clear()
    report = build_index(source, index, embedder=encoder)
    assert (report.unchanged, report.retrained) == (False, False)
    assert [text for text in encoder.asked if "zeppelins" in text] == encoder.asked
    assert ((index / "static-model.safetensors").read_bytes(), (index / "confidence.json").read_bytes()) == trained
    found = KnowledgeBase.open(index, embedder=encoder).search("now it speaks of zeppelins", language="en")
    assert found.hits[0].article_id == "extra-3"
    assert "zeppelins" in found.hits[0].snippet


def test_models_are_trained_anew_once_the_content_has_drifted(
    source: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    for slug in EXTRA[:6]:
        write(
            source, f"en/{slug}.md", f"---\ntitle: Other {slug}\nslugEN: {slug}\n---\nQuite another text of {slug}.\n"
        )
    assert build_index(source, index, embedder=encoder).retrained


def test_many_small_edits_add_up_to_a_drift(source: Path, tmp_path: Path, encoder: WordHashing) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    outcomes = []
    for slug in EXTRA[:6]:
        write(
            source, f"en/{slug}.md", f"---\ntitle: Other {slug}\nslugEN: {slug}\n---\nQuite another text of {slug}.\n"
        )
        outcomes.append(build_index(source, index, embedder=encoder).retrained)
    assert outcomes[0] is False
    assert any(outcomes)


def test_drift_is_the_share_of_passages_that_are_new_or_gone() -> None:
    assert drift(["a", "b"], ["a", "b"]) == 0
    assert drift(["a", "b"], ["a", "b", "c", "d"]) == 0.5
    assert drift([], []) == 1
    assert 0 < MOST_DRIFT < 1


def test_a_model_is_made_afresh_when_that_is_asked_for(source: Path, tmp_path: Path, encoder: WordHashing) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    report = build_index(source, index, embedder=encoder, afresh=True)
    assert (report.unchanged, report.retrained) == (False, True)


def test_new_labels_refine_the_confidence_without_training_the_rest(
    source: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    asked = [("refund the order", ["refund-order"]), ("giraffes and zebras", [])]
    lines = [
        json.dumps({"id": f"{number}", "locale": "en", "query": asked[number % 2][0], "relevant": asked[number % 2][1]})
        for number in range(60)
    ]
    labels = write(tmp_path, "labels.jsonl", "\n".join(lines))
    report = build_index(source, index, embedder=encoder, labels=labels)
    assert (report.unchanged, report.retrained) == (False, False)
    told = json.loads((index / "confidence.json").read_text())
    assert "60 labelled" in told["own"]["en"]["learnt_from"]
    assert build_index(source, index, embedder=encoder, labels=labels).unchanged
    base = KnowledgeBase.open(index, embedder=encoder)
    assert (
        base.search("refund the order", language="en").confidence
        > 0.5
        > base.search("giraffes and zebras", language="en").confidence
    )


def test_a_locale_that_comes_or_goes_is_in_the_index_at_the_next_build(
    source: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    write(source, "pt/extra-1.md", "---\ntitle: Sobre o extra\nslugEN: extra-1\n---\nA página da loja.\n")
    assert set(build_index(source, index, embedder=encoder).locales) == {"en", "es", "pt"}
    (source / "pt" / "extra-1.md").unlink()
    assert set(build_index(source, index, embedder=encoder).locales) == {"en", "es"}


def test_a_page_that_only_points_to_an_article_is_another_name_of_it(
    source: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    write(source, "en/old.md", "---\ntitle: Zeppelin invoices\nslugEN: old\n---\nSee [refunds](refund-order.md).\n")
    report = build_index(source, tmp_path / "index", embedder=encoder)
    assert any("only points to refund-order" in each.reason for each in report.skipped)
    found = KnowledgeBase.open(tmp_path / "index", embedder=encoder).search("zeppelin invoices", language="en")
    assert found.hits[0].article_id == "refund-order"


def test_copies_are_one_hit_and_found_by_either_id(source: Path, tmp_path: Path, encoder: WordHashing) -> None:
    text = (source / "en" / "refund-order.md").read_text()
    write(source, "en/zz-copy.md", text.replace("slugEN: refund-order", "slugEN: zz-copy"))
    build_index(source, tmp_path / "index", embedder=encoder)
    base = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    hits = [hit.article_id for hit in base.search("refund an order", language="en", limit=10).hits]
    assert hits.count("refund-order") == 1
    assert "zz-copy" not in hits
    copy, kept = base.article("zz-copy", "en"), base.article("refund-order", "en")
    assert copy is not None
    assert copy == kept


def test_an_empty_source_leaves_the_old_index(source: Path, tmp_path: Path, encoder: WordHashing) -> None:
    index = tmp_path / "index"
    build_index(source, index, embedder=encoder)
    before = read_manifest(index)
    with pytest.raises(SourceUnusable):
        build_index(tmp_path / "nothing", index, embedder=encoder)
    assert read_manifest(index) == before


def test_a_help_center_in_one_language_is_confident_about_questions_in_another(
    tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(write_help_center(tmp_path / "articles", ["en"]), index, embedder=encoder)
    base = KnowledgeBase.open(index, embedder=encoder)
    # The stand-in for the encoder knows no Spanish: words that both languages share carry these questions.
    known, unknown = (base.search(text, language="es").confidence for text in ("registro CNAME registrar", "jirafas"))
    assert known > unknown > 0
