from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.errors import SourceUnusable
from knowledge_base.sources.jsonl import JsonLines

GOOD = '{"id": "rates", "locale": "en", "title": "Rates", "body": "## By weight\\n\\nChoose it."}'


def lines(tmp_path: Path, *text: str | bytes) -> JsonLines:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(b"\n".join(each.encode() if isinstance(each, str) else each for each in text))
    return JsonLines(path)


def test_every_line_is_an_article_and_translations_share_their_id(tmp_path: Path) -> None:
    spanish = (
        '{"id": "rates", "locale": "es", "title": "Tarifas", "body": "Elige.", "url": "https://a.example/t",'
        ' "description": "De envío", "updated_at": "2026-02-01", "tags": ["envíos"], "status": "published"}'
    )
    one, two = lines(tmp_path, GOOD, "", spanish).read().articles
    assert (one.id, one.url, one.body_markdown) == ("rates", "/help/en/rates", "## By weight\n\nChoose it.\n")
    assert (two.id, two.locale, two.url, two.description, two.tags) == (
        "rates", "es", "https://a.example/t", "De envío", ("envíos",),
    )  # fmt: skip
    assert two.updated_at is not None


def test_what_is_wrong_is_named_by_line_and_costs_only_itself(tmp_path: Path) -> None:
    content = lines(
        tmp_path,
        "{not json}",
        "[1, 2]",
        '{"id": "a", "locale": "en", "title": "A"}',
        '{"locale": "en", "title": "A", "body": "words"}',
        '{"id": "a", "locale": "English language", "title": "A", "body": "words"}',
        '{"id": "a", "locale": "en", "title": " ", "body": "words"}',
        '{"id": "a", "locale": "en", "title": "A", "body": "words", "status": "draft"}',
        '{"id": "a", "locale": "en", "title": "A", "body": "words", "hidden": true}',
        '{"id": "a", "locale": "en", "title": "A", "body": " "}',
        b'{"id": "\xff"}',
        '{"id": "a", "body": "' + "x" * (2 * 1024 * 1024) + '"}',
        "[" * 100_000,
        GOOD,
        GOOD,
    ).read()
    assert [each.id for each in content.articles] == ["rates"]
    told = {each.place.rpartition(":")[2]: each.reason for each in content.skipped}
    assert set(told) == {str(number) for number in [*range(1, 13), 14]}
    assert told["3"].startswith("no body")
    assert told["7"] == "status DRAFT"
    assert told["11"] == "longer than 2 MB"
    assert told["14"] == "its id 'rates' (en) belongs to articles.jsonl:13 already"


def test_a_missing_file_and_one_without_articles_are_refused(tmp_path: Path) -> None:
    for source in (JsonLines(tmp_path / "none.jsonl"), lines(tmp_path, "{}")):
        with pytest.raises(SourceUnusable, match=r"\.jsonl"):
            source.read()


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    before = lines(tmp_path, GOOD).fingerprint()
    assert lines(tmp_path, GOOD).fingerprint() == before
    assert lines(tmp_path, GOOD, GOOD).fingerprint() != before
