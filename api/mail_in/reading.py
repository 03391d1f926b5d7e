"""A mail as it came over the wire, read: who wrote it, what, and with which files. Whatever it is, reading it ends."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value, getaddresses, parseaddr

from api.errors import CopilotError
from api.identity.addresses import normalise_email
from api.mail_in.html_text import html_to_text

LONGEST_TEXT = 200_000
LONGEST_HEADERS = 256_000
LONGEST_HEADER = 20_000
MOST_BOUNDARIES = 30_000
MOST_PARTS = 500
MOST_FILES = 20
# A picture of a signature, or one that counts who reads: no evidence.
SMALLEST_INLINE_IMAGE = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,240}>")
# What a browser, too, takes these names to mean.
_WINDOWS = frozenset({"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"})


class Unreadable(Exception):
    """Not a mail that can be read; a second try will not change that."""


@dataclass(frozen=True)
class ReceivedFile:
    """One file of a mail. `name` is what its sender called it, or one made from its type."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class ReceivedMail:
    """What was read. `sender` is the normalised address of From, empty where there is none that can be used.

    `text` is all of it, quotations included. `digest` is of the whole mail. `message` serves whoever needs another header.
    """

    message: Message
    digest: str
    message_id: str | None
    references: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    text: str
    files: tuple[ReceivedFile, ...] = ()
    recipients: int = 0

    def header(self, name: str) -> str:
        """A header on one line, decoded; empty where it is not there."""
        return header_of(self.message, name)


@dataclass
class _Parts:
    count: int = 0
    files: list[ReceivedFile] = field(default_factory=list)


def read_mail(raw: bytes) -> ReceivedMail:
    """Read a mail. Raises `Unreadable` where it is nested too deeply to be one."""
    ends = [raw.find(gap, 0, LONGEST_HEADERS) for gap in (b"\r\n\r\n", b"\n\n")]
    if max(ends) < 0 and len(raw) > LONGEST_HEADERS:
        raise Unreadable("headers")
    # A part takes 70 microseconds to read, whatever is in it.
    if raw.count(b"\n--") > MOST_BOUNDARIES:
        raise Unreadable("parts")
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        parts = _Parts()
        text = _text_of(message, parts, 0)
        return _received(raw, message, text, parts)
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError) as error:
        raise Unreadable(type(error).__name__) from error


def _received(raw: bytes, message: Message, text: str, parts: _Parts) -> ReceivedMail:
    name, sender = _sender(message)
    named = [str(message.get(each, "")) for each in ("To", "Cc")]
    return ReceivedMail(
        message=message,
        digest=hashlib.sha256(raw).hexdigest(),
        message_id=next(iter(_ids(header_of(message, "Message-ID"))), None),
        references=tuple(
            dict.fromkeys([*_ids(header_of(message, "In-Reply-To")), *reversed(_ids(header_of(message, "References")))])
        )[:50],
        sender=sender,
        sender_name=name[:255],
        subject=_clean(header_of(message, "Subject"))[:255],
        text=_clean(text)[:LONGEST_TEXT].strip(),
        files=tuple(parts.files),
        recipients=sum(each.count("@") for each in named),
    )


