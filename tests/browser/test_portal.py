"""The customer portal and its ticket form in a real browser, with the real endpoints behind them."""

from __future__ import annotations

import dataclasses
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect
from sqlalchemy import delete, select

from api.database import Database
from api.identity import accounts
from api.identity.customers import customer_of_address
from api.identity.models import Customer, SignInSession
from api.identity.passwords import hash_password
from api.tickets.models import Ticket
from bot.catalog import Catalog
from tests.browser.axe import violations
from tests.browser.conftest import Guard
from tests.browser.fitting import borderless, lengthen, moving, sticking_out
from tests.browser.serving import serving
from tests.support.rest import Rest, ok, rest_of

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
# The promise is two seconds; the machine of the tests may be busy.
SOON = 5_000
ROOT = Path(__file__).resolve().parents[2]
FIELDS = {"category": "question", "subcategory": "roles", "platform": "Demo Shop"}


class HelpCenter:
    """Answers everything with one article."""

    async def search(self, text: str, **_: Any) -> Any:
        hit = SimpleNamespace(
            article_id="export", title="Exportar reportes", heading="Antes de empezar", url="/help/es/export",
            snippet="Abre Reportes.", locale="es",
        )  # fmt: skip
        return SimpleNamespace(decision="answer", hits=[hit])


@dataclass
class Served:
    """The endpoints for the whole module: every test brings customers of its own."""

    rest: Rest
    url: str
    staff: dict[str, str]


