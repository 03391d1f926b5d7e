"""What becomes of every other kind of mail: machines, strangers, what came back, and what cannot be read."""

from __future__ import annotations

import smtplib
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from api.mail_in.addresses import reply_address
from api.mail_in.bounces import read_bounce
from api.mail_in.reading import read_mail
from api.mail_in.receiving import MOST_NEW_TICKETS, MOST_ON_A_TICKET, Refused, receive
from api.notifications.models import OutboxMail
from tests.mail_in.post import SUPPORT, Post, answer_to, letter
from tests.mail_in.test_conversation import comments, open_ticket, reply_as_staff
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

AUTOMATIC: list[tuple[str, dict[str, str]]] = [
    ("auto_submitted", {"Auto_Submitted": "auto-replied"}),
    ("auto_submitted", {"Auto_Submitted": "auto-generated (rejected)"}),
    ("precedence", {"Precedence": "bulk"}),
    ("precedence", {"Precedence": "auto_reply"}),
    ("mailing_list", {"List_Id": "<news.example.com>"}),
    ("mailing_list", {"List_Unsubscribe": "<https://news.example.com/stop>"}),
    ("auto_response_suppress", {"X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply"}),
    ("auto_reply", {"X_Autoreply": "yes"}),
    ("auto_reply", {"Subject": "Respuesta automática: tu ticket"}),
    ("auto_reply", {"Subject": "Out of Office Re: News on your ticket"}),
    ("auto_reply", {"Subject": "Resposta automática: chamado 1001"}),
]


