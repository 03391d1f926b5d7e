"""Recordings: their containers are walked from end to end. They are stored as they are, and get no thumbnail."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from api.files.refusing import damaged, not_what_it_says

_QUICKTIME = b"qt  "
_MOST_BOXES = 10_000
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = 0x18538067
_DOCTYPE = 0x4282


def check_iso_video(path: Path) -> str:
    """The media type of an MP4 or QuickTime file: its boxes fill it to the last byte, and one is a movie.

    A recording that was cut half-way has a box that reaches beyond the end. A HEIC picture has no movie.
    """
    size = path.stat().st_size
    brand, kinds, at = b"", set[bytes](), 0
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            if at == size:
                break
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                raise damaged("the recording ends within a box")
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:
                length = size - at
            if not kinds:
                brand = head[8:12]
            kinds.add(kind)
            if length < 8 or at + length > size:
                raise damaged("a box of the recording is longer than the file")
            at += length
    if at != size:
        raise damaged("the recording has too many boxes")
    if b"moov" not in kinds:
        raise not_what_it_says("there is no movie in it")
    return "video/quicktime" if brand == _QUICKTIME else "video/mp4"


def check_webm(path: Path) -> str:
    """The media type of a WebM file. Browsers leave its length open while they record: a cut one looks whole."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != _EBML:
            raise not_what_it_says("it does not begin like a WebM file")
        length = _vint(file, keep=False)
        if length is None or length > 1024:
            raise damaged("its header has no end")
        header = file.read(length)
        if _doctype(header) != b"webm":
            raise not_what_it_says("it is Matroska of another kind than WebM")
        if _vint(file, keep=True) != _SEGMENT:
            raise damaged("no recording follows its header")
        length = _vint(file, keep=False)
        if length is not None and file.tell() + length > size:
            raise damaged("the recording ends before its end")
        if file.tell() >= size:
            raise damaged("the recording is empty")
    return "video/webm"


def _vint(file: BinaryIO, *, keep: bool) -> int | None:
    """A number of variable length (RFC 8794); None where it stands for "not known". `keep`: with its length marker."""
    first = file.read(1)
    if not first or not first[0]:
        raise damaged("a number of the recording cannot be read")
    extra = 8 - first[0].bit_length()
    rest = file.read(extra)
    if len(rest) < extra:
        raise damaged("the recording ends within a number")
    value = int.from_bytes(first + rest, "big")
    if keep:
        return value
    bits = 7 * (extra + 1)
    value &= (1 << bits) - 1
    return None if value == (1 << bits) - 1 else value


def _doctype(header: bytes) -> bytes:
    at = header.find(_DOCTYPE.to_bytes(2, "big"))
    if at < 0 or at + 3 > len(header):
        return b""
    length = header[at + 2] & 0x7F
    return header[at + 3 : at + 3 + length].rstrip(b"\x00")