@dataclass
class Portal:
    """One test's view of them."""

    served: Served
    contexts: Callable[..., BrowserContext]

    @property
    def rest(self) -> Rest:
        return self.served.rest

    def customer(self, **values: Any) -> str:
        """The address of a new customer."""
        email = f"ana-{uuid.uuid4().hex[:8]}@example.com"
        with self.rest.database.write() as session:
            customer = customer_of_address(session, email, language="es")
            customer.account_id = "demo-shop"
            for name, value in values.items():
                setattr(customer, name, value)
        return email

    def session(self, email: str) -> str:
        with self.rest.database.write() as session:
            customer = session.scalars(select(Customer).where(Customer.email == email)).one()
            return accounts.begin_customer_session(session, customer).token

    def at(self, path: str, email: str | None = None, **options: Any) -> Page:
        """A page of the portal, as this customer."""
        context = self.contexts(**options)
        if email:
            token = self.session(email)
            context.add_cookies([{"name": "copilot_customer", "value": token, "url": self.served.url}])
        page = context.new_page()
        page.goto(self.served.url + path)
        page.locator("#shown > *").first.wait_for()
        return page

    def ticket(self, email: str, subject: str = "El reporte llega vacío", **fields: str) -> int:
        named = [{"id": key, "value": value} for key, value in {**FIELDS, **fields}.items()]
        body = {"request": {"subject": subject, "comment": {"body": "Desde ayer."}, "custom_fields": named}}
        headers = {"Authorization": f"Bearer {self.session(email)}"}
        number: int = ok(self.rest.http.post("/api/v2/requests.json", json=body, headers=headers), 201)["request"]["id"]
        return number

    def change(self, number: int, **values: Any) -> None:
        ok(self.rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": values}, headers=self.served.staff))

    def tickets(self, email: str) -> list[Ticket]:
        with self.rest.database.read() as session:
            query = select(Ticket).join(Customer, Customer.id == Ticket.requester_id).where(Customer.email == email)
            return list(session.scalars(query.order_by(Ticket.id)))

    def newest(self, email: str, pattern: str) -> str:
        found = re.search(pattern, self.rest.mails(email)[-1].text)
        assert found is not None
        return found[0]


@pytest.fixture(scope="module")
def served(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("portal")
    shutil.copy(migrated_file, folder / "copilot.db")
    database = Database(f"sqlite:///{folder / 'copilot.db'}")
    rest = rest_of(database, var=folder)
    staff = rest.token_of("agent", "eva@staff.example")
    rest.app.state.stopping = False
    with serving(rest.app, lifespan="off") as url:
        here = rest.settings.model_copy(update={"public_url": url})
        rest.services = dataclasses.replace(rest.services, settings=here, help_center=HelpCenter())  # type: ignore[arg-type]
        rest.app.state.services = rest.services
        yield Served(rest, url, staff)
        rest.app.state.stopping = True
        rest.services.streams.close()
    rest.http.close()
    database.close()


@pytest.fixture
def portal(served: Served, contexts: Callable[..., BrowserContext], guard: Guard) -> Portal:
    guard.allowed_hosts.add(served.url.removeprefix("http://"))
    with served.rest.database.write() as session:
        # Each test signs in and asks for links as if it were the first one of its network.
        from api.identity.models import LimitHit

        session.execute(delete(LimitHit))
    return Portal(served, contexts)


def field(page: Page, id: str) -> Locator:
    return page.locator(f'[data-field="{id}"]')


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def fill_incident(page: Page, title: str = "El reporte llega vacío") -> None:
    field(page, "subcategory").locator("select").select_option("reports")
    field(page, "platform").locator("select").select_option(index=1)
    page.locator('input[value="internal"]').check()
    page.locator('input[value="moderate"]').check()
    field(page, "title").locator("input").fill(title)
    field(page, "description").locator("textarea").fill("Desde ayer no trae filas.")


def send(page: Page) -> None:
    page.locator(".ticket-form > .tf-row .tf-button").click()


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_the_door_shows_five_cards_with_the_guide(portal: Portal, language: str) -> None:
    page = portal.at(f"/portal?lang={language}")
    catalog = portal.rest.catalog
    expect(page).to_have_title(catalog.wording(language).text("web.portal.page_title"))
    cards = page.locator(".card")
    for at, category in enumerate(catalog.categories):
        card = catalog.card(category.id, language)
        expect(cards.nth(at)).to_contain_text(f"{card.emoji}{card.question}")
        expect(cards.nth(at).locator("b")).to_have_text(catalog.label("categories", category.id, language))
    expect(cards).to_have_count(5)
    assert "portal." not in page.locator("body").inner_text()
    cards.first.click()
    expect(page.locator(".tf-chosen b")).to_have_text(catalog.label("categories", "request", language))


def test_a_customer_signs_in_by_password_and_out(portal: Portal, guard: Guard) -> None:
    guard.expect("401")
    email = portal.customer(password_hash=hash_password(PASSWORD))
    portal.ticket(email)
    page = portal.at("/portal?lang=en")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("not this one, surely")
    page.keyboard.press("Enter")
    expect(page.locator(".problem")).to_have_text("The e-mail address or the password is wrong.")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".who")).to_contain_text(email)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_mailed_code_opens_the_portal_too(portal: Portal) -> None:
    email = portal.customer()
    number = portal.ticket(email)
    page = portal.at(f"/portal/tickets/{number}?lang=es")
    page.get_by_role("button", name="Entrar con un código por correo").click()
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_role("button", name="Enviarme el código").click()
    code = page.get_by_label("Código de seis dígitos")
    expect(code).to_be_focused()
    code.fill(portal.newest(email, r"\b\d{6}\b"))
    page.keyboard.press("Enter")
    expect(page.locator(".comment")).to_have_count(1)
    page.goto(f"{portal.served.url}/portal/account?lang=es")
    expect(page.locator("#shown")).to_contain_text("Todavía no tienes contraseña")


def test_a_mailed_link_sets_a_password_and_leaves_the_address(portal: Portal, guard: Guard) -> None:
    guard.expect("422")
    email = portal.customer()
    page = portal.at("/portal?lang=es")
    page.get_by_role("button", name="Crear o recuperar la contraseña").click()
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_role("button", name="Enviarme el enlace").click()
    expect(page.locator("#shown")).to_contain_text(f"Si {email} tiene una cuenta")
    link = portal.newest(email, r"http\S+/portal/password\S+")
    page.goto(link)
    expect(page.locator("#email")).to_have_value(email)
    assert "cpl_" not in page.url
    page.locator("#new").fill(PASSWORD)
    page.get_by_role("button", name="Guardar y entrar").click()
    expect(page.locator(".who")).to_contain_text(email)
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#shown [role=alert]")).to_contain_text("ya se usó")


