"""What a file is called, made safe to store, to show and to save under."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 120
# Windows opens a device under these, whatever extension follows.
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def safe_name(name: str) -> str:
    """The last part of a path, at most 120 characters with its extension kept.

    Without what cannot be seen: control characters, and those that turn the direction of writing ("photo\\u202egnp.exe"
    is shown as "photoexe.png").
    """
    plain = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    # Cc control, Cf format (directions, joiners), Co private, Cs half characters, Zl and Zp line ends.
    seen = "".join(
        each if unicodedata.category(each) not in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") else "" for each in plain
    )
    last = PurePosixPath(seen.replace("\\", "/")).name
    tidy = " ".join(_FORBIDDEN.sub("_", last).split()).strip(" .")
    tidy = _DEVICES.sub(r"\1_", tidy)
    stem, dot, extension = tidy.rpartition(".")
    if not dot:
        return tidy[:LONGEST] or "file"
    extension = extension[:16]
    return f"{stem[: LONGEST - len(extension) - 1] or 'file'}.{extension}"
