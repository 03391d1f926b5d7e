"""What the portal's pages ask for: the list, a ticket, the form, and who may see what."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy import update

from api.errors import Unavailable
from api.identity.customers import customer_of_address
from api.identity.models import Customer
from api.tickets.models import Ticket
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok

ANA, BRUNO, EVE = "ana@example.com", "bruno@example.com", "eve@other.example"
FIELDS = {
    "category": "incident",
    "subcategory": "reports",
    "users_affected": "internal",
    "impact": "moderate",
    "platform": "Demo Shop",
}


def talks(rest: Rest) -> dict[str, Talk]:
    """Ana, who sees the account; Bruno, of the same one; Eve, of another."""
    found = {}
    with rest.database.write() as session:
        for email, account, viewer in ((ANA, "demo-shop", True), (BRUNO, "demo-shop", False), (EVE, "other", True)):
            customer = customer_of_address(session, email, language="es")
            customer.account_id, customer.account_viewer = account, viewer
            customer.name = email.partition("@")[0].capitalize()
    for email, account in ((ANA, "demo-shop"), (BRUNO, "demo-shop"), (EVE, "other")):
        talk = rest.conversation(email)
        with rest.database.write() as session:
            from api.chat.models import Conversation

            session.get_one(Conversation, talk.id).account_id = account
        found[email] = talk
    return found


def open_ticket(rest: Rest, talk: Talk, subject: str, *, web: bool = True, **fields: Any) -> int:
    named = [{"id": key, "value": value} for key, value in {**FIELDS, **fields}.items() if value]
    body = {"request": {"subject": subject, "comment": {"body": f"Sobre {subject}"}, "custom_fields": named}}
    headers = {**talk.headers, **({"Copilot-Face": "portal"} if web else {})}
    number: int = ok(rest.http.post("/api/v2/requests.json", json=body, headers=headers), 201)["request"]["id"]
    return number


def listed(rest: Rest, talk: Talk, **query: str) -> list[str]:
    found = ok(rest.http.get("/portal/data/tickets", params={"sort": "id", **query}, headers=talk.headers))
    return [each["subject"] for each in found["tickets"]]


@each_database
def test_a_colleague_sees_the_account_s_tickets_by_right_and_nobody_else_s(rest: Rest) -> None:
    who = talks(rest)
    mine = open_ticket(rest, who[ANA], "La factura")
    his = open_ticket(rest, who[BRUNO], "El reporte")
    hers = open_ticket(rest, who[EVE], "Otra tienda")
    assert listed(rest, who[ANA]) == ["La factura"]
    assert listed(rest, who[ANA], scope="account") == ["La factura", "El reporte"]
    assert listed(rest, who[BRUNO], scope="account") == ["El reporte"]
    assert listed(rest, who[EVE], scope="all") == ["Otra tienda"]
    show = ok(rest.http.get(f"/portal/data/tickets/{his}", headers=who[ANA].headers))
    assert show["ticket"]["requester"] == "Bruno"
    assert show["may"] == {
        "comment": True, "solve": False, "reopen": False, "follow": False, "rate": False, "copy": True,
    }  # fmt: skip
    for talk, number in ((who[BRUNO], mine), (who[ANA], hers), (who[EVE], his)):
        for path in (
            f"/portal/data/tickets/{number}",
            f"/api/v2/requests/{number}",
            f"/api/v2/requests/{number}/events",
        ):
            assert rest.http.get(path, headers=talk.headers).status_code == 404, path
    me = ok(rest.http.get("/portal/data/me", headers=who[ANA].headers))
    assert me["counts"] == {"mine": 1, "copied": 0, "account": 2}
    with rest.database.write() as session:
        session.execute(update(Customer).where(Customer.email == ANA).values(account_viewer=False))
    assert rest.http.get(f"/portal/data/tickets/{his}", headers=who[ANA].headers).status_code == 404


def test_a_colleague_comments_and_is_copied_in_but_does_not_solve(rest: Rest) -> None:
    who = talks(rest)
    number = open_ticket(rest, who[BRUNO], "El reporte")
    path = f"/api/v2/requests/{number}.json"

    def put(talk: Talk, **change: Any) -> Any:
        return rest.http.put(path, json={"request": change}, headers=talk.headers)

    ok(put(who[ANA], comment={"body": "También en la otra tienda"}))
    assert put(who[ANA], solved=True).status_code == 422
    ok(put(who[ANA], email_ccs=[{"user_email": ANA}]))
    assert ok(rest.http.get(f"/portal/data/tickets/{number}", headers=who[BRUNO].headers))["copied"] == [
        {"email": ANA, "name": "Ana", "you": False}
    ]
    assert listed(rest, who[ANA], scope="copied") == ["El reporte"]
    for stranger in (EVE, "unknown@example.com", "nonsense"):
        assert put(who[BRUNO], email_ccs=[{"user_email": stranger}]).status_code == 422
    assert rest.mails(EVE) == []
    ok(put(who[BRUNO], email_ccs=[{"user_email": ANA, "action": "delete"}]))
    assert listed(rest, who[ANA], scope="copied") == []


@each_database
def test_the_list_is_filtered_and_searched_within_what_may_be_seen(rest: Rest) -> None:
    who = talks(rest)
    open_ticket(rest, who[ANA], "La factura salió doble", web=False)
    number = open_ticket(rest, who[ANA], "Reporte vacío", category="question", users_affected="", impact="")
    open_ticket(rest, who[EVE], "Reporte ajeno")
    rest.http.put(f"/api/v2/requests/{number}", json={"request": {"solved": True}}, headers=who[ANA].headers)
    assert listed(rest, who[ANA], status="solved") == ["Reporte vacío"]
    assert listed(rest, who[ANA], status="unsolved") == ["La factura salió doble"]
    assert listed(rest, who[ANA], category="question") == ["Reporte vacío"]
    assert listed(rest, who[ANA], q="repor") == ["Reporte vacío"]
    assert listed(rest, who[ANA], q="REPORTE vacio") == ["Reporte vacío"]
    assert listed(rest, who[ANA], q=str(number)) == ["Reporte vacío"]
    assert listed(rest, who[ANA], q='assignee:me "(*') == []
    assert listed(rest, who[ANA], q="", scope="all") == ["La factura salió doble", "Reporte vacío"]
    page = ok(rest.http.get("/portal/data/tickets?page[size]=1&sort=-id", headers=who[ANA].headers))
    assert (len(page["tickets"]), page["meta"]["has_more"]) == (1, True)


def test_a_ticket_shows_what_was_said_and_what_changed_and_no_note(rest: Rest) -> None:
    who = talks(rest)
    number = open_ticket(rest, who[ANA], "El reporte")
    staff = rest.token_of("agent", "eva@staff.example")

    def change(**values: Any) -> None:
        ok(rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": values}, headers=staff))

    change(comment={"body": "Parece la caché", "public": False})
    change(comment={"body": "Lo miramos"}, status="pending", priority="high", tags=["vip"])
    show = ok(rest.http.get(f"/portal/data/tickets/{number}?language=en", headers=who[ANA].headers))
    told = [
        (each["kind"], each["who"], each.get("body") or [c["to"] for c in each["changes"]]) for each in show["timeline"]
    ]
    assert told == [
        ("comment", "you", "Sobre El reporte"),
        ("comment", "support", "Lo miramos"),
        ("change", "support", ["high", "pending"]),
    ]
    assert "caché" not in str(show)
    assert "eva@staff.example" not in str(show)
    assert show["expected"] is None
    change(status="solved")
    may = ok(rest.http.get(f"/portal/data/tickets/{number}", headers=who[ANA].headers))["may"]
    assert (may["reopen"], may["rate"], may["follow"]) == (True, True, False)
    change(status="closed")
    may = ok(rest.http.get(f"/portal/data/tickets/{number}", headers=who[ANA].headers))["may"]
    assert (may["comment"], may["reopen"], may["follow"], may["copy"]) == (False, False, True, False)


def test_a_ticket_of_a_form_says_so_and_tells_when_it_is_answered(rest: Rest) -> None:
    who = talks(rest)
    number = open_ticket(rest, who[ANA], "El reporte")
    with rest.database.read() as session:
        assert session.get_one(Ticket, number).via == "web"
    spoken = {}
    for language in rest.catalog.languages:
        found = ok(rest.http.get(f"/portal/data/tickets/{number}?language={language}", headers=who[ANA].headers))
        spoken[language] = found["expected"]
    assert all(spoken.values())
    assert len(set(spoken.values())) == 3


def test_nobody_is_an_answer_and_everything_else_asks_who_is_there(rest: Rest) -> None:
    assert ok(rest.http.get("/portal/data/me"))["signed_in"] is False
    over = ok(rest.http.get("/portal/data/me", headers={"Authorization": "Bearer cps_gone"}))
    assert over["signed_in"] is False
    staff = rest.token_of("agent")
    assert ok(rest.http.get("/portal/data/me", headers=staff))["signed_in"] is False
    for path in ("/portal/data/tickets", "/portal/data/tickets/1001", "/portal/events"):
        assert rest.http.get(path).status_code == 401
        assert rest.http.get(path, headers=staff).status_code == 403


def test_the_form_brings_the_catalog_its_words_and_the_customer_s_platforms(rest: Rest) -> None:
    who = talks(rest)
    form = ok(rest.http.get("/portal/data/form?language=pt", headers=who[ANA].headers))
    assert form["platforms"] == ["Demo Shop", "Demo Shop Outlet"]
    assert (form["email"], form["verified"], form["catalog"]["language"]) == (ANA, True, "pt")
    assert form["words"]["submit"] == rest.catalog.wording("pt").text("web.ticket_form.submit")
    visitor = ok(rest.http.get("/portal/data/form", headers={"Accept-Language": "en-GB"}))
    assert (visitor["verified"], visitor["catalog"]["language"]) == (False, "en")
    assert visitor["platforms"] == list(rest.catalog.platforms_of(None))
    widget = ok(rest.http.get("/catalog?language=en"))["web"]
    assert [key for key in widget if key.startswith(("portal.", "ticket_form."))] == []


@dataclasses.dataclass
class _HelpCenter:
    async def search(self, text: str, **_: Any) -> Any:
        raise Unavailable("the index is not open")


def test_what_is_typed_finds_notices_and_topics_even_without_a_help_center(rest: Rest) -> None:
    rest.services = dataclasses.replace(rest.services, help_center=_HelpCenter())  # type: ignore[arg-type]
    rest.app.state.services = rest.services
    notice = {
        "kind": "incident",
        "title": {"es": "Los reportes tardan"},
        "text": {"es": "Estamos en ello."},
        "keywords": {"es": ["reporte*"]},
        "categories": [],
    }
    ok(rest.http.post("/notices", json=notice, headers=rest.token_of("lead")), 201)
    found = ok(
        rest.http.get("/portal/data/suggestions", params={"q": "El reporte del pedido no llega", "language": "es"})
    )
    assert [each["title"] for each in found["notices"]] == ["Los reportes tardan"]
    assert "orders" in [each["id"] for each in found["topics"]]
    assert found["articles"] == []
    empty: dict[str, list[Any]] = {"articles": [], "notices": [], "topics": []}
    assert ok(rest.http.get("/portal/data/suggestions", params={"q": " ! "})) == empty


@pytest.mark.parametrize("room", ["", "/new", "/tickets/1001", "/account", "/password"])
def test_every_room_is_a_strict_page(rest: Rest, room: str) -> None:
    page = rest.http.get(f"/portal{room}?lang=pt")
    assert page.status_code == 200
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert rest.catalog.wording("pt").text("web.portal.page_title") in page.text


def test_a_host_says_who_sees_the_account_and_another_account_takes_the_right_away(rest: Rest) -> None:
    from api.identity.customers import customer_of_host
    from api.identity.host_tokens import HostIdentity

    def arrives(account: str, viewer: bool | None) -> bool:
        identity = HostIdentity("7", ANA, True, "Ana", account, (), "es", viewer)
        with rest.database.write() as session:
            return customer_of_host(session, identity).account_viewer

    assert arrives("north", True) is True
    assert arrives("north", None) is True
    assert arrives("south", None) is False
    assert arrives("south", True) is True
    assert arrives("south", False) is False


def test_other_sites_that_carry_the_widget_may_show_the_form(rest: Rest) -> None:
    with rest.database.write() as session:
        from api.identity.widget_keys import create_widget_key

        create_widget_key(session, name="Shop", origins=["https://shop.example"], channels=[])
    shop = {"Origin": "https://shop.example"}
    assert rest.http.get("/portal/data/form", headers=shop).headers["access-control-allow-origin"] == shop["Origin"]
    asking = {**shop, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "copilot-face"}
    allowed = rest.http.options("/api/v2/uploads.json", headers=asking).headers["access-control-allow-headers"]
    assert {"Copilot-Face", "Idempotency-Key", "Authorization"} <= set(allowed.split(", "))
    for path in ("/portal/data/tickets", "/portal/data/me", "/identity/sessions", "/identity/password"):
        assert "access-control-allow-origin" not in rest.http.get(path, headers=shop).headers, path
