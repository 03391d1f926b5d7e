"""The files under ``/widget``: modules, style sheets and pictures, compressed once and revalidated by their digest."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api.web.bundling import bundle, parts_of

STATIC = Path(__file__).resolve().parent / "static"

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    # Types of the widget's programming interface, for hosts that check theirs.
    ".ts": "text/plain; charset=utf-8",
}

# The elements that sites load: each is served as one module, its parts joined.
ELEMENTS = ("support-copilot.js", "support-copilot-chat.js", "support-copilot-panel.js", "copilot.js")


@dataclass(frozen=True)
class StaticFile:
    """A file as it is served: `compressed` is gzip, `etag` a strong validator of the plain content."""

    content: bytes
    compressed: bytes
    media_type: str
    etag: str


def static_file(path: str) -> StaticFile | None:
    """The file at that path below ``/widget``, or None: only files of the known kinds inside the folder are served."""
    wanted = (STATIC / path).resolve()
    if not wanted.is_relative_to(STATIC) or wanted.suffix not in _MEDIA_TYPES or not wanted.is_file():
        return None
    if path in ELEMENTS:
        parts = parts_of(STATIC, path)
        return _bundled(path, max((STATIC / part).stat().st_mtime_ns for part in parts))
    return _read(wanted, wanted.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, modified: int) -> StaticFile:
    """`modified` is part of the key, so that an edited file is read again without a restart."""
    return _static_file(path.read_bytes(), path.suffix)


@lru_cache(maxsize=8)
def _bundled(element: str, modified: int) -> StaticFile:
    return _static_file(bundle(STATIC, element).encode(), ".js")


def _static_file(content: bytes, suffix: str) -> StaticFile:
    return StaticFile(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0),
        media_type=_MEDIA_TYPES[suffix],
        etag=f'"{hashlib.sha256(content).hexdigest()[:24]}"',
    )


def widget_files() -> dict[str, StaticFile]:
    """Everything that ``<support-copilot>`` ever loads from ``/widget``, by path: what its size budget counts."""
    found = {path: static_file(path) for path in ("copilot.js", "support-copilot.js", "support-copilot-chat.js")}
    return {path: file for path, file in found.items() if file is not None}


def desk_modules() -> list[str]:
    """Every module of the agents' desk, by its path below ``/widget``."""
    own = sorted(f"desk/{path.name}" for path in (STATIC / "desk").glob("*.js"))
    shared = ["chat-client", "dom", "event-stream", "memory", "text", "words"]
    return [*own, "pages/desk.js", "pages/live.js", *(f"copilot/{name}.js" for name in shared)]


def portal_modules() -> list[str]:
    """Every module of the customers' portal, by its path below ``/widget``."""
    own = sorted(
        f"{folder}/{path.name}" for folder in ("portal", "ticket-form") for path in (STATIC / folder).glob("*.js")
    )
    shared = ["chat-client", "dom", "event-stream", "memory", "text", "words"]
    return [*own, "pages/desk.js", "pages/live.js", "pages/ticket-form.js", *(f"copilot/{name}.js" for name in shared)]
