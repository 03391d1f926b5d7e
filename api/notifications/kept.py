"""Kept mail as files: without an SMTP server, a developer opens `<var>/mail/*.eml` in any mail reader."""

from __future__ import annotations

import os
from pathlib import Path

from api.notifications.message import build_message
from api.notifications.models import OutboxMail
from api.settings import Settings

MOST_FILES = 500


def keep_file(settings: Settings, mail: OutboxMail) -> Path:
    """Write the mail as a file that only its owner reads; the oldest beyond `MOST_FILES` go."""
    folder = settings.var / "mail"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{mail.id:08d}-{mail.template}.eml"
    aside = path.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(build_message(mail, settings.mail.sender).as_bytes())
    aside.replace(path)
    for old in sorted(folder.glob("*.eml"))[:-MOST_FILES]:
        old.unlink(missing_ok=True)
    return path
