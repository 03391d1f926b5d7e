"""Mail that no person wrote: it is recorded, never answered, and never becomes a comment (RFC 3834)."""

from __future__ import annotations

import re

from api.mail_in.addresses import support_address
from api.mail_in.reading import ReceivedMail
from api.settings import Settings

MOST_HOPS = 25
MOST_NAMED_RECIPIENTS = 100
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_LIST_HEADERS = ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List")
_VACATION_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Mail-Autoreply",
    "X-POST-MessageClass",
)
_VACATION_SUBJECT = re.compile(
    r"^\s*(?:(?:re|rv|res|enc|fwd?)\s*:\s*)*"
    r"(?:respuesta autom[aá]tica|automatic reply|auto(?:matic)?[- ]?reply|autoreply|resposta autom[aá]tica"
    r"|out of (?:the )?office|fuera de (?:la )?oficina|ausencia de la oficina|fora do escrit[oó]rio|ausência tempor[aá]ria"
    r"|abwesenheitsnotiz|réponse automatique)\b",
    re.IGNORECASE,
)


def why_ignored(settings: Settings, mail: ReceivedMail, mail_from: str) -> str | None:
    """Why this mail is none that a person wrote to us: a word for the record. None: a person may have."""
    said = mail.header("Auto-Submitted").lower()
    if said and not said.startswith("no"):
        return "auto_submitted"
    if mail.header("Precedence").lower() in _BULK:
        return "precedence"
    if any(mail.header(name) for name in _LIST_HEADERS):
        return "mailing_list"
    if any(mail.header(name) for name in _VACATION_HEADERS):
        return "auto_reply"
    if {each.strip() for each in mail.header("X-Auto-Response-Suppress").lower().split(",")} & {
        "all",
        "autoreply",
        "oof",
    }:
        return "auto_response_suppress"
    if mail.message.get_content_type() in (
        "multipart/report",
        "message/delivery-status",
        "message/disposition-notification",
    ):
        return "report"
    if mail_from.strip("<> ") == "":
        return "null_sender"
    local = mail.sender.partition("@")[0]
    if local in ("mailer-daemon", "postmaster"):
        return "mailer_daemon"
    if mail.sender == support_address(settings):
        return "own_address"
    if _VACATION_SUBJECT.match(mail.subject):
        return "auto_reply"
    if len(mail.message.get_all("Received", [])) > MOST_HOPS:
        return "too_many_hops"
    if mail.recipients > MOST_NAMED_RECIPIENTS:
        return "too_many_recipients"
    return None
