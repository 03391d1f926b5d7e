"""Brings the Markdown that help centers really hold to plain CommonMark with tables: markup the parser does not know
(inline HTML, Adobe's and VTEX's notations, image sizes) becomes Markdown or goes, code stays as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

from knowledge_base.html_markup import markdown_of_html

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(?=([^`\n]*)$)")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])([ \t]+|$)")
_DIRECTIVE = re.compile(r"\[!(?:DNL|UICONTROL|BADGE|PREVIEW)\s{1,3}((?:[^\[\]\n]|\[[^\[\]\n]{0,80}\]){0,300})\]")
_VIDEO = re.compile(r"\[!VIDEO\](?=\()")
# `![x](y){width="40"}`, `[x](y){target=_blank}`; after code or words braces stay: `{store_id}`.
_ATTRIBUTES = re.compile(r"(?<=\))\{:?[ \t]*(?:[#.][\w-]|[a-zA-Z][\w-]*=)[^{}\n]{0,200}\}")
_ANCHOR_OF_TEXT = re.compile(r"\{#[\w.:-]{1,100}\}")
_SPACED_TARGET = re.compile(r"\]\([ \t]*([^()<>\n]{1,300})\)")
_SPACED_IMAGE = re.compile(
    r"^([^\"']*\.(?:png|jpe?g|gif|webp|svg|md|html?|pdf)(?:[?#][^\s\"']*)?)[ \t]*(\"[^\"]*\"|'[^']*')?$", re.I
)
_UNCLOSED_IMAGE = re.compile(
    r"(!\[[^\[\]\n]{0,200}\]\(https?://[^\s()<>]{1,1000})[ \t]*(?=\n[ \t]*[^)\s]|\n[ \t]*\n|\Z)"
)
_PARTED_LINK = re.compile(r"(?<=\S\])[ \t]\((?=(?:https?://|/)[^\s()]{1,500}\))")
_TWICE_ESCAPED = re.compile(r"&amp;(?=(?:nbsp|quot|lt|gt|amp|apos|period|comma|colon|#\d{1,5});)")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]|&(?:shy|ZeroWidthSpace|#8203|#x200b);", re.I)
# `+\&lt;` is what some translation tools make of `+<`.
_ESCAPED_ENTITY = re.compile(r"\\(?=&(?:lt|gt|quot|amp|nbsp|#\d{1,5});)")
_MARKUP = re.compile(r"[<{\u200b\u2060\ufeff\u00ad]|\[!|\]\(|\] \(|&(?:amp|shy|zerow|#8203|#x200b)|\\&|\+\+\+", re.I)
_RAW_ELEMENT = re.compile(r"<(table|pre|script|style)\b", re.I)
# Quotes within quotes deeper than this stay as they are written.
_MAX_QUOTES = 8


def clean_markdown(text: str) -> str:
    """CommonMark with pipe tables that says the same. Fenced, indented and inline code is left as it is."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _MARKUP.search(text):
        return text
    return "\n".join(_cleaned(text.split("\n"), 0))


def clean_title(text: str) -> str:
    """A title without notations that only a renderer knows, on one line."""
    return " ".join(_INVISIBLE.sub("", _DIRECTIVE.sub(r"\1", html.unescape(text))).split())


def _cleaned(lines: list[str], depth: int) -> Iterator[str]:
    for kind, part in _parts(_without_comments(lines), depth):
        if kind == "code":
            yield from part
        elif kind == "quote":
            inner = [_QUOTE.sub("", line, count=1) for line in part]
            if depth < _MAX_QUOTES and any(_MARKUP.search(line) for line in inner):
                yield from (f"> {line}" if line else ">" for line in _cleaned(inner, depth + 1))
            else:
                yield from part
        else:
            yield from _clean_prose("\n".join(part)).split("\n")


def _without_comments(lines: list[str]) -> list[str]:
    """Lines without `<!-- ... -->`, which may span code and quotes; one in code is no comment, one that nothing ends goes
    on to the end, as in a browser."""
    if not any("<!--" in line for line in lines):
        return lines
    kept: list[str] = []
    fence = ""
    hidden = False
    for line in lines:
        if hidden:
            end = line.find("-->")
            if end < 0:
                continue
            hidden, line = False, line[end + 3 :]
            if not line.strip():
                continue
        bare = line.lstrip(" \t>")
        found = _FENCE.match(bare)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        elif "<!--" in line:
            line, hidden = _without_comments_in(line)
        kept.append(line)
    return kept


def _without_comments_in(line: str) -> tuple[str, bool]:
    """The line without its comments, and whether the last goes on in the next line."""
    parts: list[str] = []
    at = 0
    while (start := line.find("<!--", at)) >= 0:
        if line.count("`", 0, start) % 2 and len(line) < 20_000:
            parts.append(line[at : start + 4])
            at = start + 4
            continue
        parts.append(line[at:start])
        end = line.find("-->", start + 2)
        if end < 0:
            return "".join(parts), True
        at = end + 3
    parts.append(line[at:])
    return "".join(parts), False


