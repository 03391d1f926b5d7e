from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.errors import SourceUnusable
from knowledge_base.sources.at_path import source_at


def line(article_id: str, locale: str) -> str:
    return (
        json.dumps({"id": article_id, "locale": locale, "title": f"About {article_id}", "body": "Some words."}) + "\n"
    )


def test_a_file_of_json_lines_and_a_folder_of_them_are_read_as_such(tmp_path: Path) -> None:
    for locale in ("en", "es"):
        (tmp_path / f"articles-{locale}.jsonl").write_text(line("a", locale) + line("b", locale))
    assert len(source_at(tmp_path / "articles-en.jsonl").read().articles) == 2
    both = source_at(tmp_path).read()
    assert [(each.locale, each.id) for each in both.articles] == [("en", "a"), ("en", "b"), ("es", "a"), ("es", "b")]
    assert both.articles[2].path == "articles-es.jsonl:1"


def test_the_fingerprint_of_a_folder_changes_with_any_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(line("a", "en"))
    before = source_at(tmp_path).fingerprint()
    assert source_at(tmp_path).fingerprint() == before
    (tmp_path / "two.jsonl").write_text(line("b", "en"))
    assert source_at(tmp_path).fingerprint() != before


def test_a_folder_of_locales_is_markdown(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.md").write_text("---\ntitle: A\n---\nSome words.\n")
    (tmp_path / "questions.jsonl").write_text("{}")
    assert [each.id for each in source_at(tmp_path).read().articles] == ["a"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="does not exist"):
        source_at(tmp_path / "none").read()
