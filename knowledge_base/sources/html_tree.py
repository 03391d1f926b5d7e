"""Foreign HTML as a small tree. nh3 (html5ever) repairs and filters it first, so that only well-formed markup is walked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

MAX_HTML_CHARACTERS = 2_000_000
# nh3 is quadratic in depth: 100,000 nested <div> take a minute, 1,000 take milliseconds. No page that people wrote is deeper.
MAX_DEPTH = 1_000


def _words(text: str) -> list[str]:
    return text.split()


BLOCKS = _words(
    "address article aside blockquote body caption center dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hgroup hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_INLINE = _words(
    "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q s samp small span strong sub sup tt u var wbr"
)
_FRAMES = ["iframe", "video"]
_TAGS = frozenset([*BLOCKS, *_INLINE, *_FRAMES])
_EMPTY = frozenset({"br", "hr", "img", "wbr"})
_REMOVED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "button",
        "select",
        "textarea",
        "object",
        "title",
        "head",
    }
)
_COMMON = {"class", "id", "role", "dir", "lang", "hidden", "aria-hidden", "aria-label"}
_OWN = {
    "a": {"href", "name"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"colspan"},
    "th": {"colspan"},
    "iframe": {"src", "title"},
    "video": {"src", "title"},
    "div": {"data-lang", "data-language"},
    "pre": {"data-lang", "data-language"},
    "code": {"data-lang", "data-language"},
}
_ATTRIBUTES = {tag: _COMMON | _OWN.get(tag, set()) for tag in _TAGS}
_MARKUP = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,40})")
# These end by themselves where the next one begins.
_SELF_ENDING = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead", "colgroup"})
_VOID = frozenset(_words("area base br col embed hr img input link meta param source track wbr"))


class HtmlUnusable(Exception):
    """HTML that is too large or too deep to be worth reading; the message says which."""


@dataclass(eq=False)
class Node:
    """An element, or the root (`tag` is empty). Children are elements and pieces of text."""

    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.get("class").lower().split())

    def elements(self) -> Iterator[Node]:
        """Every element below, in the order of the document."""
        waiting = [child for child in reversed(self.children) if isinstance(child, Node)]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(child for child in reversed(node.children) if isinstance(child, Node))

    def text(self) -> str:
        """All text below, as it stands."""
        parts: list[str] = []
        waiting: list[Node | str] = list(reversed(self.children))
        while waiting:
            child = waiting.pop()
            if isinstance(child, str):
                parts.append(child)
            else:
                parts.append(" " if child.tag in BLOCKS or child.tag == "br" else "")
                waiting.extend(reversed(child.children))
        return "".join(parts)


def parse_html(html: str) -> Node:
    """The tree of a document or a part of one. Scripts, styles, forms' controls and comments are gone.

    Raises `HtmlUnusable` for what is larger than 2 million characters or nested deeper than 1,000 levels.
    """
    if len(html) > MAX_HTML_CHARACTERS:
        raise HtmlUnusable(f"larger than {MAX_HTML_CHARACTERS} characters")
    if _depth(html) > MAX_DEPTH:
        raise HtmlUnusable(f"nested deeper than {MAX_DEPTH} levels")
    clean = nh3.clean(
        html.replace("\x00", ""),
        tags=set(_TAGS),
        clean_content_tags=set(_REMOVED),
        attributes=_ATTRIBUTES,
        link_rel=None,
        strip_comments=True,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    builder = _Builder()
    builder.feed(clean)
    builder.close()
    return builder.root


def _depth(html: str) -> int:
    """Levels that stay open at the same time at most, counted without understanding the document."""
    deepest = level = 0
    for closing, name in _MARKUP.findall(html):
        tag = name.lower()
        if tag in _VOID or tag in _SELF_ENDING:
            continue
        level = max(0, level - 1) if closing else level + 1
        deepest = max(deepest, level)
    return deepest


class _Builder(HTMLParser):
    """nh3 closes what it opens, so that a stack is all there is to it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node()
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _EMPTY:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
