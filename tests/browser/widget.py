"""The widget as a customer handles it: what tests say to a page."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Widget:
    """``<support-copilot>`` on a page. Playwright's locators look into its shadow tree by themselves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("support-copilot .launcher")
        self.panel = page.locator("support-copilot .panel")
        self.log = page.locator("support-copilot .log")
        self.input = page.locator("support-copilot textarea")
        self.error = page.locator("support-copilot .error")
        self.rows = page.locator("support-copilot .row")

    def open(self) -> Widget:
        """Open the panel and wait for the copilot's first question."""
        self.launcher.click()
        self.option("language.es").wait_for()
        return self

    def option(self, name: str) -> Locator:
        """The newest quick reply of that language-free name."""
        return self.page.locator(f'support-copilot .choice[data-name="{name}"]').last

    def choose(self, name: str) -> None:
        self.option(name).click()

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def customer_says(self, text: str) -> Locator:
        return self.page.locator("support-copilot .from-customer .bubble").filter(
            has_text=re.compile(rf": {re.escape(text)}$")
        )

    def said_once(self, text: str) -> None:
        expect(self.customer_says(text)).to_have_count(1)

    def settled(self) -> None:
        """Nothing is on its way any more."""
        expect(self.page.locator("support-copilot .typing")).to_be_hidden()

    def focused(self) -> str:
        """What has the focus inside the widget: a quick reply's name, else its class."""
        name: str = self.page.evaluate(
            """() => {
                const focused = document.querySelector('support-copilot').shadowRoot.activeElement;
                return focused ? focused.dataset.name || focused.className || focused.tagName.toLowerCase() : '';
            }"""
        )
        return name

    def to_answer(self) -> Widget:
        """From the beginning to the first answer, in English."""
        self.open()
        self.choose("language.en")
        self.choose("scenario.question")
        self.page.get_by_text("Tell me what happens").wait_for()
        self.say("The sales report does not arrive")
        self.option("solved.no").wait_for()
        return self
