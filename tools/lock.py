"""Compile requirements/*.in into pinned, hashed requirement files without download addresses. Run by `make lock`.

torch and what only its CUDA build needs go into a file of their own, because the CPU build is installed another way
(see tools/bootstrap.py). Rasa's set is compiled per platform: one for all of them would pin the numpy of the oldest.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"
RASA_PLATFORMS = {
    "linux-x86_64": "x86_64-unknown-linux-gnu",
    "linux-aarch64": "aarch64-unknown-linux-gnu",
    "darwin-arm64": "aarch64-apple-darwin",
}
TORCH = re.compile(r"^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==")


def compile_set(uv: str, source: str, *options: str) -> list[str]:
    """The pinned lines of one set, a list entry a requirement with its hashes."""
    command = [uv, "pip", "compile", "-q", "--generate-hashes", "--no-header", "--no-annotate", *options]
    out = subprocess.run([*command, str(FOLDER / source)], check=True, capture_output=True, text=True).stdout
    return [block for block in re.split(r"(?m)^(?=[a-zA-Z0-9])", out) if block.strip()]


def main() -> None:
    uv = sys.argv[1]
    main_set = compile_set(uv, "main.in", "--universal", "--python-version", "3.11")
    (FOLDER / "torch.txt").write_text("".join(block for block in main_set if TORCH.match(block)))
    (FOLDER / "main.txt").write_text("".join(block for block in main_set if not TORCH.match(block)))
    dev_set = compile_set(uv, "dev.in", "--universal", "--python-version", "3.11", "-c", str(FOLDER / "main.txt"))
    (FOLDER / "dev.txt").write_text("".join(block for block in dev_set if not TORCH.match(block)))
    for name, platform in RASA_PLATFORMS.items():
        blocks = compile_set(uv, "rasa.in", "--python-version", "3.10", "--python-platform", platform)
        (FOLDER / f"rasa-{name}.txt").write_text("".join(blocks))


if __name__ == "__main__":
    main()