def _parts(lines: list[str], depth: int) -> Iterator[tuple[str, list[str]]]:
    """Runs of lines that are code, a quote or prose. An element that may hold anything (a table, `<pre>`) is prose to
    its end; indented code is told from what belongs to a list item by the item's indent."""
    held: list[str] = []
    kind = "prose"
    fence = ""
    element = ""
    items: list[int] = []
    blank = True
    last_end = _last_ends(lines)
    for number, line in enumerate(lines):
        if fence:
            held.append(line)
            found = _FENCE.match(line)
            if found and found[1].startswith(fence) and not found[2].strip():
                yield "code", held
                held, kind, fence, blank = [], "prose", "", True
            continue
        if element:
            held.append(line)
            if f"</{element}" in line.lower():
                element, blank = "", False
            continue
        new = "prose"
        if not line.strip():
            # A blank line goes on with whatever it stands in, but ends a quote.
            new = kind if kind == "code" else "prose"
            blank_now = True
        else:
            blank_now = False
            indent = len(line[: len(line) - len(line.lstrip())].expandtabs(4))
            while blank and items and indent < items[-1]:
                items.pop()
            if indent >= (items[-1] if items else 0) + 4 and (blank or kind == "code"):
                new = "code"
            elif found := _FENCE.match(line):
                new, fence = "fence", found[1]
            elif _QUOTE.match(line) and depth <= _MAX_QUOTES:
                new = "quote"
            elif item := _ITEM.match(line):
                items = [each for each in items if each <= indent]
                if len(items) < 40:
                    items.append(indent + len(item[0].strip()) + min(max(len(item[2]), 1), 4))
        if new == "fence":
            if held:
                yield kind, held
            held, kind, blank = [line], "code", False
            continue
        if new != kind:
            if held:
                yield kind, held
            held, kind = [], new
        held.append(line)
        blank = blank_now
        if kind == "prose" and "<" in line and (raw := _open_element(line)) and last_end.get(raw, -1) > number:
            element = raw
    if held:
        yield kind, held


def _last_ends(lines: list[str]) -> dict[str, int]:
    """The last line on which each element that may hold anything ends."""
    ends: dict[str, int] = {}
    for number, line in enumerate(lines):
        if "</" in line:
            lower = line.lower()
            for name in ("table", "pre", "script", "style"):
                if f"</{name}" in lower:
                    ends[name] = number
    return ends


def _open_element(line: str) -> str:
    """The element that may hold anything and that `line` opens and does not close; empty where there is none."""
    opened = ""
    for found in islice(_RAW_ELEMENT.finditer(line), 20):
        if line.count("`", 0, found.start()) % 2 == 0:
            opened = found[1].lower()
            break
    return opened if opened and f"</{opened}" not in line.lower() else ""


def _clean_prose(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    if "+++" in text:
        text = "\n".join(_collapsible(line) for line in text.split("\n"))
    text = markdown_of_html(text, _clean_notations)
    if "](" in text:
        text = _SPACED_TARGET.sub(_link_target, text)
        text = _ATTRIBUTES.sub("", text)
        text = _UNCLOSED_IMAGE.sub(r"\1)", text)
    return "\n".join(_without_anchor(line) for line in text.split("\n")) if "{#" in text else text


def _without_anchor(line: str) -> str:
    """Takes `{#id}` off a line that is no heading: what it names is no place that a link can open."""
    start = line.rfind("{#")
    if start < 0 or line.lstrip(" \t>").startswith("#") or not _ANCHOR_OF_TEXT.fullmatch(line[start:].rstrip()):
        return line
    return line[:start].rstrip()


def _collapsible(line: str) -> str:
    """`+++Title` opens a block that unfolds, `+++` ends it: a paragraph for the title, in bold."""
    bare = line.strip()
    if not bare.startswith("+++") or bare.startswith("++++"):
        return line
    words = bare[3:].strip()
    return f"\n{words if not words or '**' in words else f'**{words}**'}\n"


def _clean_notations(text: str) -> str:
    if "[!" in text:
        text = _VIDEO.sub("[Video]", _DIRECTIVE.sub(r"\1", text))
    if "&amp;" in text:
        text = _TWICE_ESCAPED.sub("&", text)
    if "\\&" in text:
        text = _ESCAPED_ENTITY.sub("", text)
    if "] (" in text:
        text = _PARTED_LINK.sub("(", text)
    return _INVISIBLE.sub("", text)


def _link_target(found: re.Match[str]) -> str:
    """A target that holds white space, as many images' do, made one that Markdown reads."""
    target = found[1].strip()
    if " " not in target:
        return found[0]
    spaced = _SPACED_IMAGE.match(target)
    if not spaced:
        return found[0]
    title = f" {spaced[2]}" if spaced[2] else ""
    return f"]({spaced[1].strip().replace(' ', '%20')}{title})"
