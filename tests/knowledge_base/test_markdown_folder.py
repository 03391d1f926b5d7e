from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base import Article, SourceUnusable
from knowledge_base.articles import SourceContent
from knowledge_base.sources.markdown_folder import MarkdownFolder
from tests.knowledge_base.conftest import write

GOOD = "---\ntitle: Good\n---\nSome words to read.\n"


def read(root: Path) -> SourceContent:
    return MarkdownFolder(root).read()


def only(root: Path) -> Article:
    (article,) = read(root).articles
    return article


def reasons(root: Path) -> dict[str, str]:
    return {each.place: each.reason for each in read(root).skipped}


def test_the_id_is_slug_en_where_there_is_one_else_the_path_below_the_locale(tmp_path: Path) -> None:
    write(tmp_path, "es/cuenta/entrar.md", "---\ntitle: Entrar\nslugEN: sign-in\nid: 7xY\n---\nTexto.\n")
    write(tmp_path, "en/account/sign-in.md", "---\ntitle: Sign in\nid: 8zQ\n---\nText.\n")
    assert {(each.locale, each.id) for each in read(tmp_path).articles} == {
        ("es", "sign-in"),
        ("en", "account/sign-in"),
    }


def test_the_locale_of_the_front_matter_wins_over_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "en/a.md", "---\ntitle: A\nlocale: pt\n---\nTexto.\n")
    assert only(tmp_path).locale == "pt"
    assert only(tmp_path).url == "/help/pt/a"


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED", "CHANGED"])
def test_what_is_not_published_is_left_out_with_its_status(tmp_path: Path, status: str) -> None:
    write(tmp_path, "en/good.md", GOOD)
    write(tmp_path, "en/other.md", f"---\ntitle: Other\nstatus: {status}\n---\nText.\n")
    assert reasons(tmp_path) == {"en/other.md": f"status {status}"}


def test_hidden_articles_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "en/good.md", GOOD)
    write(tmp_path, "en/secret.md", "---\ntitle: Secret\nhidden: true\n---\nText.\n")
    assert reasons(tmp_path) == {"en/secret.md": "hidden"}


def test_broken_front_matter_is_named_by_file_and_line_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "en/broken.md", "---\ntitle: Fine\ntags: [one, two\nstatus: PUBLISHED\n---\nText.\n")
    write(tmp_path, "en/good.md", GOOD)
    (skipped,) = read(tmp_path).skipped
    assert skipped.place in ("en/broken.md:3", "en/broken.md:4")
    assert "broken front matter" in skipped.reason
    assert only(tmp_path).title == "Good"


def test_front_matter_that_never_ends_is_named(tmp_path: Path) -> None:
    write(tmp_path, "en/open.md", "---\ntitle: Open\n\nText.\n")
    write(tmp_path, "en/good.md", GOOD)
    assert "never closed" in reasons(tmp_path)["en/open.md:1"]


def test_yaml_aliases_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "en/bomb.md", "---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: Bomb\n---\nText.\n")
    write(tmp_path, "en/good.md", GOOD)
    assert "aliases" in reasons(tmp_path)["en/bomb.md:3"]


def test_front_matter_above_64_kb_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "en/long.md", "---\ntitle: Long\nnote: |\n" + "  words words\n" * 6000 + "---\nText.\n")
    write(tmp_path, "en/good.md", GOOD)
    (reason,) = reasons(tmp_path).values()
    assert reason == "front matter is larger than 64 kB"


def test_text_that_is_not_utf8_is_named_by_line(tmp_path: Path) -> None:
    write(tmp_path, "en/good.md", GOOD)
    (tmp_path / "en/latin.md").write_bytes("# Título\n\nuno\nmás\n".encode("latin-1"))
    assert reasons(tmp_path) == {"en/latin.md:1": "not UTF-8 text"}


def test_binary_files_named_md_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "en/good.md", GOOD)
    (tmp_path / "en/image.md").write_bytes(b"# x\n\x00\x01\x02")
    assert reasons(tmp_path) == {"en/image.md:2": "binary, not text"}


