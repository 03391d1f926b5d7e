"""The reference of the api in a real browser: strict, from our own origin, found by words and by address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from api.database import Database
from tests.browser.conftest import Guard
from tests.browser.serving import serving
from tests.support.rest import rest_of

pytestmark = pytest.mark.browser


@pytest.fixture
def address(database: Database, guard: Guard) -> Iterator[str]:
    rest = rest_of(database, shared=True)
    with serving(rest.app, lifespan="off") as url:
        guard.allowed_hosts.add(url.removeprefix("http://"))
        yield url


def test_the_reference_is_searched_linked_and_asks_no_other_host(
    address: str, contexts: Callable[..., BrowserContext]
) -> None:
    """That nothing is fetched elsewhere and the console stays silent is what `guard` looks at."""
    page = contexts(viewport={"width": 360, "height": 740}).new_page()
    response = page.goto(f"{address}/docs?lang=en")
    assert response is not None
    assert "unsafe" not in response.headers["content-security-policy"]
    page.keyboard.press("/")
    page.keyboard.type("cursor invocations")
    expect(page.locator("#found")).to_have_text("Calls: 1")
    page.locator(".operation:visible > summary").click()
    expect(page.locator(".operation:visible .call")).to_contain_text("curl ")
    page.locator("#query").fill("xyzzy")
    expect(page.locator("#found")).to_have_text("No call matches.")
    # By a link that somebody sent.
    page.goto(f"{address}/docs?lang=pt#post-api-v2-tickets")
    page.reload()
    expect(page.locator("#post-api-v2-tickets .call")).to_contain_text('--json \'{"ticket":')
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    problems = Axe().run(page, context="#post-api-v2-tickets, header, .tags, #find").response["violations"]
    assert [each["id"] for each in problems] == []
