"""Small advisories for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def events(**each: str) -> dict[str, Any]:
    return {"type": "ECOSYSTEM", "events": [{kind: version} for kind, version in each.items()]}


def advisory(
    name: str = "some",
    ecosystem: str = "PyPI",
    ranges: list[dict[str, Any]] | None = None,
    versions: list[str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """An advisory of the day before NOW about every version below 2.0, where nothing else is said."""
    if ranges is None and versions is None:
        ranges = [events(introduced="0", fixed="2.0")]
    about: dict[str, Any] = {"package": {"ecosystem": ecosystem, "name": name}}
    about |= {"ranges": ranges} if ranges is not None else {}
    about |= {"versions": versions} if versions is not None else {}
    return {"id": "TEST-1", "modified": "2026-02-28T00:00:00Z", "summary": "bad", "affected": [about], **fields}
