"""The pages: whole, strict, in every language, and open to everybody."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from api.web.modules import STATIC
from tests.browser.axe import violations
from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["/", "/admin", "/leads", "/desk"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_strict_policy_and_no_inline_code(site: str, path: str) -> None:
    response = httpx.get(site + path, trust_env=False)
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in response.headers
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", response.text)


@pytest.mark.parametrize("path", ["/", "/admin", "/leads", "/desk"])
@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_pages_speak_the_language_that_is_asked_for(
    open_page: Opener, chat: FakeChat, path: str, language: str
) -> None:
    page = open_page(f"{path}?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    key = f"web.{path.strip('/') or 'shop'}.page_title"
    expect(page).to_have_title(chat.catalog.wording(language).text(key))
    assert "web." not in page.locator("body").inner_text()


def test_a_page_without_a_wish_speaks_the_browsers_language(open_page: Opener) -> None:
    expect(open_page("/", locale="pt-BR").locator("html")).to_have_attribute("lang", "pt")


def test_the_language_switch_leads_to_the_same_page(open_page: Opener) -> None:
    page = open_page("/admin?lang=es")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main h1")).to_have_text("Store overview")


def test_the_basket_of_the_shop_counts(open_page: Opener) -> None:
    page = open_page("/?lang=en")
    page.get_by_role("button", name="Add to basket").first.click()
    expect(page.locator(".cart")).to_have_text("Basket: 1")


def test_the_admin_panel_vouches_for_its_customer(open_page: Opener, chat: FakeChat) -> None:
    page = open_page("/admin?lang=es")
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Hacer una pregunta").click()
    widget = Widget(page)
    widget.option("language.es").wait_for()
    expect(page.locator(".who")).to_contain_text("Irene Salas")
    assert chat.openings[0]["channel"] == "admin"
    assert chat.openings[0]["identity"]
    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(page.get_by_role("button", name="Copilot", exact=True)).to_be_focused()


@pytest.mark.parametrize(("refused", "vouched_for"), [(1, [True, True]), (2, [True, True, False])])
def test_a_refused_identity_is_renewed_once_else_helped_as_a_visitor(
    open_page: Opener, chat: FakeChat, guard: Guard, refused: int, vouched_for: list[bool]
) -> None:
    guard.expect("401")
    chat.refuse_identities = refused
    page = open_page("/admin?lang=es")
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Hacer una pregunta").click()
    Widget(page).option("language.es").wait_for()
    assert ["identity" in opening for opening in chat.openings] == vouched_for


def test_two_people_at_one_browser_do_not_see_each_others_conversation(
    open_page: Opener, chat: FakeChat, site: str
) -> None:
    page = open_page()
    Widget(page).to_answer()
    page.evaluate("document.querySelector('support-copilot').setAttribute('identity', 'e30.eyJzdWIiOiJpcmVuZSJ9.x')")
    widget = Widget(page)
    expect(page.locator("support-copilot .from-customer")).to_have_count(0)
    widget.option("language.es").wait_for()
    assert len(chat.conversations) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_the_pages(open_page: Opener, path: str, scheme: str) -> None:
    assert violations(open_page(path, color_scheme=scheme)) == []


def test_the_panels_buttons_have_names_before_its_words_are_there(open_page: Opener, guard: Guard) -> None:
    guard.expect("ERR_FAILED")
    page = open_page("/admin?lang=en")
    page.route("**/catalog?*", lambda route: route.abort())
    page.reload()
    assert violations(page) == []
    page.unroute("**/catalog?*")
    # Asked for again as soon as somebody opens it.
    page.get_by_role("button", name="Copilot", exact=True).click()
    expect(page.get_by_role("button", name="Ask a question")).to_be_focused()
    expect(page.get_by_role("button", name="Information center")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state_of_the_widget(
    open_page: Opener, chat: FakeChat, guard: Guard, scheme: str
) -> None:
    guard.expect("503")
    page = open_page("/?lang=en", color_scheme=scheme, reduced_motion="reduce")
    widget = Widget(page).to_answer()
    assert violations(page) == [], "answer"
    widget.choose("solved.no")
    widget.choose("category.incident")
    widget.choose("subcategory.reports")
    widget.option("attachments.skip").wait_for()
    assert violations(page) == [], "attachments"
    widget.choose("attachments.skip")
    widget.choose("confirm.yes")
    page.locator("support-copilot .ticket").wait_for()
    assert violations(page) == [], "ticket"
    chat.fail_next = True
    widget.say("unsure")
    page.get_by_role("button", name="Try again").wait_for()
    page.get_by_role("button", name="New conversation").click()
    assert violations(page) == [], "failed, asked about a new conversation"
    chat.down = True
    page.locator("support-copilot .connection").wait_for()
    assert violations(page) == [], "offline"


def test_static_files_are_compressed_revalidated_and_nothing_else_is_served(site: str) -> None:
    response = httpx.get(f"{site}/widget/support-copilot.js", trust_env=False)
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"].startswith("text/javascript")
    again = httpx.get(
        f"{site}/widget/support-copilot.js", headers={"If-None-Match": response.headers["etag"]}, trust_env=False
    )
    assert again.status_code == 304
    for path in ["../endpoints.py", "%2e%2e/endpoints.py", "..%2fsecurity.py", "copilot", "nothing.js", "/etc/passwd"]:
        assert httpx.get(f"{site}/widget/{path}", trust_env=False).status_code == 404


def test_every_text_that_a_face_asks_for_is_written_in_every_language(chat: FakeChat) -> None:
    wanted: set[str] = set()
    panel = {STATIC / "support-copilot-panel.js", *(STATIC / "panel").glob("*.js")}
    for module in {*STATIC.glob("support-copilot*.js"), *(STATIC / "copilot").glob("*.js"), *panel}:
        face = "panel" if module in panel else "widget"
        found = re.findall(r"words\.text\(\s*'(\w+)'", module.read_text(encoding="utf-8"))
        wanted |= {f"{face}.{key}" for key in found}
    for template in (ROOT / "api" / "web" / "templates").glob("*.html"):
        wanted |= set(re.findall(r"t\('([\w.]+)'[,)]", template.read_text(encoding="utf-8")))
    assert len(wanted) > 50
    for language in chat.catalog.languages:
        served = chat.catalog.wording(language).section("web")
        assert wanted - set(served) == set(), language
