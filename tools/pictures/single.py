"""The single pictures: the README's, and those of the pages beside it."""

from __future__ import annotations

from tools.pictures.acting import (
    ADDRESS,
    QUESTION,
    answer,
    colleague,
    customer,
    fill_in,
    newest_code,
    press,
    say,
    send,
)
from tools.pictures.camera import PHONE, Camera


def conversation(camera: Camera) -> None:
    page = camera.page("es", (1180, 860))
    page.goto(f"{camera.url}/?lang=es")
    page.locator("support-copilot .launcher").click()
    say(page, QUESTION["es"])
    press(page, "scenario.question")
    page.locator('support-copilot .choice[data-name="solved.no"]').wait_for()
    page.wait_for_timeout(600)
    camera.keep(page, "conversation")
    page.context.close()


def ticket(camera: Camera) -> None:
    page = camera.page("pt", PHONE, device_scale_factor=2)
    page.goto(f"{camera.url}/?lang=pt")
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
    camera.keep(page, "ticket")
    page.context.close()


def admin(camera: Camera) -> None:
    page = camera.page("en", (1180, 760), color_scheme="dark")
    page.goto(f"{camera.url}/admin?lang=en")
    page.get_by_role("button", name="Copilot", exact=True).click()
    page.get_by_role("button", name="Ask a question").click()
    page.locator("support-copilot .row").first.wait_for()
    if page.locator('support-copilot .choice[data-name="language.en"]').count():
        press(page, "language.en")
    press(page, "scenario.incident")
    say(page, "Order confirmation emails are not reaching our customers")
    page.locator("support-copilot .choices:not(.settled) .choice[data-name]").first.wait_for()
    page.wait_for_timeout(600)
    camera.keep(page, "admin")
    page.context.close()


def help_home(camera: Camera) -> None:
    page = camera.page("es")
    page.goto(f"{camera.url}/help/es")
    page.locator("#query").press_sequentially("no me llegan los reportes")
    page.get_by_role("option").first.wait_for()
    page.wait_for_timeout(600)
    camera.keep(page, "help-home")
    page.context.close()


def help_article(camera: Camera) -> None:
    page = camera.page("pt", PHONE, color_scheme="dark")
    page.goto(f"{camera.url}/help/pt/cancel-a-service")
    page.wait_for_timeout(600)
    camera.keep(page, "help-article")
    page.context.close()


def panel(camera: Camera) -> None:
    page = camera.page("es")
    page.goto(f"{camera.url}/admin?lang=es")
    page.get_by_role("button", name="Centro de información").click()
    page.get_by_label("Compartir con soporte").check()
    page.locator("support-copilot-panel .articles a").first.wait_for()
    page.wait_for_timeout(400)
    camera.keep(page, "panel")
    page.context.close()


def desk(camera: Camera) -> None:
    """The queue in the light and a ticket in the dark, as somebody of the team; with what the pictures before it left."""
    page = colleague(camera, "es")
    page.set_viewport_size({"width": 1280, "height": 860})
    camera.keep(page, "desk-queue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".comment").first.wait_for()
    page.emulate_media(color_scheme="dark")
    for summary in page.locator('[data-name="chat"] > summary').all():
        summary.click()
    page.locator("#answer").fill("Hola, gracias por avisar. Ya lo estamos mirando.")
    camera.keep(page, "desk-ticket")
    page.context.close()


def portal(camera: Camera) -> None:
    """The form, the pop-up, the cards and tickets, and a ticket in the dark on a phone, of an invited customer."""
    page = customer(camera, "es")
    page.set_viewport_size({"width": 1180, "height": 940})
    fill_in(camera, page, "es")
    camera.keep(page, "portal-form", full_page=True)
    send(page)
    camera.keep(page, "portal-created")
    page.goto(f"{camera.url}/portal?lang=es")
    page.locator("tbody tr").first.wait_for()
    camera.keep(page, "portal")
    page.locator("tbody a").first.click()
    page.locator(".comment").first.wait_for()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.emulate_media(color_scheme="dark")
    page.goto(page.url.replace("lang=es", "lang=pt"))
    page.locator(".comment").first.wait_for()
    camera.keep(page, "portal-ticket")
    page.context.close()


PICTURES = (conversation, ticket, admin, help_home, help_article, panel, portal, desk)
