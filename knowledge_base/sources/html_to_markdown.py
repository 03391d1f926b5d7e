"""HTML as help centers write it -> the Markdown that the rest of the knowledge base reads.

Kept: headings with their anchors, nested lists and steps, pipe tables, code with its exact text, links and images made
absolute, callouts as `> ℹ️ ...`, collapsible blocks as their text. No library for this is among the requirements; what
there is (nh3) does the hard half, which is parsing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from knowledge_base.sources.html_tree import BLOCKS, Node, parse_html

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_STRONG = frozenset({"b", "strong"})
_EMPHASIS = frozenset({"i", "em", "cite", "dfn", "var"})
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_BLOCK_TAGS = frozenset(BLOCKS) - {"td", "th", "tr", "tbody", "thead", "tfoot"} | {"iframe", "video"}
_CALLOUTS = (
    ("❗", re.compile(r"(^|[-_\s])(danger|error|critical|caution|important-red)($|[-_\s])")),
    ("⚠️", re.compile(r"(^|[-_\s])(warning|warn|attention|important)($|[-_\s])")),
    ("💡", re.compile(r"(^|[-_\s])(tip|hint|success)($|[-_\s])")),
    ("ℹ️", re.compile(r"(^|[-_\s])(note|info|notice|callout|alert|admonition|information)($|[-_\s])")),
)
_ANCHOR = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_ESCAPED = re.compile(r"([\\`*\[\]<])|(?<![^\W_])(_)|(_)(?![^\W_])")
_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|={3,}|-{3,}|~{3,}|\+{3,})")
_NUMBER_START = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|brush:)-?\s*([A-Za-z0-9+#-]{1,20})")
_MAX_NESTING = 60
"""Levels that are told apart; markup below them still gives its text."""


def html_to_markdown(html: str, base_url: str = "") -> str:
    """Markdown that says what `html` says; relative links and images are resolved against `base_url`.

    Raises `HtmlUnusable` for what is too large or too deep.
    """
    return tree_to_markdown(parse_html(html), base_url)


def tree_to_markdown(root: Node, base_url: str = "") -> str:
    """As `html_to_markdown`, of a tree or a part of one."""
    text = "\n\n".join(_Writer(base_url).blocks(root, 0))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n" if text.strip() else ""


@dataclass(frozen=True, slots=True)
class _Writer:
    base_url: str

    def blocks(self, node: Node, depth: int) -> list[str]:
        """The Markdown blocks of what lies in `node`."""
        if depth > _MAX_NESTING:
            text = _escaped(" ".join(node.text().split()))
            return [text] if text else []
        made: list[str] = []
        inline: list[Node | str] = []

        def flush() -> None:
            if text := self._paragraph(inline):
                made.append(text)
            inline.clear()

        for child in node.children:
            if isinstance(child, str) or not _holds_blocks(child):
                inline.append(child)
                continue
            flush()
            made.extend(self._block(child, depth + 1))
        flush()
        return made

    def _block(self, node: Node, depth: int) -> list[str]:
        tag = node.tag
        if "hidden" in node.attributes and tag != "details":
            return []
        if tag in _HEADINGS:
            return self._heading(node)
        if tag in ("ul", "ol"):
            return self._list(node, depth)
        if tag == "table":
            return self._table(node, depth)
        if tag == "pre":
            return _code_block(node)
        if tag == "hr":
            return ["---"]
        if tag == "blockquote":
            return _quoted(self.blocks(node, depth), _callout_sign(node))
        if tag in ("iframe", "video"):
            return self._embedded(node)
        if tag in ("summary", "dt", "caption"):
            text = self._paragraph(node.children)
            return [f"**{text.strip('*')}**"] if text else []
        sign = _callout_sign(node) if tag in ("div", "aside", "section", "p") else ""
        return _quoted(self.blocks(node, depth), sign) if sign else self.blocks(node, depth)

    def _heading(self, node: Node) -> list[str]:
        text = self._paragraph(node.children).replace("\n", " ").strip()
        if not text:
            return []
        anchor = node.get("id") or next(
            (each.get("id") or each.get("name") for each in node.elements() if each.tag == "a"), ""
        )
        named = f" {{#{anchor}}}" if _ANCHOR.fullmatch(anchor) else ""
        return [f"{'#' * _HEADINGS[node.tag]} {text}{named}"]

    def _list(self, node: Node, depth: int) -> list[str]:
        start = node.get("start")
        number = int(start) if start.isdigit() and len(start) < 7 else 1
        items: list[str] = []
        loose = False
        for child in node.children:
            if isinstance(child, str):
                if child.strip():
                    items.append(f"- {_escaped(' '.join(child.split()))}")
                continue
            blocks = self.blocks(child, depth) if child.tag == "li" else self._block(child, depth)
            if not blocks:
                continue
            nested = child.tag in ("ul", "ol")
            if nested and items:
                # A list right within a list belongs to the item before it.
                items[-1] += "\n" + _indented("\n\n".join(blocks), "   " if node.tag == "ol" else "  ")
                continue
            mark = f"{number}. " if node.tag == "ol" else "- "
            number += 1
            loose = loose or any(not _is_list(each) for each in blocks[1:])
            body = "\n\n".join(blocks) if loose else "\n".join(blocks)
            items.append(mark + _indented(body, " " * len(mark)).lstrip(" "))
        return [("\n\n" if loose else "\n").join(items)] if items else []

    def _table(self, node: Node, depth: int) -> list[str]:
        made: list[str] = []
        rows: list[list[str]] = []
        for part in _rows(node):
            if part.tag == "caption":
                made.extend(self._block(part, depth))
                continue
            row: list[str] = []
            for cell in part.children:
                if isinstance(cell, Node) and cell.tag in ("td", "th"):
                    row.append(self._cell(cell, depth))
                    span = cell.get("colspan")
                    row.extend([""] * (min(int(span), 50) - 1 if span.isdigit() and len(span) < 4 else 0))
            if any(row):
                rows.append(row)
        if not rows:
            return made
        width = max(len(row) for row in rows)
        if width == 1:
            # One column is layout, not a table.
            return [*made, *(row[0] for row in rows)]
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        return [*made, "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])]

    def _cell(self, cell: Node, depth: int) -> str:
        text = " ".join(" ".join(self.blocks(cell, depth)).split())
        return re.sub(r"(?<!\\)\|", r"\\|", re.sub(r"^(- |#+ )", "", text))

    def _embedded(self, node: Node) -> list[str]:
        address = self._address(node.get("src"))
        return [f"[{_escaped(node.get('title')) or 'Video'}]({address})"] if address else []

    def _paragraph(self, nodes: list[Node | str]) -> str:
        text = self._inline(nodes, 0)
        lines = [_SPACES.sub(" ", line).strip() for line in text.split("\v")]
        while lines and not lines[0]:
            lines.pop(0)
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(f"{_line_escaped(line)}\\" if at < len(lines) - 1 else _line_escaped(line)
                         for at, line in enumerate(lines) if line)  # fmt: skip

    def _inline(self, nodes: list[Node | str], depth: int) -> str:
        parts: list[str] = []
        for node in nodes:
            if isinstance(node, str):
                parts.append(_escaped(_SPACES.sub(" ", node)))
            elif depth > _MAX_NESTING:
                parts.append(_escaped(_SPACES.sub(" ", node.text())))
            elif "hidden" not in node.attributes:
                parts.append(self._inline_element(node, depth + 1))
        return "".join(parts)

    def _inline_element(self, node: Node, depth: int) -> str:
        tag = node.tag
        if tag == "br":
            return "\v"
        if tag in _CODE:
            return _code(node.text())
        if tag == "img":
            address = self._address(node.get("src"))
            return f"![{_escaped(' '.join(node.get('alt').split()))}]({address})" if address else ""
        inner = self._inline(node.children, depth)
        if tag in _STRONG:
            return _wrapped(inner, "**")
        if tag in _EMPHASIS:
            return _wrapped(inner, "*")
        if tag == "a":
            return self._link(node, inner)
        return inner

    def _link(self, node: Node, inner: str) -> str:
        address = self._address(node.get("href"))
        text = inner.replace("\v", " ")
        # A permalink sign beside a heading says nothing.
        if text.strip() in ("", "#", "¶", "🔗") or not address:
            return "" if text.strip() in ("#", "¶", "🔗") else text
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{lead}[{text.strip()}]({address}){trail}"

    def _address(self, target: str) -> str:
        target = target.strip()
        if not target or target.startswith("#"):
            return target if len(target) > 1 else ""
        try:
            absolute = urljoin(self.base_url, target)
            scheme = urlsplit(absolute).scheme
        except ValueError:
            return ""
        if scheme not in ("", "http", "https", "mailto", "tel"):
            return ""
        return quote(absolute, safe="/%:@!$&'*+,;=~-._?#[]")


def _holds_blocks(node: Node) -> bool:
    if node.tag in _BLOCK_TAGS:
        return True
    return any(each.tag in _BLOCK_TAGS for each in node.elements())


def _rows(table: Node) -> list[Node]:
    """The rows of a table (not those of tables within its cells) and its caption."""
    found: list[Node] = []
    for child in table.children:
        if isinstance(child, Node):
            if child.tag in ("tr", "caption"):
                found.append(child)
            elif child.tag in ("thead", "tbody", "tfoot"):
                found.extend(each for each in child.children if isinstance(each, Node) and each.tag == "tr")
    return found


def _callout_sign(node: Node) -> str:
    named = " ".join([*node.classes, node.get("role").lower()])
    if not named or (node.tag == "p" and not node.classes):
        return ""
    return next((sign for sign, pattern in _CALLOUTS if pattern.search(named)), "")


def _quoted(blocks: list[str], sign: str) -> list[str]:
    if not blocks:
        return []
    if sign and not blocks[0].startswith(("> ", "- ", "1. ", "#", "|", "```")):
        blocks = [f"{sign} {blocks[0]}", *blocks[1:]]
    elif sign:
        blocks = [sign, *blocks]
    return ["\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n"))]


def _code_block(node: Node) -> list[str]:
    text = _code_text(node).strip("\n")
    if not text.strip():
        return []
    inner = next((each for each in node.elements() if each.tag == "code"), node)
    named = node.get("data-lang") or node.get("data-language") or inner.get("data-lang") or inner.get("data-language")
    if not named:
        found = _LANGUAGE.search(f"{node.get('class')} {inner.get('class')}")
        named = found[1] if found else ""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return [f"{fence}{named if re.fullmatch(r'[A-Za-z0-9+#-]{1,20}', named) else ''}\n{text}\n{fence}"]


def _code_text(node: Node) -> str:
    parts: list[str] = []
    waiting: list[Node | str] = list(reversed(node.children))
    while waiting:
        child = waiting.pop()
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append("\n")
        else:
            if child.tag in ("div", "p", "li") and parts and not parts[-1].endswith("\n"):
                parts.append("\n")
            waiting.extend(reversed(child.children))
    return "".join(parts)


def _code(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _wrapped(text: str, mark: str) -> str:
    inner = text.strip(" \v")
    if not inner or inner.startswith("*") or "\v" in inner or "![" in inner:
        return text
    lead, trail = text[: len(text) - len(text.lstrip(" \v"))], text[len(text.rstrip(" \v")) :]
    return f"{lead}{mark}{inner}{mark}{trail}"


def _escaped(text: str) -> str:
    """Text in which nothing is taken for markup. Underscores within a word (`ERR_PAY_402`) need no escape and get none."""
    return _ESCAPED.sub(lambda found: f"\\{found[0]}", text)


def _line_escaped(line: str) -> str:
    line = _LINE_START.sub(r"\1\\\2", line)
    return _NUMBER_START.sub(r"\1\\\2", line)


def _indented(text: str, by: str) -> str:
    return "\n".join(f"{by}{line}" if line else line for line in text.split("\n"))


def _is_list(block: str) -> bool:
    return block.startswith("- ") or bool(re.match(r"\d{1,9}\. ", block))
