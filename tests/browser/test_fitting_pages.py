"""The pages and the help panel fit: with forty percent more text, at 200 percent, on a phone, in forced colours, at rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.fitting import ENLARGED, SMALL, borderless, lengthen, moving, sticking_out

pytestmark = pytest.mark.browser

PAGES = ["/", "/help/en", "/help/en/export-sales-report", "/help/support?lang=en"]


def _menu(page: Page) -> None:
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Ask a question").wait_for()


def _drawer(page: Page) -> None:
    page.get_by_role("button", name="Information center").click()
    page.get_by_role("button", name="Talk to our experts").wait_for()


def _experts(page: Page) -> None:
    page.get_by_role("button", name="Talk to our experts").click()
    page.locator("support-copilot-panel .card").first.wait_for()


# One after the other on one page.
STATES: dict[str, Callable[[Page], None]] = {"menu": _menu, "drawer": _drawer, "experts": _experts}


def _each(open_page: Opener, paths: list[str], **options: Any) -> Any:
    """The pages, then the states of the help panel."""
    page = open_page(paths[0], **options)
    site = page.url[: page.url.index("/", 8)]
    yield paths[0], page
    for path in paths[1:]:
        page.goto(site + path)
        yield path, page
    page.goto(f"{site}/admin?lang=en")
    for name, reach in STATES.items():
        reach(page)
        yield name, page


@pytest.mark.parametrize("size", [ENLARGED, SMALL], ids=["200 percent", "a small phone"])
def test_longer_texts_fit_on_every_page(open_page: Opener, size: dict[str, Any]) -> None:
    for name, page in _each(open_page, PAGES, **size):
        lengthen(page)
        assert sticking_out(page) == [], name


def test_without_colours_and_motion_every_control_is_still_seen(open_page: Opener) -> None:
    for name, page in _each(open_page, PAGES, forced_colors="active", reduced_motion="reduce"):
        assert borderless(page) == [], name
        assert moving(page) == [], name
