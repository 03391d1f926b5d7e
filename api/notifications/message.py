"""The message that goes over the wire, made from a row of the outbox."""

from __future__ import annotations

from email import policy
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from api.mail_in.addresses import bounce_address
from api.notifications.models import OutboxMail
from api.settings import Settings


class _OneLine(UnstructuredHeader):
    """A header that is one token. Folded as text, one of more than 78 characters becomes an encoded word, in which no
    mail reader looks for an address or a message id; RFC 5322 allows lines of 998."""

    def fold(self, *, policy: policy.Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_headers = HeaderRegistry()
for _name in ("list-unsubscribe", "in-reply-to", "references"):
    _headers.map_to_type(_name, _OneLine)  # type: ignore[arg-type]
_POLICY = policy.default.clone(header_factory=_headers)


def build_message(mail: OutboxMail, sender: str) -> EmailMessage:
    """The message of a row; the same row always has the same Message-ID."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = message_id(mail, sender)
    message["Content-Language"] = mail.language
    # RFC 3834: nobody's holiday notice should answer a machine. Exchange has a header of its own for that.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def message_id(mail: OutboxMail, sender: str) -> str:
    """``<token@host>``: the token cannot be guessed, so that an answer to it proves that the mail was read."""
    host = parseaddr(sender)[1].rpartition("@")[2].strip() or "localhost"
    return f"<{mail.token or f'mail-{mail.id}-{int(mail.created_at.timestamp())}'}@{host}>"


def envelope_sender(settings: Settings, mail: OutboxMail) -> str:
    """Where the mail comes back to when it cannot be delivered: an address that names this one mail, if we take mail in."""
    own = bounce_address(settings, mail.token) if mail.token else None
    return own or parseaddr(settings.mail.sender)[1]
