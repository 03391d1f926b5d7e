"""When the dialogue is down, when another device goes on, when files do not arrive: nobody is left standing."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.conftest import Guard, Opener
from tests.browser.fake_chat import FakeChat
from tests.browser.fake_identity import CODE
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

PNG: FilePayload = {"name": "error.png", "mimeType": "image/png", "buffer": b"\x89PNG" + b"0" * 2000}

SLOW: FilePayload = {"name": "slow.png", "mimeType": "image/png", "buffer": b"\x89PNG slow"}


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        control = page.locator(f"support-copilot #form-{name}")
        if name in ("title", "description"):
            control.fill(value)
        else:
            control.select_option(value)


def _prove(page: Page, email: str = "ana@example.com") -> None:
    page.get_by_label("E-mail address").fill(email)
    page.keyboard.press("Enter")
    page.get_by_label("Six-digit code").fill(CODE)
    page.keyboard.press("Enter")


def test_where_the_dialogue_is_down_the_plain_form_stands_in_its_place(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("422")
    chat.dialogue_down = True
    page = open_page()
    Widget(page).launcher.click()
    form = page.locator("support-copilot .ticket-form")
    expect(form.get_by_role("heading")).to_be_focused()
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.locator("#form-category")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#form-category")).to_be_focused()
    _fill(page, category="incident")
    _fill(page, subcategory="reports", users_affected="all", impact="high", title="Nothing in it")
    form.locator("#form-platform").select_option(index=1)
    _fill(page, description="The report has been empty since this morning.")
    with page.expect_file_chooser() as chooser:
        form.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([PNG])
    expect(form.locator(".files .sent")).to_contain_text("error.png")
    form.get_by_role("button", name="Send", exact=True).click()
    page.get_by_label("E-mail address").fill("nobody")
    page.keyboard.press("Enter")
    expect(form).to_contain_text("That is no address.")
    _prove(page)
    expect(form.locator(".status")).to_contain_text("Ticket no. 1101")
    expect(form.locator(".status")).to_be_focused()
    (ticket,) = chat.tickets
    assert ticket["subject"] == "Nothing in it"
    assert ticket["comment"] == {"body": "The report has been empty since this morning."}
    assert {each["id"]: each["value"] for each in ticket["custom_fields"]} | {"platform": ""} == {
        "category": "incident",
        "subcategory": "reports",
        "users_affected": "all",
        "impact": "high",
        "platform": "",
    }
    assert chat.codes == ["ana@example.com"]
    chat.dialogue_down = False
    form.get_by_role("button", name="Back to the chat").click()
    Widget(page).say("The report")
    Widget(page).option("solved.no").wait_for()


def test_two_unanswered_turns_bring_the_form_with_what_was_said(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    chat.dialogue_down = True
    widget.say("My report is empty")
    page.get_by_role("button", name="Try again").click()
    form = page.locator("support-copilot .ticket-form")
    expect(form.locator("#form-description")).to_have_value("My report is empty")
    expect(form.locator("#form-title")).to_have_value("My report is empty")
    form.get_by_role("button", name="Back to the chat").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_role("button", name="Write a ticket").click()
    _fill(page, category="question", title="Empty report")
    expect(form.locator("#form-impact")).to_have_count(0)
    _fill(page, category="outage")
    expect(form.locator(".rows .field")).to_have_count(0)
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.locator(".status")).to_contain_text("Ticket no. 1101")
    _prove(page)
    expect(page.get_by_label("Six-digit code")).to_be_hidden()
    assert chat.only().verified == "ana@example.com"
    assert len(chat.tickets) == 1


def test_another_device_goes_on_by_a_mailed_code(open_page: Opener, chat: FakeChat, guard: Guard) -> None:
    guard.expect("404")
    Widget(open_page()).to_answer()
    chat.only().verified = "ana@example.com"
    page = open_page()
    widget = Widget(page).open()
    page.get_by_role("button", name="I began on another device").click()
    _prove(page, "bo@example.com")
    expect(page.locator("support-copilot .sheet .status")).to_have_text(
        chat.catalog.wording("en").text("web.widget.resume_none")
    )
    page.get_by_role("button", name="Back to the chat").click()
    page.get_by_role("button", name="I began on another device").click()
    _prove(page)
    expect(widget.customer_says("The sales report does not arrive")).to_have_count(1)
    expect(page.get_by_role("button", name="I began on another device")).to_be_hidden()
    widget.choose("solved.yes")
    page.get_by_text("Glad that helped!").wait_for()
    page.reload()
    expect(widget.customer_says("Yes, thank you")).to_have_count(1)
    assert len(chat.conversations) == 2


def test_files_are_pasted_and_dropped_and_need_a_word(open_page: Opener, chat: FakeChat) -> None:
    page = open_page()
    widget = Widget(page).open()
    give = """(target, [type, withText]) => {
        const data = new DataTransfer();
        data.items.add(new File(['x'.repeat(900)], `${type}.txt`, { type: 'text/plain' }));
        if (withText) data.setData('text/plain', 'copied from a sheet');
        const event = type === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true })
            : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true, composed: true });
        return target.dispatchEvent(event);
    }"""
    assert widget.input.evaluate(give, ["paste", True]), "text is pasted as text"
    assert not widget.input.evaluate(give, ["paste", False])
    assert not widget.log.evaluate(give, ["dragover", False])
    expect(widget.panel).to_have_class("panel dropping")
    assert not widget.log.evaluate(give, ["drop", False])
    expect(widget.panel).to_have_class("panel")
    expect(page.locator("support-copilot .files .sent")).to_have_count(2)
    widget.input.press("Enter")
    expect(widget.error).to_have_text(chat.catalog.wording("en").text("web.widget.file_say"))
    widget.say("Both show it")
    widget.option("solved.no").wait_for()
    assert [each["name"] for each in chat.uploads] == ["paste.txt", "drop.txt"]
    assert chat.posts[-1]["attachment_ids"] == [each["id"] for each in chat.uploads]


def test_an_upload_that_is_cut_is_tried_again_as_the_same_file_and_one_that_lasts_is_cancelled(
    open_page: Opener, chat: FakeChat, guard: Guard
) -> None:
    guard.expect("net::ERR_")
    page = open_page()
    Widget(page).open()
    cut: list[bytes] = []
    held: list[Route] = []

    def cut_once(route: Route) -> None:
        if not cut:
            cut.append(route.request.post_data_buffer or b"")
            route.abort("connectionreset")
        elif b"slow" in (route.request.post_data_buffer or b""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/attachments", cut_once)
    picker = page.locator("support-copilot input[type=file]")
    picker.set_input_files([PNG])
    expect(page.locator("support-copilot .files .failed")).to_contain_text("Upload failed")
    page.get_by_role("button", name="Upload error.png again").click()
    expect(page.locator("support-copilot .files .sent")).to_contain_text("kB")
    (stored,) = chat.uploads
    assert stored["upload"].encode() in cut[0]
    picker.set_input_files([SLOW])
    expect(page.get_by_role("progressbar", name="slow.png")).to_be_visible()
    page.get_by_role("button", name="Remove slow.png").click()
    expect(page.locator("support-copilot .files li")).to_have_count(1)
    for route in held:
        route.abort()


def test_a_stream_that_is_cut_again_and_again_is_no_lost_connection(open_page: Opener, chat: FakeChat) -> None:
    chat.cut_streams_after = 0.3
    page = open_page()
    widget = Widget(page).open()
    page.evaluate(
        """() => {
            const banner = document.querySelector('support-copilot').shadowRoot.querySelector('.connection');
            window.banners = 0;
            new MutationObserver(() => (window.banners += Number(!banner.hidden))).observe(banner, { attributes: true });
        }"""
    )
    for number in range(3):
        chat.add(chat.only(), "agent", f"Message {number}.")
        expect(page.get_by_text(f"Message {number}.")).to_have_count(1)
    assert widget.rows.count() == 5
    assert page.evaluate("window.banners") == 0


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_wrong_by_a_day_disturbs_nothing(
    open_page: Opener, chat: FakeChat, site: str, days: int
) -> None:
    page = open_page("/widget/copilot/dom.js")
    page.add_init_script(f"{{ const now = Date.now; Date.now = () => now() + {days} * 864e5; }}")
    page.goto(f"{site}/?lang=en")
    Widget(page).to_answer()
    chat.add(chat.only(), "agent", "Hello, this is Ana.")
    expect(page.get_by_text("Hello, this is Ana.")).to_be_visible()
