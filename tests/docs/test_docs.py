"""What the documentation says can be checked, so it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.root import GROUPS
from tools.settings_doc import TARGET, render

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_settings_page_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: .venv/bin/python -m tools.settings_doc"


def test_every_setting_says_what_it_does() -> None:
    assert [line for line in render().splitlines() if line.endswith("| None |")] == []


@pytest.mark.parametrize("command", GROUPS)
def test_every_command_is_in_the_docs(command: str) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert f"copilot {command}" in pages, f"`copilot {command}` is in no page of README or docs/"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_and_to_files_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    dead = [
        target
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert dead == []


def test_files_that_the_readme_names_exist() -> None:
    named = re.findall(
        r"`((?:api|actions|bot|data|docs|knowledge_base|tests|tools)/[\w./<>*-]*)`", (ROOT / "README.md").read_text()
    )
    missing = [name for name in named if not any(mark in name for mark in "<>*") and not (ROOT / name).exists()]
    assert named
    assert missing == []


def test_the_command_line_lists_every_command_without_importing_models() -> None:
    code = "import sys; sys.argv = ['copilot', '--help']; from api.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert all(command in done.stdout for command in GROUPS)
    assert "sentence_transformers" not in done.stderr


def test_nothing_of_a_machine_or_a_registry_is_in_the_tree() -> None:
    """No absolute path of a developer's machine, and no download address in a requirements file."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    pinned = [ROOT / name for name in listed if name.startswith("requirements/") or name == "package-lock.json"]
    assert pinned
    assert [path.name for path in pinned if re.search(r"https?://[^\s\"]*\.(whl|tgz|tar\.gz)", path.read_text())] == []


def test_every_event_is_in_the_vocabulary_and_no_other() -> None:
    from api.metrics.events import EventType

    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    documented = re.findall(r"(?m)^\| `(\w+)` \|", page)
    assert sorted(documented) == sorted(EventType)
