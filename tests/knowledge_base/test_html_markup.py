from __future__ import annotations

import re

import pytest

from knowledge_base import render_markdown
from knowledge_base.cleaning import clean_markdown
from knowledge_base.markdown import plain_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<ol><li>Open</li><li>Save<ul><li>twice</li></ul></li></ol>", "1. Open\n2. Save\n- twice"),
        ('<ol start="4"><li>Open<li>Save</ol>', "4. Open\n5. Save"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("1. Open<br>the page\n2. Save", "1. Open\nthe page\n2. Save"),
        ("<details><summary>Why?</summary>Because.</details>", "Why?\nBecause."),
        ("Until 2025<sup>1</sup>", "Until 2025 1"),
        ("<b> bold </b>word <i></i>", "bold word"),
        ("<blockquote>Said <b>so</b></blockquote>", "Said so"),
        ("<code>a|b &lt;x&gt; `y`</code>", "a|b <x> `y`"),
        ('<pre><code class="language-sh">run &amp;&amp; stop\n  twice</code></pre>', "run && stop\n  twice"),
        ("<pre>push <branch-name></pre>", "push <branch-name>"),
        ("> <table>\n> <tr><td>A</td><td>B</td></tr>\n> <tr><td>1</td><td>2</td></tr>\n> </table>", "A | B\n1 | 2"),
        ("<table><tr><td>A</td></tr></table>", "A"),
        ("<table><tr><th>K</th><td><ul><li>a</li><li>b</li></ul></td></tr><tr><td>x<td>y</table>", "K | • a • b\nx | y"),
        ("<table><tr><td>K</td><td><table><tr><td>in</td></tr></table></td></tr></table>", "K | in"),
        ("<a>no target</a> <a href='/x'></a>.", "no target ."),
        ("<!-- a\n```\ncode\n```\n-->After", "After"),
        ("`<!--` stays <!-- goes --> here", "<!-- stays here"),
        ("Save **now ** or ** later**.", "Save now or later."),
        ("**Open end\n\nNext", "Open end\nNext"),
        ("2 ** 3 and *args", "2 ** 3 and *args"),
        ("[!DNL Main [top] page]", "Main [top] page"),
        ("a &amp;nbsp;b &amp;quot;c&amp;quot;", 'a b "c"'),
        ("[guide] (https://x.example/a)", "guide"),
        ("[there](/a){target=_blank} and {store_id}", "there and {store_id}"),
        ("![](https://x.example/a.png\n\nWords", "Words"),
        ("A line {#here}\n\nWords", "A line\nWords"),
        ("![image.png](a.png) ![A red button](b.png)", "A red button"),
        ("to\u200bgether&#8203;", "together"),
        ("One\r\nTwo\r\n\r\nThree", "One Two\nThree"),
        ("    <b>indented code</b>", "<b>indented code</b>"),
        ("- item\n\n      <b>code in it</b>", "- item\n<b>code in it</b>"),
        ("- item\n\n  <b>words in it</b>", "- item\nwords in it"),
    ],
)  # fmt: skip
def test_what_is_written_in_html_or_half_right_reads_as_it_was_meant(written: str, read: str) -> None:
    assert plain_text(written) == read


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<h3 id='fees'>Fees</h3>", '<h3 id="fees">Fees</h3>'),
        ("**Save **now", "<p><strong>Save</strong> now</p>"),
        ("<ol><li>Open</li><li>Save</li></ol>", "<ol>\n<li>Open</li>\n<li>Save</li>\n</ol>"),
        ('<div class="alert alert-danger">Mind</div>', '<aside class="callout callout-danger">\n<p>Mind</p>\n</aside>'),
        ("![A b](https://x.example/a b.png)", '<p><img src="https://x.example/a%20b.png" alt="A b"></p>'),
        ("[x](javascript:alert(1)) <a href='data:text/html,x'>y</a>", "<p>x y</p>"),
    ],
)  # fmt: skip
def test_what_is_written_in_html_is_shown_as_the_element_it_is(written: str, shown: str) -> None:
    assert re.sub("(<strong>[^<]*) (</strong>)", r"\1\2 ", render_markdown(written)) == shown


@pytest.mark.parametrize(
    "text", ["Words only.", "# Head\n\n- a\n- b\n\n`x` [l](https://x.example) *e*", "a < b > c", "| a |\n|---|\n| b |"]
)
def test_plain_markdown_is_left_as_it_is(text: str) -> None:
    assert clean_markdown(text) == text


@pytest.mark.parametrize(
    "written",
    ["<p>a <b>b</b></p>", "<ul><li>x<pre>y\nz</pre></ul>", "<table><tr><td>a<td>b</table>", "> <br>x", "+++t\nx\n+++"],
)
def test_what_was_cleaned_once_is_clean(written: str) -> None:
    once = clean_markdown(written)
    assert plain_text(once) == plain_text(written)
