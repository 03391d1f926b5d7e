"""A conversation by mail, both ways over real SMTP: a ticket's confirmation, an answer to it, and what comes of that."""

from __future__ import annotations

import re
from typing import Any

from tests.mail_in.post import SUPPORT, Post, answer_to, letter
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def open_ticket(rest: Rest, email: str = "ana@example.com", subject: str = "No cargan los reportes") -> dict[str, Any]:
    """A ticket of a customer, opened by her program."""
    body = {"request": {"subject": subject, "comment": {"body": "Desde ayer no carga ninguno."}}}
    with rest.database.write() as session:
        from api.identity.customers import customer_of_address

        customer_of_address(session, email, language="es")
    return ok(rest.http.post("/api/v2/requests", json=body, headers=rest.token_of("customer", email)), 201)["request"]  # type: ignore[no-any-return]


def comments(rest: Rest, ticket_id: int) -> list[dict[str, Any]]:
    answer = rest.http.get(f"/api/v2/tickets/{ticket_id}/comments", headers=rest.token_of("agent"))
    return ok(answer)["comments"]  # type: ignore[no-any-return]


def reply_as_staff(rest: Rest, ticket_id: int, text: str, **fields: Any) -> None:
    body = {"ticket": {"comment": {"body": text}, **fields}}
    ok(rest.http.put(f"/api/v2/tickets/{ticket_id}", json=body, headers=rest.token_of("agent")))