def test_every_update_and_status_shows_without_a_reload(portal: Portal) -> None:
    email = portal.customer()
    number = portal.ticket(email)
    home = portal.at("/portal?lang=es", email)
    room = home.context.new_page()
    room.goto(f"{portal.served.url}/portal/tickets/{number}?lang=es")
    expect(home.locator("tbody .status")).to_have_text("Nuevo")
    expect(room.locator(".expected")).to_be_visible()
    room.locator("#reply").fill("A medio escribir")
    portal.change(number, comment={"body": "Lo estamos mirando."}, status="pending")
    portal.change(number, comment={"body": "Solo para el equipo", "public": False})
    expect(room.locator(".comment.support")).to_contain_text("Lo estamos mirando.", timeout=SOON)
    expect(room.locator(".change")).to_contain_text("Pendiente de tu respuesta", timeout=SOON)
    expect(home.locator("tbody .status")).to_have_text("Pendiente de tu respuesta", timeout=SOON)
    expect(home.locator("tbody tr")).to_have_class("fresh")
    expect(room.locator("#reply")).to_have_value("A medio escribir")
    assert "Solo para el equipo" not in room.content()
    second = portal.ticket(email, "Otro más")
    expect(home.locator(f'tr[data-id="{second}"]')).to_be_visible(timeout=SOON)


def test_tickets_are_filtered_and_searched_and_the_account_s_are_seen_by_right(portal: Portal, guard: Guard) -> None:
    guard.expect("404")
    account = uuid.uuid4().hex
    ana, bruno = (
        portal.customer(account_id=account, account_viewer=True),
        portal.customer(account_id=account, name="Bruno"),
    )
    portal.ticket(ana, "La factura salió doble")
    portal.change(portal.ticket(ana, "El reporte llega vacío"), status="solved")
    number = portal.ticket(bruno, "El banner no cambia")
    page = portal.at("/portal?lang=en", ana)
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_label("Status").select_option("unsolved")
    expect(rows).to_have_count(1)
    page.get_by_label("Status").select_option("")
    page.get_by_label("Search tickets").fill("repor")
    expect(rows).to_have_count(1)
    page.get_by_label("Search tickets").fill("nada de nada")
    expect(page.locator(".nothing")).to_have_text("No ticket matches.")
    page.get_by_label("Search tickets").fill("")
    page.get_by_role("button", name="Of the account").click()
    expect(rows).to_have_count(3)
    page.locator("tbody a", has_text="El banner no cambia").click()
    expect(page.locator(".side")).to_contain_text("Bruno")
    expect(page.locator('[data-act="solve"]')).to_have_count(0)
    page.get_by_role("button", name="Get the updates").click()
    expect(page.locator(".copied li")).to_have_count(1)
    page.get_by_label("Add a message").fill("Here as well")
    page.locator(".reply button.button").click()
    expect(page.locator(".comment")).to_have_count(2)
    other = portal.at(f"/portal/tickets/{number}?lang=en", portal.customer(account_id="elsewhere", account_viewer=True))
    expect(other.locator("h1")).to_have_text("We couldn't find that ticket among yours.")


def test_a_ticket_is_answered_with_a_file_reopened_rated_and_continued(portal: Portal) -> None:
    email = portal.customer()
    number = portal.ticket(email)
    page = portal.at(f"/portal/tickets/{number}?lang=es", email)
    page.locator("#reply-files").set_input_files([file("log.txt", b"linea uno")])
    expect(page.locator(".tf-files .sent")).to_be_visible()
    page.locator("#reply").fill("Aquí está el registro")
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.locator(".comment .files a")).to_contain_text("log.txt")
    portal.change(number, status="solved")
    page.locator('[data-act="reopen"]').click(timeout=SOON)
    expect(page.locator("#told")).to_have_text("El ticket está abierto otra vez.")
    page.locator('[data-act="solve"]').click()
    page.get_by_role("button", name="Mal").click()
    expect(page.locator('[data-score="bad"]')).to_have_attribute("aria-pressed", "true")
    page.locator("#rate-comment").fill("Tardó mucho")
    page.get_by_role("button", name="Enviar la opinión").click()
    expect(page.locator("#told")).to_have_text("Gracias por tu opinión.")
    portal.change(number, status="closed")
    page.locator('[data-act="follow"]').click(timeout=SOON)
    field(page, "description").locator("textarea").fill("Volvió a pasar")
    send(page)
    expect(page.locator(".tf-dialog .tf-number")).to_be_visible()
    first, second = portal.tickets(email)
    assert first.rating is not None
    assert (first.rating.score, first.rating.comment) == ("bad", "Tardó mucho")
    assert (second.followup_source_id, second.category, second.via) == (number, "question", "web")


