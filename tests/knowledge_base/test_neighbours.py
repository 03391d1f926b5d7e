"""The articles around an article."""

from __future__ import annotations

from knowledge_base.articles import Article
from knowledge_base.links import LinkMap
from knowledge_base.neighbours import linked_articles


def article(id_: str, locale: str = "en", body: str = "Words.") -> Article:
    return Article(id_, locale, f"About {id_}", f"/help/{locale}/{id_}", body, f"{locale}/{id_}.md")


BODY = """See [invoices](invoices.md#pay "Invoices"), [again](/help/en/invoices) and ![a picture](picture.png).

Also [refunds][1], [itself](billing.md), [nothing](missing.md), [the web](https://example.com/x) and [taxes](<taxes.md>).

[1]: refunds.md
"""


def test_linked_articles_come_once_and_in_the_order_of_the_text() -> None:
    billing = article("billing", body=BODY)
    everything = [billing, *(article(each) for each in ("invoices", "refunds", "taxes")), article("taxes", "es")]
    known = {(each.locale, each.id): each for each in everything}
    links = LinkMap(everything)
    assert [each.article_id for each in linked_articles(billing, links, known)] == ["invoices", "taxes", "refunds"]
    assert linked_articles(billing, links, known, most=1)[0].url == "/help/en/invoices"
    assert linked_articles(known["en", "taxes"], links, known) == ()


def test_nobody_is_led_into_another_language() -> None:
    spanish = article("cobros", "es", "Mira [esto](../en/only-english.md).")
    everything = [spanish, article("only-english")]
    known = {(each.locale, each.id): each for each in everything}
    assert linked_articles(spanish, LinkMap(everything), known) == ()
