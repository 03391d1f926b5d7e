"""The whole job in a browser against the real processes, by mouse and by keyboard alone, in every language."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Guard
from tests.browser.widget import Widget
from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(600)]

QUESTIONS = {
    "es": "¿cómo activo la verificación en dos pasos para mi equipo?",
    "en": "how do I turn on two-step verification for my team?",
    "pt": "como ativo a verificação em duas etapas para a minha equipe?",
}
WANTED = {"category": "incident", "subcategory": "authentication", "users_affected": "internal", "impact": "high"}


class Hands:
    """How a customer presses and types: here with a mouse."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget

    def open(self) -> None:
        self.widget.launcher.click()

    def press(self, name: str) -> None:
        self.widget.option(name).click()

    def type(self, text: str) -> None:
        self.widget.say(text)


class Keyboard(Hands):
    """Tab, arrows, Enter and letters; the mouse is never touched."""

    def open(self) -> None:
        expect(self.widget.launcher).to_be_visible()
        self._until(lambda: self.widget.focused() == "launcher", "Tab")
        self._key("Enter")

    def press(self, name: str) -> None:
        self._until(lambda: "." in self.widget.focused(), "Shift+Tab")
        self._until(lambda: self.widget.focused() == name, "ArrowRight")
        self._key("Enter")

    def type(self, text: str) -> None:
        self._until(lambda: self.widget.focused() == "textarea", "Tab")
        self.widget.page.keyboard.type(text)
        self._key("Enter")

    def _key(self, key: str) -> None:
        self.widget.page.keyboard.press(key)

    def _until(self, reached: Callable[[], bool], key: str) -> None:
        for _ in range(80):
            if reached():
                return
            self._key(key)
        raise AssertionError(f"{key} never leads there; the focus is on {self.widget.focused()!r}")


class Job:
    """One customer's way from the launcher to the ticket."""

    def __init__(self, page: Page, stack: Stack, hands: type[Hands]) -> None:
        self.page = page
        self.stack = stack
        self.widget = Widget(page)
        self.hands = hands(self.widget)
        self.email = f"ana.{uuid.uuid4().hex[:8]}@shop.example"
        self.asked: list[str] = []

    def last_seq(self) -> int:
        seq: int = self.page.evaluate(
            """() => Math.max(0, ...[...document.querySelector('support-copilot').shadowRoot
                .querySelectorAll('.row:not(.from-customer)')].map(row => Number(row.dataset.seq)))"""
        )
        return seq

    def turn(self, act: Callable[[], None]) -> str | None:
        """Do something and wait for the end of the copilot's turn. Returns what it asks for now."""
        before = self.last_seq()
        act()
        self.page.wait_for_function(
            """before => {
                const root = document.querySelector('support-copilot').shadowRoot;
                const rows = [...root.querySelectorAll('.row:not(.from-customer)')];
                return root.querySelector('.typing').hidden && rows.some(row => Number(row.dataset.seq) > before);
            }""",
            arg=before,
            timeout=60_000,
        )
        asks: str | None = self.page.evaluate(
            """() => [...document.querySelector('support-copilot').shadowRoot
                .querySelectorAll('.row:not(.from-customer)')].at(-1).dataset.asks ?? null"""
        )
        if asks:
            self.asked.append(asks)
        return asks

    def press(self, name: str) -> str | None:
        return self.turn(lambda: self.hands.press(name))

    def type(self, text: str) -> str | None:
        return self.turn(lambda: self.hands.type(text))

    def open_names(self) -> list[str]:
        names: list[str] = self.page.locator("support-copilot .choice:enabled").evaluate_all(
            "choices => choices.map(choice => choice.dataset.name).filter(Boolean)"
        )
        return names

    def fill(self, asks: str | None) -> None:
        """Answer whatever the form asks, up to the summary."""
        for _ in range(25):
            offered = self.open_names()
            if asks == "confirm":
                return
            if asks == "email":
                asks = self.type(self.email)
            elif asks == "code":
                asks = self.type(self.code())
            elif f"{asks}.{WANTED.get(asks or '')}" in offered:
                asks = self.press(f"{asks}.{WANTED[asks or '']}")
            elif f"{asks}.skip" in offered:
                asks = self.press(f"{asks}.skip")
            elif offered:
                asks = self.press(offered[0])
            else:
                asks = self.type("Demo Shop")
        raise AssertionError(f"no summary: {self.asked}")

    def code(self) -> str:
        found = re.search(r"\b\d{6}\b", self.stack.mails(self.email)[0]["text"])
        assert found, "the newest mail carries no code"
        return found.group()


