"""The dashboard in a browser: without a script, by axe, printed, on a phone, and brought up to date by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from api.database import Database
from api.identity import accounts
from api.identity.models import StaffUser
from tests.browser.axe import violations
from tests.browser.conftest import Guard
from tests.browser.serving import serving
from tests.leads.conftest import Past
from tests.support.fake_help_center import FakeHelpCenter
from tests.support.rest import Rest, rest_of

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


@dataclass
class Dashboard:
    """The dashboard with a few conversations behind it, and a lead's sign-in."""

    rest: Rest
    url: str
    token: str
    contexts: Callable[..., BrowserContext]
    opened: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/leads?lang=en", **options: Any) -> Page:
        context = self.contexts(**options)
        self.opened.append(context)
        context.add_cookies([{"name": "copilot_session", "value": self.token, "url": self.url}])
        page = context.new_page()
        page.goto(self.url + path)
        return page


@pytest.fixture
def dashboard(database: Database, contexts: Callable[..., BrowserContext], guard: Guard) -> Iterator[Dashboard]:
    rest = rest_of(database, shared=True)
    rest.services.help_center = FakeHelpCenter()  # type: ignore[assignment]
    past = Past(rest)
    for days, language in ((1, "en"), (2, "es"), (9, "pt")):
        past.talk("asked_for_help", "answer", "solved_yes", days=days, language=language)
        past.talk("asked_for_help", "answer", "solved_no", "ticket", days=days, language=language)
        past.talk("asked_for_help", "unsure", "form_step", days=days + 30, language=language, confidence=0.3)
    with database.write() as session:
        eva = StaffUser(email="eva@team.example", name="Eva", role="lead", password_hash="!", active=True)
        session.add(eva)
        session.flush()
        token = accounts.begin_staff_session(session, eva).token
    with serving(rest.app, lifespan="off") as url:
        guard.allowed_hosts.add(url.removeprefix("http://"))
        shown = Dashboard(rest, url, token, contexts)
        yield shown
        for context in shown.opened:  # what a page still fetches is not refused by a server that is gone
            context.close()
    rest.http.close()


def test_it_is_all_there_without_a_script(dashboard: Dashboard) -> None:
    page = dashboard.open(java_script_enabled=False)
    expect(page.locator("#card-asked .value")).to_have_text("6")
    expect(page.locator("#outcomes svg.chart")).to_be_visible()
    page.locator("#outcomes summary").click()
    expect(page.locator("#outcomes table")).to_be_visible()
    page.locator("#by-language td a").first.click()
    expect(page.locator("#rows tbody tr").first).to_be_visible()
    page.locator("#rows tbody th a").first.click()
    expect(page.locator(".talk")).to_contain_text("[email]")
    page.goto(f"{dashboard.url}/leads/answers?lang=en")
    page.get_by_label("Another precision").fill("80")
    page.get_by_role("button", name="Compute").click()
    page.get_by_role("button", name="Ask for 80% from now on").click()
    expect(page.get_by_role("status")).to_contain_text("Done.")


def test_axe_finds_nothing(dashboard: Dashboard) -> None:
    page = dashboard.open("/leads")
    for path in ("", "/answers?precision=80", "/review"):
        if path:
            page.goto(f"{dashboard.url}/leads{path}")
        page.emulate_media(color_scheme="light")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert violations(page) == [], path
        page.emulate_media(color_scheme="dark")
        assert violations(page, "color-contrast") == [], path


def test_nothing_is_wider_than_a_phone(dashboard: Dashboard) -> None:
    page = dashboard.open(viewport=PHONE)
    for path in ("", "/answers", "/review", "/tickets", "/value", "/conversations", "/report"):
        page.goto(f"{dashboard.url}/leads{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_print_leaves_out_what_paper_cannot_do(dashboard: Dashboard) -> None:
    page = dashboard.open()
    page.emulate_media(media="print")
    for hidden in (".rooms", ".filter", ".languages", "#funnel .files"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator("#outcomes svg.chart")).to_be_visible()


def test_what_happens_meanwhile_shows_and_what_is_open_stays_so(dashboard: Dashboard) -> None:
    page = dashboard.open()
    page.locator("#outcomes summary").click()
    page.wait_for_function("performance.getEntriesByName(location.origin + '/leads/pulse').length > 0")
    Past(dashboard.rest).talk("asked_for_help", "answer", "solved_yes")
    # A page that comes back to the front looks at once.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#card-asked .value")).to_have_text("7")
    expect(page.locator("#outcomes details")).to_have_attribute("open", "")
