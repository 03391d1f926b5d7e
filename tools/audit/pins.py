"""Every version that the project pins, as requirements/*.txt and package-lock.json say it.

What cannot be read as a pin is an error: a line that is skipped is a package that nobody checks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

PYPI, NPM = "PyPI", "npm"
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)"
    r"(?P<marker>\s*;[^#\\]*?)?(?P<hashes>(?:\s+--hash=sha256:[0-9a-f]{64})*)\s*$"
)


class UnreadablePin(Exception):
    """A line or an entry that is no pin, and where it stands."""


@dataclass(frozen=True, order=True)
class Pin:
    """A package of a registry at one version. `hashes` counts what its file would accept."""

    ecosystem: str
    name: str
    version: str
    file: str
    hashes: int

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.file})"


def read_requirements(path: Path) -> list[Pin]:
    """The pins of one compiled requirements file; raises UnreadablePin for anything else in it."""
    pins = []
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = PIN.match(line)
        if not found:
            raise UnreadablePin(f"{path.name}: this is no `name==version`: {line[:80]!r}")
        name = canonicalize_name(found["name"])
        pins.append(Pin(PYPI, name, found["version"], path.name, found["hashes"].count("--hash=")))
    return pins


def read_package_lock(path: Path) -> list[Pin]:
    """The packages of a package-lock.json (version 3), each counted as hashed where it has an integrity."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    if lock.get("lockfileVersion") != 3:
        raise UnreadablePin(f"{path.name}: only lockfileVersion 3 can be read")
    pins = []
    for place, entry in lock["packages"].items():
        if not place:
            continue  # the project itself
        version = entry.get("version")
        if entry.get("link") or not isinstance(version, str):
            raise UnreadablePin(f"{path.name}: {place} has no version")
        name = entry.get("name") or place.rpartition("node_modules/")[2]
        hashed = str(entry.get("integrity", "")).startswith("sha512-")
        pins.append(Pin(NPM, name, version, path.name, int(hashed)))
    return pins


def every_pin(root: Path) -> list[Pin]:
    """Those of all requirement files and of the front end's lock; raises UnreadablePin."""
    pins = [pin for path in sorted((root / "requirements").glob("*.txt")) for pin in read_requirements(path)]
    lock = root / "package-lock.json"
    return sorted(pins + read_package_lock(lock)) if lock.exists() else sorted(pins)
