from __future__ import annotations

import pytest

from knowledge_base.articles import Article
from knowledge_base.links import LinkMap
from knowledge_base.stubs import names_by_target, stub_target, with_targets


def article(path: str, body: str, title: str = "A title") -> Article:
    locale, name = path.removesuffix(".md").split("/", 1)
    return Article(name, locale, title, f"/help/{locale}/{name}", body, path)


REFUNDS = article("en/refunds.md", "Open the order and choose Refund. Type the amount. The bank needs three days.")


def target(body: str) -> str:
    here = article("en/here.md", body)
    return stub_target(here, LinkMap([here, REFUNDS]))


@pytest.mark.parametrize(
    "body",
    [
        "See [Refunds](refunds.md).",
        "# A title\n\nPlease refer to [Refund an order](/help/refunds.md#amount) in our guide.\n",
        "> [!NOTE]\n> This page moved. Read [Refunds](../en/refunds.md)\n",
        'This page moved: <a href="/en/refunds">refunds</a>.',
        "- [Refunds, in short](refunds.md)\n- [Refunds, in full](refunds.md#full)\n",
    ],
)
def test_a_sentence_or_two_with_one_link_point_to_the_article(body: str) -> None:
    assert target(body) == "refunds"


def test_a_stub_that_leads_elsewhere_points_to_the_url() -> None:
    assert target("Read it in the [carrier's guide](https://carrier.example/guide).") == "https://carrier.example/guide"


@pytest.mark.parametrize(
    "body",
    [
        "Open the order, choose Refund, type the amount.",
        "See [Refunds](refunds.md). Choose the order. Type the amount.",
        "Run `refund --all`, as in [Refunds](refunds.md).",
        "1. Open [Refunds](refunds.md)\n2. Type the amount\n",
        "See [Refunds](refunds.md) or [charges](https://carrier.example/charges).",
        "![The button](https://x.example/a.png) See [Refunds](refunds.md).",
        "See [nothing](gone.md).",
        "See [this very page](here.md#below).",
        "Refunds " + "are given back to the card that was charged and " * 5 + "as [told](refunds.md).",
    ],
)
def test_what_says_something_itself_or_leads_nowhere_points_to_nothing(body: str) -> None:
    assert target(body) == ""


def test_chains_are_followed_to_their_end_and_circles_lead_nowhere() -> None:
    pages = [
        article("en/a.md", "See [b](b.md).", "Money back"),
        article("en/b.md", "See [refunds](refunds.md).", "Give back money"),
        article("en/x.md", "See [y](y.md)."),
        article("en/y.md", "See [x](x.md)."),
        REFUNDS,
    ]
    found = with_targets(pages, LinkMap(pages))
    assert {each.id: each.points_to for each in found} == {
        "a": "refunds",
        "b": "refunds",
        "x": "",
        "y": "",
        "refunds": "",
    }
    assert names_by_target(found) == {("en", "refunds"): ("Money back", "Give back money")}


def test_a_target_in_another_locale_only_gives_no_name() -> None:
    here = article("es/aqui.md", "Ver [Refunds](../en/refunds.md).")
    found = with_targets([here, REFUNDS], LinkMap([here, REFUNDS]))
    assert found[0].points_to == "refunds"
    assert names_by_target(found) == {}
