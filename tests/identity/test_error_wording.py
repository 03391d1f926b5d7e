"""Whatever can be refused to a customer is said in the customer's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api
from bot.catalog import load_catalog

# Read by developers and operators only: command line, and shapes that clients know by name.
TECHNICAL = {
    "role_invalid",
    "scope_invalid",
    "origin_invalid",
    "channel_invalid",
    "user_exists",
    "nothing_to_approve",
    "ticket_backend_unavailable",
    "ticket_backend_locked_out",
    "remote_ticket_refused",
    "remote_ticket_gone",
    "remote_key_reused",
}


def codes() -> set[str]:
    root = Path(api.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    return set(re.findall(r'\bcode\s*=\s*"([a-z_]+)"', source)) - TECHNICAL


@pytest.mark.parametrize("language", load_catalog().languages)
def test_every_error_code_has_its_sentence(language: str) -> None:
    wording = load_catalog().wording(language)
    assert len(codes()) > 30
    assert {code for code in codes() if f"errors.{code}" not in wording} == set()
