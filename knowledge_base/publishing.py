"""An index as a directory: written aside, flushed to disk, described by a manifest of SHA-256 digests, and put into place
in one rename. What is opened is exactly what was built, or it is refused (FAISS loads 3 of 4 flipped bits silently); the
index before it is kept beside it as `<name>.previous`, and serves where the newer one turns out to be damaged."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import IndexDamaged, IndexMissing, KnowledgeBaseError

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
# The manifest's own digest is its last value, so that it covers every other byte of the file, spaces included.
_DIGEST_LENGTH = 64
_NO_DIGEST = "0" * _DIGEST_LENGTH
_AFTER_DIGEST = '"\n}'
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Times that an index which is replaced while it is read is read again.
_ATTEMPTS = 10

T = TypeVar("T")


class _Described(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocaleCounts(_Described):
    articles: int
    passages: int


class SkippedEntry(_Described):
    place: str
    reason: str


class Manifest(_Described):
    """What an index holds and what each of its files must be."""

    format_version: int
    created_at: datetime
    source: str
    encoder: str
    encoder_digest: str
    locales: dict[str, LocaleCounts]
    skipped: tuple[SkippedEntry, ...]
    files: dict[str, str]
    """SHA-256 of every file but this one, by name."""
    content_digest: str = ""
    """Of the articles, whatever their source: two builds of the same content have the same."""
    models: dict[str, str] = {}
    """Digest of each model that was used, by what it does."""
    pipeline: str = ""
    """Of the code that cleans, splits and weighs: the same content built by other code is another index."""
    warnings: tuple[SkippedEntry, ...] = ()
    """What was indexed although something is wrong with it."""
    digest: str = _NO_DIGEST
    """SHA-256 of the manifest's file with zeros in this place. It is the last field for `_sealed`'s sake."""


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """What was read from `index_dir`, which is the previous index where `problem` says what is wrong with the current."""

    content: T
    index_dir: Path
    problem: str | None = None


def previous_of(index_dir: Path) -> Path:
    """Where the index lies that `index_dir` replaced; there need not be one."""
    return index_dir.with_name(f"{index_dir.name}.previous")


def open_published(index_dir: Path, opener: Callable[[Path], T]) -> Opened[T]:
    """`opener(index_dir)`, or, where that raises `IndexMissing` or `IndexDamaged`, what it makes of the previous index.
    Raises the current one's error where the previous is not to be opened either."""
    try:
        return Opened(opener(index_dir), index_dir)
    except (IndexMissing, IndexDamaged) as error:
        previous = previous_of(index_dir)
        try:
            content = opener(previous)
            since = read_manifest(previous).created_at
        except (IndexMissing, IndexDamaged):
            raise error from None
        return Opened(
            content, previous, f"{error} Until then the previous index, of {since:%Y-%m-%d %H:%M} UTC, serves."
        )


