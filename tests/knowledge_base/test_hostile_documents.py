"""Whatever a help center holds: each document becomes an article or is named, and is safe."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from knowledge_base import render_markdown
from knowledge_base.articles import Article
from knowledge_base.chunking import SplitArticle, split_article
from knowledge_base.copies import without_copies
from knowledge_base.links import LinkMap
from knowledge_base.rendering import ResolveLink, safe_url
from knowledge_base.sources.markdown_folder import MarkdownFolder
from knowledge_base.stubs import with_targets
from tests.support.hostile_documents import hostile_document
from tests.support.limits import no_runaway

TAGS = frozenset({
    "a", "aside", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
ATTRIBUTES = frozenset({"href", "rel", "class", "src", "alt", "title", "start", "id"})


class Tags(HTMLParser):
    """Checks every tag of a piece of HTML; keeps the ids."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name in ("href", "src"):
                assert value is not None
                assert safe_url(value) == value, value
            if name == "id" and value:
                self.ids.add(value)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment is left")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration is left")


def check(article: Article, split: SplitArticle, rendered: str) -> None:
    page = Tags(rendered)
    for number, passage in enumerate(split.passages):
        assert passage.id == f"{article.locale}/{article.id}#{number}"
        assert passage.text.strip()
        assert "\x00" not in passage.text
        (passage.text + passage.markdown + passage.html).encode("utf-8")
        assert not passage.anchor or passage.anchor in page.ids, passage.anchor
        assert not Tags(passage.html).ids


def survive(seed: int, folder: Path) -> float:
    """Handles the document of `seed` as a build does; returns the seconds of processor time it took, for the soak."""
    path = folder / "en" / "hostile.md"
    path.write_bytes(hostile_document(seed))
    begun = time.process_time()
    content = without_copies(MarkdownFolder(folder).read())
    links = LinkMap(content.articles)
    done = [
        (article, split_article(article, links), render_markdown(article.body_markdown, _resolver(links, article)))
        for article in with_targets(content.articles, links)
        if article.path == "en/hostile.md"
    ]
    took = time.process_time() - begun
    named = [each.reason for each in content.skipped if each.place.split(":")[0] == "en/hostile.md"]
    assert bool(done) != bool(named), "neither an article nor skipped with a reason"
    assert all(reason.isprintable() for reason in named)
    for article, split, rendered in done:
        check(article, split, rendered)
    return took


def _resolver(links: LinkMap, article: Article) -> ResolveLink:
    return lambda target: links.resolve(target, article)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "good.md").write_text("---\ntitle: Good\n---\nSee [this](hostile.md).\n", encoding="utf-8")
    return tmp_path


def test_a_document_is_decided_by_its_seed() -> None:
    assert hostile_document(7) == hostile_document(7) != hostile_document(8)


@pytest.mark.parametrize("first", range(0, 1_500, 500))
def test_hostile_documents_are_read_or_named_and_safe(first: int, folder: Path) -> None:
    for seed in range(first, first + 500):
        with no_runaway():
            survive(seed, folder)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_hundred_thousand_hostile_documents(folder: Path) -> None:
    slowest = (0.0, -1)
    for seed in range(100_000):
        try:
            slowest = max(slowest, (survive(seed, folder), seed))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
    print(f"\nslowest: {slowest[0]:.2f} s, seed {slowest[1]}")
    assert slowest[0] < 1
