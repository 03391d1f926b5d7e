"""The HTML of a mail, made from the same sentences as its text: whoever writes a template writes it once.

The template's own lines decide what is a button, a code or a quotation, never the values that fill them: a customer's
subject that looks like a line of ours stays text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent / "templates"

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
# What ends a sentence is no part of the address before it.
_AFTER_AN_ADDRESS = ".,;:!?)]}'"
_LEADS_TO = re.compile(r"^(?P<label>[^{}]*?)[\s:]*\{(?P<name>\w+)\}[.\s]*$")
_ALONE = re.compile(r"^\s*\{(\w+)\}\s*$")
_FACT = re.compile(r"^(?P<name>[^{}:]{1,40}):\s+(?P<value>\{\w+\})\s*$")
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Block:
    """One part of a mail. `kind` says how it looks; `rows` are the names and values of ``facts``."""

    kind: Literal["text", "code", "said", "facts", "press"]
    text: str = ""
    url: str = ""
    rows: tuple[tuple[str, str], ...] = ()


def blocks_of(template: str, values: Mapping[str, object]) -> list[Block]:
    """The parts of a mail's `template` (a text of the wording, its placeholders not filled yet).

    An indented line is a code; a line that ends in a placeholder whose value is a web address is a button; ``{body}``
    alone on a line is a quotation; two or more lines of ``Name: {value}`` are facts; the rest is text.
    """
    found: list[Block] = []
    for paragraph in re.split(r"\n[ \t]*\n", template.strip("\n")):
        lines = paragraph.split("\n")
        facts = [_FACT.match(line) for line in lines]
        if len(lines) > 1 and all(facts):
            rows = [(each["name"].strip(), _fill(each["value"], values)) for each in facts if each]
            if not any(value.startswith(_SCHEMES) for _, value in rows):
                found.append(Block("facts", rows=tuple(rows)))
                continue
        text: list[str] = []
        for line in lines:
            special = _special(line, values)
            if special is None:
                text.append(_fill(line, values))
                continue
            _close(found, text)
            found.append(special)
        _close(found, text)
    return found


def _close(found: list[Block], text: list[str]) -> None:
    """What was gathered as text becomes a block of its own."""
    joined = "\n".join(text).strip()
    text.clear()
    if joined:
        found.append(Block("text", joined))


def _special(line: str, values: Mapping[str, object]) -> Block | None:
    if line.startswith("    ") and line.strip():
        return Block("code", _fill(line, values).strip())
    alone = _ALONE.match(line)
    if alone and alone[1] == "body":
        return Block("said", _fill(line, values).strip())
    leads = _LEADS_TO.match(line)
    if leads:
        url = str(values.get(leads["name"], ""))
        if url.startswith(_SCHEMES) and not re.search(r"\s", url):
            return Block("press", leads["label"].strip() or url, url)
    return None


def _fill(line: str, values: Mapping[str, object]) -> str:
    return line.format(**values)


def linked(text: str) -> Markup:
    """The text with its web addresses as links, everything else escaped."""
    parts: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        url = found.group().rstrip(_AFTER_AN_ADDRESS)
        parts.append(html.escape(text[end : found.start()]))
        safe = html.escape(url)
        parts.append(f'<a class="brand" href="{safe}" style="color:#0b6e66;overflow-wrap:anywhere;">{safe}</a>')
        end = found.start() + len(url)
    parts.append(html.escape(text[end:]))
    return Markup("".join(parts))  # noqa: S704 - escaped above, piece by piece


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        # A template is part of the release: no look at the disk for each mail.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = linked
    return environment


def render_mail(
    *, language: str, vendor: str, subject: str, template: str, values: Mapping[str, object], reply_line: str = ""
) -> str:
    """The whole HTML page of a mail: inline styles, nothing fetched from anywhere, light and dark."""
    blocks = blocks_of(template, values)
    footer = ""
    if len(blocks) > 1 and blocks[-1].kind == "text" and vendor in blocks[-1].text and len(blocks[-1].text) < 80:
        footer = blocks.pop().text
    return (
        _environment()
        .get_template("mail.html")
        .render(language=language, vendor=vendor, subject=subject, blocks=blocks, footer=footer, reply_line=reply_line)
    )
