"""Logs: no line with personal data in it is written, and lines go after some days."""

from __future__ import annotations

import datetime as dt
import logging
import re
import shutil
from pathlib import Path

from api.privacy.masking import mask

LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
_DATED = re.compile(r".+\.log\.(\d{4}-\d{2}-\d{2})")
# Without these nobody finds what a line is about; a bare one might be somebody's key.
_OWN_ID = re.compile(r"\b((?:conversation|turn|file) [0-9a-f]{32})\b", re.IGNORECASE)
# A longer line is cut: masking takes a millisecond and a half for a kilobyte.
_LONGEST = 20_000


class MaskingFormatter(logging.Formatter):
    """Masks the whole line, traceback included, at every level and for every library that logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        head = self.formatTime(record, self.datefmt) if self.usesTime() else ""
        start = len(head) if line.startswith(head) else 0
        # The moment in front looks like nothing personal, and must not be taken for it.
        parts = _OWN_ID.split(line[start : start + _LONGEST])
        # Every second part is an id of ours.
        return line[:start] + "".join(each if n % 2 else mask(each) for n, each in enumerate(parts))


def configure_logging(level: str | int, line: str = LINE) -> None:
    """Log to standard error, masked. Whatever handlers there were go."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(line))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def rotate_logs(folder: Path, now: dt.datetime, days: int, *, dry_run: bool = False) -> int:
    """Put what the logs hold into files of the day, and delete those that are older. How many were deleted.

    A log is emptied in place: the process that writes to it appends, and goes on at its new end.
    """
    today = now.astimezone().date()
    old = []
    for path in sorted(folder.glob("*.log.*")) if folder.is_dir() else ():
        dated = _DATED.fullmatch(path.name)
        if dated and dt.date.fromisoformat(dated[1]) < today - dt.timedelta(days=days):
            old.append(path)
    if dry_run:
        return len(old)
    for path in old:
        path.unlink(missing_ok=True)
    for log in sorted(folder.glob("*.log")) if folder.is_dir() else ():
        if log.stat().st_size:
            with log.open("r+b") as source, log.with_name(f"{log.name}.{today}").open("ab") as out:
                shutil.copyfileobj(source, out)
                source.truncate(0)
    return len(old)