@pytest.mark.parametrize("hands", [Hands, Keyboard], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("language", list(QUESTIONS))
def test_the_whole_job_from_the_launcher_to_the_ticket(
    contexts: Callable[..., BrowserContext], guard: Guard, stack: Stack, language: str, hands: type[Hands]
) -> None:
    guard.allowed_hosts.add(stack.url.removeprefix("http://"))
    page = contexts().new_page()
    page.goto(f"{stack.url}/?lang={language}")
    job = Job(page, stack, hands)
    assert job.turn(job.hands.open) == "language"
    assert job.press(f"language.{language}") == "scenario"
    assert job.press("scenario.incident") == "problem"
    assert job.type(QUESTIONS[language]) == "solved"
    card = page.locator("support-copilot .card").first
    expect(card).to_have_attribute("data-article", "two-step-verification")
    href = card.locator(".source a").get_attribute("href")
    assert href
    article = httpx.get(href.split("#")[0], trust_env=False)
    assert article.status_code == 200
    assert f'lang="{language}"' in article.text
    job.fill(job.press("solved.no"))
    job.press("confirm.yes")
    shown = page.locator("support-copilot .ticket")
    expect(shown).to_have_attribute("data-status", "new")
    number = shown.get_attribute("data-ticket")
    ticket = _ticket(stack, number)
    values = {field["id"]: field["value"] for field in ticket["custom_fields"]}
    assert {name: values[name] for name in WANTED} == WANTED
    assert ticket["type"] == "incident"
    assert ticket["priority"] == shown.get_attribute("data-priority") == "high"
    assert QUESTIONS[language] in ticket["description"]
    assert any(str(number) in mail["subject"] + mail["text"] for mail in stack.mails(job.email))
    before = page.locator("support-copilot .row").count()
    page.reload()
    expect(shown).to_contain_text(str(number))
    expect(page.locator("support-copilot .row")).to_have_count(before)


def test_the_ticket_can_be_followed_and_continued_in_the_portal(
    contexts: Callable[..., BrowserContext], guard: Guard, stack: Stack
) -> None:
    guard.allowed_hosts.add(stack.url.removeprefix("http://"))
    page = contexts().new_page()
    page.goto(f"{stack.url}/?lang=en")
    job = Job(page, stack, Hands)
    job.turn(job.hands.open)
    job.press("language.en")
    job.press("scenario.incident")
    job.type(QUESTIONS["en"])
    job.fill(job.press("solved.no"))
    job.press("confirm.yes")
    with page.context.expect_page() as opened:
        page.locator("support-copilot .ticket .source a").click()
    portal = opened.value
    expect(portal.get_by_text(QUESTIONS["en"]).first).to_be_visible()
    portal.get_by_label("Add a message").fill("It also happens on my phone.")
    portal.locator(".reply button").click()
    expect(portal.locator(".comment").last).to_contain_text("It also happens on my phone.")
    portal.get_by_role("link", name="All my tickets").click()
    expect(portal.locator("tbody tr")).to_have_count(1)

    elsewhere = contexts().new_page()
    elsewhere.goto(f"{stack.url}/portal?lang=en")
    elsewhere.get_by_role("button", name="Sign in with a mailed code").click()
    elsewhere.get_by_label("E-mail address").fill(job.email)
    elsewhere.get_by_role("button", name="Mail me the code").click()
    elsewhere.get_by_label("Six-digit code").wait_for(timeout=60_000)
    elsewhere.get_by_label("Six-digit code").fill(job.code())
    elsewhere.get_by_role("button", name="Confirm and sign in").click()
    expect(elsewhere.locator("tbody tr")).to_have_count(1)


def test_an_admin_customer_is_known_and_never_asked_for_an_address(
    contexts: Callable[..., BrowserContext], guard: Guard, stack: Stack
) -> None:
    guard.allowed_hosts.add(stack.url.removeprefix("http://"))
    page = contexts().new_page()
    page.goto(f"{stack.url}/admin?lang=es")
    job = Job(page, stack, Hands)
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Hacer una pregunta").click()
    job.widget.rows.first.wait_for()
    asks = job.press("language.es") if "language.es" in job.open_names() else "scenario"
    assert asks == "scenario"
    job.press("scenario.configuration")
    job.type("Necesito un dominio propio para otra tienda")
    job.fill(job.press("solved.no"))
    job.press("confirm.yes")
    expect(page.locator("support-copilot .ticket")).to_have_attribute("data-status", "new")
    assert "email" not in job.asked
    assert "code" not in job.asked


def test_a_lead_signs_in_and_sees_how_conversations_ended(
    contexts: Callable[..., BrowserContext], guard: Guard, stack: Stack
) -> None:
    guard.allowed_hosts.add(stack.url.removeprefix("http://"))
    guard.expect("401")
    email = f"lead.{uuid.uuid4().hex[:8]}@shop.example"
    made = json.loads(stack.copilot("users", "create", "--email", email, "--role", "lead", "--json"))
    page = contexts().new_page()
    page.goto(f"{stack.url}/leads?lang=en")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".problem")).to_be_visible()
    page.get_by_label("Password").fill(made["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#funnel tbody tr")).to_have_count(6)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def _ticket(stack: Stack, number: str | None) -> dict[str, Any]:
    """The ticket as staff read it over the API."""
    answer = httpx.get(f"{stack.url}/api/v2/tickets/{number}.json", headers=stack.agent, trust_env=False)
    assert answer.status_code == 200, answer.text
    ticket: dict[str, Any] = answer.json()["ticket"]
    return ticket