async def test_machines_are_recorded_and_never_answered(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    for _, headers in AUTOMATIC:
        for to in (confirmation["Reply-To"], SUPPORT):
            receive(rest.services, letter("Estoy de vacaciones.", **headers).as_bytes(), "ana@example.com", to)
    expected = [("ignored", reason) for reason, _ in AUTOMATIC for _ in range(2)]
    assert [(row.outcome, row.reason) for row in post.received()] == expected
    assert len(comments(rest, ticket["id"])) == 1
    assert await post.deliver() == []


async def test_a_null_sender_too_many_hops_and_mail_of_ours_are_loops(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    to = confirmation["Reply-To"]
    await post.send(letter("a"), to=to, mail_from="")
    traveller = letter("b")
    for _ in range(30):
        traveller["Received"] = "from a by b"
    await post.send(traveller, to=to)
    await post.send(letter("c", Message_ID=confirmation["Message-ID"]), to=to)
    await post.send(letter("d", sender=SUPPORT), to=to)
    await post.send(letter("e", sender="MAILER-DAEMON@example.com"), to=to)
    # As bytes: the header objects of the standard library take seconds for so many.
    named = b",\r\n ".join(b"p%d@example.com" % number for number in range(10_000))
    await post.send(letter("f").as_bytes(policy=policy.SMTP).replace(SUPPORT.encode(), named), to=to)
    assert [row.reason for row in post.received()] == [
        "null_sender", "too_many_hops", "own_message", "own_address", "mailer_daemon", "too_many_recipients",
    ]  # fmt: skip
    assert len(comments(rest, ticket["id"])) == 1


async def test_two_machines_that_answer_each_other_without_a_sign_come_to_an_end(rest: Rest, post: Post) -> None:
    """A robot that answers each of our mails with a bare new one, to support itself: the worst of them."""
    rest.settings.mail_in.unknown_senders = "open"
    await post.send(letter("Gracias por su mensaje.", sender="robot@example.com"), to=SUPPORT)
    rounds = 0
    while (arrived := await post.deliver()) and rounds < 50:
        rounds += 1
        for _ in arrived:
            await post.send(letter("Gracias por su mensaje.", sender="robot@example.com"), to=SUPPORT)
    assert rounds == MOST_NEW_TICKETS
    assert [row.outcome for row in post.received()].count("ticket") == MOST_NEW_TICKETS
    assert post.received()[-1].reason == "too_many"


async def test_two_copilots_do_not_talk_to_each_other(rest: Rest, post: Post) -> None:
    rest.settings.mail_in.unknown_senders = "open"
    ticket = open_ticket(rest, "support@other.example")
    [confirmation] = await post.deliver()
    # The other copilot confirms a ticket of its own, with the headers that ours has, too.
    for name in ("From", "To"):
        del confirmation[name]
    confirmation["From"], confirmation["To"] = "support@other.example", SUPPORT
    del confirmation["Message-ID"]
    confirmation["Message-ID"] = "<00000000000000000000000000000000@other.example>"
    await post.send(confirmation, to=[SUPPORT], mail_from="support@other.example")
    assert [(row.outcome, row.reason) for row in post.received()] == [("ignored", "auto_submitted")]
    assert await post.deliver() == []
    assert len(comments(rest, ticket["id"])) == 1


async def test_one_sender_does_not_fill_a_ticket(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    for number in range(MOST_ON_A_TICKET + 2):
        receive(rest.services, letter(f"mensaje {number}").as_bytes(), "ana@example.com", confirmation["Reply-To"])
    assert len(comments(rest, ticket["id"])) == 1 + MOST_ON_A_TICKET
    assert post.received()[-1].reason == "too_many"
    rest.settings.mail_in.per_sender = MOST_ON_A_TICKET
    with pytest.raises(Refused, match="450"):
        receive(rest.services, letter("otro").as_bytes(), "ana@example.com", confirmation["Reply-To"])


@pytest.mark.parametrize("kind", ["quarantine", "open", "refuse"])
async def test_a_stranger_waits_is_opened_or_is_refused_as_the_settings_say(rest: Rest, post: Post, kind: Any) -> None:
    rest.settings.mail_in.unknown_senders = kind
    mail = letter("Quisiera saber el precio.", sender="Nadie <nadie@example.com>")
    if kind == "refuse":
        with pytest.raises(smtplib.SMTPDataError, match="portal"):
            await post.send(mail, to=SUPPORT)
        assert post.received() == []
        return
    await post.send(mail, to=SUPPORT)
    assert [row.outcome for row in post.received()] == [{"quarantine": "quarantined", "open": "ticket"}[kind]]
    assert len(await post.deliver()) == (kind == "open")


@each_database
async def test_what_waits_is_opened_or_thrown_away_by_staff(rest: Rest, post: Post) -> None:
    for text in ("Quisiera saber el precio.", "Gane dinero"):
        mail = letter(text, sender="Nadie <nadie@example.com>")
        mail.add_attachment("una línea\n", filename="nota.txt")
        await post.send(mail, to=SUPPORT)
    agent = rest.token_of("agent")
    spam, question = ok(rest.http.get("/api/v2/suspended_tickets", headers=agent))["suspended_tickets"]
    assert (question["content"], question["cause"], question["author"]["email"]) == (
        "Quisiera saber el precio.", "Unknown sender", "nadie@example.com",
    )  # fmt: skip
    answer = rest.http.put(f"/api/v2/suspended_tickets/{question['id']}/recover", headers=agent)
    [ticket] = ok(answer)["ticket"]
    assert ticket["description"] == "Quisiera saber el precio."
    assert [file["file_name"] for file in comments(rest, ticket["id"])[0]["attachments"]] == ["nota.txt"]
    assert rest.http.delete(f"/api/v2/suspended_tickets/{spam['id']}", headers=agent).status_code == 204
    assert ok(rest.http.get("/api/v2/suspended_tickets.json", headers=agent))["count"] == 0
    assert rest.http.get(f"/api/v2/suspended_tickets/{spam['id']}", headers=agent).status_code == 404
    assert rest.http.get("/api/v2/suspended_tickets", headers=rest.token_of("customer")).status_code == 403
    assert len(await post.deliver()) == 1


def report(to: str, status: str, action: str = "failed") -> EmailMessage:
    """What a mail server sends back."""
    raw = f"""From: MAILER-DAEMON@example.com
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{status}@example.com>
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; ana@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status} something
--b--
"""
    return message_from_string(raw, policy=policy.default)


@each_database
async def test_a_mail_that_comes_back_for_good_marks_its_recipient_and_nothing_is_sent_there(
    rest: Rest, post: Post
) -> None:
    ticket = open_ticket(rest)
    await post.deliver()
    back = post.mailboxes.senders[0]
    await post.send(report(back, "5.1.1"), to=back, mail_from="")
    reply_as_staff(rest, ticket["id"], "¿Hola?")
    assert await post.deliver() == []
    with rest.database.read() as session:
        assert list(session.scalars(select(OutboxMail.status).order_by(OutboxMail.id))) == ["bounced", "suppressed"]
    assert [(row.outcome, row.reason) for row in post.received()] == [("bounce", "hard 5.1.1")]
    # Somebody writes from there: it is there after all.
    await post.send(letter("Ya tengo correo"), to=reply_address(rest.settings, ticket["id"], "ana@example.com") or "")
    reply_as_staff(rest, ticket["id"], "Qué bien.")
    assert len(await post.deliver()) == 1


def test_only_a_mailbox_that_is_gone_is_marked() -> None:
    said = [("4.4.1", "delayed"), ("5.2.2", "failed"), ("5.7.1", "failed"), ("5.2.1", "failed"), ("5.0.0", "failed")]
    read = [read_bounce(read_mail(report("a@b.co", status, action).as_bytes())) for status, action in said]
    assert [each is not None and each.gone for each in read] == [False, False, False, True, True]
    assert [each is not None and each.final for each in read] == [False, True, True, True, True]


async def test_a_sender_that_our_server_could_not_confirm_waits(rest: Rest, post: Post) -> None:
    rest.settings.mail_in.trusted_authserv = "mx.help.example"
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    forged = {"Authentication_Results": "mx.help.example; dmarc=fail header.from=example.com"}
    await post.send(letter("Cambien mi cuenta", **forged), to=SUPPORT)
    await post.send(letter("Cambien mi cuenta", **forged), to=confirmation["Reply-To"])
    await post.send(letter("x", Authentication_Results="other; dmarc=fail"), to=confirmation["Reply-To"])
    assert [(row.outcome, row.reason) for row in post.received()] == [
        ("quarantined", "not_authentic"), ("note", "not_authentic"), ("comment", None),
    ]  # fmt: skip
    assert [each["public"] for each in comments(rest, ticket["id"])] == [True, False, True]


async def test_files_that_are_not_what_they_say_are_named_and_the_words_are_kept(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    mail = answer_to(confirmation, "Van dos archivos")
    mail.add_attachment(b"MZ not a picture", maintype="image", subtype="png", filename="foto.png")
    mail.add_attachment("ok\nCookie: sid=abcdef123456\n", filename="consola.log")
    await post.send(mail, to=confirmation["Reply-To"])
    said = comments(rest, ticket["id"])[-1]
    assert said["body"].startswith("Van dos archivos")
    assert "foto.png" in said["body"]
    assert [file["file_name"] for file in said["attachments"]] == ["consola.log"]
    assert [each["name"] for each in post.received()[0].refused_files] == ["foto.png"]
    assert "abcdef123456" not in said["body"]


async def test_a_mail_of_files_alone_is_a_comment(rest: Rest, post: Post) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    mail = letter("")
    mail.add_attachment("una línea\n", filename="nota.txt")
    await post.send(mail, to=confirmation["Reply-To"])
    said = comments(rest, ticket["id"])[-1]
    assert said["body"] == "(sin texto)"
    assert len(said["attachments"]) == 1


async def test_files_of_a_mail_that_is_refused_are_not_kept(rest: Rest) -> None:
    rest.settings.mail_in.unknown_senders = "refuse"
    mail = letter("a", sender="nadie@example.com")
    mail.add_attachment("una línea\n", filename="nota.txt")
    with pytest.raises(Refused):
        receive(rest.services, mail.as_bytes(), "nadie@example.com", "support@localhost")
    folder = rest.settings.var / "attachments"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
