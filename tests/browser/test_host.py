"""The widget in pages of others: their snippet, their policy, their style sheets, their old scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.fake_chat import FakeChat
from tests.browser.other_site import Shower, other_site_server, show
from tests.browser.widget import Widget

__all__ = ["other_site_server", "show"]

pytestmark = pytest.mark.browser

ELEMENT = """<script type="module" async src="{api}/widget/support-copilot.js"></script>
<support-copilot api="{api}" widget-key="wk_demo"></support-copilot>"""
# What docs/integrate.md gives for the widget from our origin.
POLICY = (
    "default-src 'self'; script-src 'self' {api}; connect-src 'self' {api}; img-src 'self' {api} data:; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri {api}/csp-reports"
)


def test_nothing_but_two_lines_from_another_origin_under_the_strictest_policy(show: Shower, chat: FakeChat) -> None:
    page = show(ELEMENT, POLICY)
    widget = Widget(page).to_answer()
    expect(page.locator("support-copilot .card")).to_be_visible()
    page.get_by_role("button", name="Read it here").click()
    expect(page.locator("support-copilot .whole .hit").first).to_be_visible()
    assert chat.openings[0]["widget_key"] == "wk_demo"
    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert [url.split("/widget/")[1] for url in loaded if "/widget/" in url] == [
        "support-copilot.js",
        "support-copilot-chat.js",
    ], "the launcher, then the rest, and nothing else"
    widget.choose("solved.yes")
    page.get_by_text("Glad that helped!").wait_for()


def test_the_familiar_snippet_with_calls_that_wait_for_the_widget(show: Shower, chat: FakeChat) -> None:
    settings = """
        window.copilotSettings = {
            api: '{api}', widget_key: 'wk_demo', language: 'pt', theme: 'dark', context: { page: 'Orders' },
        };
        window.copilot = window.copilot || function () { (window.copilot.q = window.copilot.q || []).push([...arguments]); };
        window.heard = [];
        copilot('on', 'message', ({ text }) => window.heard.push(text));
        copilot('open');
    """
    html = (
        '<body><h1>Shop</h1><script src="/settings.js"></script><script async src="{api}/widget/copilot.js"></script>'
    )
    page = show(html, POLICY, {"settings": settings})
    Widget(page).option("language.es").wait_for()
    opening = chat.openings[0]
    assert (opening["widget_key"], opening["language"]) == ("wk_demo", "pt")
    assert opening["context"] == {"page": "Orders", "app_version": "", "last_error": ""}
    assert page.locator("support-copilot").get_attribute("theme") == "dark"
    chat.add(chat.only(), "agent", "Hello, this is Ana.")
    page.get_by_text("Hello, this is Ana.").wait_for()
    assert "Hello, this is Ana." in page.evaluate("window.heard")
    page.evaluate("copilot('close')")
    expect(Widget(page).panel).to_be_hidden()


AGGRESSIVE = """<style>
* { all: revert !important; box-sizing: content-box !important; font: 40px/3 fantasy !important; color: red !important;
    letter-spacing: 9px !important; position: static !important; z-index: 0 !important; margin: 30px !important; }
div, button, section, textarea, p { display: none !important; }
support-copilot { opacity: 1; }
html { transform: none; font-size: 62.5%; }
</style>"""
OLD = """
    // What libraries of twenty years ago did to the page.
    Array.prototype.toJSON = function () { return 'broken'; };
    String.prototype.toJSON = function () { return 'broken'; };
    Object.prototype.extend = function () {};
    Array.prototype.each = Array.prototype.include = Array.prototype.remove = function () { throw new Error('old'); };
    window.$ = window.h = window.icon = window.Words = window.Panel = window.event = window.name = 'taken';
    Element.prototype.hide = Element.prototype.show = Element.prototype.toggle = function () { throw new Error('old'); };
    NodeList.prototype.forEach = undefined;
"""


def test_aggressive_styles_and_old_globals_of_the_page_change_nothing(show: Shower, chat: FakeChat) -> None:
    page = show('<body><script src="/old.js"></script>' + AGGRESSIVE + ELEMENT, scripts={"old": OLD})
    widget = Widget(page).to_answer()
    box = widget.panel.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (400, 660)
    style = "getComputedStyle(b).fontSize + getComputedStyle(b).letterSpacing + getComputedStyle(b).display"
    assert widget.log.locator(".bubble").first.evaluate(f"b => {style}") == "15pxnormalblock"
    assert chat.posts[-1]["text"] == "The sales report does not arrive"
    page.reload()
    widget.option("solved.no").wait_for()


def test_two_widgets_on_a_page_hold_two_conversations(show: Shower, chat: FakeChat) -> None:
    page = show(
        """<style>#two { --copilot-side: 460px; }</style>
        <script type="module" src="{api}/widget/support-copilot.js"></script>
        <support-copilot id="one" api="{api}" widget-key="wk_one"></support-copilot>
        <support-copilot id="two" api="{api}" widget-key="wk_two"></support-copilot>""",
        viewport={"width": 1440, "height": 800},
    )
    for name in ("one", "two"):
        page.locator(f"#{name} .launcher").click()
        page.locator(f"#{name}").get_by_role("button", name="English").click()
    for name in ("one", "two"):
        page.locator(f"#{name}").get_by_role("button", name="I have a question").wait_for()
    first, second = chat.conversations.values()
    assert [len(each.messages) for each in (first, second)] == [4, 4]
    page.locator("#one textarea").fill("Only here")
    page.locator("#one textarea").press("Enter")
    expect(page.locator("#one .answer")).to_have_count(1)
    expect(page.locator("#two .answer")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#one .panel")).to_be_hidden()
    expect(page.locator("#two .panel")).to_be_visible()


def test_the_same_widget_twice_is_one_conversation(show: Shower, chat: FakeChat) -> None:
    page = show(ELEMENT + ELEMENT.split("\n")[1].replace("<support-copilot", '<support-copilot id="two"'))
    page.evaluate("document.querySelectorAll('support-copilot')[0].open()")
    page.locator("support-copilot").first.get_by_role("button", name="English").wait_for()
    page.evaluate("document.querySelector('#two').open()")
    page.locator("#two").get_by_role("button", name="English").wait_for()
    assert len(chat.openings) == 1
    chat.add(chat.only(), "agent", "Hello, this is Ana.")
    expect(page.get_by_text("Hello, this is Ana.")).to_have_count(2)
    page.locator("#two").get_by_role("button", name="English").click()
    page.locator("#two").get_by_role("button", name="I have a question").wait_for()
    page.evaluate("document.querySelector('#two').close()")
    page.locator("support-copilot").first.get_by_role("button", name="New conversation").click()
    page.locator("support-copilot").first.get_by_role("button", name="Start over").click()
    page.evaluate("document.querySelector('#two').open()")
    expect(page.get_by_text("Hello, this is Ana.")).to_have_count(0)
    expect(page.locator("#two").get_by_role("button", name="English")).to_be_enabled()
    assert len(chat.openings) == 2
    page.locator("#two textarea").fill("Both of us are here")
    page.locator("#two textarea").press("Enter")
    expect(page.locator("support-copilot .from-customer", has_text="Both of us are here")).to_have_count(2)
