"""An index as a directory: written aside, flushed to disk, described by a manifest of SHA-256 digests, and put into place
in one rename. What is opened is exactly what was built, or it is refused (FAISS loads 3 of 4 flipped bits silently)."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge_base.errors import IndexDamaged, IndexMissing, KnowledgeBaseError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


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


@contextmanager
def written_aside(index_dir: Path) -> Iterator[Path]:
    """A folder beside `index_dir` to build in. It replaces `index_dir` when the block ends well and goes when it fails;
    folders that an interrupted build left behind are removed first."""
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
        raise KnowledgeBaseError(
            f"The index {index_dir} was not replaced: {error.strerror or error}. The previous one, if any, is unharmed"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `manifest` with the digests of the files that lie in `folder`."""
    files = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    complete = manifest.model_copy(update={"files": files})
    (folder / MANIFEST).write_text(complete.model_dump_json(indent=1), encoding="utf-8")


def read_manifest(index_dir: Path) -> Manifest:
    """Raises `IndexMissing` where there is none, `IndexDamaged` where it cannot be understood."""
    try:
        raw = (index_dir / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if index_dir.is_dir() and any(index_dir.iterdir()):
            raise IndexDamaged(index_dir, f"{MANIFEST} is missing") from None
        raise IndexMissing(index_dir) from None
    except OSError as error:
        raise IndexDamaged(index_dir, f"{MANIFEST} cannot be read ({error.strerror})") from None
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its text"
        raise IndexDamaged(index_dir, f"{MANIFEST} is not valid ({where})") from None
    if manifest.format_version != FORMAT_VERSION:
        raise IndexDamaged(index_dir, f"its format is {manifest.format_version}, this version reads {FORMAT_VERSION}")
    return manifest


def read_verified(index_dir: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the content of every file that it names, each compared with its digest. An index that was
    replaced while it was read is read again. Raises `IndexMissing`, or `IndexDamaged` naming the file."""
    for attempt in range(3):
        manifest = read_manifest(index_dir)
        try:
            return manifest, {name: _verified(index_dir, name, digest) for name, digest in manifest.files.items()}
        except IndexDamaged:
            if attempt == 2 or read_manifest(index_dir) == manifest:
                raise
    raise AssertionError("unreachable")


def _verified(index_dir: Path, name: str, digest: str) -> bytes:
    if Path(name).name != name:
        raise IndexDamaged(index_dir, f"{MANIFEST} names a file outside of it ({name!r})")
    try:
        content = (index_dir / name).read_bytes()
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
    if not index_dir.exists():
        aside.rename(index_dir)
    elif not _exchanged(aside, index_dir):
        # No atomic exchange on this system: for a moment there is no index, and a reader says so.
        retired = aside.with_name(aside.name.replace(".building-", ".retired-"))
        index_dir.rename(retired)
        aside.rename(index_dir)
        shutil.rmtree(retired, ignore_errors=True)
    handle = os.open(index_dir.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
