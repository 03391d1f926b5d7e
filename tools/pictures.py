"""Take the pictures of the README from a running copilot: `python -m tools.pictures http://127.0.0.1:8000`."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools.bootstrap import ROOT, chromium

FOLDER = ROOT / "docs" / "pictures"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADDRESS = "ana@tienda.example"


def press(page: Page, name: str) -> None:
    page.locator(f'support-copilot .choice[data-name="{name}"]').last.click()
    page.locator("support-copilot .typing").wait_for(state="hidden")


def say(page: Page, text: str) -> None:
    box = page.locator("support-copilot textarea")
    box.fill(text)
    box.press("Enter")
    page.wait_for_timeout(1500)


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


def newest_code() -> str:
    mails = json.loads(copilot("mail", "list", "--to", ADDRESS, "--json"))
    found = re.search(r"\b\d{6}\b", mails[0]["text"])
    if found is None:
        raise SystemExit("the newest mail carries no code: is this the copilot that runs on this machine's data?")
    return found.group()


def conversation(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 860}, locale="es-CO")
    page.goto(f"{url}/?lang=es")
    page.locator("support-copilot .launcher").click()
    say(page, "¿Cómo activo la verificación en dos pasos para mi equipo?")
    press(page, "scenario.question")
    page.locator('support-copilot .choice[data-name="solved.no"]').wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / "conversation.png")
    page.close()


def ticket(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="pt-BR", device_scale_factor=2)
    page.goto(f"{url}/?lang=pt")
    page.locator("support-copilot .launcher").click()
    press(page, "language.pt")
    press(page, "scenario.incident")
    say(page, "O relatório de vendas não chega por e-mail desde ontem")
    answer(page, ("solved.no", "clarify.none"), until="solved.no")
    answer(page, ("clarify.none", "problem.person"), until="")
    say(page, ADDRESS)
    say(page, newest_code())
    wanted = ("subcategory.reports", "users_affected.internal", "impact.moderate", "attachments.skip", "confirm.yes")
    answer(page, wanted, until="confirm.yes")
    page.wait_for_timeout(1200)
    page.screenshot(path=FOLDER / "ticket.png")
    page.close()


def admin(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 760}, locale="en-GB", color_scheme="dark")
    page.goto(f"{url}/admin?lang=en")
    page.get_by_role("button", name="Copilot").first.click()
    page.get_by_text("Ask a question").first.click()
    press(page, "language.en")
    press(page, "scenario.incident")
    say(page, "Order confirmation emails are not reaching our customers")
    page.locator("support-copilot .choices:not(.settled) .choice[data-name]").first.wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / "admin.png")
    page.close()


def desk(browser: Browser, url: str) -> None:
    """The queue in the light and a ticket in the dark, as somebody of the team; with what the pictures before it left."""
    name = f"pictures-{secrets.token_hex(3)}@team.example"
    made = copilot("users", "create", "--email", name, "--role", "lead", "--name", "Eva Prado", "--json")
    page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="es-CO")
    page.goto(f"{url}/desk?lang=es")
    page.locator("#email").fill(name)
    page.locator("#password").fill(json.loads(made)["password"])
    page.keyboard.press("Enter")
    page.locator(".row").first.wait_for()
    page.screenshot(path=FOLDER / "desk-queue.png")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".comment").first.wait_for()
    page.emulate_media(color_scheme="dark")
    for summary in page.locator('[data-name="chat"] > summary').all():
        summary.click()
    page.locator("#answer").fill("Hola, gracias por avisar. Ya lo estamos mirando.")
    page.screenshot(path=FOLDER / "desk-ticket.png")
    page.close()


def portal(browser: Browser, url: str) -> None:
    """The cards and tickets, the form, and a ticket in the dark on a phone, of a customer who was just invited."""
    name = f"pictures-{secrets.token_hex(3)}@tienda.example"
    invite = (
        "customers",
        "invite",
        "--email",
        name,
        "--name",
        "Ana Prado",
        "--account",
        "demo-shop",
        "--language",
        "es",
    )
    link = json.loads(copilot(*invite, "--account-viewer", "--json"))["link"]
    page = browser.new_page(viewport={"width": 1180, "height": 940}, locale="es-CO")
    page.goto(url + link[link.index("/portal/") :])
    page.locator("#new").fill(secrets.token_urlsafe(16))
    page.locator(".sign-in .button").click()
    page.locator(".card").first.wait_for()
    for matter, subcategory, title, text in (
        ("question", "roles", "¿Cómo agrego un rol de solo lectura?", "Es para el equipo de contabilidad."),
        (
            "incident",
            "reports",
            "El reporte de ventas llega vacío",
            "Desde ayer el correo llega, pero sin ninguna fila.",
        ),
    ):
        page.goto(f"{url}/portal/new?category={matter}&subcategory={subcategory}&lang=es")
        page.locator('[data-field="platform"] select').select_option(index=1)
        for radio in page.locator('input[value="internal"], input[value="moderate"]').all():
            radio.check()
        page.locator('[data-field="title"] input').fill(title)
        page.locator('[data-field="description"] textarea').fill(text)
        page.wait_for_timeout(2500)
        if matter == "incident":
            page.screenshot(path=FOLDER / "portal-form.png", full_page=True)
        page.locator(".ticket-form > .tf-row .tf-button").click()
        page.locator(".tf-dialog a").wait_for()
    page.screenshot(path=FOLDER / "portal-created.png")
    page.goto(f"{url}/portal?lang=es")
    page.locator("tbody tr").first.wait_for()
    page.screenshot(path=FOLDER / "portal.png")
    page.locator("tbody a").first.click()
    page.locator(".comment").first.wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.goto(page.url.replace("lang=es", "lang=pt"))
    page.locator(".comment").first.wait_for()
    page.screenshot(path=FOLDER / "portal-ticket.png")
    page.close()


def help_home(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 800}, locale="es-CO")
    page.goto(f"{url}/help/es")
    page.locator("#query").press_sequentially("no me llegan los reportes")
    page.get_by_role("option").first.wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / "help-home.png")
    page.close()


def help_article(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="pt-BR", color_scheme="dark")
    page.goto(f"{url}/help/pt/cancel-a-service")
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / "help-article.png")
    page.close()


def panel(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 800}, locale="es-CO")
    page.goto(f"{url}/admin?lang=es")
    page.get_by_role("button", name="Centro de información").click()
    page.get_by_label("Compartir con soporte").check()
    page.locator("support-copilot-panel .articles a").first.wait_for()
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / "panel.png")
    page.close()


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        for picture in (conversation, ticket, admin, help_home, help_article, panel, desk, portal):
            picture(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
