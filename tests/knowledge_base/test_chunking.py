from __future__ import annotations

import pytest

from knowledge_base.articles import Article, Passage
from knowledge_base.chunking import MAX_WORDS, passages_of, split_article
from knowledge_base.links import LinkMap


def passages(body: str, title: str = "Title", description: str = "") -> list[Passage]:
    return passages_of(Article("an/id", "en", title, "/help/en/an/id", body, "en/an/id.md", description=description))


def test_a_passage_is_a_section_with_its_heading_path_and_anchor() -> None:
    first, second, third = passages("Intro.\n\n## Set up\n\nOne.\n\n### On a phone {#phone}\n\nTwo.\n\n## \n")
    assert (first.heading_path, first.anchor, first.url) == ((), "", "/help/en/an/id")
    assert (second.heading, second.url) == ("Set up", "/help/en/an/id#set-up")
    assert (third.heading_path, third.anchor) == (("Set up", "On a phone"), "phone")
    assert [each.id for each in (first, second, third)] == ["en/an/id#0", "en/an/id#1", "en/an/id#2"]


def test_a_first_heading_that_repeats_the_title_is_no_section_of_its_own() -> None:
    (passage,) = passages("# Title\n\nWords.\n")
    assert passage.heading_path == ()


def test_headings_within_code_or_quotes_open_no_section() -> None:
    (passage,) = passages("```\n# not a heading\n```\n\n> ## nor this\n")
    assert "# not a heading" in passage.text


def test_equal_headings_get_anchors_of_their_own() -> None:
    assert [each.anchor for each in passages("## Steps\n\na\n\n## Steps\n\nb\n")] == ["steps", "steps-1"]


def test_steps_tables_and_code_keep_their_lines() -> None:
    (passage,) = passages("1. Open **it**\n2. Run:\n\n   ```\n   php bin\n   ```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n")
    assert passage.text == "1. Open it\n2. Run:\nphp bin\nA | B\n1 | 2"


def test_long_sections_are_split_between_paragraphs_and_keep_every_word() -> None:
    paragraphs = [f"Paragraph {number} " + "word " * 60 for number in range(9)]
    found = passages("## Long\n\n" + "\n\n".join(paragraphs))
    assert len(found) > 1
    assert all(len(each.text.split()) <= MAX_WORDS for each in found)
    assert {each.heading for each in found} == {"Long"}
    assert " ".join(each.text for each in found).split() == " ".join(paragraphs).split()


def test_a_long_table_is_split_by_rows_and_each_part_repeats_its_head() -> None:
    rows = "\n".join(f"| code {number} | {'meaning ' * 10}|" for number in range(60))
    found = passages(f"| Code | Meaning |\n|---|---|\n{rows}\n")
    assert len(found) > 1
    assert all(each.text.startswith("Code | Meaning") for each in found)
    assert sum(each.text.count("\ncode ") for each in found) == 60


def test_a_description_that_the_body_does_not_say_is_a_passage() -> None:
    assert [each.text for each in passages("Body.", description="Something else entirely.")] == [
        "Body.",
        "Something else entirely.",
    ]
    assert [each.text for each in passages("Body words here.", description="Body words here.")] == ["Body words here."]


def test_steps_of_a_list_that_is_split_keep_their_numbers() -> None:
    steps = "\n".join(f"{number}. Step {number} {'word ' * 50}" for number in range(1, 12))
    found = passages(steps)
    assert len(found) > 1
    lines = [line for each in found for line in each.text.split("\n")]
    assert [line.split(" ", 1)[0] for line in lines] == [f"{number}." for number in range(1, 12)]


def test_links_whose_target_is_defined_elsewhere_in_the_article_are_links_in_every_part() -> None:
    body = (
        f"## One\n\nSee [the guide][g]. {'word ' * 300}\n\nAnd [again][g].\n\n## Two\n\n[g]: https://x.example/guide\n"
    )
    article = Article("a", "en", "T", "/help/en/a", body, "en/a.md")
    found = split_article(article, LinkMap([article])).passages
    assert len(found) == 2
    assert all('href="https://x.example/guide"' in each.html for each in found)


def test_links_within_an_article_lead_to_its_page_and_dead_ones_are_words_and_counted() -> None:
    body = "[down](#set-up) [nowhere](#gone) [lost](lost.md)\n\n## Set up\n\n[up](#top)\n"
    article = Article("a", "en", "T", "/help/en/a", body, "en/a.md")
    split = split_article(article, LinkMap([article]))
    first, second = split.passages
    assert first.html == '<p><a href="/help/en/a#set-up" rel="noopener noreferrer">down</a> nowhere lost</p>'
    assert 'href="/help/en/a"' in second.html
    assert [str(each) for each in split.warnings] == ["en/a.md: links to nothing: #gone and 1 more"]


def test_headings_within_a_passage_carry_no_id_of_the_page_that_shows_it() -> None:
    article = Article("a", "en", "T", "/help/en/a", "> ## login\n>\n> Words.\n", "en/a.md")
    (passage,) = split_article(article, LinkMap([article])).passages
    assert "id=" not in passage.html


@pytest.mark.parametrize(
    "code", ["ERR_4711: no  such   sku", "SKU-00.7/x_y*z*", "a" * 500, "<b>&amp;</b>", "**x** [y](z)"]
)
@pytest.mark.parametrize(
    "around",
    ["`{}`", "```\n{}\n```", "~~~text\n{}\n~~~", "1. Step\n\n   ```\n   {}\n   ```", "> ```\n> {}\n> ```", "    {}"],
)
def test_what_stands_in_code_is_in_the_text_to_the_letter(code: str, around: str) -> None:
    expected = " ".join(code.split()) if around == "`{}`" else code
    assert expected in passages(f"Words.\n\n{around.format(code)}\n\nMore.")[0].text


@pytest.mark.parametrize(
    "around", ["<code>{}</code>", "<pre>{}</pre>", "<table><tr><td>Code</td><td><code>{}</code></td></tr></table>"]
)
def test_code_written_in_html_is_in_the_text_to_the_letter(around: str) -> None:
    assert (
        "ERR_1*2*|<x> & [y](z)" in passages(f"Words.\n\n{around.format('ERR_1*2*|&lt;x&gt; &amp; [y](z)')}\n")[0].text
    )
