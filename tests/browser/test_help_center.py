"""The help center as people read it, search it and answer it."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

ARTICLE = "/help/en/export-sales-report"
PAGES = [
    "/help/en",
    "/help/search?q=report&lang=en",
    "/help/support?lang=en",
    "/help/collections/data?lang=en",
    ARTICLE,
]


def fits(page: Page) -> bool:
    """Whether nothing hangs over the page's edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("path", [*PAGES, "/help/es/only-english"])
def test_every_page_carries_the_strict_policy_and_no_inline_code(site: str, path: str) -> None:
    response = httpx.get(site + path, trust_env=False)
    assert response.status_code == (404 if "only" in path else 200)
    assert "trusted-types 'none'" in response.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", response.text)
    assert "web.help" not in response.text


@pytest.mark.parametrize(("language", "tab", "foot"), [
    ("es", "Soporte", "Entrar en contacto"),
    ("en", "Support", "Contact us"),
    ("pt", "Suporte", "Entrar em contato"),
])  # fmt: skip
def test_tab_and_foot_lead_to_the_choice_of_the_support_type(
    open_page: Opener, chat: FakeChat, language: str, tab: str, foot: str
) -> None:
    page = open_page(f"/help/{language}/export-sales-report")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("navigation").get_by_role("link", name=tab, exact=True)).to_have_attribute(
        "href", f"/help/support?lang={language}"
    )
    page.get_by_role("contentinfo").get_by_role("link", name=foot).click()
    expect(page.locator("main .choice")).to_have_count(3)
    hrefs = [link.get_attribute("href") for link in page.locator("main .choice a").all()]
    assert [
        f"support_type={each}" in str(href)
        for each, href in zip(("technical", "financial", "commercial"), hrefs, strict=True)
    ] == [True] * 3
    page.locator("main .choice a").first.press("Space")
    Widget(page).option(f"language.{language}").wait_for()
    assert chat.openings[0]["channel"] == "helpcenter"


def test_an_article_is_whole_readable_and_switches_to_its_translation(open_page: Opener) -> None:
    page = open_page(ARTICLE, viewport={"width": 320, "height": 640})
    assert fits(page)
    expect(page.locator("time")).to_have_text("31 January 2026")
    expect(page.get_by_role("note")).to_contain_text("Careful")
    expect(page.locator(".crumbs li")).to_have_text(["Help center", "Reports and alerts", "Export your sales report"])
    expect(page.locator(".related a").first).to_have_attribute("href", "/help/en/schedule-reports")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert fits(page)
    page.get_by_role("navigation", name="Page language").get_by_role("link", name="Português").click()
    expect(page.locator("h1")).to_have_text("Exporte seu relatório de vendas")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Export your sales report")


def test_an_article_that_a_language_lacks_is_offered_in_the_others(open_page: Opener, guard: Guard) -> None:
    guard.expect("404")
    page = open_page("/help/es/only-english")
    expect(page.locator("h1")).to_have_text("No encontramos esta página")
    page.locator("main").get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Only in English")
    expect(page.locator(".contents")).to_have_count(0)


def test_search_as_you_type_by_keyboard(open_page: Opener, fake_server: tuple[FastAPI, str]) -> None:
    page = open_page("/help/en")
    asked = fake_server[0].state.services.help_center.asked
    asked.clear()
    box = page.get_by_role("combobox", name="Search the help center")
    box.press_sequentially("rep")
    options = page.get_by_role("option")
    expect(options).to_have_count(6)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("search").get_by_role("status")).to_contain_text("5 articles")
    assert asked == ["rep"], "one search for what was typed in one go"
    assert violations(page) == []
    box.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("rep")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**/help/en/schedule-reports#steps")


def test_enter_in_the_search_leads_to_every_result(open_page: Opener) -> None:
    page = open_page("/help/en")
    box = page.get_by_role("combobox")
    box.fill("Schedule a report")
    box.press("Enter")
    page.wait_for_url("**/help/search?**")
    expect(page.locator(".results .best h2")).to_have_text("Schedule a report")
    expect(page.locator(".results mark").first).to_have_text("Export")


def test_the_search_works_without_a_script(open_page: Opener) -> None:
    page = open_page("/help/pt", java_script_enabled=False)
    page.locator("#query").fill("relatório")
    page.get_by_role("button", name="Buscar").click()
    expect(page.locator(".results h2")).to_have_text(["Exporte seu relatório de vendas"])
    page.locator(".results a").first.click()
    page.get_by_role("button", name="Sim").click()
    expect(page.locator("#helped")).to_contain_text("Obrigado")


def test_whether_it_helped_is_told_in_place(open_page: Opener, guard: Guard) -> None:
    page = open_page(ARTICLE)
    page.get_by_role("button", name="No", exact=True).click()
    told = page.locator(".helped [role=status]")
    expect(told).to_be_focused()
    expect(told.get_by_role("link", name="Contact us")).to_have_attribute("href", "/help/support?lang=en")
    guard.expect("ERR_FAILED")
    page.reload()
    page.route("**/help/votes", lambda route: route.abort())
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator(".helped [role=status]")).to_contain_text("could not be saved")
    expect(page.get_by_role("button", name="Yes", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_everything_fits(open_page: Opener, site: str, scheme: str) -> None:
    page = open_page(PAGES[0], color_scheme=scheme, viewport={"width": 768, "height": 800})
    for path in PAGES:
        page.goto(site + path)
        assert violations(page) == [], path
        for width in (320, 768, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert fits(page), (path, width)


def test_what_is_printed_is_the_article(open_page: Opener) -> None:
    page = open_page(ARTICLE)
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    for part in (".top", "footer", ".search", ".helped", "support-copilot"):
        expect(page.locator(part)).to_be_hidden()
