"""The door: who is let in, how much of it, and what the other server is told."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

import api.mail_in.listener
from api.mail_in.listener import MOST_CONNECTIONS, MailListener
from api.mail_in.receiving import Refused
from tests.mail_in.post import SUPPORT, Post, letter
from tests.mail_in.test_conversation import comments, open_ticket
from tests.support.rest import Rest


async def talk(port: int, *lines: str, after: str = "") -> list[str]:
    """What a server answers to these lines, sent one after the other; each answer's last line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found: list[str] = []

    async def answer() -> None:
        while line := (await reader.readline()).decode():
            if line[3:4] == " ":
                found.append(line.strip())
                return
        found.append("")

    await answer()
    for line in lines:
        writer.write(line.encode() + b"\r\n")
        await answer()
    for _ in range(int(after or 0)):
        await answer()
    writer.close()
    return found


async def test_ten_thousand_recipients_are_refused(rest: Rest, post: Post) -> None:
    everybody = [f"support+{number}@help.example" for number in range(10_000)]
    answers = await talk(
        post.listener.port, "EHLO a", "MAIL FROM:<a@b.co>", *(f"RCPT TO:<{each}>" for each in everybody[:40])
    )
    assert [line[:3] for line in answers[3:]] == ["250"] * 20 + ["452"] * 20
    strangers = await talk(
        post.listener.port, "EHLO a", "MAIL FROM:<a@b.co>", *(f"RCPT TO:<p{n}@help.example>" for n in range(30))
    )
    assert [line[:3] for line in strangers[3:]] == ["550"] * 20 + ["421"] * 10
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await post.send(letter("hola"), to=everybody)
    assert post.received() == []


@pytest.mark.parametrize(
    "address",
    [
        "nobody@help.example",
        "support@other.example",
        "support+t1001.aaaaaaaaaaaaaaaa@help.example",
        "support+t99999999999.x@x",
    ],
)
async def test_an_address_that_is_not_ours_or_not_signed_by_us_is_refused(rest: Rest, post: Post, address: str) -> None:
    open_ticket(rest)
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5\.1\.1"):
        await post.send(letter(), to=address)
    assert post.received() == []


async def test_a_mail_that_is_too_large_is_refused(rest: Rest, post: Post) -> None:
    rest.settings.mail_in.max_megabytes = 1
    with pytest.raises(smtplib.SMTPException, match="552"):
        await post.send(letter("a" * 70 + "\n" * 1_100_000), to=SUPPORT)


async def test_a_mail_is_not_taken_where_it_cannot_be_written_down(
    rest: Rest, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()

    def broken(*_: object) -> str:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(api.mail_in.listener, "receive", broken)
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            await post.send(letter("sigue"), to=confirmation["Reply-To"])
    assert len(comments(rest, ticket["id"])) == 1
    await post.send(letter("sigue"), to=confirmation["Reply-To"])
    assert len(comments(rest, ticket["id"])) == 2


async def test_what_is_no_mail_is_refused_for_good(rest: Rest, post: Post) -> None:
    with pytest.raises(smtplib.SMTPDataError, match=r"5\.6\.0"):
        await post.send(b"From: " + b"(" * 50_000 + b"\r\n\r\nhi", to=SUPPORT)


async def test_lmtp_answers_for_each_recipient(rest: Rest, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = open_ticket(rest)
    [confirmation] = await post.deliver()
    rest.settings.mail_in.protocol = "lmtp"
    rest.settings.mail_in.unknown_senders = "refuse"
    listener = MailListener(rest.services)
    await listener.start(0)
    text = letter("por LMTP", sender="nadie@example.com").as_string().replace("\n", "\r\n")
    answers = await talk(
        listener.port,
        "LHLO a", "MAIL FROM:<nadie@example.com>", f"RCPT TO:<{SUPPORT}>", f"RCPT TO:<{confirmation['Reply-To']}>",
        "DATA", f"{text}\r\n.",
        after="1",
    )  # fmt: skip
    await listener.close()
    assert [line[:3] for line in answers] == ["220", "250", "250", "250", "250", "354", "550", "250"]
    assert not comments(rest, ticket["id"])[-1]["public"]


async def test_too_many_connections_are_turned_away(rest: Rest, post: Post) -> None:
    open_ones = [await asyncio.open_connection("127.0.0.1", post.listener.port) for _ in range(MOST_CONNECTIONS)]
    for reader, _ in open_ones:
        await reader.readline()
    assert (await talk(post.listener.port))[0].startswith("421")
    for _, writer in open_ones:
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(60):
        while (await talk(post.listener.port))[0].startswith("421"):
            # The server hears of an end a moment after us.
            continue


async def test_a_port_that_is_taken_stops_nothing(rest: Rest, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    rest.settings.mail_in.port = post.listener.port
    stop, said = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(api.mail_in.listener.log, "warning", lambda *_: said.set())
    running = asyncio.create_task(MailListener(rest.services).run(stop))
    async with asyncio.timeout(60):
        await said.wait()
        stop.set()
        await running


async def test_without_a_port_nothing_listens_and_mail_names_no_reply_address(rest: Rest, post: Post) -> None:
    rest.settings.mail_in.port = 0
    await MailListener(rest.services).run(asyncio.Event())
    open_ticket(rest)
    [confirmation] = await post.deliver()
    assert confirmation["Reply-To"] is None
    assert post.mailboxes.senders == [SUPPORT]


def test_a_refusal_says_what_the_other_server_is_told() -> None:
    assert Refused("550 5.1.1 no").reply == "550 5.1.1 no"


async def test_a_certificate_that_cannot_be_read_is_told_and_stops_nothing_else(
    rest: Rest, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    rest.settings.mail_in.tls_certificate = rest.settings.var / "no.pem"
    await MailListener(rest.services).run(asyncio.Event())
    assert "COPILOT_MAIL_IN__TLS_CERTIFICATE" in caplog.text
