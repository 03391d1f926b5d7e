"""What a customer, or somebody of the team, does before a picture is taken."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys

from playwright.sync_api import Page

from tools.bootstrap import ROOT
from tools.pictures.camera import Camera

ADDRESS = "ana@tienda.example"


def press(page: Page, name: str) -> None:
    page.locator(f'support-copilot .choice[data-name="{name}"]').last.click()
    page.locator("support-copilot .typing").wait_for(state="hidden")


def say(page: Page, text: str) -> None:
    box = page.locator("support-copilot textarea#input")
    box.fill(text)
    box.press("Enter")
    page.wait_for_timeout(1500)
    page.locator("support-copilot .typing").wait_for(state="hidden")


def answer(page: Page, wanted: tuple[str, ...], *, until: str) -> None:
    """Press what is wanted, else the first choice, until that choice, or until none is on offer: words may have told some."""
    offered = page.locator("support-copilot .choices:not(.settled) .choice[data-name]")
    while offered.count():
        names = [str(each.get_attribute("data-name")) for each in offered.all()]
        name = next((each for each in wanted if each in names), names[0])
        press(page, name)
        page.wait_for_timeout(1500)
        if name == until:
            return


def copilot(*arguments: str) -> str:
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def newest_code(address: str = ADDRESS) -> str:
    mails = json.loads(copilot("mail", "list", "--to", address, "--json"))
    found = re.search(r"\b\d{6}\b", mails[0]["text"])
    if found is None:
        raise SystemExit("the newest mail carries no code: is this the copilot that runs on this machine's data?")
    return found.group()


def colleague(camera: Camera, language: str) -> Page:
    """The desk's queue, signed in as a lead. The session is kept for the next page."""
    page = camera.page(language, storage_state=camera.shared.get("colleague"))
    page.goto(f"{camera.url}/desk?lang={language}")
    if "colleague" not in camera.shared:
        name = f"pictures-{secrets.token_hex(3)}@team.example"
        made = copilot("users", "create", "--email", name, "--role", "lead", "--name", "Eva Prado", "--json")
        page.locator("#email").fill(name)
        page.locator("#password").fill(json.loads(made)["password"])
        page.keyboard.press("Enter")
        page.locator(".row").first.wait_for()
        camera.shared["colleague"] = page.context.storage_state()
    page.locator(".row").first.wait_for()
    return page


def customer(camera: Camera, language: str) -> Page:
    """The portal, signed in as somebody who was invited. The session is kept for the next page."""
    page = camera.page(language, storage_state=camera.shared.get("customer"))
    if "customer" not in camera.shared:
        name = f"pictures-{secrets.token_hex(3)}@tienda.example"
        invite = ("customers", "invite", "--email", name, "--name", "Ana Prado", "--account", "demo-shop")
        link = json.loads(copilot(*invite, "--language", "es", "--account-viewer", "--json"))["link"]
        page.goto(camera.url + link[link.index("/portal/") :])
        page.locator("#new").fill(secrets.token_urlsafe(16))
        page.locator(".sign-in .button").click()
        page.locator(".card").first.wait_for()
        camera.shared["customer"] = page.context.storage_state()
    page.goto(f"{camera.url}/portal?lang={language}")
    page.locator(".card").first.wait_for()
    return page


# What is written into the form, by language: it has an article that fits, and it is ours to say.
REPORT = {
    "es": ("El reporte de ventas no llega por correo", "Desde ayer el correo con el reporte programado no llega."),
    "en": (
        "The sales report does not arrive by e-mail",
        "Since yesterday the mail with the scheduled report is missing.",
    ),
    "pt": ("O relatório de vendas não chega por e-mail", "Desde ontem o e-mail com o relatório agendado não chega."),
}
QUESTION = {
    "es": "¿Cómo activo la verificación en dos pasos para mi equipo?",
    "en": "How do I turn on two-step verification for my team?",
    "pt": "Como ativo a verificação em duas etapas para a minha equipe?",
}


def fill_in(camera: Camera, page: Page, language: str) -> None:
    """The portal's form, up to the articles that it suggests."""
    page.goto(f"{camera.url}/portal/new?category=incident&subcategory=reports&lang={language}")
    page.locator('[data-field="platform"] select').select_option(index=1)
    for radio in page.locator('input[value="internal"], input[value="moderate"]').all():
        radio.check()
    title, text = REPORT[language]
    page.locator('[data-field="title"] input').fill(title)
    page.locator('[data-field="description"] textarea').fill(text)
    page.locator('[data-kind="articles"]').wait_for()


def send(page: Page) -> None:
    page.locator(".ticket-form > .tf-row .tf-button").click()
    page.locator(".tf-dialog[open] .tf-number").wait_for()