def test_the_form_names_every_problem_keeps_what_was_typed_and_opens_one_ticket(portal: Portal) -> None:
    email = portal.customer()
    page = portal.at("/portal/new?type=incident&lang=es", email)
    field(page, "description").locator("textarea").fill("No trae filas.")
    send(page)
    for id in ("subcategory", "platform", "users_affected", "impact", "title"):
        expect(field(page, id).locator(".tf-error")).to_have_text("Falta este dato.")
    expect(page.locator(".tf-problems li")).to_have_count(5)
    expect(field(page, "subcategory").locator("select")).to_be_focused()
    expect(field(page, "description").locator("textarea")).to_have_value("No trae filas.")
    assert field(page, "platform").locator("option").all_inner_texts()[1:] == ["Demo Shop", "Demo Shop Outlet"]
    expect(field(page, "attachments")).to_contain_text("el diagnóstico es más fácil")
    fill_incident(page)
    page.locator(".ticket-form > .tf-row .tf-button").evaluate("each => { each.click(); each.click() }")
    dialog = page.locator(".tf-dialog")
    expect(dialog.locator("h2")).to_have_text("El incidente se creó con éxito")
    (ticket,) = portal.tickets(email)
    expect(dialog).to_contain_text(f"n.º {ticket.id}")
    expect(dialog).to_contain_text(email)
    assert violations(page) == []
    dialog.get_by_role("link", name="Ver el ticket").click()
    expect(page.locator(".comment")).to_contain_text("Desde ayer no trae filas.")
    assert (ticket.priority, ticket.via, ticket.fields["platform"]) == ("normal", "web", "Demo Shop")


def test_a_visitor_proves_an_address_and_is_then_in_the_portal(portal: Portal, guard: Guard) -> None:
    guard.expect("422")
    email = f"{uuid.uuid4().hex[:8]}@visitor.example"
    page = portal.at("/portal/new?category=linkedin&lang=pt")
    field(page, "purpose").locator("select").select_option("demo")
    field(page, "title").locator("input").fill("Quero uma demonstração")
    field(page, "description").locator("textarea").fill("Para dez pessoas.")
    field(page, "email").locator("input").fill(email)
    send(page)
    code = page.get_by_label("Código de seis dígitos")
    code.fill("000000")
    send(page)
    expect(field(page, "email").locator(".tf-error")).to_contain_text("Esse código não está certo")
    code.fill(portal.newest(email, r"\b\d{6}\b"))
    send(page)
    page.locator(".tf-dialog").get_by_role("link", name="Ver o chamado").click()
    expect(page.locator(".comment")).to_contain_text("Para dez pessoas.")
    (ticket,) = portal.tickets(email)
    assert (ticket.category, ticket.fields["purpose"], ticket.language) == ("linkedin", "demo", "pt")