def test_of_two_files_for_one_id_the_first_by_path_wins_and_the_other_is_named(tmp_path: Path) -> None:
    write(tmp_path, "es/entrar.md", "---\ntitle: Entrar\nslugEN: sign-in\n---\nTexto.\n")
    write(tmp_path, "es/sign-in.md", "---\ntitle: Sign in\nslugEN: sign-in\n---\nTexto.\n")
    assert only(tmp_path).title == "Entrar"
    assert "es/entrar.md" in reasons(tmp_path)["es/sign-in.md"]


def test_untitled_drafts_empty_bodies_and_index_pages_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "en/good.md", GOOD)
    write(tmp_path, "en/untitled-3.md", "---\ntitle: Untitled\n---\nWords.\n")
    write(tmp_path, "en/empty.md", "---\ntitle: Empty\n---\n\n## \n\n<!-- later -->\n")
    write(tmp_path, "en/index.md", "---\ntitle: All\n---\n- [One](one.md)\n- [Two](two.md)\n")
    assert set(reasons(tmp_path)) == {"en/untitled-3.md", "en/empty.md", "en/index.md"}


def test_an_untitled_file_with_a_title_of_its_own_is_an_article(tmp_path: Path) -> None:
    write(tmp_path, "en/untitled-3.md", "---\ntitle: Real title\n---\nWords.\n")
    assert only(tmp_path).title == "Real title"


def test_metadata_json_and_git_folders_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, "en/good.md", GOOD)
    write(tmp_path, "en/metadata.json", '{"id": 1, "name": "x"}')
    write(tmp_path, ".git/en/x.md", GOOD)
    assert only(tmp_path).path == "en/good.md"
    assert reasons(tmp_path) == {}


def test_a_file_without_front_matter_takes_its_title_from_its_first_heading(tmp_path: Path) -> None:
    write(tmp_path, "en/a.md", "# Close *your* account {#close}\n\nText.\n")
    assert only(tmp_path).title == "Close your account"


def test_quotes_dates_and_tags_of_the_front_matter_are_read(tmp_path: Path) -> None:
    front = "title: 'What''s new'\nupdatedAt: 2024-04-30T20:35:47.075Z\npublishedAt:\ntag: Payments, Orders"
    write(tmp_path, "en/a.md", f"---\n{front}\n---\nText.\n")
    article = only(tmp_path)
    assert (article.title, article.tags) == ("What's new", ("Payments", "Orders"))
    assert article.updated_at is not None
    assert article.updated_at.isoformat() == "2024-04-30T20:35:47.075000+00:00"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/x", "ftp://x/y"])
def test_a_url_that_may_not_stand_in_a_link_is_as_if_not_given(tmp_path: Path, url: str) -> None:
    write(tmp_path, "en/a.md", f'---\ntitle: A\nurl: "{url}"\n---\nText.\n')
    assert only(tmp_path).url == "/help/en/a"


def test_a_url_of_the_front_matter_is_used(tmp_path: Path) -> None:
    write(tmp_path, "en/a.md", "---\ntitle: A\nurl: https://help.example.com/a\n---\nText.\n")
    assert only(tmp_path).url == "https://help.example.com/a"


def test_a_missing_folder_a_file_and_an_empty_folder_are_refused_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="nowhere does not exist"):
        read(tmp_path / "nowhere")
    with pytest.raises(SourceUnusable, match="is not a folder"):
        read(write(tmp_path, "file.md", GOOD))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceUnusable, match="holds no Markdown"):
        read(tmp_path / "empty")


def test_a_folder_with_nothing_to_index_says_why(tmp_path: Path) -> None:
    write(tmp_path, "en/draft.md", "---\ntitle: A\nstatus: DRAFT\n---\nText.\n")
    with pytest.raises(SourceUnusable, match=r"en/draft.md: status DRAFT"):
        read(tmp_path)


def test_links_that_lead_outside_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, "secret.md", GOOD)
    write(tmp_path, "articles/en/good.md", GOOD)
    (tmp_path / "articles/en/link.md").symlink_to(outside)
    assert only(tmp_path / "articles").path == "en/good.md"