@each_database
async def test_an_answer_by_mail_ends_as_a_comment_with_its_file(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    assert str(ticket["id"]) in confirmation["Subject"]
    assert re.fullmatch(rf"support\+t{ticket['id']}\.[a-z2-7]{{16}}@help\.example", confirmation["Reply-To"])
    assert confirmation["List-Id"] == "<tickets.help.example>"
    assert confirmation["References"] == f"<ticket-{ticket['id']}@help.example>"
    answer = answer_to(confirmation, "Aquí va la captura.\n\nGracias")
    answer.add_attachment(PNG, maintype="image", subtype="png", filename="captura.png")
    await post.send(answer, to=confirmation["Reply-To"])
    said = comments(rest, ticket["id"])[-1]
    assert said["body"] == "Aquí va la captura.\n\nGracias"
    assert said["via"]["channel"] == "email"
    assert said["public"]
    assert [file["file_name"] for file in said["attachments"]] == ["captura.png"]
    [row] = post.received()
    assert (row.outcome, row.ticket_id, row.comment_id) == ("comment", ticket["id"], said["id"])
    assert "escribió:" in row.text
    assert await post.deliver() == [], "the writer is not told of what she wrote"
    reply_as_staff(rest, ticket["id"], "Ya quedó.")
    [news] = await post.deliver()
    assert news["In-Reply-To"] == answer["Message-ID"]
    assert answer["Message-ID"] in news["References"]


@each_database
async def test_the_same_mail_brought_twice_is_one_comment(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    answer = answer_to(confirmation, "Una sola vez")
    for _ in range(2):
        await post.send(answer, to=[confirmation["Reply-To"], confirmation["Reply-To"].upper()])
    assert [each["body"] for each in comments(rest, ticket["id"])][1:] == ["Una sola vez"]
    assert len(post.received()) == 1


async def test_a_server_that_cuts_off_the_detail_of_the_address_loses_nothing(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    await post.send(answer_to(confirmation, "Llegó sin el detalle"), to=SUPPORT)
    assert comments(rest, ticket["id"])[-1]["body"] == "Llegó sin el detalle"


async def test_an_answer_from_another_address_is_for_staff_until_they_approve_it(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    await post.send(
        answer_to(confirmation, "Soy su colega", sender="Eva <eva@example.com>"), to=confirmation["Reply-To"]
    )
    said = comments(rest, ticket["id"])[-1]
    assert not said["public"]
    assert "eva@example.com" in said["body"]
    assert "Soy su colega" in said["body"]
    assert await post.deliver() == []
    agent = rest.token_of("agent")
    [mail] = [
        each
        for each in ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}/mails", headers=agent))["mails"]
        if each["direction"] == "in"
    ]
    assert mail["reason"] == "another_address"
    ok(rest.http.post(f"/api/v2/tickets/{ticket['id']}/mails/{mail['id']}/approve", headers=agent))
    assert comments(rest, ticket["id"])[-1]["public"]
    assert comments(rest, ticket["id"])[-1]["body"] == "Soy su colega"
    [told] = await post.deliver()
    assert told["To"] == "ana@example.com"


async def test_staff_answer_by_mail_where_their_own_address_was_written_to(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    await post.deliver()
    agent = rest.token_of("agent", "luis@help.example")
    me = ok(rest.http.get("/api/v2/users/me", headers=agent))["user"]["id"]
    ok(rest.http.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": {"assignee_id": me}}, headers=agent))
    customer = rest.token_of("customer", "ana@example.com")
    ok(
        rest.http.put(
            f"/api/v2/requests/{ticket['id']}", json={"request": {"comment": {"body": "¿Novedades?"}}}, headers=customer
        )
    )
    [told] = await post.deliver()
    assert told["To"] == "luis@help.example"
    await post.send(
        answer_to(told, "Hoy queda.", sender="luis@help.example"), to=told["Reply-To"], mail_from="luis@help.example"
    )
    said = comments(rest, ticket["id"])[-1]
    assert (said["body"], said["author_id"], said["public"]) == ("Hoy queda.", me, True)
    [passed_on] = await post.deliver()
    assert passed_on["To"] == "ana@example.com"
    # His name over the address that was written to her proves nothing.
    await post.send(answer_to(passed_on, "Pago ya.", sender="luis@help.example"), to=passed_on["Reply-To"])
    assert not comments(rest, ticket["id"])[-1]["public"]


async def test_an_answer_reopens_what_is_solved_and_follows_what_is_closed(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    reply_as_staff(rest, ticket["id"], "Listo.", status="solved")
    await post.deliver()
    await post.send(answer_to(confirmation, "No quedó"), to=confirmation["Reply-To"])
    agent = rest.token_of("agent")
    assert ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}", headers=agent))["ticket"]["status"] == "open"
    for status in ("solved", "closed"):
        ok(rest.http.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": {"status": status}}, headers=agent))
    await post.send(answer_to(confirmation, "Otra vez igual"), to=confirmation["Reply-To"])
    row = post.received()[-1]
    assert row.outcome == "followup"
    assert row.ticket_id != ticket["id"]
    follow_up = ok(rest.http.get(f"/api/v2/tickets/{row.ticket_id}", headers=agent))["ticket"]
    assert follow_up["via"]["source"]["from"]["ticket_id"] == ticket["id"]
    assert follow_up["description"] == "Otra vez igual"


@each_database
async def test_a_mail_to_support_opens_a_ticket_of_a_known_customer(rest: Rest, post: Post) -> None:
    open_ticket(rest)
    await post.deliver()
    await post.send(letter("Nuestra tienda muestra precios de ayer.", Subject="Precios viejos"), to=SUPPORT)
    row = post.received()[-1]
    assert row.outcome == "ticket"
    ticket = ok(rest.http.get(f"/api/v2/tickets/{row.ticket_id}", headers=rest.token_of("agent")))["ticket"]
    assert (ticket["subject"], ticket["via"]["channel"], ticket["language"]) == ("Precios viejos", "email", "es")
    [confirmation] = await post.deliver()
    assert confirmation["In-Reply-To"] == row.message_id
    assert str(row.ticket_id) in confirmation["Subject"]


async def test_people_in_copy_are_told_and_may_answer(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    await post.deliver()
    copied = {"email_ccs": [{"user_email": "eva@example.com", "action": "put"}]}
    reply_as_staff(rest, ticket["id"], "Ya lo vemos.", **copied)
    told = {mail["To"]: mail for mail in await post.deliver()}
    assert set(told) == {"ana@example.com", "eva@example.com"}
    assert told["ana@example.com"]["Reply-To"] != told["eva@example.com"]["Reply-To"]
    eva = told["eva@example.com"]
    await post.send(answer_to(eva, "Soy la colega", sender="Eva <eva@example.com>"), to=eva["Reply-To"])
    said = comments(rest, ticket["id"])[-1]
    assert (said["body"], said["public"]) == ("Soy la colega", True)
    [passed_on] = await post.deliver()
    assert passed_on["To"] == "ana@example.com"
    assert "eva@example.com" in passed_on["Subject"]


async def test_an_answer_to_a_ticket_that_was_merged_goes_to_the_one_it_is_part_of(rest: Rest, post: Post) -> None:
    first, second = open_ticket(rest), open_ticket(rest, subject="Otra vez")
    by_ticket = {mail["X-Ticket-Id"]: mail for mail in await post.deliver()}
    agent = rest.token_of("agent")
    merge = {"ids": [first["id"]], "target_comment": "Es lo mismo", "source_comment": "Sigue en el otro"}
    assert rest.http.post(f"/api/v2/tickets/{second['id']}/merge", json=merge, headers=agent).status_code == 200
    mail = by_ticket[str(first["id"])]
    await post.send(answer_to(mail, "Sigue igual"), to=mail["Reply-To"])
    assert comments(rest, second["id"])[-1]["body"] == "Sigue igual"


async def test_staff_see_the_mails_of_a_ticket_both_ways(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    await post.send(answer_to(confirmation, "Sigue igual"), to=confirmation["Reply-To"])
    path = f"/api/v2/tickets/{ticket['id']}/mails"
    out, came = ok(rest.http.get(f"{path}.json", headers=rest.token_of("agent")))["mails"]
    assert (out["direction"], out["to"], out["status"], out["template"]) == (
        "out",
        "ana@example.com",
        "sent",
        "ticket_opened",
    )
    assert out["html"].startswith("<!doctype html>")
    assert (came["direction"], came["from"], came["status"]) == ("in", "ana@example.com", "comment")
    assert "escribió:" in came["text"]
    assert rest.http.get(path, headers=rest.token_of("customer", "ana@example.com")).status_code == 403
    assert rest.http.post(f"{path}/{came['id']}/approve", headers=rest.token_of("agent")).status_code == 422
    assert rest.http.post(f"{path}/9999/approve", headers=rest.token_of("agent")).status_code == 404
