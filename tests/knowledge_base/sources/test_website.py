from __future__ import annotations

from typing import Any

import pytest

from knowledge_base.errors import SourceUnavailable, SourceUnusable
from knowledge_base.sources.robots import read_robots
from knowledge_base.sources.sitemaps import read_sitemap
from knowledge_base.sources.snapshots import Snapshot
from knowledge_base.sources.web_page import read_page
from knowledge_base.sources.website import Scope, Website
from tests.knowledge_base.sources.conftest import LOOPBACK, QUICK
from tests.support.help_center_server import Answer, HelpCenterServer

LASTMOD = "2026-03-01"


def html(title: str, text: str, *, lang: str = "en", head: str = "", main: str = "") -> str:
    return (
        f"<!doctype html><html lang='{lang}'><head><title>{title} | Lumbra</title>{head}</head><body>"
        "<header><nav><a href='/'>Home</a><a href='/pricing'>Pricing</a></nav></header>"
        f"<main><h1>{title}</h1><p>{text}</p>{main}<div class='feedback'>Was this useful?</div></main>"
        "<footer>All rights reserved</footer></body></html>"
    )


@pytest.fixture
def server(server: HelpCenterServer) -> HelpCenterServer:
    """Two articles, one of them in two languages, and a robots.txt."""
    twins = (
        f"<link rel='alternate' hreflang='en' href='{server.url}/en/rates'>"
        "<link rel='alternate' hreflang='es' href='/es/tarifas'>"
    )
    server.page("/en/rates", html("Rates", "Choose by weight.", head=twins))
    server.page("/es/tarifas", html("Tarifas", "Elige por peso.", lang="es-419", head=twins))
    server.page("/en/orders.html", html("Orders", "Open the list."))
    server.sitemap("/sitemap.xml", {"/en/rates": LASTMOD, "/es/tarifas": LASTMOD, "/en/orders.html": ""})
    server.page("/robots.txt", "User-agent: *\nDisallow: /private/\n")
    return server


def site(server: HelpCenterServer, **options: Any) -> Website:
    return Website(
        f"{server.url}/sitemap.xml", private=LOOPBACK, limits=QUICK, delay=0.0, pause=lambda _: None, **options
    )


def fetch(server: HelpCenterServer, previous: Snapshot | None = None, **options: Any) -> Snapshot:
    return site(server, **options).fetch(previous, lambda what, done, total: None)


def reasons(snapshot: Snapshot, server: HelpCenterServer) -> dict[str, str]:
    return {each.place.removeprefix(server.url): each.reason for each in snapshot.skipped}


def ids(snapshot: Snapshot) -> set[tuple[str, str]]:
    return {(each.locale, each.id) for each in snapshot.articles}


def test_the_pages_of_the_sitemap_become_articles_and_translations_share_an_id(server: HelpCenterServer) -> None:
    snapshot = fetch(server)
    assert ids(snapshot) == {("en", "rates"), ("es", "rates"), ("en", "orders")}
    article = next(each for each in snapshot.articles if each.locale == "es")
    assert (article.title, article.body_markdown) == ("Tarifas", "Elige por peso.\n")
    assert article.url == f"{server.url}/es/tarifas"
    assert article.updated_at is not None
    assert snapshot.problems == ()


def test_twins_that_only_one_page_names_are_not_joined(server: HelpCenterServer) -> None:
    greedy = "".join(f"<link rel='alternate' hreflang='x' href='{path}'>" for path in ("/en/rates", "/es/tarifas"))
    server.page("/en/orders.html", html("Orders", "Open the list.", head=greedy))
    assert ids(fetch(server)) == {("en", "rates"), ("es", "rates"), ("en", "orders")}


def test_sitemap_indexes_packed_sitemaps_and_circles_of_them_are_read(server: HelpCenterServer) -> None:
    server.sitemap("/one.xml.gz", {"/en/rates": LASTMOD}, packed=True)
    server.sitemap("/two.xml", {"/en/orders.html": ""})
    server.sitemap_index("/sitemap.xml", ["/one.xml.gz", "/more.xml"])
    server.sitemap_index("/more.xml", ["/two.xml", "/sitemap.xml"])
    assert ids(fetch(server)) == {("en", "rates"), ("en", "orders")}


def test_what_did_not_change_is_not_fetched_again(server: HelpCenterServer) -> None:
    first = fetch(server)
    mark = len(server.asked)
    second = fetch(server, first)
    # The two with a lastmod are not asked for at all, the third only whether it changed.
    assert [path for path in server.asked_since(mark) if path not in ("/sitemap.xml", "/robots.txt")] == [
        "/en/orders.html"
    ]
    assert "if-none-match" in server.headers[-1]
    assert second.articles == first.articles
    server.page("/en/rates", html("Rates", "Choose by size."))
    server.sitemap("/sitemap.xml", {"/en/rates": "2026-03-02", "/es/tarifas": LASTMOD, "/en/orders.html": ""})
    third = fetch(server, second)
    assert next(each for each in third.articles if each.url.endswith("/rates")).body_markdown == "Choose by size.\n"


