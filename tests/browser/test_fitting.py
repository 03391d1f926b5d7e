"""The widget fits: enlarged, with long texts, above a phone's keyboard, in high contrast, without motion."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route

from tests.browser.axe import violations
from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

LONG_NAME: FilePayload = {
    "name": "a-very-long-name-of-a-screenshot-that-somebody-took.png",
    "mimeType": "image/png",
    "buffer": b"1",
}
REFUSED: FilePayload = {"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
# Everything in the panel that is wider than its place, or sticks out of the panel. What scrolls or is cut on purpose may.
STICKING_OUT = """() => {
    const panel = document.querySelector('support-copilot').shadowRoot.querySelector('.panel');
    const frame = panel.getBoundingClientRect();
    const cut = (element) => element.closest('.wide, .hidden, pre, textarea, .name') !== null;
    return [...panel.querySelectorAll('*')].filter((element) => {
        const box = element.getBoundingClientRect();
        if (!box.width || cut(element)) return false;
        return box.right > frame.right + 1 || box.left < frame.left - 1
            || (element.matches('button, .bubble, .card, h2, h3, label') && element.scrollWidth > element.clientWidth + 1);
    }).map((element) => `${element.className} ${element.textContent.slice(0, 60)}`);
}"""


def _longer(text: str) -> str:
    """Forty percent more, in words, as another language would have it."""
    extra = re.sub(r"\{\w+\}", "", text)[: max(2, round(len(text) * 0.4))]
    return f"{text} {extra}"


def _with_longer_texts(route: Route) -> None:
    response = route.fetch()
    catalog: dict[str, Any] = response.json()
    catalog["web"] = {key: _longer(text) for key, text in catalog["web"].items()}
    for lists in ("categories", "fields", "statuses", "priorities"):
        for each in catalog[lists]:
            each["label"] = _longer(each["label"])
    route.fulfill(status=200, body=json.dumps(catalog), headers={"Content-Type": "application/json"})


def _through_it_all(page: Page, widget: Widget, look: Any) -> None:
    widget.open()
    look("greeting")
    page.locator("support-copilot .elsewhere").click()
    look("other device")
    page.locator("support-copilot .sheet .textual").last.click()
    widget.choose("language.en")
    widget.choose("scenario.question")
    page.get_by_text("Tell me what happens").wait_for()
    widget.say("steps")
    widget.option("solved.no").wait_for()
    page.locator("support-copilot .unfold").click()
    page.locator("support-copilot .whole .body").wait_for()
    look("article")
    widget.choose("solved.no")
    widget.choose("category.incident")
    widget.choose("subcategory.reports")
    widget.option("attachments.skip").wait_for()
    page.locator("support-copilot input[type=file]").set_input_files([LONG_NAME, REFUSED])
    page.locator("support-copilot .files .failed").wait_for()
    look("files")
    widget.choose("attachments.skip")
    widget.choose("confirm.yes")
    page.locator("support-copilot .ticket").wait_for()
    look("ticket")


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(640, 400, 2), (320, 640, 1)], ids=["200 percent", "a small phone"]
)
def test_texts_of_forty_percent_more_fit_enlarged_and_on_a_phone(
    open_page: Opener, guard: Guard, width: int, height: int, scale: int
) -> None:
    guard.expect("422")
    page = open_page("/widget/copilot/dom.js", viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.route("**/catalog?*", _with_longer_texts)
    page.goto(page.url.replace("/widget/copilot/dom.js", "/?lang=en"))

    def look(where: str) -> None:
        assert page.evaluate(STICKING_OUT) == [], where

    _through_it_all(page, Widget(page), look)
    box = Widget(page).panel.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_other_states(open_page: Opener, chat: FakeChat, guard: Guard, scheme: str) -> None:
    guard.expect("422")
    page = open_page("/?lang=en", color_scheme=scheme, reduced_motion="reduce")
    _through_it_all(page, Widget(page), lambda where: _clean(page, where))
    chat.dialogue_down = True
    Widget(page).say("unsure")
    page.get_by_role("button", name="Write a ticket").click()
    page.locator("support-copilot #form-category").select_option("incident")
    page.get_by_role("button", name="Send", exact=True).click()
    _clean(page, "form")


def _clean(page: Page, where: str) -> None:
    assert violations(page) == [], where


def test_above_a_phones_keyboard_the_panel_keeps_its_composer_in_sight(open_page: Opener) -> None:
    page = open_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    widget = Widget(page).to_answer()
    page.evaluate(
        """() => {
            Object.defineProperty(visualViewport, 'height', { configurable: true, value: 320 });
            Object.defineProperty(visualViewport, 'offsetTop', { configurable: true, value: 40 });
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    assert widget.panel.bounding_box() == {"x": 0, "y": 40, "width": 360, "height": 320}
    box = widget.input.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 360
    page.evaluate(
        """() => {
            delete visualViewport.height;
            delete visualViewport.offsetTop;
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    assert widget.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}


def test_forced_colours_high_contrast_and_no_motion_are_respected(open_page: Opener) -> None:
    page = open_page(forced_colors="active", reduced_motion="reduce", contrast="more")
    widget = Widget(page).to_answer()
    border = "element => getComputedStyle(element).borderTopStyle"
    for part in (".from-customer .bubble", ".send", ".attach", ".choice:enabled", ".from-copilot .bubble"):
        assert page.locator(f"support-copilot {part}").first.evaluate(border) == "solid", part
    moving = widget.panel.evaluate(
        "panel => [panel, ...panel.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName !== 'none').length"
    )
    assert moving == 0


def test_a_theme_of_the_host_reaches_the_widget_by_properties_and_parts(open_page: Opener) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`
                support-copilot { --copilot-accent: rgb(120, 0, 120); --copilot-radius: 4px; --copilot-bottom: 60px; }
                support-copilot::part(launcher) { border-radius: 8px; }
                support-copilot::part(choice) { text-transform: uppercase; }`);
            document.adoptedStyleSheets.push(sheet);
        }"""
    )
    widget = Widget(page).open()
    seen = "(e, name) => getComputedStyle(e)[name]"
    assert widget.launcher.evaluate(seen, "backgroundColor") == "rgb(120, 0, 120)"
    assert widget.launcher.evaluate(seen, "borderTopLeftRadius") == "8px"
    assert widget.panel.evaluate(seen, "borderTopLeftRadius") == "4px"
    assert widget.option("language.en").evaluate(seen, "textTransform") == "uppercase"
