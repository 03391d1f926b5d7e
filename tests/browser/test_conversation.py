"""What the widget shows, and how it is handled: by mouse, by keyboard, by touch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_the_launcher_and_the_frame_speak_the_language_of_the_page(
    open_page: Opener, chat: FakeChat, language: str
) -> None:
    wording = chat.catalog.wording(language)
    widget = Widget(open_page(f"/?lang={language}"))
    expect(widget.launcher).to_have_accessible_name(wording.text("web.widget.open"))
    widget.open()
    expect(widget.panel).to_have_accessible_name(wording.text("web.widget.title"))
    expect(widget.input).to_have_accessible_name(wording.text("web.widget.input"))
    assert chat.openings[0]["language"] == language
    assert chat.openings[0]["channel"] == "widget"


def test_nothing_is_asked_of_the_chat_before_the_panel_is_opened(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    expect(Widget(page).launcher).to_be_visible()
    page.wait_for_timeout(300)
    assert chat.openings == []


def test_the_page_is_told_without_its_query_which_may_hold_secrets(
    open_page: Opener, site: str, chat: FakeChat
) -> None:
    Widget(open_page("/?lang=en&session=secret#token")).open()
    assert chat.openings[0]["page"]["url"] == f"{site}/"


def test_the_whole_job_by_mouse_shows_an_answer_card_and_a_ticket_card(
    open_page: Opener, site: str, chat: FakeChat
) -> None:
    page = open_page()
    widget = Widget(page).to_answer()
    card = page.locator("support-copilot .card").first
    expect(card).to_contain_text("Export your sales report")
    link = card.get_by_role("link", name="Read the article")
    expect(link).to_have_attribute("href", f"{site}/help/en/export-sales-report")
    expect(link).to_have_attribute("target", "_blank")
    expect(page.get_by_role("link", name="Schedule a report")).to_be_visible()
    widget.choose("solved.no")
    widget.choose("category.incident")
    widget.choose("subcategory.reports")
    widget.choose("attachments.skip")
    widget.choose("confirm.yes")
    ticket = page.locator("support-copilot .ticket")
    expect(ticket).to_contain_text("1042")
    expect(ticket).to_contain_text("The sales report does not arrive")
    expect(ticket).to_contain_text(chat.catalog.wording("en").text("labels.categories.incident"))
    assert [post.get("choice_id") is not None for post in chat.posts] == [
        True,
        True,
        False,
        True,
        True,
        True,
        True,
        True,
    ]


def test_the_source_opens_in_a_tab_of_its_own(open_page: Opener) -> None:
    page = open_page()
    Widget(page).to_answer()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Read the article").click()
    expect(opened.value.get_by_role("heading", name="Export your sales report")).to_be_visible()


def test_an_answer_that_is_not_sure_says_so(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.say("unsure")
    expect(page.locator("support-copilot .answer.unsure")).to_contain_text(
        chat.catalog.wording("en").text("web.widget.answer_unsure")
    )


def test_a_notice_looks_like_one(open_page: Opener) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.say("notice please")
    notice = page.locator("support-copilot .row.notice")
    expect(notice).to_contain_text("Exports are slow today")
    expect(notice).to_contain_text("Next update: today at 15:00.")
    expect(notice.locator(".choice")).to_have_text(["Yes, keep me posted", "Mine is something else"])
    widget.choose("notice.subscribe")
    expect(widget.customer_says("Yes, keep me posted")).to_have_count(1)


def test_quick_replies_stay_as_history_with_the_chosen_one_marked(open_page: Opener) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.choose("language.en")
    widget.option("scenario.question").wait_for()
    expect(widget.option("language.en")).to_have_attribute("aria-pressed", "true")
    expect(widget.option("language.es")).to_have_attribute("aria-pressed", "false")
    expect(widget.option("language.es")).to_be_disabled()
    expect(widget.option("scenario.question")).to_be_enabled()


def test_a_quick_reply_can_be_typed_instead_and_is_marked_all_the_same(open_page: Opener, chat: FakeChat) -> None:
    widget = Widget(open_page()).open()
    widget.say("english")
    widget.option("scenario.question").wait_for()
    expect(widget.option("language.en")).to_have_attribute("aria-pressed", "true")
    assert chat.posts[0]["text"] == "english"


def test_the_frame_follows_the_language_that_the_conversation_turns_to(open_page: Opener, chat: FakeChat) -> None:
    widget = Widget(open_page("/?lang=en")).open()
    widget.choose("language.pt")
    expect(widget.panel).to_have_accessible_name(chat.catalog.wording("pt").text("web.widget.title"))
    expect(widget.panel).to_have_attribute("lang", "pt")


def test_the_copilot_is_seen_typing_while_it_works(open_page: Opener, chat: FakeChat) -> None:
    chat.delay = 0.6
    page = open_page()
    widget = Widget(page).open()
    widget.say("The report")
    expect(page.locator("support-copilot .typing")).to_be_visible()
    widget.option("solved.no").wait_for()
    widget.settled()


def test_messages_typed_while_the_copilot_works_are_answered_in_order(open_page: Opener, chat: FakeChat) -> None:
    chat.delay = 0.4
    widget = Widget(open_page()).open()
    widget.say("first question")
    widget.say("second question")
    expect(widget.page.locator("support-copilot .answer")).to_have_count(2)
    texts = [m["text"] for m in chat.only().messages if m["role"] == "customer"]
    assert texts == ["first question", "second question"]
    numbers = widget.rows.evaluate_all("rows => rows.map(row => Number(row.dataset.seq))")
    assert numbers == sorted(numbers)


def test_the_job_by_keyboard_alone(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page)
    expect(widget.launcher).to_have_accessible_name(chat.catalog.wording("en").text("web.widget.open"))
    press = page.keyboard.press
    page.evaluate("[...document.querySelectorAll('footer a')].at(-1).focus()")
    press("Tab")
    assert page.evaluate("document.activeElement.localName") == "support-copilot"
    press("Enter")
    widget.option("language.en").wait_for()
    press("Shift+Tab")  # from the input to the quick replies before it
    assert widget.focused() == "language.pt"
    press("Home")
    press("ArrowRight")
    assert widget.focused() == "language.en"
    press("Enter")
    widget.option("scenario.question").wait_for()
    expect(widget.option("scenario.question")).to_be_focused()
    press("Enter")
    page.get_by_text("Tell me what happens").wait_for()
    expect(widget.input).to_be_focused()
    page.keyboard.type("The sales report does not arrive")
    press("Enter")
    widget.option("solved.no").wait_for()
    expect(widget.input).to_be_focused()
    press("Shift+Tab")
    assert widget.focused() == "solved.no"
    press("Enter")
    widget.option("category.incident").wait_for()
    expect(widget.option("category.request")).to_be_focused()
    press("Tab")
    assert widget.focused() == "category.incident"
    press("Space")
    expect(widget.option("subcategory.bulk_actions")).to_be_focused()
    press("End")
    assert widget.focused() == "subcategory.other"
    press("Enter")
    expect(widget.option("attachments.done")).to_be_focused()
    press("ArrowRight")
    assert widget.focused() == "attachments.skip"
    press("Enter")
    expect(widget.option("confirm.yes")).to_be_focused()
    press("Enter")
    expect(page.locator("support-copilot .ticket")).to_contain_text("1042")


def test_escape_closes_the_panel_and_gives_the_focus_back(open_page: Opener) -> None:
    widget = Widget(open_page()).open()
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    expect(widget.launcher).to_have_attribute("aria-expanded", "false")


def test_the_conversation_is_a_live_log_that_is_not_announced_while_it_loads(open_page: Opener) -> None:
    widget = Widget(open_page()).open()
    expect(widget.log).to_have_attribute("role", "log")
    expect(widget.log).to_have_attribute("aria-live", "polite")
    expect(widget.log).to_have_attribute("aria-busy", "false")


def test_a_begun_sentence_keeps_the_focus_when_an_answer_arrives(open_page: Opener, chat: FakeChat) -> None:
    chat.delay = 0.5
    widget = Widget(open_page()).open()
    widget.choose("language.en")
    widget.input.press_sequentially("And another")
    widget.option("scenario.question").wait_for()
    widget.settled()
    expect(widget.input).to_be_focused()
    expect(widget.input).to_have_value("And another")


def test_a_turn_taller_than_the_panel_is_shown_from_its_beginning(open_page: Opener) -> None:
    page = open_page(viewport={"width": 360, "height": 480})
    widget = Widget(page).to_answer()
    widget.settled()
    expect(widget.customer_says("The sales report does not arrive")).to_be_in_viewport(ratio=0.5)
    expect(page.locator("support-copilot .card h3")).to_be_in_viewport()
    widget.choose("solved.no")
    expect(widget.option("category.request")).to_be_in_viewport()


def test_shift_enter_is_a_new_line_and_an_empty_message_is_not_sent(open_page: Opener, chat: FakeChat) -> None:
    widget = Widget(open_page()).open()
    widget.input.press("Enter")
    widget.input.press_sequentially("one")
    widget.input.press("Shift+Enter")
    widget.input.press_sequentially("two")
    widget.input.press("Enter")
    widget.option("solved.no").wait_for()
    assert [post["text"] for post in chat.posts] == ["one\ntwo"]


def test_hostile_text_is_shown_and_never_run(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    widget.say("<b>hostile</b> <img src=x onerror=alert(1)>")
    expect(page.locator("support-copilot .card h3")).to_contain_text("<script>document.title='pwned'</script>")
    page.wait_for_timeout(300)
    assert page.title() != "pwned"
    assert page.locator("support-copilot .log :is(img, script, b, iframe)").count() == 0
    hrefs = page.locator("support-copilot .log a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(hrefs) <= {"https:", "http:"}
    assert page.locator("support-copilot .card a").count() == 0, "an address that may not be followed is no link"


@pytest.mark.parametrize("way", ["sent", "typed", "choice"])
def test_files_are_offered_when_asked_for_and_go_with_the_message(
    open_page: Opener, chat: FakeChat, guard: Guard, way: str
) -> None:
    guard.expect("422")
    page = open_page()
    widget = Widget(page).to_answer()
    attach = page.get_by_role("button", name="Attach files")
    widget.choose("solved.no")
    widget.choose("category.incident")
    widget.choose("subcategory.reports")
    with page.expect_file_chooser() as chooser:
        attach.click()
    png: FilePayload = {"name": "error.png", "mimeType": "image/png", "buffer": b"\x89PNG" + b"0" * 2000}
    program: FilePayload = {"name": "setup.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
    chooser.value.set_files([png, program])
    expect(page.locator("support-copilot .files .sent")).to_contain_text("error.png")
    expect(page.locator("support-copilot .files .failed")).to_contain_text("Files of this kind are not accepted.")
    page.get_by_role("button", name="Remove setup.exe").click()
    if way == "typed":
        widget.input.fill("This is what I see")
    if way == "choice":
        widget.choose("attachments.done")
    else:
        page.get_by_role("button", name="Send").click()
    widget.option("confirm.yes").wait_for()
    (stored,) = chat.uploads
    assert chat.posts[-1]["attachment_ids"] == [stored["id"]]
    assert ("choice_id" in chat.posts[-1]) is (way != "typed")
    expect(page.locator("support-copilot .from-customer .bubble").last).to_contain_text("error.png")
    expect(page.locator("support-copilot .files li")).to_have_count(0)


def test_a_new_conversation_is_begun_only_when_it_is_confirmed(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).to_answer()
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Stay here").click()
    assert len(chat.openings) == 1
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Start over").click()
    expect(widget.option("language.es")).to_be_enabled()
    expect(page.locator("support-copilot .from-customer")).to_have_count(0)
    assert len(chat.conversations) == 2


@pytest.mark.parametrize("width", [320, 375])
def test_on_a_phone_the_panel_fills_the_screen_and_nothing_sticks_out(open_page: Opener, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True)
    assert _overflow(page) <= 0
    widget = Widget(page).to_answer()
    widget.choose("solved.no")
    widget.choose("category.incident")
    widget.choose("subcategory.reports")
    widget.choose("attachments.skip")
    widget.choose("confirm.yes")
    expect(page.locator("support-copilot .ticket")).to_be_visible()
    box = widget.panel.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, 640)
    assert widget.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0
    small = page.locator("support-copilot .panel :is(.choice:enabled, .quiet, .send)").evaluate_all(
        "all => all.map(c => c.getBoundingClientRect()).filter(r => r.width && (r.height < 40 || r.width < 40)).length"
    )
    assert small == 0, "every control is large enough for a finger"


def test_full_screen_the_tab_key_stays_in_the_panel(open_page: Opener) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    widget = Widget(page).open()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert widget.panel.evaluate("panel => panel.contains(panel.getRootNode().activeElement)")


def test_a_widget_of_another_page_works_by_its_attributes_and_methods(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            document.querySelector('support-copilot').remove();
            const widget = document.createElement('support-copilot');
            widget.setAttribute('widget-key', 'wk_demo');
            widget.setAttribute('channel', 'helpcenter');
            widget.setAttribute('language', 'pt-BR');
            document.body.append(widget);
            window.heard = [];
            for (const name of ['copilot-open', 'copilot-close', 'copilot-message'])
                document.addEventListener(name, (event) => window.heard.push(event.type));
            widget.open();
        }"""
    )
    widget = Widget(page)
    widget.option("language.es").wait_for()
    assert chat.openings[0] | {"page": None} == {
        "channel": "helpcenter",
        "widget_key": "wk_demo",
        "language": "pt",
        "page": None,
    }
    widget.choose("language.en")
    widget.option("scenario.question").wait_for()
    page.evaluate("document.querySelector('support-copilot').toggle()")
    expect(widget.panel).to_be_hidden()
    page.evaluate("document.querySelector('support-copilot').toggle()")
    expect(widget.panel).to_be_visible()
    assert page.evaluate("window.heard.filter(name => name !== 'copilot-message')") == [
        "copilot-open",
        "copilot-close",
        "copilot-open",
    ]
    assert "copilot-message" in page.evaluate("window.heard")


def test_the_host_page_does_not_move_when_the_panel_opens(contexts: Callable[..., BrowserContext], site: str) -> None:
    page = contexts().new_page()
    page.goto(site + "/?lang=en")
    before = page.evaluate(
        "JSON.stringify([...document.querySelectorAll('h1, img, footer')].map(e => e.getBoundingClientRect().top))"
    )
    Widget(page).open()
    after = page.evaluate(
        "JSON.stringify([...document.querySelectorAll('h1, img, footer')].map(e => e.getBoundingClientRect().top))"
    )
    assert before == after


def _overflow(page: Page) -> int:
    overflow: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return overflow
