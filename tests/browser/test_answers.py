"""How an answer looks: the article's own words, its steps, what else there is; and the question which topic is meant."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser


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


def test_an_article_unfolds_in_place_with_the_passage_marked_and_folds_again(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    Widget(page).to_answer()
    button = page.get_by_role("button", name="Read it here")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    with page.expect_response("**/opened"):
        page.keyboard.press("Enter")
    assert chat.only().opened == ["export-sales-report"]
    whole = page.get_by_role("region", name="Export your sales report")
    expect(whole.locator(".hit")).to_have_text(
        [
            "Open Reports > Sales, choose the period and press Export.",
            "The file reaches your inbox within five minutes.",
        ]
    )
    expect(whole.locator(".hit").first).to_be_in_viewport()
    expect(whole.locator(".callout")).to_have_text("Filters are kept.")
    expect(whole.get_by_role("link", name="Who")).to_have_attribute("target", "_blank")
    assert page.title() != "pwned"
    assert whole.locator("script, img, [onclick], [href^=javascript]").count() == 0
    less = page.get_by_role("button", name="Show less")
    expect(less).to_be_focused()
    less.click()
    expect(whole).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_an_article_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("503")
    page = open_page()
    Widget(page).to_answer()
    page.route("**/help-center/articles/**", lambda route: route.fulfill(status=503), times=1)
    page.get_by_role("button", name="Read it here").click()
    expect(page.locator("support-copilot .whole")).to_have_text(
        chat.catalog.wording("en").text("web.widget.article_failed")
    )
    page.get_by_role("button", name="Show less").click()
    page.get_by_role("button", name="Read it here").click()
    expect(page.locator("support-copilot .whole .hit").first).to_be_visible()
