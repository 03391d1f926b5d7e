"""The kinds of files that are taken: extension, media type, first bytes.

Left out on purpose: HTML and SVG (a browser runs them), archives (what is inside has no name that could be checked),
the older Office formats and those with macros, and anything that a double click would start.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import PurePosixPath


class Family(enum.StrEnum):
    """Which check a kind of file goes through."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    ISO_VIDEO = "iso_video"
    WEBM = "webm"
    TEXT = "text"
    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True)
class Kind:
    """One kind of file. `mark`: the bytes at `offset` by which it is known; empty for text."""

    media_type: str
    family: Family
    mark: bytes = b""
    offset: int = 0


# Pixels of the longer side.
THUMBNAIL_SIDE = 320

_OFFICE = "application/vnd.openxmlformats-officedocument."
_JPEG = Kind("image/jpeg", Family.IMAGE, b"\xff\xd8\xff")
_PLAIN = Kind("text/plain", Family.TEXT)
_JSON = Kind("application/json", Family.JSON)

KINDS: dict[str, Kind] = {
    ".png": Kind("image/png", Family.IMAGE, b"\x89PNG\r\n\x1a\n"),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Kind("image/webp", Family.IMAGE, b"WEBP", 8),
    ".gif": Kind("image/gif", Family.IMAGE, b"GIF8"),
    ".pdf": Kind("application/pdf", Family.PDF, b"%PDF-"),
    ".mp4": Kind("video/mp4", Family.ISO_VIDEO, b"ftyp", 4),
    ".mov": Kind("video/quicktime", Family.ISO_VIDEO, b"ftyp", 4),
    ".webm": Kind("video/webm", Family.WEBM, b"\x1a\x45\xdf\xa3"),
    ".docx": Kind(_OFFICE + "wordprocessingml.document", Family.OFFICE, b"PK\x03\x04"),
    ".xlsx": Kind(_OFFICE + "spreadsheetml.sheet", Family.OFFICE, b"PK\x03\x04"),
    ".txt": _PLAIN,
    ".log": _PLAIN,
    ".csv": Kind("text/csv", Family.TABLE),
    ".har": _JSON,
    ".json": _JSON,
}

# Text that begins like one of these is a file of two kinds at once, and nobody needs one. (Programs and most archives
# hold control characters, by which they are told apart from text anyway.)
_BINARY_MARKS = (
    *{kind.mark for kind in KINDS.values() if kind.mark and not kind.offset},
    b"Rar!",
)


def extension_of(name: str) -> str:
    """The extension with its dot, in small letters; "" where there is none."""
    return PurePosixPath(name).suffix.lower()


def accepted() -> str:
    """The extensions that are taken, for people."""
    return ", ".join(sorted(KINDS))


def looks_binary(head: bytes) -> bool:
    """Whether these first bytes are those of a document, a picture or an archive."""
    return head.startswith(_BINARY_MARKS)
