"""The admin help panel in the demo host application."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser


def ticket(number: int, **values: Any) -> dict[str, Any]:
    made = {"id": number, "subject": f"Ticket {number}", "status": "open", "updated_at": "2026-01-31T12:00:00+00:00"}
    return {**made, "url": f"/portal/tickets/{number}", "rateable": False, "score": None, **values}


@pytest.mark.parametrize(("language", "ask", "center", "experts"), [
    ("es", "Hacer una pregunta", "Centro de información", "Habla con nuestros especialistas"),
    ("en", "Ask a question", "Information center", "Talk to our experts"),
    ("pt", "Faça uma pergunta", "Central de informações", "Fale com nossos especialistas"),
])  # fmt: skip
def test_both_ways_in_have_their_labels_in_every_language(
    open_page: Opener, language: str, ask: str, center: str, experts: str
) -> None:
    page = open_page(f"/admin?lang={language}")
    page.get_by_role("button", name="Copilot", exact=True).click()
    expect(page.get_by_role("button", name=ask)).to_be_focused()
    page.get_by_role("button", name=center).click()
    expect(page.get_by_role("button", name=ask)).to_be_hidden()
    expect(page.get_by_role("heading", name=center)).to_be_focused()
    page.get_by_role("button", name=experts).click()
    expect(page.locator("support-copilot-panel .card")).to_have_count(2)
    assert "panel." not in page.locator("support-copilot-panel .drawer").inner_text()


def test_nothing_of_the_screen_is_sent_before_the_customer_agrees(open_page: Opener, chat: FakeChat) -> None:
    page = open_page("/admin?lang=en")
    page.get_by_role("button", name="Information center").click()
    shown = page.locator("support-copilot-panel .drawer dl")
    expect(shown.locator("dt")).to_have_text(["Account", "Screen", "Version", "Last error"])
    expect(shown.locator("dd").first).to_have_text("demo-shop")
    assert chat.contexts == []
    page.get_by_label("Share with support").check()
    expect(page.locator(".articles a")).to_contain_text("Roles")
    assert chat.contexts[0]["page"] == "Orders"
    assert chat.contexts[0]["last_error"].endswith("(LMB-4012)")
    assert violations(page) == []
    page.get_by_label("Share with support").uncheck()
    expect(page.locator(".articles a")).to_have_count(0)
    page.get_by_label("Share with support").check()
    page.reload()
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Ask a question").click()
    Widget(page).option("language.es").wait_for()
    assert chat.openings[0]["context"]["app_version"] == "4.2"


def test_by_keyboard_and_escape_gives_the_focus_back(open_page: Opener) -> None:
    page = open_page("/admin?lang=es")
    question = page.get_by_role("button", name="Centro de información")
    question.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Centro de información")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Habla con nuestros especialistas")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Centro de información")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("support-copilot-panel .drawer")).to_be_hidden()
    expect(question).to_be_focused()
    page.get_by_role("button", name="Copilot", exact=True).press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Copilot", exact=True)).to_be_focused()


def test_the_drawer_has_a_name_before_its_words_are_there(open_page: Opener) -> None:
    page = open_page("/?lang=en")
    held: list[Route] = []
    page.route("**/catalog?*", lambda route: held.append(route))
    page.goto(page.url.replace("/?", "/admin?"))
    page.locator("support-copilot-panel .question").click()
    expect(page.get_by_role("dialog", name="Copilot")).to_be_visible()
    expect(page.get_by_role("heading", name="Copilot")).to_be_focused()
    assert held
    page.unroute("**/catalog?*")  # lets go of those that are held, too
    expect(page.get_by_role("heading", name="Information center")).to_be_focused()


def test_my_tickets_and_the_survey(open_page: Opener, chat: FakeChat) -> None:
    chat.panel_tickets = [ticket(1042), ticket(1041, status="solved", rateable=True, subject="<b>Slow</b>")]
    page = open_page("/admin?lang=en")
    page.get_by_role("button", name="Information center").click()
    page.get_by_role("button", name="My tickets").click()
    rows = page.locator("support-copilot-panel .list li")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("<b>Slow</b>")
    expect(rows.nth(1)).to_contain_text("No. 1041 · Solved")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Satisfaction survey").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Choose one of the two.")).to_be_visible()
    page.get_by_label("Bad, it did not help me").check()
    page.get_by_label("Would you like to tell us more?").fill("Slow")
    assert violations(page) == []
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you for your feedback.")).to_be_focused()
    assert chat.ratings == [{"id": 1041, "score": "bad", "comment": "Slow"}]


def test_a_form_opens_in_the_panel_or_else_its_link(open_page: Opener, guard: Guard) -> None:
    guard.expect("Failed to load resource|ERR_FAILED|dynamically imported")
    page = open_page("/admin?lang=en")
    page.route("**/widget/pages/ticket-form.js", lambda route: route.abort())
    page.get_by_role("button", name="Information center").click()
    page.get_by_role("button", name="Talk to our experts").click()
    page.locator("support-copilot-panel .card").first.click()
    link = page.get_by_role("link", name="Open the form in another tab")
    expect(link).to_have_attribute("href", re.compile(r"/portal/new\?support_type=financial&lang=en$"))
    page.unroute("**/widget/pages/ticket-form.js")
    page.get_by_role("button", name="Back").click()
    form: dict[str, Any] = {
        "catalog": None,
        "words": {},
        "platforms": [],
        "email": "irene@shop.example",
        "verified": True,
    }
    page.route("**/portal/data/form*", lambda route: route.fulfill(json=form, status=503))
    page.locator("support-copilot-panel .card").last.click()
    expect(page.get_by_role("heading", name="Sales support")).to_be_focused()


def test_who_is_not_signed_in_is_told_and_helped_all_the_same(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("401")
    chat.refuse_identities = 9
    page = open_page("/admin?lang=en")
    page.get_by_role("button", name="Information center").click()
    expect(page.locator(".who")).to_contain_text("not available")
    page.get_by_role("button", name="My tickets").click()
    expect(page.locator("support-copilot-panel [role=alert]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_drawer_fits_a_phone(open_page: Opener, scheme: str) -> None:
    page = open_page("/admin?lang=es", color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.get_by_role("button", name="Copilot", exact=True).click()
    expect(page.get_by_role("button", name="Hacer una pregunta")).to_be_visible()
    assert violations(page) == [], "menu"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Centro de información").click()
    expect(page.locator("support-copilot-panel .drawer")).to_be_visible()
    assert violations(page) == [], "drawer"
    assert page.locator("support-copilot-panel .drawer").evaluate("each => each.getBoundingClientRect().width") == 320


def test_two_lines_are_enough_in_any_host(open_page: Opener, site: str, chat: FakeChat) -> None:
    page = open_page("/widget/pages/icon.svg")
    page.route(
        "**/host",
        lambda route: route.fulfill(
            content_type="text/html",
            body="<!doctype html><html lang=pt><title>Host</title><header style='transform: none'>"
            "<script type=module src=/widget/support-copilot-panel.js></script>"
            "<support-copilot-panel identity-url=/demo/identity></support-copilot-panel></header></html>",
        ),
    )
    page.goto(f"{site}/host")
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Faça uma pergunta").click()
    Widget(page).option("language.es").wait_for()
    assert chat.openings[0]["channel"] == "admin"
    assert chat.openings[0]["identity"]
