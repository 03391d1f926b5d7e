"""The sheets: each face in every language, light and dark, on a desk and on a phone."""

from __future__ import annotations

import json

from playwright.sync_api import Page, Route

from tools.pictures.acting import QUESTION, REPORT, answer, colleague, customer, fill_in, newest_code, press, say, send
from tools.pictures.camera import Camera


def _asked(camera: Camera, language: str, scenario: str, text: str) -> Page:
    page = camera.page(language)
    page.goto(f"{camera.url}/?lang={language}")
    page.locator("support-copilot .launcher").click()
    press(page, f"language.{language}")
    press(page, f"scenario.{scenario}")
    say(page, text)
    return page


def widget_answer(camera: Camera) -> None:
    """An answer whose article is unfolded where it stands."""

    def walk(camera: Camera, language: str) -> Page:
        page = _asked(camera, language, "question", QUESTION[language])
        page.locator('support-copilot .choice[data-name="solved.no"]').wait_for()
        page.locator("support-copilot .unfold").first.click()
        page.locator("support-copilot .whole .body").first.wait_for()
        return page

    def settle(page: Page) -> None:
        page.locator("support-copilot .answer").first.evaluate("each => each.scrollIntoView({ block: 'start' })")

    camera.sheet("widget-answer", walk, settle)


def widget_ticket(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = _asked(camera, language, "incident", REPORT[language][0])
        answer(page, ("solved.no", "clarify.none"), until="solved.no")
        answer(page, ("clarify.none", "problem.person"), until="")
        address = f"ana.{language}@tienda.example"
        say(page, address)
        say(page, newest_code(address))
        wanted = ("subcategory.reports", "users_affected.internal", "impact.moderate", "attachments.skip")
        answer(page, (*wanted, "confirm.yes"), until="confirm.yes")
        page.locator("support-copilot .ticket").wait_for()
        return page

    def settle(page: Page) -> None:
        page.locator("support-copilot .log").evaluate("log => { log.scrollTop = log.scrollHeight; }")

    camera.sheet("widget-ticket", walk, settle)


def widget_form(camera: Camera) -> None:
    """What stands in the chat's place after two turns that nobody answered."""

    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/?lang={language}")
        page.locator("support-copilot .launcher").click()
        press(page, f"language.{language}")
        failed = 0

        def unanswered(route: Route) -> None:
            nonlocal failed
            if route.request.method != "POST":
                return route.continue_()
            failed += 1
            apology = {"seq": 1000 + failed, "role": "system", "kind": "notice", "text": "…", "choices": []}
            body = {
                "turn_id": str(failed),
                "status": "failed",
                "messages": [{**apology, "created_at": "", "asks": None}],
            }
            return route.fulfill(content_type="application/json", body=json.dumps(body))

        page.route("**/chat/conversations/*/messages", unanswered)
        for text in REPORT[language]:
            say(page, text)
        page.locator("support-copilot .ticket-form select").first.wait_for()
        page.locator("support-copilot [data-matter=incident], support-copilot #form-category").first.wait_for()
        return page

    camera.sheet("widget-form", walk)


def panel_home(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/admin?lang={language}")
        page.locator("support-copilot-panel .question").click()
        page.locator("support-copilot-panel .consent input").check()
        page.locator("support-copilot-panel .articles a").first.wait_for()
        return page

    camera.sheet("panel", walk)


def panel_form(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/admin?lang={language}")
        page.locator("support-copilot-panel .question").click()
        page.locator("support-copilot-panel .row").first.click()
        page.locator("support-copilot-panel .card").first.click()
        page.locator("support-copilot-panel .ticket-form select").first.wait_for()
        return page

    camera.sheet("panel-form", walk)


def admin_menu(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/admin?lang={language}")
        page.get_by_role("button", name="Copilot", exact=True).click()
        page.locator("support-copilot-panel .ask .row").wait_for()
        return page

    camera.sheet("admin", walk)


def help_pages(camera: Camera) -> None:
    for name, path in (("article", "/help/{}/two-step-verification"), ("support", "/help/support?lang={}")):

        def walk(camera: Camera, language: str, path: str = path) -> Page:
            page = camera.page(language)
            page.goto(camera.url + path.format(language))
            return page

        camera.sheet(f"help-{name}", walk)


def help_search(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/help/{language}")
        page.locator("#query").press_sequentially(QUESTION[language][:30])
        page.get_by_role("option").first.wait_for()
        return page

    camera.sheet("help-home", walk)


def portal_sign_in(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = camera.page(language)
        page.goto(f"{camera.url}/portal?lang={language}")
        page.locator(".sign-in").first.wait_for()
        return page

    camera.sheet("portal-sign-in", walk)


def portal_form(camera: Camera) -> None:
    def walk(camera: Camera, language: str) -> Page:
        page = customer(camera, language)
        fill_in(camera, page, language)
        return page

    def settle(page: Page) -> None:
        page.locator('[data-field="title"]').evaluate("each => each.scrollIntoView({ block: 'start' })")

    camera.sheet("portal-form", walk, settle)


def portal_rooms(camera: Camera) -> None:
    """The home with its cards, and a ticket: opened where this customer has none in that language."""

    def home(camera: Camera, language: str) -> Page:
        page = customer(camera, language)
        fill_in(camera, page, language)
        send(page)
        page.goto(f"{camera.url}/portal?lang={language}")
        page.locator("tbody tr").first.wait_for()
        return page

    def one(camera: Camera, language: str) -> Page:
        page = customer(camera, language)
        page.locator("tbody tr", has_text=REPORT[language][0]).locator("a").first.click()
        page.locator(".comment").first.wait_for()
        return page

    camera.sheet("portal", home)
    camera.sheet("portal-ticket", one)


def desk_rooms(camera: Camera) -> None:
    def one(camera: Camera, language: str) -> Page:
        page = colleague(camera, language)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.locator(".comment").first.wait_for()
        return page

    camera.sheet("desk-queue", colleague)
    camera.sheet("desk-ticket", one)


SHEETS = (
    widget_answer,
    widget_ticket,
    widget_form,
    panel_home,
    panel_form,
    admin_menu,
    help_search,
    help_pages,
    portal_sign_in,
    portal_form,
    portal_rooms,
    desk_rooms,
)
