"""HTML mail as text: paragraphs as lines, quotations with ``>``, what cannot be seen left out."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser

import nh3

# Longer than anybody writes; beyond it are pictures and styles in the text.
LONGEST_HTML = 1_000_000
# Mending the nesting costs the square of the depth: 0.3 s for 4,000 open elements. Mail programs nest some dozens.
DEEPEST = 1_000
_BLOCKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "section", "hr"})
_TAGS = _BLOCKS | {
    "a",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "span",
    "br",
    "li",
    "td",
    "th",
    "tbody",
    "thead",
    "blockquote",
    "font",
}
_ATTRIBUTES = {"*": {"class", "id", "style"}, "a": {"href"}}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_SIGNATURES = frozenset(
    {"gmail_signature", "gmail_signature_prefix", "moz-signature", "signature", "ms-outlook-mobile-signature"}
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_OPENS_OR_CLOSES = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,40})")
_NEVER_OPEN = frozenset(
    {"br", "hr", "img", "meta", "link", "input", "p", "li", "tr", "td", "th", "col", "wbr", "area", "o:p"}
)
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_SPACE_BEFORE_A_BREAK = re.compile(r"[ \t]+\n")


def html_to_text(page: str) -> str:
    """The text that a reader sees. Never raises; time grows with the length (nh3 mends the nesting first)."""
    page = page[:LONGEST_HTML]
    if _depth(page) > DEEPEST:
        return html.unescape(_ANY_TAG.sub(" ", page)).strip()
    clean = nh3.clean(
        page,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        clean_content_tags={"script", "style", "title", "head", "noscript", "template"},
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def _depth(page: str) -> int:
    """At least as many elements as are open at once anywhere; one that is closed without being open counts nothing."""
    open_now: Counter[str] = Counter()
    depth = deepest = 0
    for found in _OPENS_OR_CLOSES.finditer(page):
        name = found[2].lower()
        if name in _NEVER_OPEN:
            continue
        if not found[1]:
            open_now[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_now[name]:
            open_now[name] -= 1
            depth -= 1
    return deepest


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0
        # Depth of what is left out, counted in tags: the input is well nested.
        self._out: int = 0
        self._link: str | None = None
        self._link_text: list[str] = []
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("br", "hr"):
            if not self._out:
                self._break(force=tag == "br")
            return
        if self._out:
            self._out += 1
            return
        names = {given.get("id", "").lower(), *given.get("class", "").lower().split()}
        if _HIDDEN.search(given.get("style", "")) or names & _SIGNATURES:
            self._out = 1
            return
        if tag == "blockquote":
            self._break()
            self._quoted += 1
        elif tag == "li":
            self._break()
            self._line.append("- ")
        elif tag in _BLOCKS:
            self._break()
            self._pre += tag == "pre"
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        elif tag == "a":
            self._link, self._link_text = given.get("href"), []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("br", "hr"):
            return
        if self._out:
            self._out -= 1
            return
        if tag == "blockquote":
            self._break()
            self._quoted -= 1
        elif tag in _BLOCKS or tag == "li":
            self._break()
            self._pre -= tag == "pre"
            if tag == "p":
                self._blank()
        elif tag == "a":
            shown = "".join(self._link_text).strip()
            link = self._link or ""
            if (
                link.startswith(("http://", "https://"))
                and len(link) <= 300
                and shown
                and shown.rstrip("/") not in link
            ):
                self._line.append(f" ({link})")
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._out:
            return
        if self._pre:
            first, *rest = data.split("\n")
            self._line.append(first)
            for each in rest:
                self._break(force=True)
                self._line.append(each)
            return
        text = _SPACES.sub(" ", data)
        if text == " " and not self._line:
            return
        self._line.append(text)
        if self._link is not None:
            self._link_text.append(text)

    def _break(self, *, force: bool = False) -> None:
        text = "".join(self._line).strip() if not self._pre else "".join(self._line).rstrip()
        self._line.clear()
        if text or force:
            self._lines.append("> " * self._quoted + text)

    def _blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(("> " * self._quoted).rstrip())

    def text(self) -> str:
        self._break()
        joined = "\n".join(self._lines).replace("\xa0", " ")
        return re.sub(r"\n{3,}", "\n\n", _SPACE_BEFORE_A_BREAK.sub("\n", joined)).strip()
