from __future__ import annotations

import random

import pytest

from knowledge_base.articles import Article, Skipped, SourceContent
from knowledge_base.copies import without_copies

SUBJECTS = "order customer refund invoice carrier warehouse coupon shipping label return payment card gateway webhook"
WORDS = f"{SUBJECTS} catalog product variant image search filter checkout address tax report export import role".split()


def prose(seed: int, words: int = 200) -> str:
    chance = random.Random(seed)
    return " ".join(f"{chance.choice(WORDS)}{'.' if chance.random() < 0.1 else ''}" for _ in range(words))


def article(path: str, title: str, body: str, id: str = "") -> Article:
    locale, name = path.removesuffix(".md").split("/", 1)
    return Article(id or name, locale, title, f"/help/{locale}/{id or name}", body, path)


def left(*articles: Article) -> tuple[list[str], list[str]]:
    """Paths that stay, and what was said of the others."""
    ordered = tuple(sorted(articles, key=lambda each: each.path))
    content = without_copies(SourceContent(ordered, (Skipped("en/draft.md", "status DRAFT"),)))
    assert content.skipped[0].place == "en/draft.md"
    return [each.path for each in content.articles], [str(each) for each in content.skipped[1:]]


def test_the_first_by_path_stays_and_knows_the_others_ids() -> None:
    body = prose(1)
    copies = [article(f"en/{name}.md", "Refunds", body) for name in ("b", "a", "c")]
    content = without_copies(SourceContent(tuple(sorted(copies, key=lambda each: each.path)), ()))
    (kept,) = content.articles
    assert (kept.id, kept.also_ids) == ("a", ("b", "c"))
    assert [str(each) for each in content.skipped] == ["en/b.md: copy of en/a.md", "en/c.md: copy of en/a.md"]


def test_markup_case_and_a_few_words_make_no_other_article() -> None:
    body = prose(2, 400)
    marked = body.replace("refund", "**refund**").replace("invoice", "[invoice](/x/y.md)").upper()
    assert left(article("en/a.md", "Refunds", body), article("en/b.md", "Refunds!", marked))[0] == ["en/a.md"]
    longer = f"{body} Ask us where anything is unclear."
    assert left(article("en/a.md", "Refunds", body), article("en/b.md", "Refunds", longer))[0] == ["en/a.md"]


def test_articles_that_merely_are_alike_stay_two() -> None:
    half = f"{prose(3)} {prose(4)}", f"{prose(3)} {prose(5)}"
    assert left(article("en/a.md", "Refunds", half[0]), article("en/b.md", "Refunds", half[1]))[1] == []


@pytest.mark.parametrize(
    ("one", "other"), [("2.4.4", "2.4.5"), ("Paypress", "Cardio"), ("ERR-17", "ERR-18"), ("sku_red", "SKU_BLUE9")]
)
def test_a_template_filled_with_another_name_or_number_is_another_article(one: str, other: str) -> None:
    body = f"{prose(6, 500)} Install {{}} now. {prose(7, 500)}"
    pages = [article(f"en/{at}.md", "Install", body.format(name)) for at, name in enumerate((one, other))]
    assert left(*pages)[1] == []


@pytest.mark.parametrize(
    ("one", "other"), [("Connect Paypress", "Connect Cardio"), ("Release 7", "Release 8"), ("Release", "Release 8")]
)
def test_titles_that_name_different_things_keep_equal_bodies_apart(one: str, other: str) -> None:
    body = prose(8)
    assert left(article("en/a.md", one, body), article("en/b.md", other, body))[1] == []


def test_a_longer_title_over_the_same_words_is_a_copy() -> None:
    body = prose(9)
    pages = article("en/a.md", "Refund an order", body), article("en/b.md", "How to refund an order", body)
    assert left(*pages)[1] == ["en/b.md: copy of en/a.md"]


def test_short_bodies_must_be_equal_and_point_to_the_same_place() -> None:
    one = article("en/a.md", "Moved", "This article moved: [read it](new/place.md).")
    same = article("en/b.md", "Moved", "This **article** moved: [read it](../new/place.md)")
    elsewhere = article("en/c.md", "Moved", "This article moved: [read it](other/place.md).")
    assert left(one, same, elsewhere) == (["en/a.md", "en/c.md"], ["en/b.md: copy of en/a.md"])


def test_copies_are_looked_for_within_a_locale_only() -> None:
    body = prose(10)
    assert left(article("en/a.md", "Refunds", body), article("es/b.md", "Refunds", body))[1] == []


def test_the_same_id_stays_in_every_locale_that_has_it() -> None:
    pages = []
    for seed, (locale, title) in enumerate({"en": "Refunds", "es": "Reembolsos", "pt": "Reembolso"}.items()):
        body = prose(20 + seed)
        pages += [
            article(f"{locale}/{title}.md", title, body, "refunds"),
            article(f"{locale}/zz.md", title, body, "zz"),
        ]
    pages.append(article("es/aaa.md", "Reembolsos", prose(21), "untitled"))
    content = without_copies(SourceContent(tuple(sorted(pages, key=lambda each: each.path)), ()))
    assert {each.locale: each.id for each in content.articles} == {"en": "refunds", "es": "refunds", "pt": "refunds"}
    assert {each.locale: each.also_ids for each in content.articles}["es"] == ("untitled", "zz")


def test_the_outcome_is_the_same_every_time_and_nothing_is_lost() -> None:
    pages = [article(f"en/{at:03}.md", f"Title {at % 20}", prose(at % 20, 80)) for at in range(60)]
    content = SourceContent(tuple(pages), ())
    first = without_copies(content)
    assert first == without_copies(content)
    assert len(first.articles) == 20
    assert {each.id for each in pages} == {name for each in first.articles for name in (each.id, *each.also_ids)}


def test_nothing_alike_is_left_as_it_was() -> None:
    content = SourceContent((article("en/a.md", "A", ""), article("en/b.md", "B", "")), ())
    assert without_copies(content) is content
