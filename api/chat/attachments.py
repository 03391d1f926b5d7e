"""Files that customers give: what is accepted, and where it is kept.

A file is accepted when its extension, its first bytes and (for text) its decoding agree. It is stored under a random name
outside any web root and served only as a download.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from api.chat.repository import new_id
from api.errors import Invalid

_MAGIC: dict[str, tuple[str, tuple[bytes, ...], int]] = {
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",), 0),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",), 0),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",), 0),
    ".webp": ("image/webp", (b"WEBP",), 8),
    ".pdf": ("application/pdf", (b"%PDF-",), 0),
    ".mp4": ("video/mp4", (b"ftyp",), 4),
    ".webm": ("video/webm", (b"\x1a\x45\xdf\xa3",), 0),
}
_TEXT = {".txt": "text/plain", ".log": "text/plain", ".har": "application/json", ".json": "application/json"}

ACCEPTED = tuple(sorted({*_MAGIC, *_TEXT}))


@dataclass(frozen=True)
class StoredFile:
    id: str
    name: str
    media_type: str
    size: int
    sha256: str


def store(folder: Path, name: str, content: bytes, *, max_bytes: int) -> StoredFile:
    """Check a file and write it durably. Raises `Invalid` with a code that says what to mend."""
    safe_name = PurePosixPath(name.replace("\\", "/")).name.strip()[:200] or "file"
    extension = PurePosixPath(safe_name).suffix.lower()
    if len(content) > max_bytes:
        raise Invalid(
            f"the file has {len(content)} bytes, at most {max_bytes} are accepted",
            code="attachment_too_large",
            status=413,
            values={"limit": max_bytes // 1_000_000},
        )
    if not content:
        raise Invalid("the file is empty", code="attachment_empty")
    media_type = _media_type(extension, content)
    file_id = new_id()
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{file_id}.part"
    with aside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(folder / file_id)
    return StoredFile(file_id, safe_name, media_type, len(content), hashlib.sha256(content).hexdigest())


def _media_type(extension: str, content: bytes) -> str:
    if extension in _MAGIC:
        media_type, marks, offset = _MAGIC[extension]
        if any(content[offset : offset + len(mark)] == mark for mark in marks):
            return media_type
        raise Invalid(f"the file is not what its name says ({extension})", code="attachment_type")
    if extension in _TEXT:
        try:
            text = content.decode("utf-8")
            if extension in (".har", ".json"):
                json.loads(text)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise Invalid(f"the file is not what its name says ({extension})", code="attachment_type") from error
        if "\x00" in text:
            raise Invalid("the file is not text", code="attachment_type")
        return _TEXT[extension]
    raise Invalid(
        f"files of this kind are not accepted; accepted are {', '.join(ACCEPTED)}",
        code="attachment_type",
        values={"accepted": ", ".join(ACCEPTED)},
    )