def test_pages_that_left_the_sitemap_or_died_leave_the_source(server: HelpCenterServer) -> None:
    first = fetch(server)
    server.sitemap("/sitemap.xml", {"/en/rates": LASTMOD, "/en/orders.html": ""})
    del server.pages["/en/orders.html"]
    second = fetch(server, first)
    assert {each.url for each in second.articles} == {f"{server.url}/en/rates"}
    assert reasons(second, server) == {"/en/orders.html": "dead link: it answers 404"}


def test_a_page_that_fails_keeps_its_article_and_is_named(server: HelpCenterServer) -> None:
    first = fetch(server)
    server.failing = lambda path: Answer(status=500) if path == "/en/orders.html" else None
    second = fetch(server, first)
    assert second.articles == first.articles
    assert (second.kept, len(second.problems)) == (1, 1)
    assert "answers 500" in second.problems[0]
    server.failing = lambda _: None
    assert fetch(server, second).problems == ()


def test_a_site_that_goes_down_half_way_is_not_asked_for_every_page(server: HelpCenterServer) -> None:
    paths = {f"/en/page-{number:02}": "" for number in range(30)}
    for path in paths:
        server.page(path, html(path, "Words."))
    server.sitemap("/sitemap.xml", paths)
    first = fetch(server)
    assert len(first.articles) == 30
    mark = len(server.asked)
    server.failing = lambda path: Answer(status=503) if path.startswith("/en/page-") and path > "/en/page-10" else None
    second = fetch(server, first)
    assert second.articles == first.articles
    assert second.kept == 19
    assert len(set(server.asked_since(mark, "/en/page-"))) == 11 + 8


@pytest.mark.parametrize("status", [404, 500])
def test_a_sitemap_that_fails_fails_the_source(server: HelpCenterServer, status: int) -> None:
    server.failing = lambda path: Answer(status=status) if path == "/sitemap.xml" else None
    with pytest.raises(SourceUnavailable, match=f"answers {status}"):
        fetch(server)


def test_robots_txt_is_honoured_and_read_as_closed_where_it_fails(server: HelpCenterServer) -> None:
    server.page("/private/a", html("Secret", "Words."))
    server.sitemap("/sitemap.xml", {"/private/a": "", "/en/rates": ""})
    snapshot = fetch(server)
    assert reasons(snapshot, server) == {"/private/a": "robots.txt does not allow it"}
    assert "/private/a" not in server.asked
    server.failing = lambda path: Answer(status=500) if path == "/robots.txt" else None
    again = fetch(server, snapshot)
    assert again.articles == snapshot.articles
    assert "robots.txt answers 500" in again.problems[0]


def test_a_site_without_robots_txt_is_open(server: HelpCenterServer) -> None:
    del server.pages["/robots.txt"]
    assert len(fetch(server).articles) == 3


def test_redirect_loops_and_redirects_to_private_addresses_cost_only_their_page(server: HelpCenterServer) -> None:
    server.pages["/loop"] = Answer(status=302, headers={"Location": "/loop2"})
    server.pages["/loop2"] = Answer(status=302, headers={"Location": "/loop"})
    server.pages["/inside"] = Answer(status=302, headers={"Location": "http://169.254.169.254/latest/"})
    server.pages["/away"] = Answer(status=302, headers={"Location": "http://elsewhere.example/"})
    server.sitemap("/sitemap.xml", {"/loop": "", "/inside": "", "/away": "", "/en/rates": "", "http://10.0.0.1/x": ""})
    snapshot = fetch(server)
    assert len(snapshot.articles) == 1
    assert "circle" in snapshot.problems[0]
    assert set(reasons(snapshot, server)) == {"/inside", "/away", "http://10.0.0.1/x"}


def test_a_page_that_redirects_to_another_listed_page_is_that_page(server: HelpCenterServer) -> None:
    server.pages["/en/old"] = Answer(status=301, headers={"Location": "/en/rates"})
    server.sitemap("/sitemap.xml", {"/en/old": "", "/en/rates": ""})
    snapshot = fetch(server)
    assert {each.path for each in snapshot.articles} == {f"{server.url}/en/rates"}


