"""Where files lie: ``<var>/attachments/<id>``, under random names, outside every folder that is served."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

PART = ".part"
OUT = ".out"
THUMBNAIL = ".thumbnail"
# A file that no row names: set aside for a while before it is deleted, and found again where it is wanted after all.
ORPHAN = ".orphan"


@dataclass(frozen=True)
class Received:
    """A body that was received whole; `sha256` of the bytes as they were sent."""

    path: Path
    size: int
    sha256: str


class PartFile:
    """A file that is being received. Leave it by `finish`, or nothing of it is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def finish(self) -> Received:
        self._file.close()
        return Received(self.path, self.size, self._digest.hexdigest())

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


class FileStore:
    """The folder of one deployment."""

    def __init__(self, var: Path) -> None:
        self.folder = var / "attachments"

    def new_part(self) -> PartFile:
        return PartFile(self.folder / f"{secrets.token_hex(16)}{PART}")

    def path(self, file_id: str) -> Path:
        return self.folder / file_id

    def thumbnail(self, file_id: str) -> Path:
        return self.folder / f"{file_id}{THUMBNAIL}"

    def find(self, file_id: str, *, thumbnail: bool = False) -> Path | None:
        """The stored file, brought back where a sweep had set it aside; None where it is gone."""
        path = self.thumbnail(file_id) if thumbnail else self.path(file_id)
        if not path.is_file():
            aside = path.with_name(path.name + ORPHAN)
            with contextlib.suppress(FileNotFoundError):
                aside.rename(path)
        return path if path.is_file() else None

    def keep(self, source: Path, file_id: str, thumbnail: Path | None) -> None:
        """Put a checked file where it stays: it is on the disk before its name is."""
        if thumbnail is not None:
            _sync(thumbnail)
            thumbnail.replace(self.thumbnail(file_id))
        _sync(source)
        source.replace(self.path(file_id))
        _sync(self.folder)

    def remove(self, file_id: str) -> None:
        """Delete a file and its thumbnail; nothing happens where they are gone already."""
        self.path(file_id).unlink(missing_ok=True)
        self.thumbnail(file_id).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Wait until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
