"""Nothing that a customer says is lost: reloads, tabs, failures, dead connections."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

DEAD_CONNECTION = r"net::ERR_|Failed to load resource"


def test_a_reload_resumes_the_conversation_as_it_was(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).to_answer()
    before = widget.rows.all_inner_texts()
    page.reload()
    expect(widget.panel).to_be_visible()
    widget.option("solved.no").wait_for()
    assert widget.rows.all_inner_texts() == before
    expect(widget.option("language.en")).to_have_attribute("aria-pressed", "true")
    widget.choose("solved.no")
    widget.option("category.incident").wait_for()
    assert len(chat.openings) == 1


def test_another_page_of_the_site_goes_on_with_it(open_page: Opener, chat: FakeChat, site: str) -> None:
    page = open_page()
    Widget(page).to_answer()
    page.goto(f"{site}/?lang=es")
    Widget(page).option("solved.no").wait_for()
    assert len(chat.openings) == 1


def test_a_closed_panel_stays_closed_after_a_reload(open_page: Opener) -> None:
    page = open_page()
    widget = Widget(page).open()
    page.keyboard.press("Escape")
    page.reload()
    expect(widget.launcher).to_be_visible()
    expect(widget.panel).to_be_hidden()


def test_a_failed_turn_is_told_and_its_words_go_again_by_one_press(open_page: Opener, chat: FakeChat) -> None:
    chat.fail_next = True
    page = open_page()
    widget = Widget(page).open()
    widget.say("My report is empty")
    expect(page.locator("support-copilot .row.notice")).to_contain_text("Something went wrong")
    page.get_by_role("button", name="Try again").click()
    widget.option("solved.no").wait_for()
    assert [post["text"] for post in chat.posts] == ["My report is empty"] * 2
    assert len({post["client_message_id"] for post in chat.posts}) == 2, "the api would repeat the stored failure"
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_failed_choice_can_be_chosen_again(open_page: Opener, chat: FakeChat) -> None:
    chat.fail_next = True
    page = open_page()
    widget = Widget(page).open()
    widget.choose("language.en")
    page.get_by_role("button", name="Try again").wait_for()
    expect(widget.option("language.pt")).to_be_enabled()
    widget.choose("language.pt")
    widget.option("scenario.question").wait_for()
    assert chat.only().language == "pt"


@pytest.mark.parametrize("kind", ["text", "choice"])
def test_after_a_reload_a_failed_turn_can_still_be_tried_again(open_page: Opener, chat: FakeChat, kind: str) -> None:
    chat.fail_next = True
    page = open_page()
    widget = Widget(page).open()
    if kind == "text":
        widget.say("My report is empty")
    else:
        widget.choose("language.en")
    page.get_by_role("button", name="Try again").wait_for()
    page.reload()
    page.get_by_role("button", name="Try again").click()
    widget.option("solved.no" if kind == "text" else "scenario.question").wait_for()


def test_an_answer_that_is_lost_on_its_way_is_fetched_with_the_same_id(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("502")
    chat.answer_then_cut = True
    widget = Widget(open_page()).open()
    widget.say("My report is empty")
    widget.option("solved.no").wait_for()
    widget.settled()
    widget.said_once("My report is empty")
    expect(widget.page.locator("support-copilot .answer")).to_have_count(1)
    assert len({post["client_message_id"] for post in chat.posts}) == 1
    assert [m["text"] for m in chat.only().messages if m["role"] == "customer"] == ["My report is empty"]


def test_what_is_typed_offline_waits_and_is_sent_once(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect(DEAD_CONNECTION)
    page = open_page()
    widget = Widget(page).open()
    page.context.set_offline(True)
    widget.say("My report is empty")
    expect(page.locator("support-copilot .is-waiting")).to_contain_text(
        chat.catalog.wording("en").text("web.widget.waiting")
    )
    expect(page.locator("support-copilot .connection")).to_be_visible()
    page.context.set_offline(False)
    widget.option("solved.no").wait_for()
    expect(page.locator("support-copilot .connection")).to_be_hidden()
    widget.said_once("My report is empty")
    assert [m["text"] for m in chat.only().messages if m["role"] == "customer"] == ["My report is empty"]


def test_what_waits_survives_a_reload(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("503")
    page = open_page()
    widget = Widget(page).open()
    chat.down = True
    widget.say("My report is empty")
    page.locator("support-copilot .is-waiting").wait_for()
    page.reload()
    expect(widget.panel).to_be_visible()
    chat.down = False
    widget.option("solved.no").wait_for()
    widget.said_once("My report is empty")
    assert len({post["client_message_id"] for post in chat.posts}) == 1


def test_a_reload_while_the_copilot_works_shows_the_message_once(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("409")
    chat.delay = 1.0
    page = open_page()
    widget = Widget(page).open()
    widget.say("My report is empty")
    page.wait_for_timeout(300)
    page.reload()
    widget.option("solved.no").wait_for()
    widget.settled()
    widget.said_once("My report is empty")
    assert len([m for m in chat.only().messages if m["role"] == "customer"]) == 1


def test_an_api_that_stays_broken_leaves_the_choice_to_the_customer(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("503")
    page = open_page()
    page.clock.install()
    widget = Widget(page).open()
    chat.down = True
    widget.say("My report is empty")
    again = page.get_by_role("button", name="Try again")
    for _ in range(500):
        if again.count():
            break
        page.clock.run_for(5_000)
        page.wait_for_timeout(60)
    chat.down = False
    again.click()
    widget.option("solved.no").wait_for()
    widget.said_once("My report is empty")
    assert len({post["client_message_id"] for post in chat.posts}) == 1


def test_the_panel_opens_when_the_api_is_back(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("503")
    chat.down = True
    page = open_page()
    widget = Widget(page)
    widget.launcher.click()
    expect(page.locator("support-copilot .connection")).to_be_visible()
    chat.down = False
    widget.option("language.es").wait_for()
    assert len(chat.conversations) == 1


def test_too_long_a_message_comes_back_with_the_reason(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("422")
    widget = Widget(open_page()).open()
    text = "report " * 700
    widget.say(text)
    expect(widget.error).to_have_text("At most 4000 characters.")
    expect(widget.input).to_have_value(text.strip())
    expect(widget.page.locator("support-copilot .from-customer")).to_have_count(0)
    widget.say("shorter")
    expect(widget.error).to_be_hidden()
    widget.option("solved.no").wait_for()


def test_a_conversation_that_the_api_forgot_begins_anew_with_the_text_kept(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("404")
    widget = Widget(open_page()).open()
    chat.wait_for_stream()
    chat.conversations.clear()
    widget.say("My report is empty")
    expect(widget.input).to_have_value("My report is empty")
    expect(widget.error).to_have_text(chat.catalog.wording("en").text("web.widget.lost"))
    widget.option("language.es").wait_for()
    widget.input.press("Enter")
    widget.option("solved.no").wait_for()


def test_two_tabs_show_one_conversation_over_one_stream(open_page: Opener, chat: FakeChat, site: str) -> None:
    page = open_page()
    first = Widget(page).open()
    other = page.context.new_page()
    other.goto(f"{site}/?lang=en")
    second = Widget(other)
    second.launcher.click()
    second.option("language.en").wait_for()
    assert len(chat.openings) == 1
    first.say("Written in the first tab")
    second.said_once("Written in the first tab")
    second.option("solved.no").wait_for()
    second.say("unsure, written in the second tab")
    first.said_once("unsure, written in the second tab")
    expect(page.locator("support-copilot .answer")).to_have_count(2)
    expect(other.locator("support-copilot .answer")).to_have_count(2)
    assert chat.streams_at_once == 1
    page.close()
    other.wait_for_timeout(300)
    chat.add(chat.only(), "agent", "Hello, this is Ana from support.")
    expect(other.get_by_text("Hello, this is Ana from support.")).to_be_visible()


def test_a_new_conversation_in_one_tab_is_the_others_too(open_page: Opener, chat: FakeChat, site: str) -> None:
    page = open_page()
    Widget(page).to_answer()
    other = page.context.new_page()
    other.goto(f"{site}/?lang=en")
    second = Widget(other)
    second.launcher.click()
    second.option("solved.no").wait_for()
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Start over").click()
    expect(second.rows).to_have_count(2)
    assert len(chat.conversations) == 2


def test_an_agents_words_arrive_without_asking_and_are_counted_while_closed(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    page.keyboard.press("Escape")
    chat.add(chat.only(), "agent", "Hello, this is Ana from support.")
    expect(page.locator("support-copilot .badge")).to_have_text("1")
    widget.launcher.click()
    expect(page.get_by_text("Hello, this is Ana from support.")).to_be_visible()
    expect(page.locator("support-copilot .badge")).to_be_hidden()


def test_a_stream_that_is_cut_resumes_where_it_was(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("503")
    page = open_page()
    widget = Widget(page).open()
    chat.down = True
    expect(page.locator("support-copilot .connection")).to_be_visible()
    chat.add(chat.only(), "agent", "First")
    chat.add(chat.only(), "agent", "Second")
    chat.down = False
    expect(page.get_by_text("Second")).to_be_visible()
    expect(widget.rows.filter(has_text="First")).to_have_count(1)
    expect(page.locator("support-copilot .connection")).to_be_hidden()


def test_events_are_read_whatever_the_pieces_they_come_in(open_page: Opener, site: str) -> None:
    page = open_page()
    found = page.evaluate(
        """async (site) => {
            const { readEvents } = await import(`${site}/widget/copilot/event-stream.js`);
            const bytes = new TextEncoder().encode(
                ': hello\\r\\nid: 1\\r\\nevent: message\\r\\ndata: {"a":\\r\\ndata: "ñ😀"}\\r\\n\\r\\n' +
                'data:2\\n\\nid: 3\\rdata: 3\\r\\rdata: cut off');
            const results = [];
            for (const size of [1, 2, 3, 7, 1000]) {
                const events = [];
                let at = 0;
                const body = new ReadableStream({ pull(controller) {
                    if (at >= bytes.length) return controller.close();
                    controller.enqueue(bytes.slice(at, at += size));
                } });
                for await (const event of readEvents(body, () => {})) events.push([event.id, event.event, event.data]);
                results.push(JSON.stringify(events));
            }
            return results;
        }""",
        site,
    )
    assert set(found) == {'[["1","message","{\\"a\\":\\n\\"ñ😀\\"}"],["1","","2"],["3","","3"]]'}


def test_a_browser_that_refuses_storage_still_talks(open_page: Opener, site: str, chat: FakeChat) -> None:
    page = open_page("/admin?lang=en")
    page.add_init_script(
        """for (const name of ['localStorage', 'sessionStorage'])
               Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });
           delete Crypto.prototype.randomUUID;
           Object.defineProperty(navigator, 'locks', { value: undefined });
           window.BroadcastChannel = undefined;"""
    )
    page.goto(f"{site}/?lang=en")
    widget = Widget(page).to_answer()
    expect(widget.page.locator("support-copilot .card")).to_be_visible()
    assert all(len(post["client_message_id"]) == 36 for post in chat.posts)
