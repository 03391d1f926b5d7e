"""A page of another origin with nothing but the snippet, before the real api: its CORS, codes, tickets and tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from api.identity.widget_keys import create_widget_key
from api.notifications.models import OutboxMail
from api.tickets.models import Ticket
from tests.browser.conftest import Guard
from tests.browser.other_site import OtherSite, Shower, other_site_server, show
from tests.browser.test_host import ELEMENT, POLICY
from tests.browser.widget import Widget
from tests.chat.conftest import FakeDialogue, LiveApi, reply, settings_in

__all__ = ["other_site_server", "show"]

pytestmark = pytest.mark.browser


@pytest.fixture
def real(tmp_path: Path, guard: Guard) -> Iterator[tuple[LiveApi, FakeDialogue]]:
    """The api as it is, with a scripted dialogue behind it."""
    dialogue = FakeDialogue()
    with LiveApi(settings_in(tmp_path), dialogue) as api:
        guard.allowed_hosts.add(api.services.settings.public_url.removeprefix("http://"))
        yield api, dialogue


def _code(api: LiveApi, email: str) -> str:
    """The newest that was mailed."""
    with api.services.database.read() as session:
        query = select(OutboxMail).where(OutboxMail.recipient == email).order_by(OutboxMail.id.desc())
        mails = [mail for mail in session.scalars(query) if re.search(r"\b\d{6}\b", mail.text)]
    found = re.search(r"\b\d{6}\b", mails[0].text)
    assert found
    return found[0]


def test_from_a_dead_dialogue_to_a_ticket_and_on_to_another_device(
    show: Shower, other_site_server: OtherSite, real: tuple[LiveApi, FakeDialogue], guard: Guard
) -> None:
    guard.expect("404|40[13]")
    api, dialogue = real
    url = api.services.settings.public_url
    dialogue.script = lambda turn: httpx.Response(503)
    with api.services.database.write() as session:
        key = create_widget_key(session, name="Shop", origins=[other_site_server.url], channels=["widget"]).key
    html = ELEMENT.replace("{api}", url).replace("wk_demo", key)
    policy = POLICY.replace("{api}", url).replace(f"; report-uri {url}/csp-reports", "")
    page = show(html, policy)
    Widget(page).launcher.click()
    form = page.locator("support-copilot .ticket-form")
    form.locator("#form-category").select_option("question")
    form.locator("#form-subcategory").select_option("records")
    form.locator("#form-platform").select_option(index=1)
    form.locator("#form-title").fill("The list is empty")
    form.locator("#form-description").fill("Since this morning there is nothing in it.")
    form.get_by_role("button", name="Send", exact=True).click()
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.keyboard.press("Enter")
    page.get_by_label("Six-digit code").wait_for()
    page.get_by_label("Six-digit code").fill("000000" if _code(api, "ana@example.com") != "000000" else "111111")
    guard.expect("422")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Six-digit code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Six-digit code").fill(_code(api, "ana@example.com"))
    page.keyboard.press("Enter")
    expect(form.locator(".status")).to_contain_text(re.compile(r"Ticket no\. \d+"))
    with api.services.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.subject, ticket.category) == ("The list is empty", "question")
    dialogue.script = lambda turn: httpx.Response(200, json=reply(turn))
    form.get_by_role("button", name="Back to the chat").click()
    Widget(page).say("Are you there?")
    expect(page.get_by_text("heard: Are you there?")).to_be_visible()
    other = show(html, policy)
    Widget(other).launcher.click()
    other.get_by_role("button", name="I began on another device").click()
    other.get_by_label("E-mail address").fill("ana@example.com")
    other.keyboard.press("Enter")
    other.get_by_label("Six-digit code").wait_for()
    other.get_by_label("Six-digit code").fill(_code(api, "ana@example.com"))
    other.keyboard.press("Enter")
    expect(other.get_by_text("heard: Are you there?")).to_be_visible()
    Widget(other).say("Here I am")
    expect(page.get_by_text("heard: Here I am")).to_be_visible()
    page.close()
    other.close()
