"""What was last read of each source, kept on disk: a failing source keeps its articles, and only what changed is fetched."""

from __future__ import annotations

import functools
import hashlib
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from knowledge_base.articles import Article, Skipped, SourceContent
from knowledge_base.errors import KnowledgeBaseError

FORMAT = 1
FILE = "snapshot.jsonl"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One source at one moment."""

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
    fingerprint: str = ""
    """Of a local source: what it was read from."""
    state: str = ""
    """What a remote source must remember to ask only for changes (JSON of its own making): cursors, etags."""
    problems: tuple[str, ...] = ()
    """What failed in this fetch, while the articles of the last one were kept. Not stored."""
    kept: int = 0
    """Articles that are kept only because fetching them failed. Not stored."""

    @property
    def content(self) -> SourceContent:
        return SourceContent(articles=self.articles, skipped=self.skipped)


@dataclass(frozen=True, slots=True)
class Changes:
    """Articles (counted by id and locale) by which one snapshot differs from the one before."""

    new: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass(frozen=True, slots=True)
class SnapshotStore:
    """`<folder>/snapshot.jsonl`: a header with the digest of the rest, the state, the articles, what was skipped.
    Replaced in one rename after it was flushed; a file that is not what was written counts as missing."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / FILE

    def load(self) -> Snapshot | None:
        try:
            raw = self.path.read_bytes()
        except OSError:
            return None
        head, _, rest = raw.partition(b"\n")
        header = _header(head)
        if header is None or hashlib.sha256(rest).hexdigest() != header["stored"]:
            return None
        state, *lines = rest.split(b"\n")
        count = header["articles"]
        return Snapshot(
            articles=tuple(_article(orjson.loads(line)) for line in lines[:count]),
            skipped=tuple(Skipped(**orjson.loads(line)) for line in lines[count : count + header["skipped"]]),
            fingerprint=header["fingerprint"],
            state=orjson.loads(state),
        )

    def fingerprint(self) -> str | None:
        """`Snapshot.fingerprint` of what is stored, without reading more than its header; None where nothing is."""
        header = self._read_header()
        return None if header is None else str(header["fingerprint"])

    def content_digest(self) -> str | None:
        """Digest of the stored articles and skipped ones alone: it does not move with cursors and etags."""
        header = self._read_header()
        return None if header is None else str(header["content"])

    def save(self, snapshot: Snapshot) -> None:
        """Raises `KnowledgeBaseError` where it cannot be written; what was stored stays then."""
        articles = [_line(each) for each in snapshot.articles]
        skipped = [orjson.dumps(asdict(each)) for each in snapshot.skipped]
        rest = b"\n".join([orjson.dumps(snapshot.state), *articles, *skipped])
        header = {
            "format": FORMAT,
            "code": code_digest(),
            "fingerprint": snapshot.fingerprint,
            "articles": len(articles),
            "skipped": len(skipped),
            "content": hashlib.sha256(b"\n".join([*articles, *skipped])).hexdigest(),
            "stored": hashlib.sha256(rest).hexdigest(),
        }
        write_atomically(self.path, orjson.dumps(header) + b"\n" + rest)

    def _read_header(self) -> dict[str, Any] | None:
        try:
            with self.path.open("rb") as file:
                return _header(file.readline(64 * 1024))
        except OSError:
            return None


def compare(before: Snapshot | None, after: Snapshot) -> Changes:
    """What is new, changed and gone in `after`."""
    old = {} if before is None else {(each.locale, each.id): each for each in before.articles}
    new = {(each.locale, each.id): each for each in after.articles}
    return Changes(
        new=len(new.keys() - old.keys()),
        changed=sum(1 for key in new.keys() & old.keys() if new[key] != old[key]),
        gone=len(old.keys() - new.keys()),
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces `path` in one step once the content is on the disk."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise KnowledgeBaseError(
            f"{path} cannot be written: {error.strerror}. Make room or mend the folder's rights; nothing was lost"
        ) from None


@functools.cache
def code_digest() -> str:
    """Digest of the code that turns what a source holds into articles: another version reads everything anew."""
    package = Path(__file__).resolve().parent.parent
    files: Iterable[Path] = [*(package / "sources").glob("*.py"), package / "cleaning.py", package / "markdown.py"]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _header(line: bytes) -> dict[str, Any] | None:
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    known = isinstance(header, dict) and header.get("format") == FORMAT
    # An older version's articles are still good to keep; what they were made from is forgotten, so that all is read anew.
    if known and header.get("code") != code_digest():
        header["fingerprint"] = ""
    return header if known else None


def _line(article: Article) -> bytes:
    return orjson.dumps(asdict(article))


def _article(stored: dict[str, Any]) -> Article:
    """Fields that this version does not know are passed over, those that an older one did not write have their default."""
    known = {each.name for each in fields(Article)}
    values: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    moment = values.pop("updated_at", None)
    return Article(**values, updated_at=datetime.fromisoformat(moment) if moment else None)
