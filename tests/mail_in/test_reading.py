"""Reading a mail: its text in whatever encoding and form, its files, and anything that only looks like a mail."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.mail_in.html_text import html_to_text
from api.mail_in.reading import Unreadable, decode, read_mail, unflowed

HEAD = b"From: Ana <ana@example.com>\r\nMessage-ID: <a@example.com>\r\nMIME-Version: 1.0\r\n"
TEXT = "Não consigo, ¿por qué? Ñandú"


def mail(body: bytes, kind: str = "text/plain", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()).encode()
    return HEAD + f"Content-Type: {kind}\r\n".encode() + more + b"\r\n" + body


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("us-ascii", "utf-8"),
        ("utf-8", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("unknown-8bit", "cp1252"),
        ("no-such-charset", "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_in(declared: str, actual: str) -> None:
    raw = mail(TEXT.encode(actual), f"text/plain; charset={declared}", Content_Transfer_Encoding="8bit")
    if actual == "utf-16":
        import base64

        body = base64.encodebytes(TEXT.encode(actual))
        raw = mail(body, "text/plain; charset=utf-16", Content_Transfer_Encoding="base64")
    assert read_mail(raw).text == TEXT


def test_a_subject_and_a_name_in_any_encoding_are_read() -> None:
    raw = b"From: =?iso-8859-1?q?Jos=E9?= <JOSE@Example.com>\r\nSubject: =?utf-8?b?w5FhbmTDug==?= raro\r\n\r\nx"
    found = read_mail(raw)
    assert (found.sender, found.sender_name, found.subject) == ("jose@example.com", "Jos\u00e9", "Ñandú raro")
    assert read_mail("Subject: ação\r\n\r\nx".encode()).subject == "ação"


def test_soft_line_breaks_are_taken_out() -> None:
    text = "Una línea que \nsigue aquí.\n> citada que \n> sigue\n-- \nAna"
    assert unflowed(text, delete_space=False) == "Una línea que sigue aquí.\n> citada que sigue\n-- \nAna"
    raw = mail(b"uno \r\ndos", "text/plain; charset=utf-8; format=flowed; delsp=yes")
    assert read_mail(raw).text == "unodos"


def test_alternatives_give_one_text_and_every_file() -> None:
    message = EmailMessage()
    message["From"] = "ana@example.com"
    message.set_content("en texto")
    message.add_alternative("<p>en HTML</p>", subtype="html")
    message.get_payload()[1].add_related(b"x" * 3000, "image", "png", cid="<logo>")  # type: ignore[index, union-attr]
    message.add_attachment(b"y", maintype="application", subtype="pdf", filename="año.pdf")
    found = read_mail(message.as_bytes(policy=policy.SMTP))
    assert found.text == "en texto"
    named = [(each.name, each.media_type) for each in found.files]
    assert named == [("image-1.png", "image/png"), ("año.pdf", "application/pdf")]


def test_pictures_of_a_signature_are_no_evidence() -> None:
    message = EmailMessage()
    message.set_content("<p>x</p>", subtype="html")
    message.add_related(b"x" * 300, "image", "png", cid="<logo>")
    assert read_mail(message.as_bytes()).files == ()


def test_html_alone_is_read_as_it_is_seen() -> None:
    page = """<style>p{color:red}</style><div style="display:none">preview</div><p>Hola</p><ul><li>uno</li>
    <li>dos</li></ul><table><tr><td>a</td><td>b</td></tr></table><script>x()</script>
    <a href="https://a.example/x">aquí</a><br>fin<img src=x>"""
    assert html_to_text(page) == "Hola\n\n- uno\n- dos\na b\naquí (https://a.example/x)\nfin"


@pytest.mark.parametrize("tag", ["<div>", "<blockquote>a", "<!--", "<a href=x>", "<table><tr><td>", "<![", "</", "<"])
def test_hostile_html_is_read_in_time(tag: str) -> None:
    # Read as it nests, 300,000 open elements take half an hour.
    assert isinstance(html_to_text(tag * (300_000 // len(tag) + 1)), str)


@pytest.mark.parametrize(
    "raw",
    [
        b"X: " + b"a" * 300_000,
        b"From: a@b.co\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
        b"From: a@b.co\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
        + b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(1200)),
        b"From: " + b"(" * 100_000 + b"\r\n\r\nhi",
    ],
)
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_mail(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"From: a@b.co\r\nSubject: " + b"=?utf-8?q?a?= " * 15_000 + b"\r\n\r\nhi",
        b"From: a@b.co\r\nContent-Type: text/plain; " + b"; ".join(b"a*%d=x" % n for n in range(9_000)) + b"\r\n\r\nhi",
        b'From: a@b.co\r\nContent-Type: text/plain; charset="\xff\r\n\r\nhi',
        b"From: =?x?y?z?= <\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    assert read_mail(raw).digest


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_mail_or_none(raw: bytes) -> None:
    found = read_mail(raw)
    found.text.encode()
    found.subject.encode()
    assert "\x00" not in found.text


@settings(deadline=None, max_examples=50)
@given(
    st.text(max_size=200),
    st.sampled_from(["text/plain", "text/html", "multipart/mixed", "multipart/related; boundary=b", "message/rfc822"]),
    st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "nonsense"]),
    st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-7", "hz", "idna", "rot13", "base64"]),
    st.text(max_size=60),
)
def test_any_headers_are_read(subject: str, kind: str, encoding: str, charset: str, name: str) -> None:
    raw = (
        f"From: {name} <a@b.co>\nSubject: {subject}\nContent-Type: {kind}; charset={charset}; name={name}\n"
        f"Content-Transfer-Encoding: {encoding}\n\n--b\n\n{subject}\n--b--\n"
    ).encode("utf-8", "replace")
    found = read_mail(raw)
    assert len(found.subject) <= 255
    found.text.encode()


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_text_in_utf_8_comes_back(text: str) -> None:
    assert decode(text.encode("utf-8"), "utf-8") == text
