"""Every passage's anchor is an id of the rendered article, whatever the headings hold."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base import render_markdown
from knowledge_base.articles import Article
from knowledge_base.chunking import split_article
from knowledge_base.links import LinkMap

WORDS = st.sampled_from(
    ["Set up", "set-up", "Set up 1", "¿Qué es?", "`code`", "**Bold**", "[link](x.md)", "![pic](a.png)", "a & b",
     "<b>x</b>", "!!!", "订单", "&nbsp;", "[!DNL Redis]", "{#own}", "{#set-up-1}", "#", "\\#", "Paso 1",
     "x" * 120, "___", "\u200b"]
)  # fmt: skip
HEADING = st.builds(
    lambda level, words, closed: f"{'#' * level} {' '.join(words)}{' ' + '#' * level if closed else ''}",
    st.integers(1, 6), st.lists(WORDS, min_size=0, max_size=3), st.booleans(),
)  # fmt: skip
UNDERLINED = st.builds(
    lambda words, mark: f"{' '.join(words)}\n{mark}",
    st.lists(WORDS, min_size=1, max_size=2),
    st.sampled_from(["===", "---"]),
)
HTML_HEADING = st.builds(
    lambda words, own: f"<h2{' id=own' if own else ''}>{' '.join(words)}</h2>",
    st.lists(WORDS, max_size=2),
    st.booleans(),
)
OTHER = st.sampled_from(
    ["Words.", "- item\n- item", "> ## quoted heading", "```\n# no heading\n```", "| a |\n|---|\n| 1 |",
     "1. one\n\n   ## within\n", "word " * 260]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(HEADING, UNDERLINED, HTML_HEADING, OTHER, OTHER), max_size=12))
def test_the_anchor_of_every_passage_is_an_id_of_the_page(blocks: list[str]) -> None:
    article = Article("a", "en", "Set up", "/help/en/a", "\n\n".join(blocks) + "\n", "en/a.md")
    links = LinkMap([article])
    page = re.findall(r'<h[2-6] id="([^"]+)"', render_markdown(article.body_markdown))
    assert len(page) == len(set(page)), "two headings share an anchor"
    for passage in split_article(article, links).passages:
        assert not passage.anchor or passage.anchor in page
        assert passage.url == (f"/help/en/a#{passage.anchor}" if passage.anchor else "/help/en/a")
        assert bool(passage.anchor) == bool(passage.heading)