def header_of(message: Message, name: str) -> str:
    """The first header of that name, decoded, on one line."""
    # `get` replaces bytes that no encoding was named for.
    value = next((text for key, text in message.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    # Decoding takes the square of the number of encoded words: 12 s for a subject of 700 kB.
    text = str(value)[:LONGEST_HEADER]
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        pieces = [(text, None)]
    found = "".join(each if isinstance(each, str) else decode(each, charset) for each, charset in pieces)
    # Bytes that no encoding was named for arrive as surrogates.
    found = decode(found.encode("utf-8", "surrogateescape"), "utf-8")
    return re.sub(r"\s+", " ", _CONTROL.sub("", found)).strip()


def decode(content: bytes, charset: str | None) -> str:
    """The text in the encoding that is named, or in the one that it is in when that one is plainly wrong. Never raises."""
    name = (charset or "").strip().lower()
    high = any(byte > 127 for byte in content)
    if not high and name not in ("utf-7", "iso-2022-jp", "utf-16", "utf-16le", "utf-16be"):
        return content.decode("ascii")
    if name in _WINDOWS or not name or name.startswith(("unknown", "x-", "utf-8", "utf8")):
        # Text that is valid UTF-8 and not ASCII is UTF-8, whatever it is called.
        candidates = ["utf-8", "cp1252"]
    else:
        candidates = [name, "utf-8", "cp1252"]
    for each in candidates:
        try:
            return content.decode(each)
        except (UnicodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def unflowed(text: str, *, delete_space: bool) -> str:
    """Text of ``format=flowed`` (RFC 3676) with its soft line breaks taken out."""
    lines: list[str] = []
    depth, open_line = 0, False
    for raw in text.split("\n"):
        quotes = len(raw) - len(raw.lstrip(">"))
        line = raw[quotes:]
        line = line.removeprefix(" ")
        soft = line.endswith(" ") and line != "-- "
        shown = line[:-1] if soft and delete_space else line
        if open_line and quotes == depth and line != "-- ":
            lines[-1] += shown
        else:
            lines.append(f"{'>' * quotes}{' ' if quotes else ''}{shown}")
        depth, open_line = quotes, soft
    return "\n".join(lines)


def _text_of(part: Message, parts: _Parts, depth: int) -> str:
    parts.count += 1
    if parts.count > MOST_PARTS or depth > 20:
        return ""
    for name in ("Content-Type", "Content-Disposition"):
        # Thousands of parameters take the square of their number.
        if len(str(part.get(name, ""))) > LONGEST_HEADER // 4:
            del part[name]
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822":
        children = [each for each in part.get_payload() if isinstance(each, Message)]
        if kind == "multipart/alternative":
            return _best_of(children, parts, depth)
        if kind == "multipart/report":
            children = children[:1]
        return "\n\n".join(text for each in children if (text := _text_of(each, parts, depth + 1)).strip())
    attached = str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
    if kind in ("text/plain", "text/html") and not attached and not _file_name(part):
        text = decode(_content(part)[: 10 * LONGEST_TEXT], _charset(part)).replace("\r\n", "\n").replace("\r", "\n")
        if kind == "text/html":
            return html_to_text(text)
        if _parameter(part, "format").lower() == "flowed":
            text = unflowed(text, delete_space=_parameter(part, "delsp").lower() == "yes")
        return text
    _keep(part, parts, attached=attached)
    return ""


def _best_of(children: list[Message], parts: _Parts, depth: int) -> str:
    """The plain text of alternatives, else the text of the richest; the files of all of them."""
    texts: list[tuple[bool, str]] = []
    for each in children:
        texts.append((each.get_content_type() == "text/plain", _text_of(each, parts, depth + 1)))
    plain = [text for is_plain, text in texts if is_plain and text.strip()]
    rich = [text for is_plain, text in texts if not is_plain and text.strip()]
    return (plain or rich or [""])[0]


def _keep(part: Message, parts: _Parts, *, attached: bool) -> None:
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/delivery-status", "text/rfc822-headers", "text/calendar"):
        return
    if kind.startswith(("application/pgp", "application/pkcs7", "application/x-pkcs7", "application/ms-tnef")):
        return
    content = _content(part)
    inline = not attached and part.get("Content-ID") is not None
    if not content or (inline and kind.startswith("image/") and len(content) < SMALLEST_INLINE_IMAGE):
        return
    if len(parts.files) < MOST_FILES:
        name = _clean(_file_name(part)) or f"{kind.partition('/')[0]}-{len(parts.files) + 1}{_EXTENSIONS.get(kind, '')}"
        parts.files.append(ReceivedFile(name[:200], content, kind))


_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "application/json": ".json",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
}


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, ValueError, TypeError):
        return None


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name)
    except (LookupError, ValueError, TypeError):
        return ""
    return collapse_rfc2231_value(value) if value is not None else ""


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, TypeError):
        return ""
    if not name:
        return ""
    try:
        pieces = decode_header(name)
    except (HeaderParseError, ValueError):
        return name
    return "".join(each if isinstance(each, str) else decode(each, charset) for each, charset in pieces)


def _sender(message: Message) -> tuple[str, str]:
    """Name and address of the first From; an address that cannot be one is none."""
    raw = message.get("From")
    if raw is None:
        return "", ""
    try:
        found = getaddresses([str(raw)[:2000]])
    except (ValueError, IndexError, TypeError, AttributeError):
        return "", ""
    address = next((each for _, each in found if "@" in each), "")
    name = parseaddr(header_of(message, "From")[:2000])[0]
    try:
        return _clean(name), normalise_email(address)
    except CopilotError:
        return _clean(name), ""


def _ids(text: str) -> list[str]:
    return _MESSAGE_ID.findall(text[:20_000])


def _clean(text: str) -> str:
    """Without control characters, and without half characters, which no database stores."""
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\xa0", " ")
        .replace("\u2028", "\n")
        .replace("\u2029", "\n")
    )
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")
