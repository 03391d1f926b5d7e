"""The files under ``/widget``: modules, style sheets and pictures, compressed once and revalidated by their digest."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


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
    return _read(wanted, wanted.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, modified: int) -> StaticFile:
    """`modified` is part of the key, so that an edited file is read again without a restart."""
    content = path.read_bytes()
    return StaticFile(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0),
        media_type=_MEDIA_TYPES[path.suffix],
        etag=f'"{hashlib.sha256(content).hexdigest()[:24]}"',
    )


def widget_modules() -> list[str]:
    """Every module of ``<support-copilot>``, by its path below ``/widget``; pages preload them in one round trip."""
    parts = sorted(f"copilot/{path.name}" for path in (STATIC / "copilot").glob("*.js") if path.name != "types.js")
    return ["support-copilot.js", *parts]


def desk_modules() -> list[str]:
    """Every module of the agents' desk, by its path below ``/widget``."""
    own = sorted(f"desk/{path.name}" for path in (STATIC / "desk").glob("*.js"))
    shared = ["chat-client", "dom", "event-stream", "memory", "words"]
    return [*own, "pages/desk.js", "pages/live.js", *(f"copilot/{name}.js" for name in shared)]
