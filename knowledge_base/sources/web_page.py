"""A web page -> what an article needs of it: title, language, translations, main content."""

from __future__ import annotations

import codecs
import html as entities
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from knowledge_base.sources.html_to_markdown import tree_to_markdown
from knowledge_base.sources.html_tree import MAX_HTML_CHARACTERS, HtmlUnusable, Node, parse_html

_HEAD_CHARACTERS = 300_000
_TAG = re.compile(r"<(html|link|meta|title)\b([^<>]{0,4000})>", re.I)
_ATTRIBUTE = re.compile(r"([a-zA-Z:-]{1,40})\s*=\s*(?:\"([^\"]{0,3000})\"|'([^']{0,3000})'|([^\s\"'>]{1,3000}))")
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,1000})", re.I)
_CHARSET = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.I)
_BOILERPLATE_TAGS = frozenset({"nav", "footer", "form", "aside"})
_BOILERPLATE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "dialog"})
_BOILERPLATE_NAMES = re.compile(
    r"(^|[-_])(nav|navbar|menu|breadcrumbs?|sidebar|footer|cookies?|share|social|feedback|votes?|related|comments?|toc|skip|"
    r"pagination|subscribe|search)($|[-_])"
)
_SITE_NAME = re.compile(r"\s+[|–—·»]\s+[^|–—·»]*$|\s+-\s+[^-]*$")
_CALLOUT_NAMES = re.compile(
    r"(^|[-_])(note|info|warning|tip|callout|alert|admonition|important|danger|caution)($|[-_])"
)


@dataclass(frozen=True, slots=True)
class WebPage:
    """`locale` as the page gives it (`pt-BR`), `alternates` language -> absolute address. `markdown` may be empty."""

    title: str
    locale: str
    description: str
    canonical: str
    alternates: tuple[tuple[str, str], ...]
    noindex: bool
    markdown: str


def read_page(body: bytes, content_type: str, url: str) -> WebPage:
    """Raises `HtmlUnusable` for what is too large or too deep."""
    html = _decoded(body, content_type)
    if len(html) > MAX_HTML_CHARACTERS:
        raise HtmlUnusable(f"larger than {MAX_HTML_CHARACTERS} characters")
    head = html[:_HEAD_CHARACTERS]
    tags = [(name.lower(), _attributes(rest)) for name, rest in _TAG.findall(head)]
    metas = {
        (each.get("name") or each.get("property", "")).lower(): each.get("content", "")
        for name, each in tags
        if name == "meta"
    }
    links = [each for name, each in tags if name == "link"]
    alternates = tuple(
        (each["hreflang"], urljoin(url, each["href"]))
        for each in links
        if "alternate" in each.get("rel", "").lower().split() and each.get("hreflang") and each.get("href")
    )
    canonical = next((each.get("href", "") for each in links if "canonical" in each.get("rel", "").lower().split()), "")
    content = main_content(parse_html(html))
    markdown = tree_to_markdown(content, url)
    heading = next((each for each in content.elements() if each.tag == "h1"), None)
    title = " ".join(heading.text().split()) if heading is not None else ""
    if not title:
        found = _TITLE.search(head)
        told = metas.get("og:title") or (_SITE_NAME.sub("", entities.unescape(found[1]).strip()) if found else "")
        title = " ".join(told.split())
    robots = f"{metas.get('robots', '')},{metas.get('support-copilot', '')}".lower()
    return WebPage(
        title=title,
        locale=next((each.get("lang", "") for name, each in tags if name == "html"), "").strip(),
        description=" ".join((metas.get("description") or metas.get("og:description") or "").split()),
        canonical=urljoin(url, canonical) if canonical else "",
        alternates=alternates,
        noindex="noindex" in robots or "none" in [each.strip() for each in robots.split(",")],
        markdown=_without_title(markdown, title),
    )


def main_content(root: Node) -> Node:
    """The part of a page that is the article: `main` or `article` where there is one (the one with most text), else the
    deepest element that holds most of the page's text; menus, footers and the like taken out."""
    _prune(root)
    marked = [
        each for each in root.elements() if each.tag in ("main", "article") or each.get("role") in ("main", "article")
    ]
    best = max(marked, key=_size, default=None)
    if best is not None and _size(best) > 0:
        inner = [each for each in best.elements() if each.tag == "article" or each.get("itemprop") == "articleBody"]
        return max(inner, key=_size) if inner and 2 * max(map(_size, inner)) > _size(best) else best
    current, whole = root, _size(root)
    while True:
        larger = next((each for each in current.children if isinstance(each, Node) and _size(each) > 0.8 * whole), None)
        if larger is None or larger.tag not in ("div", "section", "body", "center"):
            return current
        current = larger


def _prune(root: Node) -> None:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        node.children = [each for each in node.children if isinstance(each, str) or not _is_boilerplate(each)]
        waiting.extend(each for each in node.children if isinstance(each, Node))


def _is_boilerplate(node: Node) -> bool:
    if "hidden" in node.attributes or node.get("aria-hidden") == "true" or node.get("role") in _BOILERPLATE_ROLES:
        return node.tag not in ("details", "code", "pre")
    names = [*node.classes, node.get("id").lower()]
    if node.tag in _BOILERPLATE_TAGS:
        return not any(_CALLOUT_NAMES.search(name) for name in names)
    if node.tag not in ("div", "section", "ul", "ol", "header", "span", "p"):
        return False
    return any(_BOILERPLATE_NAMES.search(name) for name in names if name) and not any(
        each.tag in ("main", "article", "h1") for each in node.elements()
    )


def _size(node: Node) -> int:
    """Characters of text, those of links left out: menus are all links."""
    total = 0
    waiting: list[Node | str] = list(node.children)
    while waiting:
        child = waiting.pop()
        if isinstance(child, str):
            total += len(child.strip())
        elif child.tag != "a":
            waiting.extend(child.children)
    return total


def _without_title(markdown: str, title: str) -> str:
    """The title is a field of its own; said again as the first heading it would be a section without words."""
    first, _, rest = markdown.partition("\n")
    plain = re.sub(r"\\(.)", r"\1", re.sub(r"\s*\{#[^{}]*\}\s*$", "", first))
    return rest.lstrip("\n") if plain.startswith("# ") and plain[2:].strip() == title else markdown


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): entities.unescape(double or single or bare).strip()
        for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _decoded(body: bytes, content_type: str) -> str:
    if body.startswith(codecs.BOM_UTF8):
        return body[3:].decode("utf-8", "replace")
    declared = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", content_type, re.I)
    named = declared[1] if declared else ""
    if not named:
        found = _CHARSET.search(body[:4096])
        named = found[1].decode("ascii") if found else "utf-8"
    try:
        # Text only: codecs such as `zip` or `rot13` are none of a page's business.
        return body.decode(named if codecs.lookup(named)._is_text_encoding else "utf-8", "replace")
    except (LookupError, AttributeError):
        return body.decode("utf-8", "replace")
