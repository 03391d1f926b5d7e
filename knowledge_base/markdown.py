"""Markdown read once for everybody: sections with heading paths and anchors, plain text, and what a page is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from knowledge_base.cleaning import clean_markdown

_EXPLICIT_ANCHOR = re.compile(r"\s*\{#([A-Za-z0-9_.:-]{1,100})\}\s*$")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_LEADING_TITLE = re.compile(r"\A\s*#[ \t]+([^\n]{1,2000})")
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
FILE_NAME = re.compile(r"\S{1,200}\.(?:png|jpe?g|gif|svg|webp|bmp)", re.I)
_SPECIAL = re.compile(r"[\[\]*_`<&\\]")
_STOPS = re.compile(r"[\n!\[\]*_`<&\\]")
_DELIMITER_ROW = re.compile(r"[ \t>|:-]*-[ \t|:-]*")
_ITEM = re.compile(r"(?:^|(?<=[ \t]))(?:[-*+>]|\d{1,9}[.)])(?=[ \t])", re.M)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>")
# An article with more than this of anything is no page that people wrote: its words are kept, its markup is not read. Ten
# times the most that 7,374 real articles had; at these limits reading, cutting and rendering take about half a second.
_MAX_CHARACTERS = 300_000
_MAX_LINES = 4_000
_MAX_MARKS = 8_000
_MAX_CELLS = 12_000
_MAX_ITEMS = 6_000
# One paragraph with more marks than this stays as it is written: the parser takes quadratic time over brackets.
_MAX_MARKS_IN_ONE = 1_000
# How much of an article is kept whose markup is not read, and in what pieces.
KEPT_CHARACTERS = 200_000
_WORDS_IN_PIECE = 150
_MAX_WORD = 500


def parser() -> MarkdownIt:
    """The one dialect: CommonMark and pipe tables, HTML shown as text. Nesting is capped by the parser (20 levels), and so
    is the work that marks within a paragraph make. Link targets of any kind are read: `rendering` decides over them."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Where the parser looks for a mark: by default at every `-`, `:`, `=` and `+` too, for rules that are not on here.
    made.inline.terminator_re = _STOPS
    made.core.ruler.at("inline", _inline)
    made.inline.ruler2.after("emphasis", "loose_strong", _loose_strong)
    made.validateLink = _any_target  # type: ignore[method-assign]
    return made


def _any_target(url: str) -> bool:
    return True


def _inline(state: StateCore) -> None:
    """Reads the marks within paragraphs and cells; text with too many of them stays as it is written."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        marks = len(_SPECIAL.findall(token.content))
        if not marks:
            token.children = _plain_children(token.content)
        elif marks > _MAX_MARKS_IN_ONE:
            token.children = [Token("text", "", 0, content=" ".join(token.content.split()))]
        else:
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _plain_children(content: str) -> list[Token]:
    """What the parser makes of text without a mark: words and line breaks (three times as fast)."""
    children: list[Token] = []
    lines = content.split("\n")
    for at, line in enumerate(lines):
        last = at == len(lines) - 1
        words = (line.lstrip() if at else line) if last else (line.lstrip() if at else line).rstrip(" ")
        if words:
            children.append(Token("text", "", 0, content=words))
        if not last:
            hard = line.endswith("  ")
            children.append(Token("hardbreak", "br", 0) if hard else Token("softbreak", "", 0))
    return children


def _loose_strong(state: StateInline) -> None:
    """`**Save **` and the like, which CommonMark leaves as it is written: read as people meant it. Of two runs of `**` or
    `***` that found no partner, the words between become bold; one alone within a line stays."""
    inner = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for delimiters in (state.delimiters, *inner):
        runs: list[list[int]] = []
        for each in delimiters:
            token = state.tokens[each.token]
            if each.marker != 0x2A or each.length not in (2, 3) or token.type != "text" or token.content != "*":
                continue
            if runs and runs[-1][-1] == each.token - 1 and len(runs[-1]) < each.length:
                runs[-1].append(each.token)
            else:
                runs.append([each.token])
        whole = [run for run in runs if len(run) >= 2]
        if len(whole) % 2 and (lone := next((run for run in whole if _at_border(state.tokens, run)), None)):
            # A `**` at the border of a line, its partner left out or in another paragraph.
            whole.remove(lone)
            for at in lone:
                state.tokens[at].content = ""
        for opening, closing in zip(whole[::2], whole[1::2], strict=False):
            for at in (*opening, *closing):
                state.tokens[at].content = ""
            between = state.tokens[opening[-1] + 1 : closing[0]]
            if any(each.nesting for each in between) or not any(each.content.strip() for each in between):
                continue
            _become(state.tokens[opening[-1]], "strong_open", 1)
            _become(state.tokens[closing[0]], "strong_close", -1)


def _at_border(tokens: Sequence[Token], run: Sequence[int]) -> bool:
    """Whether marks open a line before a word, or end one after a word."""
    before = tokens[run[0] - 1] if run[0] else None
    after = tokens[run[-1] + 1] if run[-1] + 1 < len(tokens) else None
    breaks = ("softbreak", "hardbreak")
    opens = (before is None or before.type in breaks) and after is not None and not after.content[:1].isspace()
    ends = (after is None or after.type in breaks) and before is not None and not before.content[-1:].isspace()
    return opens or ends


def _become(token: Token, kind: str, nesting: int) -> None:
    token.type, token.tag, token.markup, token.content = kind, "strong", "**", ""
    token.nesting = 1 if nesting > 0 else -1


_PARSER = parser()


@dataclass(frozen=True, slots=True)
class Section:
    """The Markdown under one heading, down to the next heading of any level."""

    heading_path: tuple[str, ...]
    anchor: str
    markdown: str
    tokens: Sequence[Token] = ()
    first_line: int = 0
    """The line of the cleaned article that `markdown` begins with, as the tokens' maps count."""


