"""What our own mail server found out about a sender (RFC 8601). Nobody else's word counts."""

from __future__ import annotations

import re

from api.mail_in.reading import ReceivedMail
from api.settings import Settings

_DMARC = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)


def fails_dmarc(settings: Settings, mail: ReceivedMail) -> bool:
    """Whether the server that we trust says that the mail is not from whom it says."""
    trusted = settings.mail_in.trusted_authserv.lower()
    if not trusted:
        return False
    for value in mail.message.get_all("Authentication-Results", []):
        text = str(value)
        if text.split(";")[0].split()[:1] == [trusted] or text.split(";")[0].strip().lower() == trusted:
            # Ours is the topmost: what is below may have come with the mail.
            return _DMARC.search(text) is not None
    return False
