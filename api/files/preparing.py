"""From received bytes to a stored file: checked in a child process, written anew where that is needed, renamed into place."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.chat.repository import new_id
from api.errors import Invalid
from api.files.inspecting import Finding
from api.files.kinds import KINDS, accepted, extension_of
from api.files.names import safe_name
from api.files.storing import OUT, THUMBNAIL, FileStore, Received
from api.services import Services
from api.settings import PROJECT_ROOT

log = logging.getLogger(__name__)

# Wall time; the child's own limit of processor time ends it earlier unless the machine is overloaded.
TIMEOUT_SECONDS = 120.0
# A picture may take 400 MB of memory while it is decoded: so many at once, the others wait.
_children = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Prepared:
    """A stored file that no row names yet. `received_sha256`: of the bytes as they were sent, before any cleaning."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    received_sha256: str
    removed: dict[str, int]
    thumbnail: bool
    width: int | None
    height: int | None


def check_name(name: str) -> str:
    """The name to store a file under. Raises `Invalid` (``attachment_type``) for a kind that is never taken."""
    safe = safe_name(name)
    extension = extension_of(safe)
    if extension not in KINDS:
        raise _refused("attachment_type", f"files of the kind {extension or '(none)'} are not taken", {})
    return safe


def prepare_file(services: Services, name: str, content: bytes | Received) -> Prepared:
    """Check a file and store it durably. Slow (a tenth of a second, seconds for a large picture): never within a transaction.

    A `Received` is used up, whatever happens. Raises `Invalid` with a code that says what to mend.
    """
    store = FileStore(services.settings.var)
    received = _written(store, content) if isinstance(content, bytes) else content
    limit = services.catalog.attachment_limits.bytes
    file_id = new_id()
    out, thumbnail = store.folder / f"{file_id}{OUT}", store.folder / f"{file_id}{THUMBNAIL}{OUT}"
    try:
        safe = check_name(name)
        if received.size == 0:
            raise _refused("attachment_empty", "the file is empty", {})
        if received.size > limit:
            raise too_large(limit)
        finding = _inspected(received.path, extension_of(safe), out, thumbnail)
        kept = out if finding.rewritten else received.path
        size, digest = kept.stat().st_size, _digest(kept) if finding.rewritten else received.sha256
        store.keep(kept, file_id, thumbnail if finding.thumbnail else None)
    finally:
        for left in (received.path, out, thumbnail):
            left.unlink(missing_ok=True)
    return Prepared(
        id=file_id,
        name=safe,
        media_type=finding.media_type,
        size=size,
        sha256=digest,
        received_sha256=received.sha256,
        removed=finding.removed,
        thumbnail=finding.thumbnail,
        width=finding.width,
        height=finding.height,
    )


def forget_prepared(services: Services, prepared: Prepared) -> None:
    """Delete what was stored and is not wanted: another copy was there already, or its row could not be written."""
    FileStore(services.settings.var).remove(prepared.id)


def too_large(limit: int) -> Invalid:
    """The refusal of a file above the limit, in bytes."""
    return Invalid(
        f"the file is too large: at most {limit} bytes are taken",
        code="attachment_too_large",
        status=413,
        values={"limit": round(limit / 1024 / 1024)},
    )


def _written(store: FileStore, content: bytes) -> Received:
    part = store.new_part()
    part.write(content)
    return part.finish()


def _inspected(source: Path, extension: str, out: Path, thumbnail: Path) -> Finding:
    command = [sys.executable, "-m", "api.files.child", str(source), extension, str(out), str(thumbnail)]
    # Nothing of our environment: a decoder that is taken over finds no secret there.
    environment = {"PYTHONPATH": str(PROJECT_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    with _children:
        try:
            ended = subprocess.run(  # noqa: S603 - our own interpreter and module, arguments that are no shell's
                command,
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _refused("attachment_broken", "the file takes too long to read", {}) from error
    answer: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        answer = json.loads(ended.stdout)
    if ended.returncode != 0 or not answer:
        # A decoder that dies says more about the file than about us; its words may hold the customer's, so they stay out.
        log.warning("a %s file ended its reader with %d", extension, ended.returncode)
        raise _refused("attachment_broken", "the file cannot be read", {})
    if "refused" in answer:
        raise _refused(answer["refused"]["code"], answer["refused"]["why"], answer["refused"]["values"])
    return Finding(**answer["finding"])


def _refused(code: str, why: str, values: dict[str, Any]) -> Invalid:
    return Invalid(f"{why}; taken are {accepted()}", code=code, values={"accepted": accepted(), **values})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
