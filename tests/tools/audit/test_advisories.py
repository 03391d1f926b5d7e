"""Whether an advisory is about a version is told by the rules of the OSV schema, or the check fails."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.tools.audit.made import advisory, events
from tools.audit.advisories import Misunderstood, is_affected, parse, read_dump
from tools.audit.pins import NPM, PYPI
from tools.audit.versions import Incomparable, rank


def affected(version: str, ecosystem: str = PYPI, **fields: Any) -> bool:
    return is_affected(parse(advisory(ecosystem=ecosystem, **fields)).affected[0], version)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.9", False), ("1.0rc1", False), ("1.0", True), ("1.4.9", True), ("1.5", False), ("1.5.dev1", True)],
)
def test_a_range_goes_from_introduced_up_to_fixed(version: str, expected: bool) -> None:
    assert affected(version, ranges=[events(introduced="1.0", fixed="1.5")]) is expected


def test_last_affected_is_still_affected() -> None:
    ranges = [events(introduced="0", last_affected="2.3")]
    assert [affected(version, ranges=ranges) for version in ("0.0.1", "2.3", "2.3.0", "2.3.1")] == [True] * 3 + [False]


def test_what_was_introduced_and_never_fixed_stays_affected() -> None:
    assert affected("99.0", ranges=[events(introduced="0")])


def test_two_branches_in_one_range_are_told_apart_whatever_their_order() -> None:
    both = {
        "type": "ECOSYSTEM",
        "events": [{"fixed": "3.2.4"}, {"introduced": "2.0"}, {"introduced": "3.0"}, {"fixed": "2.2.9"}],
    }
    found = {version: affected(version, ranges=[both]) for version in ("1.9", "2.0", "2.2.9", "3.0", "3.2.3", "3.2.4")}
    assert found == {"1.9": False, "2.0": True, "2.2.9": False, "3.0": True, "3.2.3": True, "3.2.4": False}


def test_a_limit_ends_what_a_range_speaks_of() -> None:
    limited = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"limit": "2.0"}]}
    assert affected("1.9", ranges=[limited])
    assert not affected("2.0", ranges=[limited])


def test_a_version_is_named_even_where_no_range_holds_it() -> None:
    """A release that was yanked, say: it stands in the list and in no range."""
    assert affected("2.0.1", versions=["2.0.1"], ranges=[events(introduced="3.0")])
    assert affected("2.0.1", versions=["weird-name", "2.0.1.0"])
    assert not affected("2.0.1", versions=["2.0.2"])


def test_another_build_of_a_version_is_that_version() -> None:
    assert affected("2.13.0+cpu", versions=["2.13.0"])
    assert affected("2.13.0+cpu", ranges=[events(introduced="0", last_affected="2.13.0")])
    assert not affected("2.13.0+cpu", ranges=[events(introduced="0", fixed="2.13.0")])


def test_git_ranges_say_nothing_about_versions() -> None:
    git = {"type": "GIT", "repo": "https://code.example/a", "events": [{"introduced": "0"}, {"fixed": "abc"}]}
    assert not affected("1.0", versions=["2.0"], ranges=[git])
    with pytest.raises(Incomparable):
        affected("1.0", ranges=[git])


def test_npm_versions_compare_as_semantic_versions() -> None:
    order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]
    assert sorted(order, key=lambda version: rank(NPM, version)) == order
    assert affected("1.0.0-rc.1", NPM, ranges=[{**events(introduced="0", fixed="1.0.0"), "type": "SEMVER"}])
    assert not affected("10.0.0", NPM, ranges=[events(introduced="0", fixed="9.0.0")])


@pytest.mark.parametrize(
    ("ecosystem", "version"),
    [(PYPI, "not a version"), (PYPI, "1" * 300), (NPM, "1.0"), (NPM, "latest"), ("Debian", "1.0")],
)
def test_what_cannot_be_compared_is_said(ecosystem: str, version: str) -> None:
    with pytest.raises(Incomparable):
        rank(ecosystem, version)


def test_a_bound_that_is_no_version_is_never_read_as_safe() -> None:
    with pytest.raises(Incomparable):
        affected("1.0", ranges=[events(introduced="0", fixed="the next one")])
    with pytest.raises(Incomparable):
        affected("1.0", ranges=[events(fixed="2.0")])


@pytest.mark.parametrize(
    "broken",
    [
        [],
        None,
        "text",
        {},
        {"id": "A"},
        {**advisory(), "id": 7},
        {**advisory(), "id": "A\x1b[2J"},
        {**advisory(), "modified": "yesterday"},
        {**advisory(), "withdrawn": "perhaps"},
        {**advisory(), "aliases": "CVE"},
        {**advisory(), "affected": [{"package": {"ecosystem": PYPI}}]},
        {**advisory(), "affected": [{"package": {"ecosystem": PYPI, "name": "a"}, "versions": "1.0"}]},
        advisory(ranges=[{"type": "NEW", "events": []}]),
        advisory(ranges=[{"type": "ECOSYSTEM"}]),
        advisory(ranges=[{"type": "ECOSYSTEM", "events": [{"introduced": "0", "fixed": "1"}]}]),
        advisory(ranges=[{"type": "ECOSYSTEM", "events": [{"mended": "1"}]}]),
        advisory(ranges=[{"type": "ECOSYSTEM", "events": [{"introduced": 0}]}]),
    ],
)
def test_a_broken_advisory_is_not_understood(broken: Any) -> None:
    with pytest.raises(Misunderstood):
        parse(broken)


def test_aliases_and_summary_are_kept_printable() -> None:
    parsed = parse(advisory(aliases=["CVE-2000-1"], summary="a\nb\x1b[2J" + "c" * 900))
    assert parsed.names == {"TEST-1", "CVE-2000-1"}
    assert parsed.summary.isprintable()
    assert len(parsed.summary) <= 200


def test_only_what_is_withdrawn_by_now_is_withdrawn() -> None:
    assert parse(advisory(withdrawn="2020-01-01T00:00:00Z")).withdrawn
    assert not parse(advisory(withdrawn="2999-01-01T00:00:00Z")).withdrawn


def test_a_dump_is_read_from_zip_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.json").write_text(json.dumps(advisory()))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("TEST-2.json", json.dumps({**advisory(name="Other.Name"), "id": "TEST-2"}))
        archive.writestr("readme.txt", "no advisory")
    dump = read_dump([tmp_path / "folder", tmp_path / "all.zip"])
    assert dump.counted == {PYPI: 2}
    assert set(dump.by_package) == {(PYPI, "some"), (PYPI, "other-name")}
    assert dump.unreadable == []


def test_what_a_dump_holds_unreadable_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.audit.advisories.LARGEST_ADVISORY", 500_000)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep.json", "[" * 200_000)
        archive.writestr("half.json", '{"id": ')
        archive.writestr("bytes.json", b"\xff\xfe\x00")
        archive.writestr("large.json", " " * 500_001)
        archive.writestr("../../escape.json", json.dumps(advisory()))
    dump = read_dump([tmp_path / "all.zip"])
    assert [line.partition(":")[0] for line in dump.unreadable] == [
        "deep.json",
        "half.json",
        "bytes.json",
        "large.json",
    ]
    assert dump.counted == {PYPI: 1}
    assert not list(tmp_path.parent.rglob("escape.json"))


def test_a_dump_that_is_missing_or_cut_off_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(advisory()))
    whole = (tmp_path / "all.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(damaged)
    for name in ("none.zip", "cut.zip", "damaged.zip"):
        with pytest.raises(Misunderstood):
            read_dump([tmp_path / name])
