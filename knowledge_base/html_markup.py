"""HTML within (or instead of) Markdown as Markdown, in one pass over its tags: what has no Markdown of its own goes, its
text stays. Never slower than linear: no pattern looks further than the next angle bracket, and nesting is capped."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent

_TAG_OR_CODE = re.compile(r"(?P<ticks>`+)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<rest>(?:\s[^<>]*)?)/?>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ALERT = re.compile(r"\balert(?:-(info|success|warning|danger|error))?\b", re.I)
_ANCHOR = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_LANGUAGE = re.compile(r"\b(?:lang|language)-([\w+#.-]{1,40})")
_ITEM_START = re.compile(r"[ \t]{0,40}(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}(?=\S))?")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_RAW_END = {
    name: re.compile(rf"</{name}\s*>", re.I) for name in ("pre", "code", "kbd", "samp", "tt", "script", "style")
}
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CODE = frozenset({"code", "kbd", "samp", "tt"})


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PARAGRAPHS = _names(
    "p div section article header footer nav main center figure figcaption details dl dt dd address aside "
    "table tbody thead tr td th caption ul ol"
)
_INLINE = _names(
    "u s del ins sub span font small big mark label button abbr cite q strike colgroup col tfoot video source "
    "picture time wbr title head body html meta link input form iframe"
)
_BLOCKS_AND_OTHERS = _names("a br hr img li pre script style sup summary blockquote")
_KNOWN = _PARAGRAPHS | _INLINE | _CODE | _HEADINGS | _BLOCKS_AND_OTHERS | frozenset(_MARKS)
_SIGNS = {"warning": "⚠️", "danger": "❗", "error": "❗"}
# Deeper than any page that people write; every level is copied once on its way out.
_MAX_DEPTH = 24


@dataclass(slots=True)
class _Frame:
    """An element that is open: what it collected so far, and what closing it needs to know."""

    kind: str
    parts: list[str] = field(default_factory=list)
    detail: str = ""
    indent: str = ""
    rows: list[list[str]] = field(default_factory=list)
    count: int = 0


def markdown_of_html(text: str, clean_text: Callable[[str], str] = lambda piece: piece) -> str:
    """`text`, Markdown that may hold HTML, without HTML. Inline code stays as it is; `clean_text` is given every piece
    of text between tags and code. Elements that nobody knows (`<your-name>`) stay as they are written."""
    return _Converter(text, clean_text).run()


class _Converter:
    def __init__(self, text: str, clean_text: Callable[[str], str]) -> None:
        self.text = text
        self.clean = clean_text
        self.stack = [_Frame("root")]
        self.tables = 0
        self.unclosed: set[str] = set()
        self.code_ends = _code_spans(text) if "`" in text else {}
        self.line_start = 0

    def run(self) -> str:
        text, at = self.text, 0
        while found := _TAG_OR_CODE.search(text, at):
            start, end = found.span()
            if found["ticks"]:
                # A run of backticks that nothing closes is text.
                end = self.code_ends.get(start, end)
                self._piece(at, start)
                self._code_span(text[start:end], is_code=end > found.end())
                at = end
                continue
            name = found["name"].lower()
            if name not in _KNOWN:
                self._piece(at, end)
                at = end
                continue
            self._piece(at, start)
            at = self._end(name, end) if found["end"] else self._start(name, found["rest"], end)
        self._piece(at, len(text))
        while len(self.stack) > 1:
            self._close()
        return "".join(self.stack[0].parts)

    # -- what comes in ------------------------------------------------------------------------------------------------

    def _piece(self, start: int, end: int) -> None:
        if start >= end:
            return
        line = self.text.rfind("\n", start, end)
        if line >= 0:
            self.line_start = line + 1
        piece = self.clean(self.text[start:end])
        if self.stack[-1].kind in ("ul", "ol"):
            # Between items; words there, which HTML does not allow, are a line of their own.
            piece = f"{piece.strip()}\n" if piece.strip() else ""
        if self.tables:
            piece = re.sub(r"\s+", " ", piece)
        self._put(piece)

    def _code_span(self, span: str, *, is_code: bool) -> None:
        self._put(span.replace("\n", " ") if is_code and self.tables else span)

    def _put(self, piece: str) -> None:
        self.stack[-1].parts.append(piece)

    def _indent(self) -> str:
        """White space that keeps a block in the list item that the current line of the source begins or goes on."""
        found = _ITEM_START.match(self.text, self.line_start)
        return "".join(each if each in " \t" else " " for each in found[0]) if found else ""

    def _break(self) -> None:
        """The end of a paragraph; within a table, where there are none, a space."""
        self._put(" " if self.tables else f"\n\n{self._indent()}")

    def _start(self, name: str, rest: str, at: int) -> int:
        attributes = _attributes(rest)
        if name in ("script", "style"):
            return self._raw_end(name, at)[1]
        if name in _CODE or name == "pre":
            inner_end, after = self._raw_end(name, at)
            self._verbatim(name, attributes, self.text[at:inner_end])
            self._advance(at, after)
            return after
        if name == "img":
            self._put(f"![{_plain(attributes.get('alt', ''))}]({_target(attributes.get('src', ''))})")
        elif name == "br":
            self._line_break(at)
        elif name == "hr":
            self._break()
            if not self.tables:
                self._put("---\n\n")
        elif name == "sup":
            # `2025<sup>1</sup>` is no year 20251.
            self._put(" ")
        elif name in _INLINE:
            pass
        elif len(self.stack) >= _MAX_DEPTH:
            if name in _PARAGRAPHS or name == "li":
                self._break()
        else:
            self._open(name, attributes)
        return at

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        indent = self._indent()
        if name in _MARKS or name in _HEADINGS or name in ("a", "summary"):
            detail = attributes.get("href", "") if name == "a" else attributes.get("id", "")
            self.stack.append(_Frame(name, detail=detail, indent=indent))
        elif name == "table":
            if self.tables:
                self._put(" ")
            else:
                self.stack.append(_Frame(name, indent=indent))
            self.tables += 1
        elif self.tables:
            self._open_in_table(name)
        elif name == "li":
            if not self._has("ul", "ol"):
                self._put(f"\n{indent}- ")
                return
            while self.stack[-1].kind not in ("ul", "ol"):
                self._close()
            self.stack.append(_Frame(name))
        elif name in ("ul", "ol"):
            start = attributes.get("start", "1")
            self.stack.append(_Frame(name, indent=indent, count=int(start) if re.fullmatch(r"\d{1,6}", start) else 1))
        elif name == "blockquote":
            self.stack.append(_Frame(name, indent=indent))
        elif name == "div" and (alert := _ALERT.search(attributes.get("class", ""))):
            kind = alert[1] or (_ALERT.search(attributes["class"], alert.end()) or alert)[1] or "info"
            self.stack.append(_Frame("div", detail=_SIGNS.get(kind.lower(), "ℹ️"), indent=indent))
        elif name == "div":
            self._break()
            self.stack.append(_Frame("plain-div"))
        else:
            self._break()

    def _open_in_table(self, name: str) -> None:
        if self.tables > 1 or name in ("p", "div", "ul", "ol", "blockquote", "tbody", "thead"):
            self._put(" ")
        elif name == "tr":
            self._close_cell()
            self.stack[-1].rows.append([])
        elif name in ("td", "th"):
            self._close_cell()
            self.stack.append(_Frame("cell"))
        elif name == "li":
            self._put(" • ")
        else:
            self._put(" ")

    def _end(self, name: str, at: int) -> int:
        if name in _MARKS or name in ("a", "summary", "ul", "ol", "blockquote", "li") or name in _HEADINGS:
            if self.tables and name in ("ul", "ol", "blockquote", "li"):
                self._put(" ")
            else:
                self._close_to(name)
        elif name == "table":
            if self.tables > 1:
                self.tables -= 1
            elif self.tables:
                self._close_to("table")
        elif self.tables:
            if self.tables == 1 and name in ("td", "th", "tr"):
                self._close_cell()
            elif name in _PARAGRAPHS:
                self._put(" ")
        elif name == "div":
            if not self._close_to("div", "plain-div"):
                self._break()
        elif name in _PARAGRAPHS:
            self._break()
        return at

    # -- what goes out ------------------------------------------------------------------------------------------------

    def _has(self, *kinds: str) -> bool:
        return any(frame.kind in kinds for frame in self.stack)

    def _close_to(self, *kinds: str) -> bool:
        """Closes the innermost open element of `kinds` and all within; a cell keeps what is outside it open."""
        for at in range(len(self.stack) - 1, 0, -1):
            if self.stack[at].kind in kinds:
                while len(self.stack) > at:
                    self._close()
                return True
            if self.stack[at].kind == "cell" and kinds != ("table",):
                return False
        return False

    def _close_cell(self) -> None:
        if self._has("cell"):
            while self.stack[-1].kind != "cell":
                self._close()
            self._close()
        while self.stack[-1].kind != "table":
            self._close()

    def _close(self) -> None:
        frame = self.stack.pop()
        inner = "".join(frame.parts)
        match frame.kind:
            case "cell":
                table = self.stack[-1]
                if not table.rows:
                    table.rows.append([])
                table.rows[-1].append(re.sub(r"(?<!\\)\|", r"\\|", inner.strip().replace("\n", " ")))
            case "table":
                self.tables = 0
                self._block(_pipe_table(frame.rows), frame.indent, before=inner)
            case "ul" | "ol":
                self._block(inner, frame.indent)
            case "li":
                self._item(inner)
            case "div" | "blockquote":
                content = _dedented(inner).strip()
                lines = f"{frame.detail} {content}".strip().split("\n") if content else []
                self._block("\n".join(f"> {line}".rstrip() for line in lines), frame.indent)
            case "plain-div":
                self._put(inner)
                self._break()
            case "a":
                self._link(inner, frame.detail)
            case "summary":
                self._put(f"\n\n{frame.indent}{_marked(inner, '**')}\n\n{frame.indent}")
            case "b" | "strong" | "i" | "em":
                self._put(_marked(inner, _MARKS[frame.kind]))
            case _:
                self._heading(frame, inner)

    def _item(self, inner: str) -> None:
        owner = self.stack[-1]
        marker = "- " if owner.kind == "ul" else f"{owner.count}. "
        owner.count += 1
        first, *others = _dedented(inner).strip().split("\n")
        lines = [marker + first, *(" " * len(marker) + line if line.strip() else "" for line in others)]
        self._put("\n".join(lines) + "\n")

    def _heading(self, frame: _Frame, inner: str) -> None:
        words = " ".join(inner.split())
        if self.tables:
            self._put(f" {_marked(words, '**')} ")
        elif words:
            anchor = f" {{#{frame.detail}}}" if _ANCHOR.fullmatch(frame.detail) else ""
            self._block(f"{'#' * int(frame.kind[1])} {words}{anchor}", frame.indent)

    def _link(self, inner: str, target: str) -> None:
        words = " ".join(inner.split())
        if not target or not words:
            self._put(inner)
            return
        if words.count("[") != words.count("]"):
            words = words.replace("[", "\\[").replace("]", "\\]")
        before = " " if inner[:1].isspace() else ""
        self._put(f"{before}[{words}]({_target(target)}){' ' if inner[-1:].isspace() else ''}")

    def _block(self, content: str, indent: str, before: str = "") -> None:
        lines = content.strip("\n").split("\n")
        shown = "\n".join(indent + line if line.strip() else "" for line in lines)
        lead = f"\n\n{indent}{before.strip()}" if before.strip() else ""
        self._put(f"{lead}\n\n{shown}\n\n{indent}" if content.strip() else f"{lead}\n\n{indent}")

    def _line_break(self, at: int) -> None:
        line = self.text[self.line_start : self.line_start + 80].lstrip(" \t>")
        if self.tables or line.startswith(("#", "|")):
            self._put(" ")
            return
        indent = self._indent()
        # What follows on the source's own next line needs no second line break.
        follows = self.text[at : at + 1] == "\n" or not self.text[at : at + 80].strip()
        self._put("\n" if follows else f"\n\n{indent}")

    def _raw_end(self, name: str, at: int) -> tuple[int, int]:
        """Where the content of an element that holds no markup ends, and where what follows begins."""
        found = None if name in self.unclosed else _RAW_END[name].search(self.text, at)
        if found:
            return found.start(), found.end()
        self.unclosed.add(name)
        if name in ("script", "style"):
            return len(self.text), len(self.text)
        return at, at

    def _advance(self, start: int, end: int) -> None:
        line = self.text.rfind("\n", start, end)
        if line >= 0:
            self.line_start = line + 1

    def _verbatim(self, name: str, attributes: dict[str, str], inner: str) -> None:
        language = _LANGUAGE.search(inner[:200] if "<code" in inner[:200] else attributes.get("class", ""))
        code = html.unescape(_TAG_OR_CODE.sub(_without_tag, inner)).strip("\n")
        if not code.strip():
            return
        longest = max((len(run) for run in re.findall("`+", code)), default=0)
        if self.tables or (name != "pre" and not _BLANK_LINE.search(code)):
            shown = code.replace("\n", " ")
            fence = "`" * (longest + 1)
            pad = " " if shown.startswith("`") or shown.endswith("`") else ""
            self._put(f"{fence}{pad}{shown}{pad}{fence}")
            return
        fence = "`" * max(3, longest + 1)
        indent = self._indent()
        lines = [f"{fence}{language[1] if language else ''}", *dedent(code).split("\n"), fence]
        self._put("\n\n" + "\n".join(indent + line for line in lines) + f"\n\n{indent}")


def _without_tag(found: re.Match[str]) -> str:
    if found["ticks"]:
        return found[0]
    name = found["name"].lower()
    if name == "br":
        return "\n"
    return "" if name in _KNOWN else found[0]


def _attributes(text: str) -> dict[str, str]:
    if "=" not in text:
        return {}
    return {
        name.lower(): html.unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(text[:4000])
    }


def _target(url: str) -> str:
    """A link target as Markdown can write it."""
    quoted = "".join(url.split("\n")).strip()
    for character, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E")):
        quoted = quoted.replace(character, code)
    return quoted


def _plain(words: str) -> str:
    return " ".join(words.replace("[", "(").replace("]", ")").split())


def _marked(inner: str, mark: str) -> str:
    """Emphasis as Markdown reads it: no white space inside the marks, none at all around nothing or several blocks."""
    words = inner.strip()
    if not words or _BLANK_LINE.search(words) or words.startswith(("*", "_", "#", "- ", "|", ">")):
        return inner
    if mark == "*" and not (words[0].isalnum() and words[-1].isalnum()):
        return inner
    before = inner[: len(inner) - len(inner.lstrip())]
    return f"{before}{mark}{words}{mark}{inner[len(inner.rstrip()) :]}"


def _dedented(text: str) -> str:
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip()]
    common = min(indents, default=0)
    return "\n".join([lines[0].lstrip(), *(line[common:] for line in lines[1:])]) if common else text


def _pipe_table(rows: list[list[str]]) -> str:
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    if width == 1 and len(rows) == 1:
        return rows[0][0].replace("\\|", "|")
    rows[0].extend([""] * (width - len(rows[0])))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _code_spans(text: str) -> dict[int, int]:
    """Start of every inline code span and where it ends: a run of backticks up to the next run as long in the same
    paragraph. Linear: every run looks one step on, from the last."""
    runs = [(found.start(), found.end()) for found in re.finditer("`+", text)]
    breaks = [found.start() for found in _BLANK_LINE.finditer(text)]
    following: dict[tuple[int, int], int] = {}
    closers: list[int] = [0] * len(runs)
    paragraph = len(breaks)
    for at in range(len(runs) - 1, -1, -1):
        start, end = runs[at]
        while paragraph and breaks[paragraph - 1] >= start:
            paragraph -= 1
        key = (paragraph, end - start)
        closers[at] = following.get(key, -1)
        following[key] = at
    spans: dict[int, int] = {}
    at = 0
    while at < len(runs):
        start = runs[at][0]
        escaped = start > 0 and text[start - 1] == "\\" and (start < 2 or text[start - 2] != "\\")
        if closers[at] >= 0 and not escaped:
            spans[start] = runs[closers[at]][1]
            at = closers[at]
        at += 1
    return spans
