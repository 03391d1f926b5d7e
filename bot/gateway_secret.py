"""The secret that the api shows to the dialogue process: how it comes in without standing in the environment.

What stands in the environment can be read in /proc for as long as the process lives, and every child inherits it. The
supervisor therefore writes the secret to standard input; where another one starts the process (systemd's LoadCredential, a
container's secret), it may be in a file. The variable itself is still taken, for tests and for trying things out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "COPILOT_GATEWAY_SECRET"
FILE_VARIABLE = f"{VARIABLE}_FILE"
STDIN_VARIABLE = f"{VARIABLE}_STDIN"
LONGEST = 4096

_taken: str | None = None


def take() -> None:
    """Read it from where the environment says, once, before anything else is imported."""
    global _taken
    if os.environ.get(STDIN_VARIABLE) == "1":
        _taken = sys.stdin.readline(LONGEST).strip()
    elif file := os.environ.get(FILE_VARIABLE):
        _taken = Path(file).read_text(encoding="utf-8").strip()


def gateway_secret() -> str:
    """What was taken, else what the environment holds, else nothing."""
    return _taken if _taken is not None else os.environ.get(VARIABLE, "")
