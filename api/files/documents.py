"""Documents: PDF, and the two of Office that carry no macros. They are stored as they are, and get no thumbnail."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from api.files.refusing import Unacceptable, damaged, not_what_it_says

_TAIL = 2048
# The last record of a document without a comment has this many bytes.
_END_RECORD = 22
MOST_PARTS = 5_000
MOST_UNPACKED = 100_000_000
_MAIN_PARTS = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}
_CONTENT_TYPES = "[Content_Types].xml"


def check_pdf(path: Path) -> None:
    """A PDF has its mark at the very first byte and its end mark within the last two kilobytes.

    So a cut one is refused, and one with another file behind it, too.
    """
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise damaged("the document has no end")


def check_office(path: Path, extension: str) -> None:
    """A document of Office: the parts that make it one, no macros, nothing that unpacks to more than 100 MB.

    What a part declares as its size is not believed: every part is unpacked, and counted.
    """
    main = _MAIN_PARTS[extension]
    try:
        with zipfile.ZipFile(path) as parts:
            _check_parts(path, parts, main)
            unpacked = 0
            for part in parts.infolist():
                with parts.open(part) as content:
                    first = True
                    while chunk := content.read(1_000_000):
                        unpacked += len(chunk)
                        if unpacked > MOST_UNPACKED:
                            raise Unacceptable("attachment_broken", "the document unpacks to more than 100 MB")
                        if first and part.filename in (main, _CONTENT_TYPES) and not _is_xml(chunk):
                            raise not_what_it_says(f"{part.filename} is no XML")
                        first = False
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise damaged(f"the document cannot be unpacked ({type(error).__name__})") from error


def _check_parts(path: Path, parts: zipfile.ZipFile, main: str) -> None:
    found = parts.infolist()
    names = {part.filename for part in found}
    if len(found) > MOST_PARTS or len(names) < len(found):
        raise Unacceptable("attachment_broken", "the document has too many parts, or one of them twice")
    if not {main, _CONTENT_TYPES} <= names:
        raise not_what_it_says(f"there is no {main} in it")
    for part in found:
        steps = PurePosixPath(part.filename.replace("\\", "/"))
        if steps.is_absolute() or ".." in steps.parts or part.flag_bits & 1:
            raise Unacceptable("attachment_broken", "a part of the document has a name or a lock that none should have")
        if steps.name.lower() in ("vbaproject.bin", "vbadata.xml"):
            raise Unacceptable("attachment_macros", "the document carries macros")
    if min(part.header_offset for part in found) != 0 or parts.comment:
        raise not_what_it_says("something else stands before the document")
    with path.open("rb") as file:
        file.seek(-_END_RECORD, 2)
        if file.read(4) != b"PK\x05\x06":
            raise not_what_it_says("something else stands behind the document")


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<"
