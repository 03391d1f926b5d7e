from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge_base.articles import Article
from knowledge_base.links import LinkMap


def article(path: str, locale: str = "", *, id: str = "", url: str = "", also: tuple[str, ...] = ()) -> Article:
    locale = locale or path.split("/", 1)[0]
    name = id or path.split("/", 1)[1].removesuffix(".md")
    return Article(name, locale, "A title", url or f"/help/{locale}/{name}", "Words.\n", path, also_ids=also)


HERE = article("es/ventas/cobros.md", id="sales/charges")
ARTICLES = (
    HERE,
    article("es/ventas/reembolsos.md", id="sales/refunds"),
    article("en/sales/refunds.md"),
    article("en/sales/charges.md"),
    article("pt/vendas/reembolsos.md", id="sales/refunds"),
    article("en/only/english.md"),
)


@pytest.mark.parametrize(
    "written",
    [
        "reembolsos.md",
        "./reembolsos.md",
        "../ventas/reembolsos.md",
        "/es/ventas/reembolsos.md",
        "/en/sales/refunds",
        "/pt/vendas/reembolsos",
        "pt/vendas/reembolsos",
        "sales/refunds.html",
        "/help/sales/refunds.md",
        "es/docs/sales/refunds",
        "https://help.example.com/en/tutorial/refunds--5kWq1",
        "https://help.example.com/en/docs/sales/refunds?lang=en",
        "/tutorial/reembolsos--5kWq1",
        "REEMBOLSOS.md",
    ],
)
def test_however_a_link_is_written_it_leads_to_the_article_in_the_reader_s_locale(written: str) -> None:
    assert LinkMap(ARTICLES).resolve(written, HERE) == "/help/es/sales/refunds"


def test_the_place_within_the_article_is_kept() -> None:
    links = LinkMap(ARTICLES)
    assert links.resolve("/en/tutorial/refunds--5kWq1#fees", HERE) == "/help/es/sales/refunds#fees"


def test_an_article_that_only_another_locale_has_is_linked_there() -> None:
    assert LinkMap(ARTICLES).resolve("/es/only/english", HERE) == "/help/en/only/english"


@pytest.mark.parametrize("dead", ["nowhere.md", "/help/nowhere", "../gone/away.md#x", "/docs/gone.markdown"])
def test_what_can_only_be_an_article_and_is_none_leads_nowhere(dead: str) -> None:
    assert LinkMap(ARTICLES).resolve(dead, HERE) == ""


@pytest.mark.parametrize(
    "other",
    ["https://elsewhere.example.com/refunds", "https://github.com/x/y/blob/main/guide.md", "/downloads/a.zip", "#here",
     "mailto:a@b.example", "http://[broken", "https://elsewhere.example.com", ""],
)  # fmt: skip
def test_links_to_other_places_are_left_to_them(other: str) -> None:
    assert LinkMap(ARTICLES).resolve(other, HERE) is None


def test_a_rooted_link_of_an_article_read_elsewhere_stays_on_that_site() -> None:
    here = article("en/a.md", url="https://help.example.com/en/a")
    links = LinkMap([here, article("en/b.md", url="https://help.example.com/en/guides/b.html")])
    assert links.resolve("/prices?x=1#y", here) == "https://help.example.com/prices?x=1#y"
    assert (
        links.resolve("https://HELP.example.com/en/guides/b#z", here) == "https://help.example.com/en/guides/b.html#z"
    )


def test_the_name_of_a_copy_leads_to_the_article_that_was_kept() -> None:
    kept = replace(ARTICLES[1], also_ids=("old/money-back",))
    links = LinkMap([HERE, kept, *ARTICLES[2:]])
    assert links.resolve("/es/old/money-back.md", HERE) == "/help/es/sales/refunds"
    assert links.resolve("money-back", HERE) == "/help/es/sales/refunds"
    assert links.article_id("money-back", HERE) == "sales/refunds"


def test_a_name_that_two_articles_share_says_nothing() -> None:
    here = article("en/x.md")
    links = LinkMap([here, article("en/one/overview.md"), article("en/two/overview.md")])
    assert links.resolve("/tutorial/overview--1", here) is None
    assert links.resolve("/docs/two/overview", here) == "/help/en/two/overview"


def test_the_fingerprint_changes_with_whatever_changes_where_a_link_leads() -> None:
    first = LinkMap(ARTICLES).fingerprint
    assert LinkMap(reversed(ARTICLES)).fingerprint == first
    assert LinkMap([replace(ARTICLES[0], body_markdown="Other."), *ARTICLES[1:]]).fingerprint == first
    assert LinkMap(ARTICLES[1:]).fingerprint != first
    assert LinkMap([replace(ARTICLES[0], also_ids=("x",)), *ARTICLES[1:]]).fingerprint != first


def test_a_whole_title_in_the_address_of_an_old_site_names_the_article() -> None:
    here, there = article("en/x.md"), article("en/how-to/refund-an-order-in-two-steps.md")
    links = LinkMap([here, there])
    assert (
        links.resolve("https://old.example.com/kb/refund-an-order-in-two-steps.html#fees", here) == f"{there.url}#fees"
    )
    assert links.resolve("https://old.example.com/kb/how-to.html", here) is None
