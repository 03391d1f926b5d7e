"""What the widget costs a page: bytes, time until its launcher can be used, movement of the page, memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import uvicorn
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from pydantic import BaseModel, SecretStr

from api.app import create_app
from api.settings import DatabaseSettings, KbSettings, MailInSettings, Settings
from api.web.modules import widget_files
from tools.bench.processes import BenchError, free_ports
from tools.bootstrap import chromium

ROUNDS = 9
SLOWER = 4
TURNS = 100
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

# From the navigation on. The launcher answers as soon as its element is defined; seen it is one painted frame later.
_WATCH = """
window.moved = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.moved += entry.value)))
    .observe({ type: 'layout-shift', buffered: true });
customElements.whenDefined('support-copilot').then(() => requestAnimationFrame(() => setTimeout(() => {
    window.usable = performance.now();
})));
"""


_CLICK = """
customElements.whenDefined('support-copilot').then(() => requestAnimationFrame(() => setTimeout(() => {
    const element = document.querySelector('support-copilot');
    element.addEventListener('copilot-open', () => requestAnimationFrame(() => setTimeout(() => {
        window.opened = performance.now();
    })));
    window.clicked = performance.now();
    element.shadowRoot.querySelector('.launcher').click();
})));
"""

# What a company adds to a page of its own, on a page with nothing else that takes time.
HOST_PATH = "/host-page"
_HOST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Host</title><link rel="icon" href="data:,">
<script type="module" async src="/widget/support-copilot.js"></script></head>
<body><h1>A page of a company</h1><p>It has a heading and a line of text.</p><support-copilot></support-copilot></body>
</html>
"""


class Opening(BaseModel):
    """One cold load. Milliseconds from the start of the navigation; `load` is the page's own load event."""

    usable: float
    load: float


class WidgetMeasured(BaseModel):
    """`moved` is the cumulative layout shift of loading, opening and closing; memory is the used JavaScript heap in bytes.

    `clicked`: milliseconds from a click on the launcher, as soon as that can be used, to the open panel."""

    slower: int
    sizes: dict[str, int]
    openings: list[Opening]
    shop: list[Opening]
    clicked: list[float] = []
    moved: float
    messages: int
    heap_before: int
    heap_after: int

    @property
    def usable(self) -> float:
        return median(each.usable for each in self.openings)


def measure(rounds: int = ROUNDS, turns: int = TURNS) -> WidgetMeasured:
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        try:
            openings = _openings(browser, f"{url}{HOST_PATH}", rounds)
            shop = _openings(browser, f"{url}/?lang=en", rounds)
            clicked = _clicked(browser, f"{url}{HOST_PATH}", rounds)
            moved = _moved(browser, url)
            messages, before, after = _memory(browser, url, turns)
        finally:
            browser.close()
    return WidgetMeasured(
        slower=SLOWER,
        sizes={path: len(file.compressed) for path, file in widget_files().items()},
        openings=openings,
        shop=shop,
        clicked=clicked,
        moved=moved,
        messages=messages,
        heap_before=before,
        heap_after=after,
    )


def _page(browser: Browser) -> tuple[Page, CDPSession]:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(_WATCH)
    return page, page.context.new_cdp_session(page)


def _openings(browser: Browser, address: str, rounds: int) -> list[Opening]:
    """Loads in one tab with nothing cached; the first, which also starts the tab's process and warms the api, is left out."""
    page, protocol = _page(browser)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    found = [_opening(page, protocol, address) for _ in range(rounds + 1)][1:]
    page.locator("support-copilot .launcher").click()
    page.locator("support-copilot .panel").wait_for()
    page.context.close()
    return found


