"""Markdown read once for everybody: sections with heading paths and anchors, plain text, and what a page is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge_base.cleaning import clean_markdown

_EXPLICIT_ANCHOR = re.compile(r"\s*\{#([A-Za-z0-9_.:-]{1,100})\}\s*$")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_LEADING_TITLE = re.compile(r"\A\s*#[ \t]+(.+?)[ \t#]*$", re.M)
_CALLOUT_LINE = re.compile(r"^\[!(\w+)\]\s*")
_SIGN_LINE = re.compile("^(ℹ️?|⚠️?|❗️?|✅|💡|🚨)\\s*")
_CALLOUT_KINDS = {"ℹ": "info", "⚠": "warning", "❗": "danger", "✅": "tip", "💡": "tip", "🚨": "danger"}
_NAMED_KINDS = {
    "note": "info",
    "info": "info",
    "important": "warning",
    "warning": "warning",
    "caution": "danger",
    "tip": "tip",
}


def parser() -> MarkdownIt:
    """The one dialect: CommonMark and pipe tables, HTML shown as text. Nesting is capped by the parser (20 levels)."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


_PARSER = parser()


@dataclass(frozen=True, slots=True)
class Section:
    """The Markdown under one heading, down to the next heading of any level."""

    heading_path: tuple[str, ...]
    anchor: str
    markdown: str


def parse(markdown: str) -> list[Token]:
    """Block tokens of `clean_markdown(markdown)`, headings carrying their `id`."""
    tokens = _PARSER.parse(markdown)
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            _name_heading(opening, inline, seen)
    return tokens


def _name_heading(opening: Token, inline: Token, seen: dict[str, int]) -> None:
    explicit = _EXPLICIT_ANCHOR.search(inline.content)
    if explicit:
        inline.content = inline.content[: explicit.start()]
        for child in reversed(inline.children or []):
            if child.type == "text" and child.content.strip():
                child.content = _EXPLICIT_ANCHOR.sub("", child.content)
                break
    anchor = explicit[1] if explicit else slug(inline_text(inline))
    number = seen.get(anchor, 0)
    seen[anchor] = number + 1
    opening.attrSet("id", anchor if number == 0 else f"{anchor}-{number}")


def slug(text: str) -> str:
    """Letters and digits of any script joined by hyphens, accents folded: `¿Qué es?` -> `que-es`."""
    folded = "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))
    return "-".join(re.findall(r"\w+", folded))[:80] or "section"


def inline_text(token: Token) -> str:
    """The words of an inline token: link texts, code and the alternative texts of images included."""
    parts: list[str] = []
    for child in token.children or []:
        if child.type == "image":
            parts.append(inline_text(child))
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(child.content)
    return " ".join("".join(parts).split())


def sections(body_markdown: str, title: str) -> list[Section]:
    """The article cut at its headings, in order. A first heading that repeats the title (or is of level 1 at the very
    top) opens no section of its own; an empty heading is no heading; sections without text are dropped."""
    markdown = clean_markdown(body_markdown)
    lines = markdown.split("\n")
    tokens = parse(markdown)
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    anchor, start = "", 0

    def close(end: int) -> None:
        text = "\n".join(lines[start:end]).strip("\n")
        if text.strip():
            found.append(Section(tuple(heading for _, heading in path), anchor, text))

    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.level != 0 or opening.map is None:
            continue
        heading = inline_text(inline)
        close(opening.map[0])
        start = opening.map[1]
        if not heading:
            continue
        level = int(opening.tag[1])
        if not found and not path and (level == 1 or _same(heading, title)):
            anchor = ""
            continue
        while path and path[-1][0] >= level:
            path.pop()
        path.append((level, heading))
        anchor = str(opening.attrGet("id") or "")
    close(len(lines))
    return found


def _same(one: str, other: str) -> bool:
    return slug(one) == slug(other)


def plain_text(markdown: str, *, cleaned: bool = False) -> str:
    """The words as a reader sees them: one line a paragraph, list item (`1. ` and `- ` kept), code line or table row."""
    lines: list[str] = []
    row: list[str] | None = None
    markers: list[int | None] = []
    prefix = ""
    for token in parse(markdown if cleaned else clean_markdown(markdown)):
        match token.type:
            case "ordered_list_open":
                markers.append(int(token.attrGet("start") or 1))
            case "bullet_list_open":
                markers.append(None)
            case "ordered_list_close" | "bullet_list_close":
                markers.pop()
            case "list_item_open":
                number = markers[-1]
                prefix = "- " if number is None else f"{number}. "
                if number is not None:
                    markers[-1] = number + 1
            case "tr_open":
                row = []
            case "tr_close":
                lines.append(" | ".join(cell for cell in row or [] if cell))
                row = None
            case "inline":
                text = inline_text(token)
                if row is not None:
                    row.append(text)
                    continue
                text = _SIGN_LINE.sub("", _CALLOUT_LINE.sub("", text))
                if text:
                    lines.append(prefix + text)
                    prefix = ""
            case "fence" | "code_block":
                lines.extend(line.rstrip() for line in token.content.split("\n") if line.strip())
            case _:
                pass
    return "\n".join(line for line in lines if line)


def callout_kind(first_line: str) -> tuple[str, int] | None:
    """The kind of a callout (info, tip, warning, danger) by the first line of its quote, and how many characters mark it."""
    named = _CALLOUT_LINE.match(first_line)
    if named:
        return _NAMED_KINDS.get(named[1].lower(), "info"), named.end()
    signed = _SIGN_LINE.match(first_line)
    if signed:
        return _CALLOUT_KINDS[signed[1][0]], signed.end()
    return None


def leading_title(body_markdown: str) -> str:
    """The text of a level-1 heading at the very top; empty when there is none."""
    match = _LEADING_TITLE.match(body_markdown)
    if not match:
        return ""
    tokens = _PARSER.parse(clean_markdown("# " + _EXPLICIT_ANCHOR.sub("", match[1])))
    return inline_text(tokens[1]) if len(tokens) > 1 else ""


def has_words(body_markdown: str) -> bool:
    """Whether anything but headings is left to read; cheap, as it only looks for a word below the headings."""
    return any(
        re.search(r"\w", line)
        for line in _COMMENT.sub("", body_markdown).split("\n")
        if not re.match(r"\s{0,3}(#|</?\w+[^<>]*>\s*$)", line)
    )


def is_link_list(body_markdown: str) -> bool:
    """Whether a page is navigation: at least two links, and hardly a word (a tenth) outside links and headings."""
    inside, outside, links = 0, 0, 0
    tokens = parse(clean_markdown(body_markdown))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "inline" or (before is not None and before.type == "heading_open"):
            continue
        depth = 0
        for child in token.children or []:
            if child.type == "link_open":
                depth, links = depth + 1, links + 1
            elif child.type == "link_close":
                depth -= 1
            elif depth:
                inside += len(child.content.split())
            else:
                outside += len(child.content.split())
    return links >= 2 and outside <= 0.1 * (inside + outside)


def lines_of(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Line ranges (first, one past the last) of the top-level blocks."""
    return [
        (token.map[0], token.map[1])
        for token in tokens
        if token.level == 0 and token.map is not None and token.nesting >= 0
    ]