def test_a_draft_with_its_files_survives_a_reload_and_can_be_dropped(portal: Portal, guard: Guard) -> None:
    guard.expect("422")
    email = portal.customer()
    page = portal.at("/portal/new?category=incident&lang=es", email)
    fill_incident(page)
    page.locator('.ticket-form input[type="file"]').set_input_files([file("uno.txt", b"uno"), file("malo.exe", b"MZ")])
    expect(page.locator(".tf-files .sent")).to_contain_text("uno.txt")
    expect(page.locator(".tf-files .failed")).to_contain_text("malo.exe")
    page.get_by_role("button", name="Quitar malo.exe").click()
    page.reload()
    expect(field(page, "title").locator("input")).to_have_value("El reporte llega vacío")
    expect(page.locator('input[value="moderate"]')).to_be_checked()
    expect(page.locator(".tf-files .sent")).to_contain_text("uno.txt")
    send(page)
    page.locator(".tf-dialog").get_by_role("button", name="Abrir otro").click()
    expect(page.locator(".tf-choice").first).to_be_visible()
    (ticket,) = portal.tickets(email)
    files = ok(portal.rest.http.get(f"/api/v2/tickets/{ticket.id}/comments", headers=portal.served.staff))
    assert [each["file_name"] for each in files["comments"][0]["attachments"]] == ["uno.txt"]
    page.locator('[data-matter="question"]').click()
    field(page, "title").locator("input").fill("Otra cosa")
    page.reload()
    page.get_by_role("button", name="Empezar de cero").click()
    expect(field(page, "title").locator("input")).to_have_value("")


def test_an_emergency_is_confirmed_opened_at_once_and_proven_afterwards(portal: Portal) -> None:
    email = f"{uuid.uuid4().hex[:8]}@visitor.example"
    page = portal.at("/portal/new?category=outage&lang=es")
    expect(page.locator(".tf-emergency")).to_contain_text("¿No carga absolutamente nada, a nadie?")
    expect(field(page, "title")).to_have_count(0)
    page.locator('[data-answer="yes"]').click()
    expect(field(page, "title").locator("input")).to_have_value("La plataforma no carga")
    field(page, "email").locator("input").fill(email)
    send(page)
    dialog = page.locator(".tf-dialog")
    expect(dialog).to_contain_text("El equipo técnico ya recibió el aviso.")
    dialog.get_by_role("button", name="Cerrar").click()
    page.get_by_label("Código de seis dígitos").fill(portal.newest(email, r"\b\d{6}\b"))
    send(page)
    expect(dialog).to_contain_text(email)
    (ticket,) = portal.tickets(email)
    assert (ticket.category, ticket.priority) == ("outage", "urgent")


def test_what_is_no_emergency_goes_back_to_the_cards(portal: Portal) -> None:
    page = portal.at("/portal/new?category=outage&lang=es")
    page.locator('[data-answer="no"]').click()
    expect(page.locator('.tf-choice[data-matter="incident"]')).to_be_visible()
    expect(page.locator(".tf-choice").first).to_be_focused()


def test_financial_forms_ask_their_own_fields(portal: Portal) -> None:
    email = portal.customer()
    page = portal.at("/portal/new?type=financial&lang=en", email)
    field(page, "subject").locator("select").select_option("invoice_due_date")
    field(page, "what_happened").locator("textarea").fill("It is due on a Sunday.")
    field(page, "title").locator("input").fill("Move the due date")
    field(page, "description").locator("textarea").fill("To the fifth, please.")
    expect(field(page, "subcategory")).to_have_count(0)
    send(page)
    expect(page.locator(".tf-dialog")).to_be_visible()
    (ticket,) = portal.tickets(email)
    assert (ticket.support_type, ticket.category, ticket.priority) == ("financial", None, "low")
    assert ticket.fields["subject"] == "invoice_due_date"


def test_articles_notices_and_details_are_offered_while_typing(portal: Portal) -> None:
    notice = {
        "kind": "incident", "title": {"es": "Los reembolsos tardan"}, "text": {"es": "Estamos en ello."},
        "keywords": {"es": ["reembolso*"]}, "categories": [],
    }  # fmt: skip
    lead = portal.rest.token_of("lead")
    made = ok(portal.rest.http.post("/notices", json=notice, headers=lead), 201)
    email = portal.customer()
    page = portal.at("/portal/new?category=question&lang=es", email)
    field(page, "title").locator("input").fill("El reembolso de un pedido no llega")
    expect(page.locator('[data-kind="articles"] a')).to_contain_text("Exportar reportes")
    expect(page.locator('[data-kind="notice"]')).to_contain_text("Los reembolsos tardan")
    page.locator('[data-detail="order_id"]').fill("8841")
    field(page, "subcategory").locator("select").select_option("other")
    field(page, "platform").locator("select").select_option(index=1)
    field(page, "description").locator("textarea").fill("Hace una semana.")
    send(page)
    expect(page.locator(".tf-dialog")).to_be_visible()
    assert portal.tickets(email)[0].fields["order_id"] == "8841"
    told = {"state": "resolved", "text": {"es": "Listo."}}
    ok(portal.rest.http.post(f"/notices/{made['id']}/updates", json=told, headers=lead), 201)


