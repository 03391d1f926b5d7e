"""docs/knowledge-base.md names every command, and no option that a command does not have."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import typer.main

from knowledge_base.cli import app
from knowledge_base.queries import read_queries

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "knowledge-base.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_the_page(command: str) -> None:
    assert f"copilot kb {command}" in PAGE


def test_every_option_on_the_page_is_one_of_its_command() -> None:
    used = re.findall(r"(?m)^copilot kb (\w+)(.*)$", PAGE)
    assert used
    for command, rest in used:
        known = {name for parameter in COMMANDS[command].params for name in parameter.opts}
        assert set(re.findall(r"--[\w-]+", rest.partition("#")[0])) <= known, command


def test_the_labelled_question_on_the_page_can_be_read(tmp_path: Path) -> None:
    (line,) = re.findall(r'(?m)^\{"id".*$', PAGE)
    path = tmp_path / "questions.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert read_queries(path)[0].relevant == ("export-reports",)


def test_the_picture_is_described() -> None:
    root = ElementTree.parse(ROOT / "docs" / "pictures" / "retrieval.svg").getroot()  # noqa: S314 - our own
    ids = (root.get("aria-labelledby") or "").split()
    described = [element.text for element in root if element.get("id") in ids]
    assert len(described) == 2
    assert all(described)
