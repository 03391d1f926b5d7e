"""Text files: decoded, and where they are logs or recordings of traffic, scrubbed. Runs in the child process."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from api.files.kinds import looks_binary
from api.files.refusing import Unacceptable, not_what_it_says
from api.files.scrubbing.structure import scrub_json
from api.files.scrubbing.tally import Tally
from api.files.scrubbing.text import scrub_text

_CHUNK = 1_000_000
# A log is scrubbed in blocks of whole lines; a private key that begins in one is followed to its end.
_BLOCK = 256_000
_LONGEST_KEY = 64_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Tabs, line ends, form feeds and the escapes that colour a terminal's output; nothing else of what cannot be seen.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True)
class Cleaned:
    """`rewritten`: the text stands in `out`; else the file is stored as it came."""

    rewritten: bool
    removed: dict[str, int]


def clean_log(source: Path, out: Path, *, scrub: bool = True) -> Cleaned:
    """A text file in UTF-8 without secrets, block by block. UTF-16 and Windows-1252 are taken, and stored as UTF-8.

    Raises `Unacceptable` for what is no text.
    """
    encoding = _encoding(source)
    tally = Tally()
    changed = encoding not in ("utf-8", "utf-8-sig")
    with (
        source.open(encoding=encoding, newline="") as lines,
        out.open("w", encoding="utf-8", newline="") as written,
    ):
        for block in _blocks(lines):
            cleaned = scrub_text(block, tally) if scrub else block
            changed = changed or cleaned != block
            written.write(cleaned)
    return Cleaned(changed, tally.counts)


def clean_json(source: Path, out: Path) -> Cleaned:
    """A JSON document (a HAR is one) without secrets, as valid as before. A `.json` of one document a line is a log."""
    encoding = _encoding(source)
    text = source.read_text(encoding=encoding)
    try:
        loaded = json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise Unacceptable("attachment_broken", "the document is nested too deep") from error
    except ValueError as error:
        if _is_json_lines(text):
            return clean_log(source, out)
        raise not_what_it_says("it is not JSON") from error
    tally = Tally()
    try:
        cleaned = scrub_json(loaded, tally)
        if not tally.counts and encoding in ("utf-8", "utf-8-sig"):
            return Cleaned(False, {})
        written = json.dumps(cleaned, ensure_ascii=False, indent=2 if "\n" in text[:2000] else None)
    except RecursionError as error:
        raise Unacceptable("attachment_broken", "the document is nested too deep") from error
    try:
        encoded = written.encode("utf-8")
    except UnicodeEncodeError:
        # Half a character, which JSON can escape and UTF-8 cannot hold.
        encoded = json.dumps(cleaned).encode("ascii")
    out.write_bytes(encoded)
    return Cleaned(True, tally.counts)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _is_json_lines(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    try:
        return all(isinstance(json.loads(line), dict | list) for line in lines)
    except (ValueError, RecursionError):
        return False


def _encoding(source: Path) -> str:
    """UTF-8, UTF-16 where a mark says so, else Windows-1252 where it can be. Raises where it is no text."""
    with source.open("rb") as file:
        head = file.read(16)
    if looks_binary(head):
        raise not_what_it_says("it begins like a file of another kind")
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    candidates = (marked,) if marked else ("utf-8", "cp1252")
    for encoding in candidates:
        try:
            _read_through(source, encoding)
        except UnicodeError:
            continue
        return encoding
    raise not_what_it_says("it is not text")


def _read_through(source: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            if _CONTROL.search(decoder.decode(chunk, final=not chunk)):
                raise not_what_it_says("it holds characters that text does not have")
            if not chunk:
                return


def _blocks(lines: TextIO) -> Iterator[str]:
    """Whole lines, together about 256 kB, never ending within a private key."""
    while block := lines.read(_BLOCK):
        block += lines.readline()
        begin = block.rfind("-----BEGIN ")
        if begin >= 0 and "-----END " not in block[begin:] and "PRIVATE KEY" in block[begin : begin + 64]:
            grown = 0
            while grown < _LONGEST_KEY and (line := lines.readline()):
                block += line
                grown += len(line)
                if "-----END " in line:
                    break
        yield block
