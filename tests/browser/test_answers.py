"""How an answer looks: the article's own words, its steps, what else there is; and the question which topic is meant."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser


def violations(page: Page) -> list[str]:
    return [f"{found['id']}: {found['nodes'][0]['target']}" for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_steps_are_a_list_words_are_marked_and_code_stays_code(
    open_page: Opener, site: str, chat: FakeChat, scheme: str
) -> None:
    page = open_page("/?lang=en", color_scheme=scheme)
    Widget(page).open().say("steps please")
    card = page.locator("support-copilot .card")
    expect(card.locator("ol > li")).to_have_count(3)
    expect(card.locator(".snippet > p")).to_have_text("🧾 To sync & check the report <b>now</b>:")
    expect(card.locator("ol > li").first.locator("ul > li")).to_have_text(["Reports", "Sales"])
    assert card.locator("pre code").text_content() == "shop sync --all\n  --wait"
    assert card.locator("mark").all_text_contents() == ["sync", "report", "sync"]
    expect(card.locator(".heading")).to_have_text("Reports › By hand")
    link = card.get_by_role("link", name=chat.catalog.wording("en").text("web.widget.steps_continue"))
    expect(link).to_have_attribute("href", f"{site}/help/en/export-sales-report#steps")
    others = page.locator("support-copilot .others a")
    assert [text.split(" (")[0] for text in others.all_text_contents()] == [
        "Schedule a report",
        "Roles and permissions",
    ]
    assert violations(page) == []


def test_where_there_is_no_answer_the_nearest_articles_are_links_only(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.say("nobody knows")
    expect(page.locator("support-copilot .others a")).to_have_count(3)
    expect(page.locator("support-copilot .card")).to_have_count(0)
    expect(page.locator("support-copilot .answer")).to_contain_text(
        chat.catalog.wording("en").text("web.widget.answer_nearest")
    )
    expect(widget.option("solved.no")).to_be_enabled()


def test_the_topic_is_chosen_by_its_button_and_answered_as_from_the_help_center(
    open_page: Opener, chat: FakeChat
) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.say("which one")
    expect(page.locator("support-copilot .log .choices:not(.settled) .choice")).to_have_text(
        ["Sync your reports", "Schedule a report", "Choose the columns", "None of these"]
    )
    expect(page.locator("support-copilot .card")).to_have_count(0)
    assert violations(page) == []
    widget.choose("clarify.sync-reports")
    expect(page.locator("support-copilot .card .label")).to_have_text(
        chat.catalog.wording("en").text("web.widget.answer_sure")
    )
    expect(widget.option("clarify.sync-reports")).to_have_attribute("aria-pressed", "true")
    expect(widget.option("solved.yes")).to_be_enabled()


def test_none_of_the_topics_leads_on(open_page: Opener) -> None:
    widget = Widget(open_page()).open()
    widget.say("which one")
    widget.choose("clarify.none")
    expect(widget.option("solved.no")).to_have_text("A person")


def test_an_answer_of_an_older_copilot_is_shown_as_it_was(open_page: Opener) -> None:
    page = open_page()
    Widget(page).to_answer()
    expect(page.locator("support-copilot .snippet > p")).to_have_count(1)
    expect(page.locator("support-copilot mark")).to_have_count(0)
    expect(page.locator("support-copilot .heading")).to_have_text("Before you start")
