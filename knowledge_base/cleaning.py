"""Brings the Markdown that help centers really hold to plain CommonMark with tables: markup the parser does not know
(inline HTML, Adobe's and VTEX's notations, image sizes) becomes Markdown or goes, code stays as it is."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.S)
_DIRECTIVE = re.compile(r"\[!(?:DNL|UICONTROL)\s+([^\[\]]*)\]")
_IMAGE_ATTRIBUTES = re.compile(r"(!\[[^\]]{0,2000}\]\([^()\n]{0,2000}\))\{[^{}\n]{0,200}\}")
_IMAGE_URL_WITH_SPACES = re.compile(
    r"(!\[[^\]\n]{0,2000}\]\()[ \t]*([^()<>\n\"]*?\.(?:png|jpe?g|gif|webp|svg))[ \t]*(\"[^\"\n]*\"[ \t]*)?\)", re.I
)
_COLLAPSIBLE = re.compile(r"^\+\+\+[ \t]*(.*)$")
_ALERT = re.compile(r"<div\s[^<>]*class\s*=\s*[\"']?[^<>\"']*\balert(?:-(\w+))?\b[^<>]*>(.*?)</div\s*>", re.S | re.I)
_ALERT_KIND = re.compile(r"\balert-(info|success|warning|danger|error)\b", re.I)
_TABLE = re.compile(r"<table\b[^<>]*>.*?</table\s*>", re.S | re.I)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)/?>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_INLINE_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)(?:[^`\n]|(?<!`)`{1,2}(?!`))*?\1(?!`)")
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "samp": "`"}
_BLOCKS = {"p": "\n\n", "div": "\n\n", "ul": "\n\n", "ol": "\n\n", "br": "\n\n", "hr": "\n\n---\n\n", "pre": "\n\n"}
_KNOWN_TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "code",
        "kbd",
        "samp",
        "u",
        "s",
        "del",
        "ins",
        "sub",
        "sup",
        "span",
        "font",
        "small",
        "big",
        "mark",
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "br",
        "hr",
        "pre",
        "img",
        "iframe",
        "video",
        "source",
        "figure",
        "figcaption",
        "center",
        "details",
        "summary",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "colgroup",
        "col",
        "script",
        "style",
        "section",
        "article",
        "header",
        "footer",
        "nav",
        "main",
        "label",
        "button",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "abbr",
        "cite",
        "q",
        "tt",
        "strike",
    ]
)
_CALLOUT_SIGN = {"warning": "⚠️", "danger": "❗", "error": "❗"}
_DROPPED = re.compile(r"<(script|style)\b[^<>]*>.*?(</\1\s*>|\Z)", re.S | re.I)


def clean_markdown(text: str) -> str:
    """CommonMark with pipe tables that says the same. Fenced and inline code is left as it is."""
    out: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            out.append(line)
            if match and match[1].startswith(fence) and not line.strip(" \t>`~"):
                fence = ""
        elif match:
            if prose:
                out.append(_clean_prose("\n".join(prose)))
            prose = []
            out.append(line)
            fence = match[1]
        else:
            prose.append(line)
    if prose:
        out.append(_clean_prose("\n".join(prose)))
    return "\n".join(out)


def clean_title(text: str) -> str:
    """A title without notations that only a renderer knows, on one line."""
    return " ".join(_DIRECTIVE.sub(r"\1", html.unescape(text)).split())


def _clean_prose(text: str) -> str:
    if "<" in text:
        text = _COMMENT.sub("", text)
        text = _DROPPED.sub("", text)
        text = _ALERT.sub(_alert, text)
        text = _TABLE.sub(lambda found: _pipe_table(found[0]), text)
    if "<" in text or "[!" in text:
        text = _clean_tags_outside_code(text)
    if "![" in text:
        text = _IMAGE_ATTRIBUTES.sub(r"\1", text)
        text = _IMAGE_URL_WITH_SPACES.sub(_image_url, text)
    if "+++" in text:
        text = "\n".join(_COLLAPSIBLE.sub(r"\n\1\n", line) for line in text.split("\n"))
    return text


def _clean_tags_outside_code(text: str) -> str:
    parts: list[str] = []
    end = 0
    for code in _INLINE_CODE.finditer(text):
        parts.append(_clean_tags(text[end : code.start()]))
        parts.append(code[0])
        end = code.end()
    parts.append(_clean_tags(text[end:]))
    return "".join(parts)


def _clean_tags(text: str) -> str:
    """Inline HTML as Markdown; tags with no Markdown of their own go, their text stays. Unknown `<words>` stay."""
    links: list[str] = []

    def replace(found: re.Match[str]) -> str:
        closing, name, rest = bool(found[1]), found[2].lower(), found[3]
        if name not in _KNOWN_TAGS:
            return found[0]
        if name in _MARKS:
            return _MARKS[name]
        if name == "a":
            if closing:
                return f"]({links.pop()})" if links else ""
            links.append(_attributes(rest).get("href", "").replace(" ", "%20"))
            return "["
        if name == "img" and not closing:
            attributes = _attributes(rest)
            return f"![{attributes.get('alt', '')}]({attributes.get('src', '').replace(' ', '%20')})"
        if name == "li":
            return "" if closing else "\n- "
        if re.fullmatch("h[1-6]", name):
            return "\n\n" if closing else f"\n\n{'#' * int(name[1])} "
        return _BLOCKS.get(name, "")

    changed = _TAG.sub(replace, _DIRECTIVE.sub(r"\1", text))
    return changed + "".join(f"]({target})" for target in reversed(links))


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): html.unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _alert(found: re.Match[str]) -> str:
    kind = _ALERT_KIND.search(found[0][: found[0].index(">")])
    sign = _CALLOUT_SIGN.get(kind[1].lower() if kind else "info", "ℹ️")
    lines = [line.strip() for line in found[2].strip().split("\n")]
    return "\n\n" + "\n".join(f"> {line}" for line in [f"{sign} {lines[0]}", *lines[1:]]) + "\n\n"


def _image_url(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2].strip().replace(' ', '%20')}{' ' + found[3].strip() if found[3] else ''})"


class _TableReader(HTMLParser):
    """Rows of cells; a table within a cell becomes part of the cell's text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._close()
            self._cell = []
        elif self._cell is not None:
            self._cell.append(_clean_tags(self.get_starttag_text() or "") if tag in _MARKS or tag == "img" else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()
        elif self._cell is not None:
            self._cell.append(_MARKS.get(tag, " "))

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(" ".join("".join(self._cell).split()).replace("|", "\\|"))
            self._cell = None


def _pipe_table(source: str) -> str:
    reader = _TableReader()
    reader.feed(source)
    rows = [row for row in reader.rows if any(row)]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n\n" + "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]) + "\n\n"