@dataclass(frozen=True, slots=True)
class Outline:
    """An article's sections, and every anchor that its headings carry."""

    sections: tuple[Section, ...]
    anchors: frozenset[str]


def is_too_much(markdown: str) -> bool:
    """Whether an article has more markup than can be read in time (`read` keeps the words of its beginning)."""
    return (
        len(markdown) > _MAX_CHARACTERS
        or markdown.count("\n") > _MAX_LINES
        or len(_SPECIAL.findall(markdown)) > _MAX_MARKS
        or _cells(markdown) > _MAX_CELLS
        or len(_ITEM.findall(markdown)) > _MAX_ITEMS
    )


def _cells(markdown: str) -> int:
    """How many cells the tables have, those counted that the parser adds to rows that are short of some."""
    if "|" not in markdown:
        return 0
    cells = markdown.count("|")
    columns = 0
    for line in markdown.split("\n"):
        if not line.strip(" \t>"):
            columns = 0
        elif "|" in line and _DELIMITER_ROW.fullmatch(line):
            columns = line.count("|") + 1
        cells += columns
    return cells


def read(body_markdown: str) -> tuple[str, list[Token]]:
    """An article as CommonMark, and its block tokens; for one that is too much, its words in paragraphs."""
    if not is_too_much(body_markdown):
        markdown = clean_markdown(body_markdown)
        if not is_too_much(markdown):
            return markdown, parse(markdown)
    return _words_only(body_markdown)


def _words_only(text: str) -> tuple[str, list[Token]]:
    words = _TAG.sub(" ", text[:KEPT_CHARACTERS]).split()
    short = [word[at : at + _MAX_WORD] for word in words for at in range(0, len(word), _MAX_WORD)]
    lines: list[str] = []
    tokens: list[Token] = []
    for start in range(0, len(short), _WORDS_IN_PIECE):
        piece = " ".join(short[start : start + _WORDS_IN_PIECE])
        at = [len(lines), len(lines) + 1]
        content = Token("inline", "", 0, content=piece, map=at, level=1, children=[Token("text", "", 0, content=piece)])
        tokens += [Token("paragraph_open", "p", 1, map=at, block=True), content, Token("paragraph_close", "p", -1)]
        lines += [piece, ""]
    return "\n".join(lines), tokens


def parse(markdown: str) -> list[Token]:
    """Block tokens of `clean_markdown(markdown)`, headings carrying their `id`."""
    tokens = _PARSER.parse(markdown)
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            _name_heading(opening, inline, seen)
    return tokens


def _name_heading(opening: Token, inline: Token, seen: dict[str, int]) -> None:
    explicit = _EXPLICIT_ANCHOR.search(inline.content[-200:])
    if explicit:
        inline.content = inline.content[: -len(explicit[0])]
        for child in reversed(inline.children or []):
            if child.type == "text" and child.content.strip():
                child.content = _EXPLICIT_ANCHOR.sub("", child.content)
                break
    anchor = explicit[1] if explicit else slug(inline_text(inline))
    name, number = anchor, seen.get(anchor, 0)
    while name in seen:
        name = f"{anchor}-{number}"
        number += 1
    seen[anchor] = max(number, 1)
    seen.setdefault(name, 1)
    opening.attrSet("id", name)


def slug(text: str) -> str:
    """Letters and digits of any script joined by hyphens, accents folded: `¿Qué es?` -> `que-es`."""
    folded = "".join(
        each for each in unicodedata.normalize("NFKD", text[:400].lower()) if not unicodedata.combining(each)
    )
    return "-".join(re.findall(r"\w+", folded))[:80] or "section"


