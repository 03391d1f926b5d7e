"""The addresses that mail for us comes to: support itself, the signed reply address of a ticket, and that for bounces.

``support+t1024.k3v...@host`` names the ticket and carries a signature over the ticket and the one recipient whom it was
written to: 80 bits of HMAC-SHA256 in base32, which survives a change of case. Where a server cuts off what is behind the
``+``, the reply's `In-Reply-To` still names our mail (`api.notifications.models.OutboxMail.token`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal

from api.settings import Settings

_SIGNATURE_BYTES = 10
_REPLY = re.compile(r"^t(?P<ticket>[1-9][0-9]{0,9})\.(?P<signature>[a-z2-7]{16})$")
_BOUNCE = re.compile(r"^b\.(?P<token>[0-9a-f]{32})$")


@dataclass(frozen=True)
class Target:
    """Where a mail goes by its address. `signature` belongs to ``reply``, `token` (of an outbox mail) to ``bounce``."""

    kind: Literal["support", "reply", "bounce"]
    ticket_id: int | None = None
    signature: str = ""
    token: str = ""

    @property
    def key(self) -> str:
        """One spelling, for telling a second delivery of the same mail from the same mail to another ticket."""
        return f"{self.kind}:{self.ticket_id or ''}{self.token}"


@lru_cache(maxsize=8)
def _plain(sender: str) -> str:
    """The address of our sender without its name: parsed three times for a mail, it cost a tenth of writing one."""
    return parseaddr(sender)[1]


def support_address(settings: Settings) -> str:
    """The plain address of support, in lower case: the setting, else that of the sender of our mail."""
    return settings.mail_in.address.lower() or _plain(settings.mail.sender).lower() or "support@localhost"


def mail_host(settings: Settings) -> str:
    """What stands behind the @ of our Message-IDs."""
    return _plain(settings.mail.sender).rpartition("@")[2].strip().lower() or "localhost"


def signature(settings: Settings, ticket_id: int, recipient: str) -> str:
    """16 characters that only we can write for this ticket and this recipient."""
    text = f"reply\x1f{ticket_id}\x1f{recipient.strip().lower()}".encode()
    digest = hmac.new(settings.secret_key.get_secret_value().encode(), text, hashlib.sha256).digest()
    return base64.b32encode(digest[:_SIGNATURE_BYTES]).decode().lower()


def reply_address(settings: Settings, ticket_id: int, recipient: str) -> str | None:
    """Where `recipient` answers to a mail of this ticket; None where no mail is taken in."""
    if not settings.mail_in.port:
        return None
    return _with_detail(settings, f"t{ticket_id}.{signature(settings, ticket_id, recipient)}")


def bounce_address(settings: Settings, token: str) -> str | None:
    """The envelope sender of one mail: what cannot be delivered comes back to it (VERP). None where no mail is taken in."""
    return _with_detail(settings, f"b.{token}") if settings.mail_in.port else None


def read_address(settings: Settings, address: str) -> Target | None:
    """What one of our addresses means; None for any other. The signature is not checked here."""
    local, at, host = address.strip().strip("<>").lower().rpartition("@")
    own_local, _, own_host = support_address(settings).rpartition("@")
    if not at or host != own_host:
        return None
    if local == own_local:
        return Target("support")
    prefix = own_local + settings.mail_in.delimiter
    if not local.startswith(prefix):
        return None
    detail = local[len(prefix) :]
    if found := _REPLY.match(detail):
        return Target("reply", ticket_id=int(found["ticket"]), signature=found["signature"])
    if found := _BOUNCE.match(detail):
        return Target("bounce", token=found["token"])
    # Somebody's own sub-address of support: still support.
    return Target("support")


def signed_for(settings: Settings, target: Target, recipients: Iterable[str]) -> str | None:
    """Which of `recipients` the reply address was written to; None: to nobody, it was made up."""
    if target.ticket_id is None:
        return None
    for each in recipients:
        if hmac.compare_digest(signature(settings, target.ticket_id, each), target.signature):
            return each
    return None


def _with_detail(settings: Settings, detail: str) -> str:
    local, _, host = support_address(settings).rpartition("@")
    return f"{local}{settings.mail_in.delimiter}{detail}@{host}"
