"""The launcher before what stands behind it has come: it can be used, and nothing asked of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Guard
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

REST = "**/widget/support-copilot-chat.js*"


@pytest.fixture
def held(site: str, contexts: Callable[..., BrowserContext]) -> tuple[Page, list[Route]]:
    """The shop with the launcher alone: what stands behind it has been asked for and waits in the list."""
    page = contexts().new_page()
    waiting: list[Route] = []
    _hold(page, waiting)
    page.goto(f"{site}/?lang=en")
    page.evaluate("customElements.whenDefined('support-copilot')")
    Widget(page).launcher.hover()
    page.wait_for_function("() => document.querySelector('support-copilot').launcher.matches(':hover')")
    return page, waiting


def _hold(page: Page, waiting: list[Route]) -> None:
    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(REST, hold)


def _go_on(waiting: list[Route], page: Page) -> None:
    while not waiting:
        page.wait_for_timeout(5)
    for route in waiting:
        route.continue_()


def test_a_click_before_the_rest_is_there_opens_it_when_it_comes(
    held: tuple[Page, list[Route]], chat: FakeChat
) -> None:
    page, waiting = held
    widget = Widget(page)
    page.evaluate("""() => {
        window.told = [];
        const element = document.querySelector('support-copilot');
        for (const name of ['ready', 'open', 'unread']) element.on(name, () => window.told.push(name));
        element.setContext({ page: 'Orders' });
    }""")
    widget.launcher.click()
    expect(widget.launcher).to_have_attribute("aria-busy", "true")
    assert page.evaluate("document.querySelector('support-copilot').isOpen")
    assert (chat.openings, widget.panel.count()) == ([], 0)
    _go_on(waiting, page)
    widget.option("language.es").wait_for()
    expect(widget.launcher).not_to_have_attribute("aria-busy", "true")
    assert widget.focused() == "textarea"
    assert page.evaluate("window.told") == ["open", "ready"]
    assert chat.openings[0]["context"]["page"] == "Orders"
    assert len(waiting) == 1


def test_who_changes_their_mind_or_goes_on_typing_elsewhere_is_not_disturbed(held: tuple[Page, list[Route]]) -> None:
    page, waiting = held
    widget = Widget(page)
    widget.launcher.click()
    widget.launcher.click()
    expect(widget.launcher).not_to_have_attribute("aria-busy", "true")
    page.evaluate("document.querySelector('support-copilot').open()")
    page.get_by_role("button", name="Add to basket").first.focus()
    _go_on(waiting, page)
    widget.option("language.es").wait_for()
    expect(page.get_by_role("button", name="Add to basket").first).to_be_focused()


def test_who_signs_out_before_the_rest_is_there_leaves_nothing(held: tuple[Page, list[Route]], chat: FakeChat) -> None:
    page, waiting = held
    _go_on(waiting, page)
    Widget(page).open()
    page.unroute(REST)
    waiting.clear()
    _hold(page, waiting)
    page.reload(wait_until="commit")  # what is held up may hold up the end of loading
    page.wait_for_function("() => !!customElements.get('support-copilot')")
    kept = "Object.keys(localStorage).concat(Object.keys(sessionStorage)).filter((name) => name.startsWith('copilot:'))"
    assert len(page.evaluate(kept)) >= 2
    page.evaluate("document.querySelector('support-copilot').logout()")
    assert page.evaluate(kept) == []
    _go_on(waiting, page)
    page.wait_for_function("() => document.querySelector('support-copilot').chat?.words.catalog")
    expect(Widget(page).panel).to_be_hidden()
    assert len(chat.openings) == 1


def test_what_could_not_be_loaded_is_asked_for_again(held: tuple[Page, list[Route]], guard: Guard) -> None:
    page, waiting = held
    guard.expect("Failed to load resource")
    Widget(page).launcher.click()
    while not waiting:
        page.wait_for_timeout(5)
    with page.expect_event("requestfailed"):
        waiting.pop().abort()
    page.evaluate("new Promise((done) => setTimeout(done)).then(() => dispatchEvent(new Event('online')))")
    _go_on(waiting, page)
    Widget(page).option("language.es").wait_for()
