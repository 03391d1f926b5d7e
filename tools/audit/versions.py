"""Versions in the order of their registry: PEP 440 for PyPI, Semantic Versioning 2.0 for npm."""

from __future__ import annotations

import re
from typing import Any

from packaging.version import InvalidVersion, Version

from tools.audit.pins import NPM, PYPI

# SemVer 2.0, point 9 and 11; build metadata has no rank.
SEMVER = re.compile(r"^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,100}))?(?:\+[0-9A-Za-z.-]{1,100})?$")
LONGEST = 200


class Incomparable(Exception):
    """A version that its registry's order does not know."""


def rank(ecosystem: str, version: str) -> Any:
    """A value that compares as the registry orders versions. Raises Incomparable.

    A local part (`2.13.0+cpu`) is another build of the same source: it ranks as what it was built from.
    """
    if len(version) > LONGEST:
        raise Incomparable(f"a version of {len(version)} characters")
    if ecosystem == PYPI:
        try:
            return Version(Version(version).public)
        except InvalidVersion:
            raise Incomparable(f"{version!r} is no PEP 440 version") from None
    if ecosystem == NPM:
        found = SEMVER.match(version)
        if not found:
            raise Incomparable(f"{version!r} is no semantic version")
        numbers = tuple(int(part) for part in found.groups()[:3])
        return numbers, _prerelease(found[4])
    raise Incomparable(f"versions of {ecosystem} have no order here")


def _prerelease(text: str | None) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    """A release stands after its prereleases; numbers stand before words."""
    if text is None:
        return 1, ()
    parts = text.split(".")
    return 0, tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
