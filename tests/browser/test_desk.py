"""The agents' desk in a real browser, with the real endpoints behind it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from api.database import Database
from api.identity.models import Customer, StaffUser
from api.identity.passwords import hash_password
from api.mail_in.models import InboundMail
from api.notifications.models import OutboxMail
from api.tickets.backends.models import RemoteTicket
from api.tickets.models import TicketComment
from tests.browser.axe import violations
from tests.browser.conftest import Guard
from tests.browser.fitting import borderless, lengthen, moving, sticking_out
from tests.browser.serving import serving
from tests.browser.widget import Widget
from tests.support.rest import Rest, Talk, ok, rest_of
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
# Seconds that a browser may take to show what was said; the promise is two, the machine of the tests may be busy.
SOON = 5_000
FIELDS = [
    {"id": "category", "value": "incident"},
    {"id": "subcategory", "value": "reports"},
    {"id": "users_affected", "value": "internal"},
    {"id": "impact", "value": "moderate"},
    {"id": "platform", "value": "Lumbra Store"},
]


@dataclass
class Desk:
    """The endpoints, served; one browser for each member of staff."""

    rest: Rest
    url: str
    contexts: Callable[..., BrowserContext]
    opened: list[BrowserContext] = field(default_factory=list)

    def browser(self, **options: Any) -> BrowserContext:
        """Somebody's own browser, closed before the server is."""
        self.opened.append(self.contexts(**options))
        return self.opened[-1]

    def ticket(self, subject: str = "El reporte llega vacío", talk: Talk | None = None, **options: Any) -> int:
        talk = talk or self.rest.conversation("ana@example.com", **options)
        body = {"subject": subject, "description": "Desde ayer no trae filas.", "custom_fields": FIELDS}
        made = ok(self.rest.http.post("/api/v2/requests", json={"request": body}, headers=talk.turn()), 201)
        number: int = made["request"]["id"]
        return number

    def change(self, number: int, headers: dict[str, str], **values: Any) -> None:
        ok(self.rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": values}, headers=headers))

    def at(self, path: str, who: str = "eva@staff.example", **options: Any) -> Page:
        """The desk as this member of staff, who has signed in."""
        context = self.browser(**options)
        credentials = {"email": who, "password": PASSWORD}
        session = ok(self.rest.http.post("/identity/staff/sessions", json=credentials))
        # Everybody has a browser of their own: a sign-in ends the one that its browser's cookie names.
        self.rest.http.cookies.clear()
        context.add_cookies([{"name": "copilot_session", "value": session["token"], "url": self.url}])
        context.add_init_script("try { localStorage.setItem('copilot:staff', '1') } catch {}")
        page = context.new_page()
        page.goto(self.url + path)
        page.locator("#shown > *").first.wait_for()
        return page


@pytest.fixture(scope="module")
def passwords() -> str:
    """A hash made once: argon2 takes its time on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture
def desk(
    database: Database, contexts: Callable[..., BrowserContext], guard: Guard, passwords: str, tmp_path: Any
) -> Iterator[Desk]:
    rest = rest_of(database, var=tmp_path)
    with database.write() as session:
        for name, role in (("eva", "agent"), ("iva", "agent"), ("leo", "lead")):
            session.add(
                StaffUser(
                    email=f"{name}@staff.example",
                    name=name.capitalize(),
                    role=role,
                    password_hash=passwords,
                    active=True,
                )
            )
    rest.app.state.stopping = False
    with serving(rest.app, lifespan="off") as url:
        # What is mailed and linked leads to this address, and not to another host.
        rest.services = dataclasses.replace(
            rest.services, settings=rest.settings.model_copy(update={"public_url": url})
        )
        rest.app.state.services = rest.services
        guard.allowed_hosts.add(url.removeprefix("http://"))
        made = Desk(rest, url, contexts)
        yield made
        for context in made.opened:
            context.close()
        rest.app.state.stopping = True
        rest.services.streams.close()
    rest.http.close()


def test_who_signs_in_sees_what_waits_and_what_comes_in(desk: Desk) -> None:
    desk.ticket()
    page = desk.browser().new_page()
    page.goto(f"{desk.url}/desk?lang=en")
    page.get_by_label("E-mail address").fill("eva@staff.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".row .subject")).to_have_text(["El reporte llega vacío"])
    expect(page.locator(".queues a", has_text="Unassigned").locator(".count")).to_have_text("1")
    desk.ticket("La factura salió doble")
    expect(page.locator(".row .subject").first).to_have_text("La factura salió doble", timeout=SOON)
    expect(page.locator(".queues a", has_text="Unassigned").locator(".count")).to_have_text("2")
    page.locator(".queues a", has_text="Mine").click()
    expect(page.locator(".rows .nothing")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_reply_is_in_the_customer_s_portal_at_once_and_a_note_never(desk: Desk) -> None:
    talk = desk.rest.conversation("ana@example.com")
    number = desk.ticket(talk=talk)
    portal = desk.browser()
    portal.add_init_script(f"try {{ sessionStorage.setItem('copilot:portal', '{talk.token}') }} catch {{}}")
    customer = portal.new_page()
    customer.goto(f"{desk.url}/portal/tickets/{number}?lang=es")
    expect(customer.locator(".comment")).to_have_count(1)
    customer.locator("#reply").fill("Mientras tanto")
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.get_by_role("button", name="Internal note").click()
    page.locator("#answer").fill("Parece la caché.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".comment.internal")).to_contain_text("Parece la caché.")
    page.get_by_role("button", name="Reply", exact=True).click()
    page.locator("#answer").fill("Lo estamos mirando.")
    page.locator("#answer-status").select_option("pending")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(customer.locator(".comment.support")).to_contain_text("Lo estamos mirando.", timeout=SOON)
    expect(customer.locator("#reply")).to_have_value("Mientras tanto")
    expect(customer.locator(".comment")).to_have_count(2)
    expect(page.locator(".ticket-head .status")).to_have_text("Waiting for the customer")
    said = ok(desk.rest.http.get(f"/chat/conversations/{talk.id}/messages", headers=talk.headers))["messages"]
    assert [(each["role"], each["text"]) for each in said] == [("agent", "Lo estamos mirando.")]
    expect(page.locator("#answer")).to_have_value("")


def test_a_reply_is_in_the_customer_s_open_chat_at_once(desk: Desk) -> None:
    talk = desk.rest.conversation("ana@example.com")
    talk.said("El reporte llega vacío")
    number = desk.ticket(talk=talk)
    customer = desk.browser().new_page()
    customer.goto(f"{desk.url}/?lang=es")
    kept = json.dumps({"id": talk.id, "token": talk.token, "language": "es"})
    prefix = customer.evaluate("document.querySelector('support-copilot').keptAs")
    customer.evaluate("([name, kept]) => localStorage.setItem(name, kept)", [f"{prefix}conversation", kept])
    customer.reload()
    customer.locator("support-copilot .launcher").click()
    expect(customer.locator("support-copilot .from-customer")).to_contain_text("El reporte llega vacío")
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.locator("#answer").fill("Lo estamos mirando.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(customer.locator("support-copilot .from-agent")).to_contain_text("Lo estamos mirando.", timeout=SOON)
    expect(customer.locator("support-copilot .ticket")).to_contain_text(str(number))


def test_the_second_of_two_agents_is_told_and_loses_nothing(desk: Desk, guard: Guard) -> None:
    guard.expect("409")
    number = desk.ticket()
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.locator("#answer").fill("My long answer.")
    other = desk.rest.token_of("agent", "nora@staff.example")
    desk.change(number, other, comment={"body": "Already answered."}, priority="high")
    expect(page.locator(".conflict")).to_be_visible(timeout=SOON)
    send = page.get_by_role("button", name="Send", exact=True)
    send.click()
    expect(page.locator(".conflict")).to_contain_text("nora@staff.example changed this ticket")
    # The conflict was told before: it is the button that says that this try is over.
    expect(send).to_be_enabled()
    expect(page.locator("#answer")).to_have_value("My long answer.")
    expect(page.locator(".comments")).to_contain_text("Already answered.")
    expect(page.locator(".comments")).not_to_contain_text("My long answer.")
    send.dblclick()
    expect(page.locator(".comments")).to_contain_text("My long answer.")
    expect(send).to_be_enabled()
    expect(page.locator(".conflict")).to_be_hidden()
    expect(page.locator(".comment")).to_have_count(3)


def test_what_was_typed_outlives_the_page(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.keyboard.press("n")
    page.locator("#answer").fill("Half a thought")
    page.reload()
    expect(page.locator("#answer")).to_have_value("Half a thought")
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()


def test_everything_can_be_done_from_the_keyboard(desk: Desk) -> None:
    for subject in ("uno", "dos"):
        desk.ticket(subject)
    page = desk.at("/desk?lang=en")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Write an internal note")
    page.keyboard.press("Escape")
    # While it is open it hears the keys, and a busy browser closes it a little later than it is told to.
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".row .subject")).to_have_text(["dos", "uno"])
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    expect(page.locator(".row", has_text="uno")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ticket-head h2")).to_have_text("uno")
    page.keyboard.press("a")
    expect(page.locator("#assignee option:checked")).to_have_text("Eva")
    page.keyboard.press("r")
    page.keyboard.type("Listo, ya llega.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment.support")).to_contain_text("Listo, ya llega.")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator(".ticket-head .status")).to_have_text("Solved")
    page.keyboard.press("/")
    page.keyboard.type("dos")
    page.keyboard.press("Enter")
    expect(page.locator(".row .subject")).to_have_text(["dos"])


def test_what_has_the_focus_in_the_list_keeps_it_when_news_come_in(desk: Desk) -> None:
    desk.ticket("uno")
    page = desk.at("/desk?lang=en")
    for news, link in (("dos", page.locator(".row", has_text="uno")), ("tres", page.locator(".queues a").first)):
        link.focus()
        desk.ticket(news)
        expect(page.locator(".row .subject").first).to_have_text(news, timeout=SOON)
        expect(link).to_be_focused()


def test_what_has_the_focus_beyond_the_first_page_keeps_it_too(desk: Desk) -> None:
    talk = desk.rest.conversation("ana@example.com")
    for each in range(3):
        desk.ticket(f"número {each}", talk)
    page = desk.at("/desk?lang=en")
    # Pages of two in place of thirty: the cursor takes the size along.
    smaller = re.compile(r"(page%5Bsize%5D=)30")
    page.route(smaller, lambda route: route.continue_(url=smaller.sub(r"\g<1>2", route.request.url)))
    page.reload()
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_role("button", name="Show more").click()
    last = page.locator(".row", has_text="número 0")
    last.focus()
    desk.ticket("lo nuevo")
    expect(page.locator(".row .subject").first).to_have_text("lo nuevo", timeout=SOON)
    expect(last).to_be_focused()
    expect(page.locator(".row")).to_have_count(4)


def test_a_customer_is_invited_to_the_portal_from_their_ticket(desk: Desk) -> None:
    number = desk.ticket(language="pt")
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    expect(page.locator(".portal-state")).to_have_text("No account in the portal yet.")
    page.get_by_role("button", name="Invite to the portal").click()
    expect(page.get_by_role("dialog", name="Invite ana@example.com to the portal")).to_be_visible()
    expect(page.get_by_label("Language of the mail").locator("option:checked")).to_have_text("Português")
    page.get_by_label("Name").fill("Ana Prado")
    page.get_by_label("Account", exact=True).fill("acme")
    page.get_by_label("May see every ticket of their account").check()
    assert violations(page) == []
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator("#told")).to_have_text("Invitation sent to ana@example.com.")
    expect(page.locator(".portal-state")).to_contain_text("Was invited to the portal")
    expect(page.get_by_role("button", name="Invite again")).to_be_visible()
    with desk.rest.database.write() as session:
        customer = session.scalars(select(Customer)).one()
        assert (customer.name, customer.account_id, customer.account_viewer) == ("Ana Prado", "acme", True)
        mail = session.scalars(select(OutboxMail).where(OutboxMail.text.contains("/portal/"))).all()[-1]
        assert (mail.recipient, mail.language) == ("ana@example.com", "pt")
        customer.password_hash = "set"
    page.goto(f"{desk.url}/desk/tickets/{number}?lang=pt")
    expect(page.locator(".portal-state")).to_have_text("Tem conta no portal.")
    expect(page.locator('[data-act="invite"]')).to_have_count(0)


def test_a_macro_fills_the_answer_in_the_customer_s_language(desk: Desk) -> None:
    number = desk.ticket(language="pt")
    page = desk.at("/desk/macros?lang=en", "leo@staff.example")
    page.get_by_role("button", name="New macro").click()
    page.get_by_label("Name").fill("Which browser")
    page.get_by_label("Text (Español)").fill("¿Con qué navegador? ({{ticket.id}})")
    page.get_by_label("Text (Português)").fill("Com qual navegador? ({{ticket.id}})")
    page.get_by_label("Status").select_option("pending")
    page.get_by_label("Tags").fill("asked")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".cards h3")).to_contain_text("Which browser")
    page.goto(f"{desk.url}/desk/tickets/{number}?lang=en")
    page.get_by_label("Macro").select_option(label="Which browser")
    expect(page.locator("#answer")).to_have_value(f"Com qual navegador? ({number})")
    expect(page.locator("#answer-status")).to_have_value("pending")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".ticket-head .status")).to_have_text("Waiting for the customer")
    expect(page.locator("#tags")).to_have_value("asked")
    page.goto(f"{desk.url}/desk/macros?lang=en")
    page.get_by_role("button", name="Stop using").click()
    expect(page.locator(".cards .mark")).to_have_text("Not in use")


def test_a_changed_priority_asks_why_and_the_history_tells(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.get_by_label("Priority", exact=True).select_option("urgent")
    page.get_by_label("Why does the priority change?").fill("The whole shop is affected.")
    page.get_by_label("Category", exact=True).select_option("question")
    page.get_by_label("Subcategory").select_option("records")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.locator(".ticket-head .priority")).to_have_text("Urgent")
    expect(page.locator(".conflict")).to_be_hidden()
    page.get_by_role("button", name="Assign to me").dblclick()
    expect(page.get_by_label("Assignee")).not_to_have_value("")
    expect(page.locator(".conflict")).to_be_hidden()
    page.get_by_text("History (3)").click()
    changed = page.locator(".act", has_text="→ Urgent")
    expect(changed).to_contain_text("The whole shop is affected.")
    expect(changed).to_contain_text("Subcategory: Reports → Records")


def test_somebody_is_copied_in_and_a_double_is_merged(desk: Desk) -> None:
    talk = desk.rest.conversation("ana@example.com")
    number, double = desk.ticket(talk=talk), desk.ticket("Lo mismo otra vez", talk=talk)
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    page.get_by_label("Add people in copy").fill("luis@example.com")
    page.get_by_label("Team").select_option("Sales")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".copied")).to_contain_text("luis@example.com")
    expect(page.locator("#group option:checked")).to_have_text("Sales")
    page.get_by_role("button", name="Remove luis@example.com").click()
    expect(page.locator(".copied")).to_have_count(0)
    page.goto(f"{desk.url}/desk/tickets/{double}?lang=en")
    page.get_by_role("button", name="Merge").click()
    page.get_by_label("Number of the ticket that goes on").fill(str(number))
    page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    expect(page.locator(".ticket-head .number")).to_have_text(f"#{number}")
    expect(page.locator(".comments")).to_contain_text("Lo mismo otra vez")
    page.goto(f"{desk.url}/desk/tickets/{double}?lang=en")
    expect(page.locator(".ticket-head .status")).to_have_text("Closed")
    expect(page.locator(".composer")).to_be_hidden()


def test_a_file_goes_with_the_reply(desk: Desk) -> None:
    number = desk.ticket()
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    picture = {"name": "steps.txt", "mimeType": "text/plain", "buffer": b"1. Open Reports\n2. Press Export\n"}
    page.locator("#answer-files").set_input_files(picture)  # type: ignore[arg-type]
    expect(page.locator(".composer .files")).to_contain_text("steps.txt")
    page.locator("#answer").fill("Estos son los pasos.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".comment.support .files")).to_contain_text("steps.txt")


def test_leads_publish_notices_and_agents_read_them(desk: Desk) -> None:
    page = desk.at("/desk/notices?lang=en", "leo@staff.example")
    page.get_by_role("button", name="Publish a notice").click()
    page.get_by_label("Title (Español)").fill("Reportes lentos")
    page.get_by_label("Text (Español)").fill("Los reportes tardan más de lo normal.")
    page.get_by_role("checkbox", name="Technical issue").check()
    page.get_by_role("button", name="Publish", exact=True).dblclick()
    expect(page.locator(".notice")).to_have_count(1)
    expect(page.locator(".notice")).to_contain_text("Reportes lentos")
    agent = desk.at("/desk/notices?lang=es")
    expect(agent.locator(".notice")).to_contain_text("Reportes lentos")
    expect(agent.get_by_role("button", name="Publicar un aviso")).to_have_count(0)
    page.get_by_role("button", name="Declare solved").click()
    page.get_by_label("News (Español)").fill("Ya funcionan.")
    page.locator(".editor").get_by_role("button", name="Declare solved").click()
    expect(page.locator(".notice .status").first).to_have_text("Solved")


def test_mail_that_waits_is_shown_to_the_customer_opened_or_thrown_away(desk: Desk) -> None:
    number = desk.ticket()
    agent = desk.rest.token_of("agent", "nora@staff.example")
    desk.change(number, agent, comment={"body": "De otra dirección: sigue igual.", "public": False}, group_id=2)
    with desk.rest.database.write() as session:
        note = session.scalars(select(TicketComment).where(TicketComment.public.is_(False))).one()
        session.add(InboundMail(
            dedupe_key="1", sender="eva@example.com", recipient="", subject="Re: Reporte", ticket_id=number,
            comment_id=note.id, outcome="note", reason="another_address", text="Sigue igual",
        ))  # fmt: skip
        for key in ("2", "3"):
            session.add(InboundMail(
                dedupe_key=key, sender="nadie@example.com", sender_name="Nadie", recipient="", subject=f"Precio {key}",
                outcome="quarantined", reason="unknown_sender", text="¿Cuánto cuesta?",
            ))  # fmt: skip
        session.add(RemoteTicket(ticket_id=number, backend="local", remote_id="77", state="refused", error="422"))
    page = desk.at(f"/desk/tickets/{number}?lang=en")
    expect(page.locator("#mail-count")).to_have_text("3")
    expect(page.locator(".remote")).to_contain_text("refused there")
    page.get_by_text("History (2)").click()
    expect(page.locator(".act").first).to_contain_text("Team: Support → Billing")
    page.get_by_text("E-mails (2)").click()
    page.locator(".mail").get_by_role("button", name="Show it to the customer").click()
    expect(page.locator(".comment.internal")).to_have_count(0)
    expect(page.locator(".comments")).to_contain_text("Sigue igual")
    page.goto(f"{desk.url}/desk/mails?lang=en")
    expect(page.locator(".waiting-mail")).to_have_count(2)
    expect(page.locator("#mail-count")).to_have_text("2")
    page.locator(".waiting-mail", has_text="Precio 2").get_by_role("button", name="Open as a ticket").click()
    expect(page.locator("#told")).to_have_text("The ticket is open.")
    page.get_by_role("button", name="Throw away").click()
    expect(page.locator(".waiting-mail")).to_have_count(0)
    expect(page.locator("#mail-count")).to_be_hidden()


def test_an_outage_is_on_top_until_somebody_takes_it(desk: Desk) -> None:
    talk = desk.rest.conversation("ana@example.com")
    outage = [{"id": "category", "value": "outage"}]
    body = {"subject": "No carga nada", "description": "Nada carga.", "custom_fields": outage}
    page = desk.at("/desk?lang=en")
    ok(desk.rest.http.post("/api/v2/requests", json={"request": body}, headers=talk.turn()), 201)
    expect(page.locator(".outage")).to_contain_text("Platform down", timeout=SOON)
    page.get_by_role("button", name="I'll take it").click()
    expect(page.locator(".outage")).to_have_count(0)
    expect(page.locator(".row.urgent")).to_have_count(1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(desk: Desk, scheme: Any, width: int) -> None:
    talk = desk.rest.conversation("ana@example.com")
    talk.said("¿Por qué llega vacío el reporte?")
    number = desk.ticket(talk=talk)
    agent = desk.rest.token_of("agent", "nora@staff.example")
    desk.change(number, agent, comment={"body": "Parece la caché.", "public": False}, priority="urgent")
    desk.change(number, agent, comment={"body": "Lo miramos: https://status.example/" + "a" * 80})
    page = desk.at("/desk?lang=en", "leo@staff.example", color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("/desk", f"/desk/tickets/{number}", "/desk/macros", "/desk/notices", "/desk/mails"):
        page.goto(f"{desk.url}{path}?lang=en")
        page.locator("#shown > *").first.wait_for()
        for summary in page.locator(".folded > summary").all():
            summary.click()
        for name in ("New macro", "Publish a notice"):
            for button in page.get_by_role("button", name=name).all():
                button.click()
        assert violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} pixels wider than the screen"
        if width == 360:
            page.emulate_media(forced_colors="active", reduced_motion="reduce")
            assert borderless(page) == [], path
            assert moving(page) == [], path
            page.emulate_media(forced_colors="none")
            lengthen(page)
            assert sticking_out(page) == [], path


def test_a_reply_of_the_desk_is_in_the_open_chat_at_once(
    stack: Stack, contexts: Callable[..., BrowserContext], guard: Guard
) -> None:
    """Over the real processes: the customer's widget is open, the agent answers in another browser."""
    guard.allowed_hosts.add(stack.url.removeprefix("http://"))
    page = contexts(locale="en-GB").new_page()
    page.goto(f"{stack.url}/?lang=en")
    widget = Widget(page).open()
    widget.choose("language.en")
    widget.option("scenario.question").wait_for()
    kept = page.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':conversation'))[1]")
    outage = [{"id": "category", "value": "outage"}]
    body = {"subject": "Nothing loads", "description": "Nothing loads at all.", "custom_fields": outage}
    own = {"Authorization": f"Bearer {json.loads(kept)['token']}"}
    number = ok(stack.http.post("/api/v2/requests", json={"request": body}, headers=own), 201)["request"]["id"]
    answer = {"ticket": {"comment": {"body": "An agent is with you."}, "status": "pending"}}
    ok(stack.http.put(f"/api/v2/tickets/{number}", json=answer, headers=stack.agent))
    expect(page.locator("support-copilot .from-agent")).to_contain_text("An agent is with you.", timeout=SOON)
    expect(page.locator("support-copilot .from-agent .ticket")).to_have_attribute("data-status", "pending")
