"""A real Chromium, pages that may not complain, and the fake chat server."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect, sync_playwright

from tests.browser.fake_app import create_fake_app
from tests.browser.fake_chat import FakeChat
from tests.browser.serving import serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The second list of a switch takes the first one's place: what playwright turns off and matters here, and then the pages
    # that Chromium draws its own buttons with, two processes a window: 28 % of the processor time of opening a page.
    "--disable-features=AimEnabled,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,"
    "PreconnectToSearch,ThirdPartyStoragePartitioning,InitialWebUI,PreloadTopChromeWebUI,WebUIOmniboxAimPopup,"
    "WebUIOmniboxFullPopup,WebUIOmniboxPopup,WebUIReloadButton,WebUIToolbar",
]

# Milliseconds. Only what fails waits that long; what passes is slow where the machine is busy.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

Opener = Callable[..., Page]


def find_chromium(playwright: Playwright) -> str:
    """The browser to drive. A missing one fails the tests: what was not looked at was not tested."""
    named = os.environ.get("COPILOT_CHROMIUM")
    if named:
        if not Path(named).is_file():
            pytest.fail(f"COPILOT_CHROMIUM is {named}, and there is no such file")
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        # Ubuntu's package is a snap, which cannot be driven from outside.
        if found and not Path(found).resolve().is_relative_to("/snap"):
            return found
    own = playwright.chromium.executable_path
    if Path(own).is_file():
        return own
    pytest.fail(
        "no Chromium was found: run `.venv/bin/playwright install chromium` (or install Debian's package chromium), "
        "or set COPILOT_CHROMIUM to the browser's path"
    )


@dataclass
class Guard:
    """Collects what no page of ours may do: errors, policy violations, requests to other hosts."""

    allowed_hosts: set[str] = field(default_factory=set)
    expected: list[re.Pattern[str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    reports: list[list[Any]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """A console error that the test provokes itself, for instance a refused request."""
        self.expected.append(re.compile(pattern))

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._say(message.text) if message.type in ("error", "warning") else None)
        context.on("weberror", lambda error: self._say(f"uncaught: {error.error}"))
        context.on("request", self._see)

    def _say(self, text: str) -> None:
        if not any(pattern.search(text) for pattern in self.expected):
            self.complaints.append(text)

    def _see(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        host = re.sub(r"^\w+://([^/]+).*", r"\1", request.url)
        if host not in self.allowed_hosts:
            self.complaints.append(f"request to another host: {request.url}")


# For this folder only: as long as playwright's synchronous API is open, no asynchronous test can run in the process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_chromium(playwright), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Every test that opens a page ends with: nothing complained."""
    guard = Guard()
    yield guard
    assert guard.complaints == []
    assert [report for reports in guard.reports for report in reports] == []


@pytest.fixture
def contexts(browser: Browser, guard: Guard) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts (one customer's browser each) that are watched and closed."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        guard.watch(context)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def fake_server() -> Iterator[tuple[FastAPI, str]]:
    app = create_fake_app()
    with serving(app) as url:
        yield app, url


@pytest.fixture
def chat(fake_server: tuple[FastAPI, str]) -> FakeChat:
    """The switches of the fake chat, as new."""
    app, _ = fake_server
    chat: FakeChat = app.state.chat
    chat.reset()
    return chat


@pytest.fixture
def site(fake_server: tuple[FastAPI, str], chat: FakeChat, guard: Guard) -> str:
    """The address of the pages with the fake chat behind them."""
    url = fake_server[1]
    guard.allowed_hosts.add(url.removeprefix("http://"))
    # Browsers report what a page's content security policy has stopped.
    guard.reports.append(chat.violations)
    return url


@pytest.fixture
def open_page(site: str, contexts: Callable[..., BrowserContext]) -> Opener:
    """Opens a page of the site in a browser of its own: ``open_page("/?lang=es", viewport=...)``."""

    def opener(path: str = "/?lang=en", **options: Any) -> Page:
        page = contexts(**options).new_page()
        page.goto(site + path)
        return page

    return opener