def _opening(page: Page, protocol: CDPSession, address: str) -> Opening:
    page.goto("about:blank")
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    page.wait_for_function("window.usable > 0 && performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    usable, load = page.evaluate("[window.usable, performance.getEntriesByType('navigation')[0].loadEventEnd]")
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return Opening(usable=round(usable, 1), load=round(load, 1))


def _clicked(browser: Browser, address: str, rounds: int) -> list[float]:
    """The same cold loads, the launcher clicked at once: what stands behind it is then still to come."""
    page, protocol = _page(browser)
    page.add_init_script(_CLICK)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    found = []
    for _ in range(rounds + 1):
        _opening(page, protocol, address)
        page.wait_for_function("window.opened > 0")
        found.append(round(page.evaluate("window.opened - window.clicked"), 1))
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.context.close()
    return found[1:]


def _moved(browser: Browser, url: str) -> float:
    page, _ = _page(browser)
    page.goto(f"{url}/?lang=en")
    launcher = page.locator("support-copilot .launcher")
    for _ in range(2):
        launcher.click()
        page.wait_for_timeout(500)
    moved: float = page.evaluate("window.moved")
    page.context.close()
    return round(moved, 6)


def _memory(browser: Browser, url: str, turns: int) -> tuple[int, int, int]:
    page, protocol = _page(browser)
    page.goto(f"{url}/?lang=en")
    page.locator("support-copilot .launcher").click()
    page.locator("support-copilot .row").first.wait_for()
    entries = "document.querySelector('support-copilot').chat.conversation.timeline.entries"
    shown = f"{entries}.filter((each) => each.message).length"
    before, first = _heap(protocol), int(page.evaluate(shown))
    page.evaluate(
        """async (turns) => {
            const { conversation } = document.querySelector('support-copilot').chat;
            for (let turn = 1; turn <= turns; turn += 1) {
                conversation.say(`Question ${turn}: how do I export the sales report of last month?`);
                while (conversation.outbox.length) await new Promise((resolve) => setTimeout(resolve, 10));
            }
        }""",
        turns,
    )
    page.wait_for_function(f"{shown} >= {first + 2 * turns}")
    after, messages = _heap(protocol), int(page.evaluate(shown)) - first
    page.context.close()
    return messages, before, after


def _heap(protocol: CDPSession) -> int:
    for _ in range(3):
        protocol.send("HeapProfiler.collectGarbage")
        time.sleep(0.1)
    return int(protocol.send("Runtime.getHeapUsage")["usedSize"])


def _answered(request: httpx.Request) -> httpx.Response:
    """The dialogue process, always with the same answer: what it does is measured elsewhere."""
    turn: dict[str, Any] = json.loads(request.content)
    passage = {
        "article_id": "export-sales-report",
        "title": "Export your sales report",
        "heading": "Before you start",
        "url": "/help/en/export-sales-report",
        "locale": "en",
        "snippet": "1. Open Reports.\n2. Choose the period.\n3. Press Export: the file reaches your inbox in five minutes.",
        "score": 1.0,
        "steps": [{"number": 1, "start": 3, "end": 16}],
    }
    choices = [{"label": "Yes", "name": "solved.yes", "intent": "affirm", "entities": {}}]
    message: dict[str, Any] = {
        "kind": "answer",
        "text": "This is how it works.",
        "language": "en",
        "asks": "solved",
        "choices": choices,
    }
    message["answer"] = {"confident": True, "decision": "answer", "passages": [passage], "related": []}
    body = {
        "status": "completed",
        "reason": None,
        "messages": [message],
        "state": turn["state"] or {"slots": {}, "active_loop": None},
        "facts": {"language": "en", "intent": "describe_problem", "confidence": 0.9},
    }
    return httpx.Response(200, json=body)


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The whole api in a thread, with that dialogue behind it."""
    port = free_ports(18_000, 1)[0]
    settings = Settings(
        var=folder,
        secret_key=SecretStr("b" * 32),
        gateway_secret=SecretStr("b" * 32),
        database=DatabaseSettings(url=f"sqlite:///{folder / 'copilot.db'}"),
        kb=KbSettings(sync_every=0),
        mail_in=MailInSettings(port=0),
        port=port,
    )
    app = create_app(settings, dialogue_transport=httpx.MockTransport(_answered))
    app.add_api_route(HOST_PATH, lambda: HTMLResponse(_HOST))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1, ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise BenchError("the api did not start")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
