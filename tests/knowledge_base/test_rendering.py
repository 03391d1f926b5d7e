from __future__ import annotations

import re

import pytest

from knowledge_base import render_markdown
from knowledge_base.rendering import safe_url
from tests.support.limits import no_runaway


@pytest.mark.parametrize(
    ("mark", "kind"),
    [("> [!NOTE]\n> ", "info"), ("> ⚠️ ", "warning"), (">ℹ️ ", "info"), ("> ❗", "danger"), ("> [!TIP]\n>\n> ", "tip")],
)
def test_callouts_are_asides_without_their_mark(mark: str, kind: str) -> None:
    html = render_markdown(f"{mark}Mind **this**")
    assert f'<aside class="callout callout-{kind}">' in html
    assert html.endswith("</aside>")
    assert re.sub("<[^>]+>", "", html).strip() == "Mind this"


def test_a_plain_quote_stays_a_quote() -> None:
    assert render_markdown("> said") == "<blockquote>\n<p>said</p>\n</blockquote>"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](//evil.example)",
        "[x](/\\evil.example)",
        "![x](//evil.example/p.png)",
        "<a href='javascript:alert(1)'>x</a>",
        '<div class="alert alert-x" onclick="alert(1)">y</div>',
        "`a`<svg/onload=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "[x](vbscript:msgbox(1))",
    ],
)
def test_nothing_that_runs_or_leads_astray_is_left(attack: str) -> None:
    html = render_markdown(attack)
    tags = re.findall(r"<[^>]+>", html)
    assert not any(re.search(r"script|onerror|onload|onclick|evil|data:|iframe|svg", tag, re.I) for tag in tags)


def test_links_and_images_that_work_are_kept() -> None:
    html = render_markdown("[a](https://x.example/b) ![c](/img/d.png) [m](mailto:a@x.example)")
    assert '<a href="https://x.example/b" rel="noopener noreferrer">a</a>' in html
    assert '<img src="/img/d.png" alt="c">' in html
    assert 'href="mailto:a@x.example"' in html


def test_a_link_without_a_target_that_works_is_its_words_and_an_image_its_text() -> None:
    assert render_markdown("[a](other.md) ![c](d.png)") == "<p>a [c]</p>"


def test_relative_links_go_where_the_resolver_says() -> None:
    assert 'href="/help/en/x"' in render_markdown(
        "[a](x.md)", lambda target: "/help/en/x" if target == "x.md" else None
    )


def test_headings_carry_the_anchor_of_their_passage_and_start_below_the_title() -> None:
    assert render_markdown("# Qué es {#que}\n\n### A b") == '<h2 id="que">Qué es</h2>\n<h3 id="a-b">A b</h3>'


def test_code_keeps_its_language_and_its_characters() -> None:
    assert render_markdown("```php\n<b>\n```") == '<pre><code class="language-php">&lt;b&gt;\n</code></pre>'


@pytest.mark.parametrize(
    "url", ["", "javascript:x", "//x.example", "http:", "https:///x", "java\nscript:x", "http://[", "x:y"]
)
def test_unsafe_urls_are_none(url: str) -> None:
    assert safe_url(url) is None


def test_deep_nesting_ends() -> None:
    for text in ("[" * 100_000, "> " * 50_000 + "x", "*" * 100_000, "<div class=alert>" * 2_000, "- " * 20_000):
        with no_runaway():
            assert isinstance(render_markdown(text[:100_000]), str)
