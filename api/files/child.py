"""The child process that reads what strangers sent: ``python -m api.files.child SOURCE EXTENSION OUT THUMBNAIL``.

It gives itself limits before it opens the file, has no secret in its environment and no connection to anything. One
line of JSON on its standard output says what it found, or why the file is not taken.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

# Measured: Pillow decoding and encoding 25 million pixels with an alpha channel takes 380 MB and, for a PNG, 6 s.
MEMORY = 1_000_000_000
CPU_SECONDS = 30
LARGEST_FILE = 200_000_000


def limit() -> None:
    """From here on: memory, processor time, the size of what is written, and no core dump."""
    for name, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (most, most))


def main(arguments: list[str]) -> int:
    """0 with the finding, also where that is a refusal; anything else is a crash, whatever its reason."""
    source, extension, out, thumbnail = arguments
    limit()
    from api.files.inspecting import inspect
    from api.files.refusing import Unacceptable

    try:
        answer: dict[str, object] = {"finding": inspect(Path(source), extension, Path(out), Path(thumbnail)).as_json()}
    except Unacceptable as refused:
        answer = {"refused": {"code": refused.code, "why": refused.why, "values": refused.values}}
    except (MemoryError, RecursionError) as error:
        answer = {"refused": {"code": "attachment_broken", "why": type(error).__name__, "values": {}}}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