@contextmanager
def written_aside(index_dir: Path) -> Iterator[Path]:
    """A folder beside `index_dir` to build in. It replaces `index_dir`, which becomes the previous index, when the block
    ends well, and goes when it fails; folders that an interrupted build left behind are removed first."""
    index_dir = index_dir.absolute()
    if index_dir.exists() and not index_dir.is_dir():
        raise KnowledgeBaseError(f"{index_dir} is a file. Give a folder for the index")
    if index_dir.exists() and any(index_dir.iterdir()) and not (index_dir / MANIFEST).is_file():
        raise KnowledgeBaseError(
            f"{index_dir} holds other files and no index. Give a folder that is new, empty or an index"
        )
    try:
        index_dir.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(index_dir)
        aside = index_dir.parent / f".building-{index_dir.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        aside.mkdir()
    except OSError as error:
        raise KnowledgeBaseError(f"The index cannot be written beside {index_dir}: {error.strerror}") from None
    try:
        yield aside
        _flush(aside)
        _put_in_place(aside, index_dir)
    except OSError as error:
        cure = ". Free some space and build again" if error.errno in _FULL else ""
        raise KnowledgeBaseError(
            f"The index {index_dir} was not replaced: {error.strerror or error}. "
            f"The previous one, if any, is unharmed{cure}"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `manifest` with the digests of the files that lie in `folder`, and its own."""
    files = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    complete = manifest.model_copy(update={"files": files, "digest": _NO_DIGEST})
    (folder / MANIFEST).write_bytes(_sealed(complete.model_dump_json(indent=1).encode()))


def read_manifest(index_dir: Path) -> Manifest:
    """Raises `IndexMissing` where there is none, `IndexDamaged` where it is not what was written."""
    with _folder(index_dir) as folder:
        return _manifest(index_dir, folder)


def read_verified(index_dir: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the content of every file that it names, each compared with its digest. An index that was
    replaced while it was read is read again. Raises `IndexMissing`, or `IndexDamaged` naming the file."""
    for attempt in range(_ATTEMPTS):
        with _folder(index_dir) as folder:
            try:
                manifest = _manifest(index_dir, folder)
                return manifest, {
                    name: _verified(index_dir, folder, name, digest) for name, digest in manifest.files.items()
                }
            except (IndexDamaged, IndexMissing):
                if attempt == _ATTEMPTS - 1 or not _replaced(index_dir, folder):
                    raise
    raise AssertionError("unreachable")


def is_sound(index_dir: Path) -> bool:
    """Whether every file of the index is what was built, compared without holding it in memory."""
    try:
        with _folder(index_dir) as folder:
            manifest = _manifest(index_dir, folder)
        return all(_digest(index_dir / name) == digest for name, digest in manifest.files.items())
    except (IndexMissing, IndexDamaged, OSError):
        return False


@contextmanager
def _folder(index_dir: Path) -> Iterator[int]:
    """A handle of the folder: what is read through it is of one build, whatever is put in the folder's place."""
    try:
        handle = os.open(index_dir, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(index_dir) from None
    except OSError as error:
        raise IndexDamaged(index_dir, f"it cannot be read ({error.strerror})") from None
    try:
        yield handle
    finally:
        os.close(handle)


def _replaced(index_dir: Path, folder: int) -> bool:
    try:
        now = index_dir.stat()
    except OSError:
        return True
    then = os.fstat(folder)
    return (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino)


def _content(folder: int, name: str) -> bytes:
    with open(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:  # noqa: PTH123 - pathlib knows no dir_fd
        return file.read()


def _manifest(index_dir: Path, folder: int) -> Manifest:
    try:
        raw = _content(folder, MANIFEST)
    except FileNotFoundError:
        if os.listdir(folder):
            raise IndexDamaged(index_dir, f"{MANIFEST} is missing") from None
        raise IndexMissing(index_dir) from None
    except OSError as error:
        raise IndexDamaged(index_dir, f"{MANIFEST} cannot be read ({error.strerror})") from None
    if _sealed(raw) != raw:
        written = _format_version(raw)
        if written not in (None, FORMAT_VERSION):
            raise IndexDamaged(index_dir, f"{MANIFEST} says format {written}, this version reads {FORMAT_VERSION}")
        raise IndexDamaged(index_dir, f"{MANIFEST} is not what was built (its own digest differs)")
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its text"
        raise IndexDamaged(index_dir, f"{MANIFEST} is not valid ({where})") from None
    if manifest.format_version != FORMAT_VERSION:
        raise IndexDamaged(
            index_dir, f"{MANIFEST} says format {manifest.format_version}, this version reads {FORMAT_VERSION}"
        )
    return manifest


def _sealed(raw: bytes) -> bytes:
    """A manifest's bytes with the digest that they should end in; anything else where they are no manifest."""
    tail = _AFTER_DIGEST.encode()
    head = raw[: -len(tail) - _DIGEST_LENGTH]
    return head + hashlib.sha256(head + _NO_DIGEST.encode() + tail).hexdigest().encode() + tail


def _format_version(raw: bytes) -> int | None:
    try:
        parsed = json.loads(raw)
    except ValueError:
        return None
    version = parsed.get("format_version") if isinstance(parsed, dict) else None
    return version if isinstance(version, int) else None


def _verified(index_dir: Path, folder: int, name: str, digest: str) -> bytes:
    if Path(name).name != name:
        raise IndexDamaged(index_dir, f"{MANIFEST} names a file outside of it ({name!r})")
    try:
        content = _content(folder, name)
    except FileNotFoundError:
        raise IndexDamaged(index_dir, f"{name} is missing") from None
    except OSError as error:
        raise IndexDamaged(index_dir, f"{name} cannot be read ({error.strerror})") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise IndexDamaged(index_dir, f"{name} is not what was built (its SHA-256 differs)")
    return content


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put_in_place(aside: Path, index_dir: Path) -> None:
    """Afterwards `aside` is gone or holds what is no longer needed."""
    if not index_dir.exists():
        aside.rename(index_dir)
    else:
        # A damaged index is not kept: it would push out the one that serves in its place.
        keep = is_sound(index_dir)
        _swap(aside, index_dir)
        if keep:
            previous = previous_of(index_dir)
            if previous.exists():
                _swap(aside, previous)
            else:
                aside.rename(previous)
    handle = os.open(index_dir.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(aside: Path, place: Path) -> None:
    """Puts `aside` in the place of a folder, which lies at `aside` afterwards."""
    if _exchanged(aside, place):
        return
    # No atomic exchange on this system: for a moment there is no index, and a reader takes the previous one.
    retired = aside.with_name(f"{aside.name}.retired")
    place.rename(retired)
    aside.rename(place)
    retired.rename(aside)


def _exchanged(one: Path, other: Path) -> bool:
    """Swaps two folders in one step (Linux, renameat2); False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    result: int = swap(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return result == 0


def _remove_leftovers(index_dir: Path) -> None:
    for left in index_dir.parent.glob(f".building-{index_dir.name}-*"):
        owner = left.name.removeprefix(f".building-{index_dir.name}-").split("-")[0]
        if not owner.isdigit() or not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
