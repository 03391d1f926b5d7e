"""The widget as host applications program it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

# Claims {"sub": "irene"} and {"sub": "bo"}; the api decides what they are worth, the widget only whose they are.
IRENE, BO = "e30.eyJzdWIiOiJpcmVuZSJ9.x", "e30.eyJzdWIiOiJibyJ9.x"


def _call(page: Page, code: str) -> object:
    return page.evaluate(f"(() => {{ const widget = document.querySelector('support-copilot'); return {code}; }})()")


def test_events_tell_what_happens_until_nobody_listens(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    _call(
        page,
        """(window.heard = [],
            window.offs = ['open', 'close', 'message', 'ticket', 'unread', 'language'].map((name) => widget.on(name,
                ({ count, role, language }) => window.heard.push([name, count ?? role ?? language ?? ''])))) && 0""",
    )
    widget = Widget(page)
    _call(page, "widget.toggle()")
    widget.option("language.pt").click()
    widget.option("scenario.question").wait_for()
    widget.say("confirm")
    widget.option("solved.no").wait_for()
    page.keyboard.press("Escape")
    chat.add(chat.only(), "agent", "Hello, this is Ana.")
    expect(page.locator("support-copilot .badge")).to_have_text("1")
    assert _call(page, "widget.unreadCount") == 1
    expect(widget.launcher).to_have_accessible_name(chat.catalog.wording("pt").text("web.widget.open_unread", count=1))
    heard = page.evaluate("window.heard")
    assert heard[0] == ["open", ""]
    assert ["language", "pt"] in heard
    assert [each for each in heard if each[0] != "message"][-3:] == [["language", "pt"], ["close", ""], ["unread", 1]]
    assert heard.count(["message", "agent"]) == 1
    _call(page, "window.offs.forEach((off) => off())")
    _call(page, "widget.open()")
    expect(widget.panel).to_be_visible()
    assert len(page.evaluate("window.heard")) == len(heard)


def test_what_was_not_seen_is_still_counted_after_a_reload(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    Widget(page).open()
    page.keyboard.press("Escape")
    chat.add(chat.only(), "agent", "Hello, this is Ana.")
    expect(page.locator("support-copilot .badge")).to_have_text("1")
    page.reload()
    expect(page.locator("support-copilot .badge")).to_have_text("1")
    chat.add(chat.only(), "agent", "Are you there?")
    expect(page.locator("support-copilot .badge")).to_have_text("2")
    Widget(page).launcher.click()
    expect(page.locator("support-copilot .badge")).to_be_hidden()
    page.reload()
    expect(Widget(page).panel).to_be_visible()
    assert _call(page, "widget.unreadCount") == 0


def test_a_ticket_is_told_to_the_page(open_page: Opener) -> None:
    page = open_page()
    _call(page, "widget.on('ticket', ({ id, priority }) => (window.ticket = [id, priority])) && 0")
    widget = Widget(page).open()
    widget.say("no")
    for name in ("solved.no", "category.incident", "subcategory.reports", "attachments.skip", "confirm.yes"):
        widget.choose(name)
    page.locator("support-copilot .ticket").wait_for()
    assert page.evaluate("window.ticket") == [1042, "high"]


def test_the_language_that_the_page_sets_answers_the_copilots_question(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    _call(page, "widget.setLanguage('pt-BR')")
    widget.option("scenario.question").wait_for()
    expect(widget.panel).to_have_attribute("lang", "pt")
    assert chat.only().language == "pt"


def test_who_signs_in_keeps_what_they_were_writing_and_who_signs_out_leaves_nothing(
    open_page: Opener, chat: FakeChat
) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.input.fill("My report is")
    _call(page, f"widget.identify('{IRENE}')")
    widget.option("language.es").wait_for()
    expect(widget.input).to_have_value("My report is")
    assert chat.openings[1]["identity"] == IRENE
    widget.say("My report is empty")
    widget.option("solved.no").wait_for()
    _call(page, f"widget.identify('{IRENE}')")
    expect(page.locator("support-copilot .from-customer")).to_have_count(1)
    _call(page, "widget.logout()")
    expect(widget.panel).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter((key) => !key.endsWith('seen'))") == []
    _call(page, f"widget.identify('{BO}')")
    _call(page, "widget.open()")
    widget.option("language.es").wait_for()
    expect(page.locator("support-copilot .from-customer")).to_have_count(0)
    assert chat.openings[-1]["identity"] == BO


def test_the_hosts_context_comes_with_the_conversation_and_follows_the_screen(
    open_page: Opener, chat: FakeChat
) -> None:
    page = open_page()
    _call(page, "widget.setContext({ page: 'Orders', app_version: '4.2' })")
    Widget(page).open()
    assert chat.only().context == {"page": "Orders", "app_version": "4.2", "last_error": ""}
    with page.expect_response("**/context"):
        _call(page, "widget.setContext({ page: 'Stock', last_error: 'E17' })")
    assert chat.only().context == {"page": "Stock", "app_version": "", "last_error": "E17"}


def test_a_session_that_ends_in_mid_conversation_is_renewed_and_goes_on_with_the_text_kept(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("40[14]")
    page = open_page()
    _call(page, f"widget.identify('{IRENE}')")
    _call(page, f"widget.on('identity-refused', ({{ renew }}) => renew(Promise.resolve('{IRENE}2'))) && 0")
    widget = Widget(page).to_answer()
    chat.wait_for_stream()
    first = chat.only()
    first.token, chat.refuse_identities = "another", 1
    widget.say("unsure, and more")
    expect(widget.input).to_have_value("unsure, and more")
    expect(widget.customer_says("The sales report does not arrive")).to_have_count(1)
    expect(widget.error).to_be_hidden()
    widget.input.press("Enter")
    expect(page.locator("support-copilot .answer")).to_have_count(2)
    assert [m["text"] for m in first.messages if m["role"] == "customer"][-1] == "unsure, and more"


def test_a_session_that_nobody_renews_asks_to_sign_in_again_with_the_text_kept(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("40[14]")
    page = open_page()
    _call(page, f"widget.identify('{IRENE}')")
    widget = Widget(page).open()
    chat.wait_for_stream()
    chat.only().token, chat.refuse_identities = "another", 1
    widget.say("My report is empty")
    expect(widget.error).to_have_text(chat.catalog.wording("en").text("web.widget.identify_again"))
    expect(widget.input).to_have_value("My report is empty")
    widget.option("language.es").wait_for()
    assert "identity" not in chat.openings[-1]
    _call(page, f"widget.identify('{IRENE}2')")
    page.wait_for_function("() => true")
    widget.option("language.es").wait_for()
    widget.say("My report is empty")
    widget.option("solved.no").wait_for()
    assert chat.openings[-1]["identity"] == f"{IRENE}2"
