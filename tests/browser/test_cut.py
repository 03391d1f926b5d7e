"""Connections that are cut while they carry something: nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.browser.conftest import Guard
from tests.browser.cutting import Wire, wire_to
from tests.browser.fake_chat import FakeChat
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser


@pytest.fixture
def wired(site: str, contexts: Callable[..., BrowserContext], guard: Guard) -> Iterator[tuple[Page, Wire]]:
    """The shop, seen through the wire."""
    guard.expect("net::ERR_")
    with wire_to(site) as (wire, address):
        guard.allowed_hosts.add(address.removeprefix("http://"))
        page = contexts().new_page()
        page.goto(f"{address}/?lang=en")
        yield page, wire
        page.close()


def test_an_upload_that_is_cut_in_the_middle_of_its_body_is_sent_again_whole(
    wired: tuple[Page, Wire], chat: FakeChat
) -> None:
    page, wire = wired
    Widget(page).open()
    content = bytes(range(256)) * 4_000
    wire.upload_bytes = len(content) // 2
    picture: FilePayload = {"name": "error.png", "mimeType": "image/png", "buffer": content}
    page.locator("support-copilot input[type=file]").set_input_files([picture])
    expect(page.locator("support-copilot .files .failed")).to_contain_text("Upload failed")
    assert chat.uploads == []
    assert len(content) // 2 < len(wire.cut[-1]) < len(content)
    wire.upload_bytes = 0
    page.get_by_role("button", name="Upload error.png again").click()
    expect(page.locator("support-copilot .files .sent")).to_contain_text("MB")
    (stored,) = chat.uploads
    assert stored["size"] == len(content)
    assert str(stored["upload"]).encode() in wire.cut[0], "the same file, by its id"


def test_a_stream_that_is_cut_every_three_seconds_brings_everything_once(
    wired: tuple[Page, Wire], chat: FakeChat
) -> None:
    page, wire = wired
    wire.stream_seconds = 3.0
    widget = Widget(page).open()
    page.evaluate(
        """() => {
            const banner = document.querySelector('support-copilot').shadowRoot.querySelector('.connection');
            window.banners = 0;
            new MutationObserver(() => (window.banners += Number(!banner.hidden))).observe(banner, { attributes: true });
        }"""
    )
    for number in range(1, 3):
        chat.add(chat.only(), "agent", f"Message {number}.")
        expect(page.get_by_text(f"Message {number}.")).to_have_count(1)
        while wire.streams <= number:
            page.wait_for_timeout(50)
    chat.add(chat.only(), "agent", "The last one.")
    expect(page.get_by_text("The last one.")).to_have_count(1)
    assert widget.rows.count() == 5
    assert page.evaluate("window.banners") == 0
