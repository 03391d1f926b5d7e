"""Advisories in the OSV format (https://ossf.github.io/osv-schema/), and whether one is about a version.

They come from strangers: every field may be missing or of another type, and then the advisory is *not understood*, which
makes the check fail; it is never read as "not affected".
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tools.audit.pins import NPM, PYPI, Pin
from tools.audit.versions import Incomparable, rank

LARGEST_ADVISORY = 20_000_000
LARGEST_DUMP = 8_000_000_000


class Misunderstood(Exception):
    """An advisory, or a dump of them, that cannot be read."""


@dataclass(frozen=True)
class Affected:
    """The versions of one package that an advisory names. `ranges` holds event lists; those of git commits are left out."""

    ecosystem: str
    name: str
    versions: frozenset[str]
    ranges: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Advisory:
    """One advisory. `names` are its id and aliases; `summary` is printable."""

    id: str
    names: frozenset[str]
    modified: dt.datetime
    withdrawn: bool
    summary: str
    affected: tuple[Affected, ...] = field(default=())


def parse(document: Any) -> Advisory:
    """Raises Misunderstood where a field that decides is missing or of another type."""
    try:
        aliases = document.get("aliases") or []
        withdrawn = document.get("withdrawn")
        if not isinstance(aliases, list):
            raise ValueError("aliases are no list")
        return Advisory(
            id=_text(document["id"]),
            names=frozenset([_text(document["id"]), *(_text(alias) for alias in aliases)]),
            modified=_time(document["modified"]),
            withdrawn=withdrawn is not None and _time(withdrawn) <= dt.datetime.now(dt.UTC),
            summary=_printable(document.get("summary") or str(document.get("details") or "")),
            affected=tuple(_affected(each) for each in document.get("affected") or [] if "package" in each),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Misunderstood(f"{type(error).__name__}: {_printable(str(error))}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("not a printable text")
    return value


def _printable(text: str) -> str:
    """One line of at most 200 characters without control characters: it goes to a terminal."""
    return "".join(mark if mark.isprintable() else " " for mark in text[:200])


def _time(value: Any) -> dt.datetime:
    when = dt.datetime.fromisoformat(_text(value).replace("Z", "+00:00"))
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _affected(entry: Any) -> Affected:
    ecosystem = _text(entry["package"]["ecosystem"]).partition(":")[0]
    name = _text(entry["package"]["name"])
    ranges = []
    for each in entry.get("ranges") or []:
        if each["type"] == "GIT":
            continue
        if each["type"] not in ("ECOSYSTEM", "SEMVER"):
            raise ValueError(f"a range of type {each['type']!r}")
        events = []
        for event in each["events"]:
            if len(event) != 1:
                raise ValueError("an event with more than one meaning")
            ((kind, version),) = event.items()
            if kind not in ("introduced", "fixed", "last_affected", "limit"):
                raise ValueError(f"an event {kind!r}")
            events.append((kind, _text(version)))
        ranges.append(tuple(events))
    versions = entry.get("versions") or []
    if not isinstance(versions, list):
        raise ValueError("versions are no list")
    return Affected(
        ecosystem,
        canonicalize_name(name) if ecosystem == PYPI else name,
        frozenset(_text(version) for version in versions),
        tuple(ranges),
    )


def is_affected(affected: Affected, version: str) -> bool:
    """Whether the version is named, or stands in a range. Raises Incomparable where that cannot be told."""
    mine = rank(affected.ecosystem, version)
    if version in affected.versions:
        return True
    for named in affected.versions:
        try:
            if rank(affected.ecosystem, named) == mine:
                return True
        except Incomparable:
            continue  # an old release with a name of its own: no pin has it, or the line above would have found it
    if any(_in_range(affected.ecosystem, events, mine) for events in affected.ranges):
        return True
    if not affected.versions and not affected.ranges:
        raise Incomparable("the advisory names neither versions nor a range of them")
    return False


def _in_range(ecosystem: str, events: tuple[tuple[str, str], ...], mine: Any) -> bool:
    """The evaluation that the OSV schema lays down: events in order of their versions, the last that applies decides."""
    limits = [version for kind, version in events if kind == "limit" and version != "*"]
    if limits and not any(mine < rank(ecosystem, limit) for limit in limits):
        return False
    if not any(kind == "introduced" for kind, _ in events):
        raise Incomparable("a range that begins nowhere")
    # At one version "fixed" comes after "introduced": it cannot be read as affected and fixed at once.
    order = {"introduced": 0, "last_affected": 1, "fixed": 2}
    state = False
    ranked = [
        (version != "0", rank(ecosystem, "0.0.0" if version == "0" else version), order[kind], kind, version)
        for kind, version in events
        if kind != "limit"
    ]
    for _, at, _, kind, version in sorted(ranked, key=lambda each: each[:3]):
        if kind == "introduced" and (version == "0" or mine >= at):
            state = True
        elif (kind == "fixed" and mine >= at) or (kind == "last_affected" and mine > at):
            state = False
    return state


@dataclass
class Dump:
    """What was read from files. `unreadable` holds a sentence for each part that was not understood."""

    by_package: dict[tuple[str, str], list[Advisory]] = field(default_factory=dict)
    newest: dict[str, dt.datetime] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def of(self, pin: Pin) -> list[Advisory]:
        return self.by_package.get((pin.ecosystem, pin.name), [])


def read_dump(paths: list[Path]) -> Dump:
    """Every advisory of these zip files and folders about packages of PyPI and npm. Raises Misunderstood for a path that
    is neither, or a zip file that is damaged."""
    dump = Dump()
    for path in paths:
        for name, content in _documents(path):
            _add(dump, name, content)
    return dump


def _add(dump: Dump, name: str, content: bytes | None) -> None:
    name = _printable(name)
    if content is None:
        dump.unreadable.append(f"{name}: larger than {LARGEST_ADVISORY // 1_000_000} MB")
        return
    try:
        advisory = parse(json.loads(content))
    except (Misunderstood, ValueError, RecursionError) as error:
        dump.unreadable.append(f"{name}: {error}")
        return
    for ecosystem in {each.ecosystem for each in advisory.affected} & {PYPI, NPM}:
        dump.counted[ecosystem] = dump.counted.get(ecosystem, 0) + 1
        dump.newest[ecosystem] = max(advisory.modified, dump.newest.get(ecosystem, advisory.modified))
    for key in {(each.ecosystem, each.name) for each in advisory.affected}:
        dump.by_package.setdefault(key, []).append(advisory)


def _documents(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """(name, content) of each JSON file, content None where it is too large. Nothing is unpacked to disk."""
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield file.name, file.read_bytes() if file.stat().st_size <= LARGEST_ADVISORY else None
        return
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > LARGEST_DUMP:
                raise Misunderstood(f"{path.name} unpacks to more than {LARGEST_DUMP // 1_000_000_000} GB")
            for each in archive.infolist():
                if each.filename.endswith(".json"):
                    large = each.file_size > LARGEST_ADVISORY
                    yield each.filename, None if large else archive.read(each)
    except FileNotFoundError:
        raise Misunderstood(f"there is no {path.name}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Misunderstood(f"{path.name} cannot be read as a zip file ({error})") from error
