"""The portal and the form ask for words that are written, and nothing is written that nobody asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.web.modules import STATIC
from bot.catalog import load_catalog

TEMPLATE = Path(STATIC).parent / "templates" / "portal.html"
# Keys that are put together: `scope_${scope}`, `changed_${field}`, `rate_${score}`.
MADE = {
    "portal": {
        *(f"scope_{each}" for each in ("mine", "copied", "account")),
        *(f"changed_{each}" for each in ("status", "priority", "category", "subcategory")),
        *("rate_good", "rate_bad", "you", "support", "system"),
    },
    "ticket_form": set[str](),
}


def source(*folders: str) -> str:
    files = [path for folder in folders for path in sorted((STATIC / folder).glob("*.js"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def asked(face: str) -> set[str]:
    """Every quoted word of the scripts that could be a key, and the keys of the template."""
    form = (STATIC / "pages" / "ticket-form.js").read_text(encoding="utf-8")
    scripts = source("portal") if face == "portal" else source("portal", "ticket-form") + form
    named = set(re.findall(rf"t\('{face}\.(\w+)'", TEMPLATE.read_text(encoding="utf-8")))
    return named | set(re.findall(r"['\"`](\w+)['\"`]", scripts)) | MADE[face]


@pytest.mark.parametrize("face", ["portal", "ticket_form"])
def test_every_sentence_is_asked_for(face: str) -> None:
    written = {
        key.partition(".")[2] for key in load_catalog().wording("es").section("web") if key.startswith(f"{face}.")
    }
    assert written - asked(face) == set()


@pytest.mark.parametrize("face", ["portal", "ticket_form"])
def test_every_sentence_that_is_asked_for_is_written(face: str) -> None:
    scripts = source("portal") if face == "portal" else source("ticket-form")
    if face == "ticket_form":
        scripts += (STATIC / "pages" / "ticket-form.js").read_text(encoding="utf-8")
    wanted = set(re.findall(r"(?<!\.)\btext\('(\w+)'" if face == "portal" else r"\btext\('(\w+)'", scripts))
    wanted |= set(re.findall(r"formText\('(\w+)'", source("portal"))) if face == "ticket_form" else set()
    served = load_catalog().wording("es").section("web")
    assert len(wanted) > 20
    assert {key for key in wanted if f"{face}.{key}" not in served} == set()
