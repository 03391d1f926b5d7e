"""Pages of another origin with nothing but the snippet, before the real api: its CORS, codes, tickets and tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

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
from tests.docs.test_integrate_page import sample

__all__ = ["other_site_server", "show"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveApi, FakeDialogue]]:
    dialogue = FakeDialogue()
    with LiveApi(settings_in(tmp_path_factory.mktemp("real")), dialogue) as api:
        yield api, dialogue


@pytest.fixture
def real(running: tuple[LiveApi, FakeDialogue], guard: Guard) -> tuple[LiveApi, FakeDialogue]:
    """The api as it is, with a scripted dialogue behind it. What earlier tests said is still in its database."""
    api, dialogue = running
    dialogue.reset()
    guard.allowed_hosts.add(api.services.settings.public_url.removeprefix("http://"))
    return running


def _code(api: LiveApi, email: str) -> str:
    """The newest that was mailed."""
    with api.services.database.read() as session:
        query = select(OutboxMail).where(OutboxMail.recipient == email).order_by(OutboxMail.id.desc())
        mails = [mail for mail in session.scalars(query) if re.search(r"\b\d{6}\b", mail.text)]
    found = re.search(r"\b\d{6}\b", mails[0].text)
    assert found
    return found[0]


def _key(api: LiveApi, site: OtherSite) -> str:
    with api.services.database.write() as session:
        made = create_widget_key(session, name="Shop", origins=[site.url], channels=["widget", "admin"])
        return str(made.key)


def _policy(url: str) -> str:
    """As documented. What breaks it is an error of the console, which the guard hears."""
    return POLICY.replace("{api}", url).replace("; report-uri {api}/csp-reports".replace("{api}", url), "")


def test_from_a_dead_dialogue_to_a_ticket_and_on_to_another_device(
    show: Shower, other_site_server: OtherSite, real: tuple[LiveApi, FakeDialogue], guard: Guard
) -> None:
    guard.expect("404|40[13]")
    api, dialogue = real
    url = api.services.settings.public_url
    dialogue.script = lambda turn: httpx.Response(503)
    html = ELEMENT.replace("{api}", url).replace("wk_demo", _key(api, other_site_server))
    policy = _policy(url)
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


PANEL = """<body><header><b>Acme admin</b>
<script type="module" src="{api}/widget/support-copilot-panel.js"></script>
<support-copilot-panel api="{api}" widget-key="{key}" identity-url="/copilot-token"></support-copilot-panel></header>
<main><h1>Orders</h1><p id=who></p></main><script type="module" src="/host.js"></script></body>"""
# What docs/integrate.md tells hosts to say.
HOST = """
await customElements.whenDefined('support-copilot-panel');
const panel = document.querySelector('support-copilot-panel');
panel.addEventListener('panel-identified', ({ detail: { name, email, account_id } }) => {
    document.querySelector('#who').textContent = `${name}, ${email}, ${account_id}`;
});
panel.setContext({
    account: 'acme', page: 'Orders', app_version: '4.2', last_error: 'The gateway did not answer (LMB-4012)',
});
"""


def _signer(kid: str, secret: str) -> Callable[[], str]:
    """The host's own server: docs/integrate.md's sample, as it stands there."""
    names: dict[str, Any] = {"SECRET": secret}
    exec(sample("python").replace("2026-a", kid), names)  # noqa: S102 - our own page
    user = SimpleNamespace(id=7, email="irene@acme.example", name="Irene Salas", account="acme", stores=["Acme"])
    return lambda: str(names["copilot_token"](user))


def test_the_panel_in_a_host_of_another_origin_knows_the_customer_and_opens_tickets(
    show: Shower, other_site_server: OtherSite, real: tuple[LiveApi, FakeDialogue]
) -> None:
    api, dialogue = real
    url = api.services.settings.public_url
    other_site_server.token = _signer("demo", "k" * 32)
    html = PANEL.replace("{api}", url).replace("{key}", _key(api, other_site_server))
    page = show(html, _policy(url), {"host": HOST})
    page.get_by_role("button", name="Information center").click()
    expect(page.locator("#who")).to_have_text("Irene Salas, irene@acme.example, acme")
    page.get_by_label("Share with support").check()
    expect(page.locator("support-copilot-panel .drawer dd")).to_have_text(
        ["acme", "Orders", "4.2", "The gateway did not answer (LMB-4012)"]
    )
    page.get_by_role("button", name="Talk to our experts").click()
    page.locator("support-copilot-panel .card").first.click()
    form = page.locator("support-copilot-panel .ticket-form")
    expect(form).to_contain_text("irene@acme.example")
    expect(form.locator('[data-field="description"] textarea')).to_have_value(re.compile("LMB-4012"))
    for choice in form.locator("select").all():
        choice.select_option(index=choice.locator("option").count() - 1)
    form.get_by_label("What happened").fill("The invoice of May is wrong.")
    form.locator('[data-field="title"] input').fill("The invoice is wrong")
    form.locator('[data-field="description"] textarea').fill("It names another company.")
    form.locator(".tf-row .tf-button").last.click()
    expect(page.locator(".tf-dialog .tf-number")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="My tickets").click()
    expect(page.locator("support-copilot-panel .list li")).to_contain_text("The invoice is wrong")
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Ask a question").click()
    Widget(page).say("Are you there?")
    expect(page.get_by_text("heard: Are you there?")).to_be_visible()
    assert dialogue.turns[-1]["context"]["customer"]
    page.close()
