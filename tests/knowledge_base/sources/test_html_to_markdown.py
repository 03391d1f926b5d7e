from __future__ import annotations

import pytest

from knowledge_base.articles import Article
from knowledge_base.chunking import passages_of
from knowledge_base.sources.html_to_markdown import html_to_markdown
from knowledge_base.sources.html_tree import HtmlUnusable
from tests.support.limits import no_runaway

BASE = "https://help.lumbra.example/es/articulos/envios"


def convert(html: str) -> str:
    return html_to_markdown(html, BASE).rstrip("\n")


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2 id='rates'>Rates</h2><p>By weight.</p>", "## Rates {#rates}\n\nBy weight."),
        ("<p>a <b>bold</b> and <em>soft</em> word</p>", "a **bold** and *soft* word"),
        ("<p>one<br>two</p>", "one\\\ntwo"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ("<ol start='3'><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ol><li><p>a</p><pre>x\n  y</pre></li><li>b</li></ol>", "1. a\n\n   ```\n   x\n     y\n   ```\n\n2. b"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
        ("<pre><code class='language-json'>{\"a\": `1`}</code></pre>", '```json\n{"a": `1`}\n```'),
        ("<pre>a ``` b</pre>", "````\na ``` b\n````"),
        ("<p>Error <code>ERR_PAY_402</code> of pay_me_now</p>", "Error `ERR_PAY_402` of pay_me_now"),
        ("<p><code>a`b</code></p>", "``a`b``"),
        ("<a href='../tarifas#peso'>Tarifas</a>", "[Tarifas](https://help.lumbra.example/es/tarifas#peso)"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("<img src='/i/a b.png' alt='The panel'>", "![The panel](https://help.lumbra.example/i/a%20b.png)"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>x|y</td><td>z</td></tr></table>",
         "| A | B |\n| --- | --- |\n| x\\|y | z |"),
        ("<table><tr><td colspan=2>A</td></tr><tr><td>1</td><td>2</td></tr></table>",
         "| A |  |\n| --- | --- |\n| 1 | 2 |"),
        ("<div class='callout callout--warning'><p>Mind it.</p></div>", "> ⚠️ Mind it."),
        ("<aside class='note'>Good to know.</aside>", "> ℹ️ Good to know."),
        ("<blockquote>As said.</blockquote>", "> As said."),
        ("<details><summary>More</summary><p>Inside.</p></details>", "**More**\n\nInside."),
        ("<dl><dt>SKU</dt><dd>The code.</dd></dl>", "**SKU**\n\nThe code."),
        ("<p># no heading</p><p>1. no list</p><p>- neither</p>", "\\# no heading\n\n1\\. no list\n\n\\- neither"),
        ("<p>2 * 3 * 4 &lt;b&gt; [x]</p>", "2 \\* 3 \\* 4 \\<b> \\[x\\]"),
        ("<script>alert(1)</script><style>p{}</style><!-- c --><p>text</p>", "text"),
        ("<p hidden>secret</p><p>seen</p>", "seen"),
        ("<p>unclosed <b>bold<p>next", "unclosed **bold**\n\n**next**"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_becomes_the_markdown_that_says_the_same(html: str, markdown: str) -> None:
    assert convert(html) == markdown


def test_what_was_escaped_is_read_back_as_it_was() -> None:
    html = "<h2 id='codes'>Codes</h2><p>Send *all* of PAY_ME_402 to [shop] &lt;now&gt; for 5_000 # 1.</p>"
    article = Article("a", "en", "All about errors", "/help/en/a", convert(html), "a")
    (passage,) = passages_of(article)
    assert passage.text == "Send *all* of PAY_ME_402 to [shop] <now> for 5_000 # 1."
    assert (passage.heading, passage.anchor) == ("Codes", "codes")


@pytest.mark.parametrize(
    "html",
    ["<div>" * 900 + "x", "<ul><li>" * 900 + "x", "<b>" * 900 + "x", "<!--" * 50_000, "<table><tr><td>" * 300 + "x",
     "&" * 50_000, "<![CDATA[" * 20_000, "<li>x" * 10_000, "<" * 100_000, "\x00<p>x</p>\x00"],
)  # fmt: skip
def test_hostile_html_is_read(html: str) -> None:
    with no_runaway():
        html_to_markdown(html)


@pytest.mark.parametrize("html", ["<div>" * 100_000, "<p>x</p>" * 300_000, "<a href='" * 20_000])
def test_html_that_is_too_deep_or_too_large_is_refused(html: str) -> None:
    with no_runaway(), pytest.raises(HtmlUnusable):
        html_to_markdown(html)
