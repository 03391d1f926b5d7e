"""Markdown as HTML that is safe to put into any page: the parser lets no HTML through, and its output is cut down to a
list of tags, attributes and link targets all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from knowledge_base.markdown import FILE_NAME, callout_kind, inline_text, parse, read, slug

ResolveLink = Callable[[str], str | None]
"""Turns a link target as written into one that works for a reader, or None where there is none."""

_TAGS = {
    "a", "aside", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "mark", "ol", "p",
    "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "aside": {"class"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
_CLASS = re.compile(r"callout callout-(info|tip|warning|danger)|language-[\w+#.-]{1,40}")
_ANCHOR = re.compile(r"#[\w.:-]*")
_CONTROL = re.compile(r"[\x00-\x1f\\]")


def safe_url(url: str, *, mail: bool = True) -> str | None:
    """`url` when it is http(s) with a host, mailto, rooted here or a fragment; None for everything else.

    nh3 alone lets `//evil.example` pass where only https is allowed."""
    target = "".join(url.split())
    if _CONTROL.search(url) or target.lower().startswith("/%5c"):
        return None
    if _ANCHOR.fullmatch(target):
        return target
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return target if parts.netloc else None
    if mail and parts.scheme == "mailto":
        return target
    return target if not parts.scheme and target.startswith("/") and not target.startswith("//") else None


def render_markdown(markdown: str, resolve: ResolveLink | None = None, *, cleaned: bool = False) -> str:
    """Safe HTML of a whole article. `resolve` maps relative links; what leads nowhere becomes plain text, links to places
    in the article itself included. A heading of level 1 becomes level 2, as the page has its title above. Callouts
    become `<aside class="callout callout-KIND">`."""
    tokens = parse(markdown) if cleaned else read(markdown)[1]
    anchors = {str(each.attrGet("id")) for each in tokens if each.type == "heading_open"}

    def within(target: str) -> str | None:
        if target.startswith("#"):
            found = anchor_among(target, anchors)
            return f"#{found}" if found is not None else ""
        return resolve(target) if resolve else None

    return render_tokens(tokens, within)


def anchor_among(fragment: str, anchors: Collection[str]) -> str | None:
    """The anchor that `#fragment` means, letter case and accents aside; empty for the top, None where there is none."""
    name = unquote(fragment.removeprefix("#"))
    if name in anchors or name in ("", "top"):
        return "" if name == "top" and name not in anchors else name
    folded = slug(name)
    return folded if folded in anchors else next((each for each in anchors if each.lower() == name.lower()), None)


def render_tokens(tokens: Sequence[Token], resolve: ResolveLink | None = None, *, ids: bool = True) -> str:
    """Safe HTML of what was parsed. The tokens are changed: read what else is needed from them before.

    `resolve` returns a target, an empty string for one that is known to lead nowhere, or None where it cannot tell.
    Without `ids` headings carry none: a passage stands in somebody else's page, whose ids are its own."""
    _mark_callouts(tokens)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            if token.tag == "h1":
                token.tag = "h2"
            if not ids:
                token.attrs = {}
        if not token.children:
            continue
        aimed = False
        for child in token.children:
            aimed |= _aim(child, resolve)
        if aimed:
            token.children = _without_dead(token.children)
    return sanitised(_RENDERER.render(tokens, _OPTIONS, {}))


def sanitised(markup: str) -> str:
    """`markup` cut down to the tags, attributes and link targets that are safe in any page (excerpts use it, too)."""
    return _CLEANER.clean(markup).strip()


_OPTIONS = OptionsDict(
    {
        "maxNesting": 20,
        "html": False,
        "linkify": False,
        "typographer": False,
        "quotes": "“”‘’",
        "xhtmlOut": False,
        "breaks": False,
        "langPrefix": "language-",
        "highlight": None,
    }
)


_RENDERER = RendererHTML()


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute in ("href", "src"):
        return safe_url(value, mail=attribute == "href")
    if attribute == "class":
        return value if _CLASS.fullmatch(value) else None
    if attribute == "start":
        return value if value.isdigit() else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)


def _mark_callouts(tokens: Sequence[Token]) -> None:
    """Quotes that begin with `[!NOTE]` or a sign such as the warning triangle, at any depth, become callouts."""
    open_quotes: list[Token] = []
    kinds: list[str | None] = []
    for at, token in enumerate(tokens):
        if token.type == "blockquote_open":
            open_quotes.append(token)
            first = tokens[at + 2] if at + 2 < len(tokens) and tokens[at + 2].type == "inline" else None
            kind = callout_kind(inline_text(first)) if first is not None else None
            if kind is not None and first is not None:
                token.tag = "aside"
                token.attrs = {"class": f"callout callout-{kind[0]}"}
                _strip_mark(first)
            kinds.append(kind[0] if kind else None)
        elif token.type == "blockquote_close" and kinds and kinds.pop():
            token.tag = "aside"


def _strip_mark(inline: Token) -> None:
    """Takes the mark off the first words; a line of its own goes with its line break."""
    children = list(inline.children or [])
    while children and children[0].type == "text":
        found = callout_kind(children[0].content)
        if found is None:
            break
        children[0].content = children[0].content[found[1] :]
        if children[0].content:
            break
        children = children[1:]
        while children and children[0].type in ("softbreak", "hardbreak"):
            children = children[1:]
        break
    inline.children = children


def _aim(token: Token, resolve: ResolveLink | None) -> bool:
    """Points a link or image where it works, with an empty target where nothing does; whether it was one."""
    if token.type == "link_open":
        written = str(token.attrGet("href") or "")
        target = resolve(written) if resolve else None
        if target is None:
            target = safe_url(written)
        token.attrs = {"href": target or ""}
    elif token.type == "image":
        token.attrSet("src", safe_url(str(token.attrGet("src") or ""), mail=False) or "")
    else:
        return False
    return True


def _without_dead(children: Sequence[Token]) -> list[Token]:
    """Links without a target become their words, images without one their alternative text."""
    kept: list[Token] = []
    dead: list[bool] = []
    for child in children:
        if child.type == "link_open":
            dead.append(not child.attrGet("href"))
            if dead[-1]:
                continue
        elif child.type == "link_close":
            if dead and dead.pop():
                continue
        elif child.type == "image" and not child.attrGet("src"):
            words = inline_text(child)
            if words and not FILE_NAME.fullmatch(words):
                kept.append(_text(f"[{words}]"))
            continue
        kept.append(child)
    return kept


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)
