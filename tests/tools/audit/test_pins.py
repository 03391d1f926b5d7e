"""Every pin is read, and every one of them has a hash."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools.audit.pins import UnreadablePin, every_pin, read_package_lock, read_requirements

ROOT = Path(__file__).resolve().parents[3]
PINNED = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json"]


def test_every_file_of_pins_is_read() -> None:
    assert {pin.file for pin in every_pin(ROOT)} == {path.name for path in PINNED}
    assert {path.name for path in PINNED} >= {
        *("main.txt", "dev.txt", "torch.txt", "torch-cpu.txt", "uv.txt"),
        *("rasa-linux-x86_64.txt", "rasa-linux-aarch64.txt", "rasa-darwin-arm64.txt"),
    }


@pytest.mark.parametrize("path", PINNED[:-1], ids=lambda path: path.name)
def test_no_line_of_a_requirements_file_is_left_out(path: Path) -> None:
    starts = [line for line in path.read_text().splitlines() if line and line[0] not in " #"]
    assert len(read_requirements(path)) == len(starts)


def test_every_pin_has_a_hash() -> None:
    assert [str(pin) for pin in every_pin(ROOT) if pin.hashes == 0] == []


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_no_pin_names_an_address(path: Path) -> None:
    """The registry is whatever the machine is set up for; a lock that names one installs from nowhere else."""
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url\S*|--find-links\S*| @ \S+", path.read_text()) == []
    if path.suffix == ".json":
        entries = json.loads(path.read_text())["packages"].values()
        assert [entry for entry in entries if "resolved" in entry] == []


@pytest.mark.parametrize(
    "line",
    ["requests>=2", "requests", "-r other.txt", "requests @ file:///x", "requests==2 --hash=md5:00", "-e .", "==1.0"],
)
def test_a_line_that_is_no_pin_is_an_error_and_not_skipped(tmp_path: Path, line: str) -> None:
    (tmp_path / "some.txt").write_text(f"urllib3==2.0 --hash=sha256:{'0' * 64}\n{line}\n")
    with pytest.raises(UnreadablePin, match=r"some\.txt"):
        read_requirements(tmp_path / "some.txt")


def test_names_markers_and_hashes_are_read(tmp_path: Path) -> None:
    some = tmp_path / "some.txt"
    some.write_text(
        f"# a note\nRuamel.YAML==0.17.21 ; python_full_version < '3.15' \\\n    --hash=sha256:{'a' * 64} \\\n"
        f"    --hash=sha256:{'b' * 64}\ntorch==2.13.0+cpu\n"
    )
    assert [(pin.name, pin.version, pin.hashes) for pin in read_requirements(some)] == [
        ("ruamel-yaml", "0.17.21", 2),
        ("torch", "2.13.0+cpu", 0),
    ]


def test_a_lock_of_another_shape_is_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    for content in (
        {"lockfileVersion": 1, "dependencies": {}},
        {"lockfileVersion": 3, "packages": {"node_modules/a": {}}},
        {"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "link": True}}},
    ):
        lock.write_text(json.dumps(content))
        with pytest.raises(UnreadablePin):
            read_package_lock(lock)


def test_packages_inside_packages_keep_their_names(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    packages = {
        "": {"name": "mine"},
        "node_modules/a/node_modules/@b/c": {"version": "1.0.0", "integrity": "sha512-x"},
        "node_modules/alias": {"name": "real", "version": "2.0.0", "integrity": "sha1-x"},
    }
    lock.write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert [(pin.name, pin.version, pin.hashes) for pin in read_package_lock(lock)] == [
        ("@b/c", "1.0.0", 1),
        ("real", "2.0.0", 0),
    ]