def inline_text(token: Token) -> str:
    """The words of an inline token on one line: link texts, code and the alternative texts of images included."""
    return " ".join(_inline_text(token).split())


def _inline_text(token: Token) -> str:
    """Line breaks that the author made (`hardbreak`) are kept. An image's file name is no text."""
    parts: list[str] = []
    for child in token.children or []:
        if child.type == "image":
            words = _inline_text(child)
            parts.append("" if FILE_NAME.fullmatch(words.strip()) else words)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts)


def sections(body_markdown: str, title: str) -> list[Section]:
    """The sections of `outline`."""
    return list(outline(body_markdown, title).sections)


def outline(body_markdown: str, title: str) -> Outline:
    """The article cut at its headings, in order. A first heading that repeats the title (or is of level 1 at the very
    top) opens no section of its own; an empty heading is no heading; sections without text are dropped."""
    markdown, tokens = read(body_markdown)
    lines = markdown.split("\n")
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    anchor, start, first = "", 0, 0

    def close(end: int, last: int) -> None:
        begin = start
        while begin < end and not lines[begin].strip():
            begin += 1
        text = "\n".join(lines[begin:end]).rstrip("\n")
        if text.strip():
            headings = tuple(heading for _, heading in path)
            found.append(Section(headings, anchor, text, tokens[first:last], begin))

    for at, (opening, inline) in enumerate(pairwise(tokens)):
        if opening.type != "heading_open" or opening.level != 0 or opening.map is None:
            continue
        heading = inline_text(inline)
        close(opening.map[0], at)
        start, first = opening.map[1], at + 3
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
    close(len(lines), len(tokens))
    anchors = frozenset(str(each.attrGet("id")) for each in tokens if each.type == "heading_open")
    return Outline(tuple(found), anchors)


def _same(one: str, other: str) -> bool:
    return slug(one) == slug(other)


def plain_text(markdown: str, *, cleaned: bool = False) -> str:
    """The words as a reader sees them: one line a paragraph, list item (`1. ` and `- ` kept), code line or table row."""
    return text_of(parse(markdown) if cleaned else read(markdown)[1])


def text_of(tokens: Sequence[Token]) -> str:
    """`plain_text` of what was parsed already."""
    lines: list[str] = []
    row: list[str] | None = None
    markers: list[int | None] = []
    prefix = ""
    for token in tokens:
        match token.type:
            case "ordered_list_open":
                start = token.attrGet("start")
                markers.append(1 if start is None else int(start))
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
                text = _inline_text(token)
                if row is not None:
                    row.append(" ".join(text.split()))
                    continue
                for line in text.split("\n"):
                    words = " ".join(line.split())
                    words = _SIGN_LINE.sub("", _CALLOUT_LINE.sub("", words))
                    if words:
                        lines.append(prefix + words)
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
    tokens = _PARSER.parse(clean_markdown("# " + _EXPLICIT_ANCHOR.sub("", match[1].rstrip(" \t#"))))
    return inline_text(tokens[1]) if len(tokens) > 1 else ""


def has_words(body_markdown: str) -> bool:
    """Whether anything but headings is left to read; cheap, as it only looks for a word below the headings."""
    return any(
        re.search(r"\w", line)
        for line in _COMMENT.sub("", body_markdown).split("\n")
        if not re.match(r"\s{0,3}(#|</?\w[^<>]*>\s*$)", line)
    )


def is_link_list(body_markdown: str) -> bool:
    """Whether a page is navigation: at least two links, and hardly a word (a tenth) outside links and headings."""
    inside, outside, links = link_words(read(body_markdown)[1])
    return links >= 2 and outside <= 0.1 * (inside + outside)


def link_words(tokens: Sequence[Token]) -> tuple[int, int, int]:
    """How many words stand within links, how many outside, headings left out, and how many links there are."""
    inside, outside, links = 0, 0, 0
    for inline in _paragraphs(tokens):
        depth = 0
        for child in inline.children or []:
            if child.type == "link_open":
                depth, links = depth + 1, links + 1
            elif child.type == "link_close":
                depth -= 1
            elif depth:
                inside += len(child.content.split())
            else:
                outside += len(child.content.split())
    return inside, outside, links


def _paragraphs(tokens: Sequence[Token]) -> Iterator[Token]:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and (before is None or before.type != "heading_open"):
            yield token


def lines_of(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Line ranges (first, one past the last) of the top-level blocks."""
    return [
        (token.map[0], token.map[1])
        for token in tokens
        if token.level == 0 and token.map is not None and token.nesting >= 0
    ]
