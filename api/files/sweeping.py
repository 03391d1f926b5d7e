"""The nightly sweep: half files, expired uploads, files that no ticket took, and files that no row names.

A file without a row is not deleted at once: a server that was started with another database would else delete every file
of the right one. It is set aside for a week, and comes back when somebody asks for it (`FileStore.find`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.database import utc_now
from api.files.models import Upload
from api.files.storing import ORPHAN, OUT, PART, THUMBNAIL, FileStore
from api.files.uploads import drop_upload
from api.services import Services

log = logging.getLogger(__name__)

# Between one and four at night by the machine's clock, so that not every process sweeps at once.
FIRST_HOUR, HOURS = 1, 3
# Nothing takes that long to arrive, or to be checked.
HALF_FILE = dt.timedelta(hours=2)
# A used token is remembered, so that "used" can be told apart from "unknown".
REMEMBERED = dt.timedelta(days=7)
UNNAMED = dt.timedelta(days=1)
SET_ASIDE = dt.timedelta(days=7)
BATCH = 500

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass
class Swept:
    """How many of each were removed; `set_aside`: files that no row names."""

    half: int = 0
    uploads: int = 0
    unused: int = 0
    set_aside: int = 0
    orphans: int = 0


class SweepWorker:
    """Sweeps once a night until told to stop; several processes may. `clock` is the time by which age is measured."""

    def __init__(self, services: Services, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._services = services
        self._store = FileStore(services.settings.var)
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), self._seconds_to_night())
            except TimeoutError:
                try:
                    swept = await asyncio.to_thread(self.sweep)
                    log.info("The sweep of files removed %s", swept)
                except Exception:
                    log.exception("The sweep of files failed; it is tried again the next night.")

    def sweep(self) -> Swept:
        """One sweep. Safe to run at any time, and while files come in."""
        swept = Swept()
        self._half_files(swept)
        while self._forget_uploads(swept):
            pass
        while self._forget_unused(swept):
            pass
        self._unnamed(swept)
        return swept

    def _seconds_to_night(self) -> float:
        now = self._clock().astimezone()
        night = now.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
        if now >= night:
            night += dt.timedelta(days=1)
        return (night - now).total_seconds() + random.uniform(0, HOURS * 3600)

    def _half_files(self, swept: Swept) -> None:
        for path in self._older(HALF_FILE):
            if path.name.endswith((PART, OUT)):
                path.unlink(missing_ok=True)
                swept.half += 1

    def _forget_uploads(self, swept: Swept) -> int:
        """A batch of uploads that expired without being used, with their files, and of used ones that are long over."""
        now = self._clock()

        def forget(session: Session) -> int:
            old = session.scalars(
                select(Upload)
                .where(Upload.expires_at < now - HALF_FILE)
                .where(Upload.used_at.is_(None) | (Upload.used_at < now - REMEMBERED))
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for upload in old:
                if upload.used_at is None:
                    drop_upload(session, self._services, upload)
                else:
                    session.delete(upload)
            swept.uploads += len(old)
            return len(old)

        with self._services.database.write() as session:
            return forget(session)

    def _forget_unused(self, swept: Swept) -> int:
        """A batch of files that were given in a conversation, and that no ticket has taken for a month."""
        before = self._clock() - dt.timedelta(days=self._services.settings.files.keep_unused_days)
        with self._services.database.write() as session:
            old = session.scalars(
                select(Attachment)
                .where(Attachment.ticket_id.is_(None), Attachment.upload_id.is_(None), Attachment.created_at < before)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for file in old:
                session.delete(file)
        # After the commit: a row without its file is told as gone, a file without its row is found the next night.
        for file in old:
            self._store.remove(file.id)
        swept.unused += len(old)
        return len(old)

    def _unnamed(self, swept: Swept) -> None:
        for path in self._older(SET_ASIDE):
            if path.name.endswith(ORPHAN):
                path.unlink(missing_ok=True)
                swept.orphans += 1
        files = {path.name: path for path in self._older(UNNAMED)}
        ids = {name.removesuffix(THUMBNAIL) for name in files if _ID.fullmatch(name.removesuffix(THUMBNAIL))}
        unknown = ids - self._known(ids)
        for file_id in unknown:
            for name in (file_id, file_id + THUMBNAIL):
                stray = files.get(name)
                if stray is not None and stray.is_file():
                    stray.rename(stray.with_name(name + ORPHAN))
                    # Its week begins now.
                    stray.with_name(name + ORPHAN).touch()
                    swept.set_aside += 1
        if unknown:
            log.warning(
                "%d files are not known to this database: they are deleted in a week. Is COPILOT_VAR shared with another?",
                len(unknown),
            )

    def _known(self, ids: Iterable[str]) -> set[str]:
        known: set[str] = set()
        wanted = sorted(ids)
        with self._services.database.read() as session:
            for start in range(0, len(wanted), BATCH):
                part = wanted[start : start + BATCH]
                known.update(session.scalars(select(Attachment.id).where(Attachment.id.in_(part))))
        return known

    def _older(self, age: dt.timedelta) -> list[Path]:
        """The files of the folder that nobody has written to for that long."""
        before = (self._clock() - age).timestamp()
        if not self._store.folder.is_dir():
            return []
        found = []
        for path in self._store.folder.iterdir():
            try:
                if path.stat().st_mtime < before:
                    found.append(path)
            except FileNotFoundError:  # another process swept it
                continue
        return found