def test_a_cut_connection_loses_nothing_and_opens_one_ticket(portal: Portal, guard: Guard) -> None:
    guard.expect("ERR_FAILED")
    email = portal.customer()
    page = portal.at("/portal/new?category=incident&lang=es", email)
    fill_incident(page)

    def cut(route: Any) -> None:
        # It arrives, and its answer does not.
        route.fetch()
        route.abort()

    page.route("**/api/v2/requests.json", cut)
    send(page)
    expect(page.locator(".tf-problems")).to_contain_text("Lo que escribiste sigue aquí")
    page.unroute("**/api/v2/requests.json")
    field(page, "description").locator("textarea").fill("Otra versión.")
    send(page)
    expect(page.locator(".tf-dialog")).to_contain_text("Ya habíamos recibido tu primera versión")
    (ticket,) = portal.tickets(email)
    assert ticket.description == "Desde ayer no trae filas."


def test_a_session_that_ends_in_the_middle_asks_again_and_keeps_the_text(portal: Portal, guard: Guard) -> None:
    guard.expect("401")
    email = portal.customer()
    page = portal.at("/portal/new?category=incident&lang=es", email)
    fill_incident(page)
    with portal.rest.database.write() as session:
        customer = session.scalars(select(Customer).where(Customer.email == email)).one()
        session.execute(delete(SignInSession).where(SignInSession.customer_id == customer.id))
    send(page)
    page.get_by_label("Tu correo").fill(email)
    page.context.clear_cookies()
    send(page)
    code = page.get_by_label("Código de seis dígitos")
    code.wait_for()
    code.fill(portal.newest(email, r"\b\d{6}\b"))
    expect(field(page, "title").locator("input")).to_have_value("El reporte llega vacío")
    send(page)
    expect(page.locator(".tf-dialog")).to_be_visible()
    assert len(portal.tickets(email)) == 1


def test_another_company_s_catalog_makes_another_form(portal: Portal, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "wording", tmp_path / "wording")
    text = (ROOT / "data" / "catalog.yml").read_text(encoding="utf-8")
    text = text.replace("    purposes: [alliance, demo, assistance]\n", "")
    text = text.replace("{id: agency, kind: text, ask: question, shown_for: [technical], enabled: false}",
                        "{id: agency, kind: text, ask: question, required_for: [linkedin]}")  # fmt: skip
    (tmp_path / "catalog.yml").write_text(text, encoding="utf-8")
    for path in (tmp_path / "wording").glob("*.yml"):
        changed = path.read_text(encoding="utf-8").replace("    linkedin: LinkedIn\n", "    linkedin: Agencias\n", 1)
        path.write_text(re.sub(r"\n    purposes:\n(?:      .*\n)+", "\n", changed), encoding="utf-8")
    before = portal.rest.app.state.services
    other = dataclasses.replace(before, catalog=Catalog.load(tmp_path))
    portal.rest.app.state.services = other
    try:
        email = portal.customer()
        page = portal.at("/portal/new?category=linkedin&lang=es", email)
        expect(page.locator(".tf-chosen b")).to_have_text("Agencias")
        expect(field(page, "purpose")).to_have_count(0)
        field(page, "agency").locator("input").fill("Norte")
        field(page, "title").locator("input").fill("Una alianza")
        field(page, "description").locator("textarea").fill("Nos interesa.")
        send(page)
        expect(page.locator(".tf-dialog")).to_be_visible()
        assert portal.tickets(email)[0].fields["agency"] == "Norte"
    finally:
        portal.rest.app.state.services = before


def in_light_and_dark(page: Page) -> dict[str, list[str]]:
    """What axe objects to in either; an empty list where nothing."""
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found[scheme] = violations(page)
    return found