def test_endless_slow_and_binary_pages_cost_only_themselves(server: HelpCenterServer) -> None:
    server.pages["/endless"] = Answer(endless=True)
    server.pages["/slow"] = Answer(body=b"<html lang=en><h1>x</h1>" * 40, trickle=0.05)
    server.pages["/binary"] = Answer(body=b"\x00\xff" * 1000, content_type="image/png")
    server.pages["/deep"] = Answer(body=b"<html lang='en'>" + b"<div>" * 5000)
    server.sitemap("/sitemap.xml", {"/endless": "", "/slow": "", "/binary": "", "/deep": "", "/en/rates": ""})
    limits = QUICK.__class__(seconds=2.0, read_timeout=30.0, max_bytes=100_000, retries=0)
    website = Website(f"{server.url}/sitemap.xml", private=LOOPBACK, limits=limits, delay=0.0, pause=lambda _: None)
    snapshot = website.fetch(None, lambda what, done, total: None)
    assert [each.url for each in snapshot.articles] == [f"{server.url}/en/rates"]
    assert sorted(reasons(snapshot, server)) == ["/binary", "/deep"]
    assert len(snapshot.problems) == 2


def test_noindex_copies_foreign_languages_and_empty_pages_are_left_out(server: HelpCenterServer) -> None:
    server.page("/noindex", html("A", "Words.", head="<meta name='robots' content='noindex, follow'>"))
    server.page("/header", html("B", "Words."), **{"X-Robots-Tag": "noindex"})
    server.page("/copy", html("C", "Words.", head="<link rel='canonical' href='/en/rates'>"))
    server.page("/fr", html("D", "Mots.", lang="fr"))
    server.page("/empty", "<html lang='en'><title>E</title><body><main></main></body></html>")
    server.sitemap(
        "/sitemap.xml", {path: "" for path in ("/noindex", "/header", "/copy", "/fr", "/empty", "/en/rates")}
    )
    snapshot = fetch(server, locales={"en": "en", "es": "es"})
    assert len(snapshot.articles) == 1
    told = reasons(snapshot, server)
    assert (told["/noindex"], told["/header"]) == ("noindex", "noindex")
    assert told["/copy"].startswith("a copy of")
    assert "'fr'" in told["/fr"]
    assert told["/empty"].startswith("empty")


def test_only_paths_in_scope_and_so_many_pages_are_read(server: HelpCenterServer) -> None:
    assert ids(fetch(server, scope=Scope(include=("/en/*",), exclude=("*/orders*",)))) == {("en", "rates")}
    few = fetch(server, scope=Scope(max_pages=1))
    assert len(few.articles) == 1
    assert sum("max_pages" in each.reason for each in few.skipped) == 2


def test_a_sitemap_elsewhere_than_on_the_web_is_refused() -> None:
    with pytest.raises(SourceUnusable, match="only http"):
        Website("file:///etc/passwd")


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /a*b*c", "/axxbyyc", False),
        ("User-agent: support-copilot\nUser-agent: other\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("# nothing\nnonsense\n: :", "/a", True),
    ],
)
def test_robots_rules_are_read_by_the_longest_match(rules: str, path: str, allowed: bool) -> None:
    assert read_robots(rules).allows(path) is allowed


def test_the_delay_that_robots_txt_asks_for_is_kept_within_reason() -> None:
    assert read_robots("User-agent: *\nCrawl-delay: 2.5").delay == 2.5
    assert read_robots("User-agent: *\nCrawl-delay: 86400").delay == 10.0


@pytest.mark.parametrize(
    "content",
    [
        b"<urlset><url><loc>x", b"<html></html>", b"", b"\x00\x01", b"words",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>',
        b"<a>" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_sitemap_is_named(content: bytes) -> None:
    with pytest.raises(SourceUnavailable, match=r"sitemap\.xml"):
        read_sitemap(content, "sitemap.xml")


def test_sitemaps_tell_lastmod_and_languages() -> None:
    content = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
    <url><loc> https://a.example/x </loc><lastmod>2026-01-01</lastmod>
    <xhtml:link rel="alternate" hreflang="es" href="https://a.example/y"/></url></urlset>"""
    (entry,) = read_sitemap(content, "sitemap.xml").pages
    assert (entry.url, entry.lastmod, entry.alternates) == (
        "https://a.example/x", "2026-01-01", (("es", "https://a.example/y"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "<body><div class='page'><div class='sidebar'><a>Menu</a></div><div class='content'><h1>T</h1><p>{}</p></div></div>",
        "<body><article><h1>T</h1><p>{}</p></article><aside>Related things and many other words</aside>",
        "<body><div role='navigation'>Menu</div><div><div><h1>T</h1><p>{}</p></div></div><div id='footer'>Legal</div>",
    ],
)
def test_the_main_content_is_found_without_menus_and_footers(body: str) -> None:
    words = "Words of the article itself. " * 5
    page = read_page(body.format(words).encode(), "text/html", "https://a.example/x")
    assert (page.title, page.markdown.strip()) == ("T", words.strip())


def test_other_encodings_are_read() -> None:
    page = read_page(
        "<html lang=es><h1>Año</h1><p>Más</p>".encode("latin-1"), "text/html; charset=ISO-8859-1", "http://a/"
    )
    assert (page.title, page.markdown, page.locale) == ("Año", "Más\n", "es")
    assert read_page("<h1>Año</h1>".encode(), "text/html; charset=zip", "http://a/").title == "Año"
