"""Documents made to take time, or depth: each is handled, its words kept.

None takes a second; that is measured by `make soak`, on a machine that does nothing else.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from knowledge_base import render_markdown
from knowledge_base.articles import Article, Passage
from knowledge_base.chunking import MAX_WORDS, split_article
from knowledge_base.copies import without_copies
from knowledge_base.links import LinkMap
from knowledge_base.sources.markdown_folder import MarkdownFolder
from tests.knowledge_base.conftest import write
from tests.support.limits import no_runaway

N = 100_000
ATTACKS = {
    "nested brackets": "[" * N,
    "open links": "[a](" * (N // 4),
    "nested links": "[" * N + "a" + "](b)" * (N // 4),
    "open images": "![" * (N // 2),
    "nested quotes": "> " * N + "x",
    "deeper and deeper quotes": "\n".join(">" * (at % 300) + " x" for at in range(N // 150)),
    "nested lists": "- " * N + "x",
    "list stairs": "\n".join(" " * (2 * at) + "- x" for at in range(300)),
    "list items": "- x\n" * N,
    "lists in lists on every line": ("- " * 9 + "x\n") * 3_900,
    "lists in quotes on every line": ("> - " * 9 + "x\n") * 3_900,
    "stars": "*a **b " * (N // 7),
    "unlike marks": "*_" * N,
    "runs of backticks": "".join("`" * at + "a" for at in range(450)),
    "open fences": "```\n" * N,
    "open tags": "<a <b " * (N // 6),
    "open comments": "<!-- x\n" * (N // 7),
    "open tables": "<table><tr><td>" * (N // 15),
    "wide and long table": "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|x\n" * (N // 3),
    "spanning cells": "<table><tr>" + "<td colspan=9999999 rowspan=9999999>x" * 1000 + "</table>",
    "alert of alerts": '<div class="' + "alert " * N + '">' + "<div class=alert>" * 5000,
    "code never closed": "<code>" * (N // 6) + "<pre>" * (N // 5),
    "notations never closed": "[!DNL " * (N // 6) + "{#a" * N + "+++ " + " " * N,
    "escaped twice": "&amp;nbsp;" * (N // 10),
    "one line of a megabyte": "word " * (10 * N // 5),
    "one word of a megabyte": "a" * (10 * N),
    "headings all alike": "## same\n\nx\n\n" * (N // 12),
    "definitions": "".join(f"[a{at}]: /x\n" for at in range(N // 10)),
}


def handled(article: Article) -> tuple[Passage, ...]:
    """What a build and a page make of it."""
    links = LinkMap([article])
    render_markdown(article.body_markdown, lambda target: links.resolve(target, article))
    return tuple(split_article(article, links).passages)


@pytest.mark.parametrize("body", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_document_runs_away_or_loses_its_words(body: str) -> None:
    article = Article("a", "en", "A title", "/help/en/a", f"Before.\n\n{body}\n", "en/a.md")
    with no_runaway():
        passages = handled(article)
    assert passages[0].text.startswith("Before.")


@pytest.mark.parametrize("body", ATTACKS.values(), ids=ATTACKS.keys())
def test_looking_for_copies_does_not_run_away_either(body: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path, f"en/{name}.md", f"---\ntitle: A title\n---\nBefore.\n\n{body}\n")
    with no_runaway():
        content = without_copies(MarkdownFolder(tmp_path).read())
    assert [each.path for each in content.articles] == ["en/a.md"]


@pytest.mark.soak
def test_on_a_quiet_machine_none_takes_a_second() -> None:
    took = {}
    for name, body in ATTACKS.items():
        begun = time.process_time()
        handled(Article("a", "en", "A title", "/help/en/a", f"Before.\n\n{body}\n", "en/a.md"))
        took[name] = time.process_time() - begun
    slowest = max(took, key=took.__getitem__)
    print(f"\nslowest: {took[slowest]:.2f} s, {slowest}")
    assert took[slowest] < 1


def test_of_an_article_with_too_much_markup_the_words_stay_and_the_report_says_so() -> None:
    body = "".join(f"- **Word{number}** [x](y.md) <b>z</b>\n" for number in range(5_000))
    article = Article("a", "en", "A title", "/help/en/a", body, "en/a.md")
    split = split_article(article, LinkMap([article]))
    assert str(split.warnings[0]).startswith("en/a.md: too much markup to read")
    assert all(len(each.text.split()) <= MAX_WORDS for each in split.passages)
    assert all(f"Word{number}" in " ".join(each.text for each in split.passages) for number in range(0, 5_000, 500))
    assert "<b>" not in split.passages[0].text


def test_an_article_ten_times_the_size_of_a_long_one_is_read_as_it_is_written() -> None:
    body = "".join(f"## Part {number}\n\nSome **words** and `code`, [a link](#part-1).\n\n" for number in range(900))
    article = Article("a", "en", "A title", "/help/en/a", body, "en/a.md")
    split = split_article(article, LinkMap([article]))
    assert split.warnings == ()
    assert split.passages[-1].heading == "Part 899"