def test_axe_finds_nothing_in_any_room(portal: Portal) -> None:
    nothing: dict[str, list[str]] = {"light": [], "dark": []}
    email = portal.customer(account_viewer=True, password_hash="!")
    number = portal.ticket(email)
    portal.change(number, comment={"body": "Hola"}, status="solved")
    page = portal.at("/portal?lang=en", reduced_motion="reduce")
    assert in_light_and_dark(page) == nothing, "door"
    page.goto(f"{portal.served.url}/portal/new?category=incident&lang=en")
    send(page)
    assert in_light_and_dark(page) == nothing, "form with problems"
    page.context.add_cookies([{"name": "copilot_customer", "value": portal.session(email), "url": portal.served.url}])
    for path in ("/portal", f"/portal/tickets/{number}", "/portal/account", "/portal/new"):
        page.goto(f"{portal.served.url}{path}?lang=en")
        page.locator("#shown > * *").first.wait_for()
        assert in_light_and_dark(page) == nothing, path


def test_no_room_is_wider_than_the_screen_with_longer_texts_either(portal: Portal) -> None:
    email = portal.customer(account_viewer=True, password_hash="!")
    number = portal.ticket(email, "Un título largo sin espacios: " + "x" * 90)
    page = portal.at("/portal?lang=pt", email)
    for path in ("/portal?", f"/portal/tickets/{number}?", "/portal/account?", "/portal/new?category=incident&"):
        page.goto(f"{portal.served.url}{path}lang=pt")
        page.locator("#shown > * *").first.wait_for()
        for width in (320, 768, 1440):
            page.set_viewport_size({"width": width, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.emulate_media(forced_colors="active", reduced_motion="reduce")
        assert borderless(page) == [], path
        assert moving(page) == [], path
        lengthen(page)
        # The second is what a desk is when it is enlarged to 200 percent.
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 400})
            assert sticking_out(page) == [], (path, width)


def test_the_form_is_filled_in_and_sent_by_keyboard_alone(portal: Portal) -> None:
    email = portal.customer()
    page = portal.at("/portal?lang=en", email)
    page.locator('.card[data-category="question"]').focus()
    page.keyboard.press("Enter")
    field(page, "subcategory").locator("select").wait_for()
    page.locator(".tf-chosen button").focus()
    for keys in (["Tab", "R"], ["Tab", "ArrowDown"]):
        for key in keys:
            page.keyboard.press(key)
    # Past the environment, which has its answer.
    for text in ("", "Where are the roles?", "I need one that only reads."):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.locator(".ticket-form > .tf-row .tf-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".tf-dialog a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".tf-dialog")).to_have_count(0)
    (ticket,) = portal.tickets(email)
    assert (ticket.subject, ticket.description) == ("Where are the roles?", "I need one that only reads.")


def test_the_form_stands_in_a_shadow_root_with_its_own_colours(portal: Portal) -> None:
    page = portal.at("/portal?lang=en")
    page.evaluate(
        """async () => {
          const { mountTicketForm } = await import('/widget/pages/ticket-form.js');
          const host = document.body.appendChild(document.createElement('div'));
          host.id = 'host';
          const place = host.attachShadow({ mode: 'open' }).appendChild(document.createElement('div'));
          window.form = await mountTicketForm(place, { language: 'en', category: 'question', draft: 'shadow' });
          window.form.fill({ title: 'From outside' });
        }"""
    )
    title = page.locator("#host [data-field=title] input")
    expect(title).to_have_value("From outside")
    assert title.evaluate("each => getComputedStyle(each).borderRadius") == "12px"
    page.evaluate("window.form.destroy()")
    expect(title).to_have_count(0)


def test_a_ticket_prints_without_what_is_only_for_the_screen(portal: Portal) -> None:
    email = portal.customer()
    page = portal.at(f"/portal/tickets/{portal.ticket(email)}?lang=en", email)
    page.emulate_media(media="print")
    expect(page.locator(".comment")).to_be_visible()
    expect(page.locator(".side .facts")).to_be_visible()
    for hidden in (".top", ".reply", '[data-act="solve"]', "support-copilot"):
        expect(page.locator(hidden)).to_be_hidden()
