"""Mail that came back: which one, and whether its mailbox is gone for good (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.mail_in.reading import ReceivedMail
from api.notifications.models import OutboxMail
from api.notifications.undeliverable import mark_undeliverable

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# Full, too large, not liked (policy, spam): the mailbox is there, and the next mail may arrive.
_THERE = re.compile(r"^5\.(?:2\.[23]|3\.\d+|6\.\d+|7\.\d+)$")


@dataclass(frozen=True)
class Bounce:
    """What a server says of a mail that it could not deliver. `final`: it has given up; `gone`: there is no such mailbox."""

    final: bool
    gone: bool
    status: str


def read_bounce(mail: ReceivedMail) -> Bounce | None:
    """The report in a mail; None where it is none."""
    for part in mail.message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        fields = [each for each in part.get_payload() if isinstance(each, Message)] if part.is_multipart() else []
        for each in fields:
            action = str(each.get("Action", "")).strip().lower()
            status = _STATUS.search(str(each.get("Status", "")))
            if not action and not status:
                continue
            said = status[1] if status else ("5.0.0" if action == "failed" else "4.0.0")
            return _bounce(said, final=action in ("failed", "") and said.startswith("5"))
        return None
    found = _STATUS.search(mail.text)
    return _bounce(found[1], final=found[1].startswith("5")) if found else None


def _bounce(status: str, *, final: bool) -> Bounce:
    return Bounce(final=final, gone=final and not _THERE.match(status), status=status)


def take_back(session: Session, token: str, bounce: Bounce) -> OutboxMail | None:
    """Record that the mail with this token came back, and mark its recipient where the mailbox is gone."""
    sent = session.scalar(select(OutboxMail).where(OutboxMail.token == token))
    if sent is None or not bounce.final:
        return sent
    sent.status, sent.last_error = "bounced", f"came back: {bounce.status}"
    if bounce.gone:
        mark_undeliverable(session, sent.recipient, f"came back: {bounce.status}", sent.id)
    return sent
