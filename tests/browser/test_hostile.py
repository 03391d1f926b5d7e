"""Hostile content, rendered live, in every place of a message and in articles: nothing runs, nothing is reported."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.help_center.article_endpoints import tree_of
from knowledge_base.rendering import render_markdown
from tests.browser.conftest import Opener
from tests.browser.fake_answers import PASSAGE
from tests.browser.fake_chat import FakeChat, FakeConversation
from tests.browser.vectors import vectors
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

VECTORS = vectors(500)


def _watched(page: Page, site: str) -> None:
    page.add_init_script("window.runs = []; window.ran = (number) => window.runs.push(number);")
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(f"{site}/?lang=en")


def _nothing_ran(page: Page, where: str) -> None:
    assert page.evaluate("window.runs") == [], where
    found = page.locator(where).evaluate(
        """place => [...place.querySelectorAll('*')].filter((element) =>
            /^(script|iframe|object|embed|form|style|base|meta|link|video)$/i.test(element.localName) ||
            [...element.attributes].some(({ name, value }) => /^on|^style|^srcdoc/i.test(name) ||
                (/^(href|src|action|formaction|xlink:href)$/i.test(name) && !/^https?:/.test(value))))
            .map((element) => element.outerHTML.slice(0, 200))"""
    )
    assert found == [], where


def _say_all(chat: FakeChat, conversation: FakeConversation) -> None:
    """Five vectors a message, in all of its places."""
    for at in range(0, len(VECTORS), 5):
        one, two, three, four, five = VECTORS[at : at + 5]
        passage = {**PASSAGE, "title": one, "heading": two, "snippet": three, "url": four, "heading_path": [five, one]}
        passage |= {"highlights": [(0, min(4, len(three)))], "code": [], "steps": []}
        related = {"article_id": two, "title": three, "url": five, "locale": "en"}
        rest: dict[str, Any] = {
            "answer": {"confident": True, "passages": [passage, passage], "related": [related]},
            "ticket": {"id": one, "status": two, "priority": three, "category": four, "subject": five, "url": one},
            "choices": [{"id": f"c{at}", "label": two, "name": three}],
            "attachments": [{"id": "x", "name": four, "size": 1, "media_type": five}],
        }
        chat.add(conversation, "copilot", "\n\n".join((one, two, three, four, five)), kind="answer", **rest)
        chat.add(conversation, "customer", one, attachments=rest["attachments"])


def test_five_hundred_hostile_texts_in_every_place_of_a_message_run_nothing(
    open_page: Opener, chat: FakeChat, site: str
) -> None:
    assert len(set(VECTORS)) >= 490
    page = open_page("/widget/copilot/dom.js")
    _watched(page, site)
    widget = Widget(page).open()
    _say_all(chat, chat.only())
    expect(widget.rows).to_have_count(2 + 2 * len(VECTORS) // 5)
    expect(widget.log).to_contain_text(VECTORS[-1].splitlines()[0][-20:].strip() or "go")
    widget.log.locator("a, .choice:enabled").first.hover()
    _nothing_ran(page, "support-copilot .log")


def test_five_hundred_hostile_articles_unfolded_run_nothing(open_page: Opener, chat: FakeChat, site: str) -> None:
    # As the api gives them, and as an api that cleans nothing would.
    cleaned = tree_of(render_markdown("\n\n".join(each.replace("\x00", "") for each in VECTORS)))
    raw = tree_of("\n".join(VECTORS))
    names = [
        "script",
        "iframe",
        "object",
        "form",
        "style",
        "base",
        "meta",
        "svg",
        "a",
        "img",
        "constructor",
        "__proto__",
    ]
    forged: list[Any] = [
        [name, {"src": each, "href": each, "onload": each, "onclick": each, "srcdoc": each, "style": each}, each]
        for name, each in zip(names * 42, VECTORS, strict=False)
    ]
    chat.articles[str(PASSAGE["article_id"])] = [*cleaned, *raw, *forged, None, 7, {}, [], [["p"]], ["p"]]
    page = open_page("/widget/copilot/dom.js")
    _watched(page, site)
    Widget(page).to_answer()
    page.get_by_role("button", name="Read it here").click()
    expect(page.locator("support-copilot .whole .body")).to_be_visible()
    _nothing_ran(page, "support-copilot .whole")
