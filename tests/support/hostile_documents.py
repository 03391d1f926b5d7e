"""Documents that nobody should have to read: every kind of markup, nested, cut, repeated and mixed beyond reason.

A document is decided by its seed alone. Most are small; some are as large as a source accepts, or larger."""

from __future__ import annotations

from collections.abc import Callable
from random import Random as Chance

WORDS = (
    "order", "refund", "SKU-00.7", "ERR_4711", "reembolso", "envío", "ação", "não", "¿qué?", "订单", "заказ", "שלום",
    "مرحبا", "😀", "e\u0301", "ﬁn", "x\u0337\u0322", "a&b", "2.4.4", "<you>", "C:\\dir", "&nbsp;", "&amp;lt;", "&#0;",
    "&#x110000;", "&#xD800;", "\u200b", "\u202e", "\ufeff", "\u2028", "\x85", "\x0b", "\x1b[0m", "\t",
)  # fmt: skip

# Pieces that mean something to a parser of some kind, alone, unclosed, or many times over.
PIECES = (
    "[", "]", "![", "](", "[]()", "[a](b)", "[a](<b c>)", "[a](b \"", "[a][b]", "[b]: /x\n", "[^1]", "*", "**", "***",
    "_", "__", "*_", "**a **", "`", "``", "```\n", "~~~\n", "`````", "<", ">", "> ", ">> ", "- ", "* ", "+ ", "1. ",
    "999999999. ", "   - ", "\t", "    ", "#", "## ", "###### ", "\n===\n", "\n---\n", "***\n", "|", "|a|b|\n|-|-|\n",
    "|-", ":-:|", "\\", "\\[", "\\`", "&", "&amp;", "&amp;nbsp;", "&#1234567890;", "<!--", "-->", "<!-- x -->",
    "<![CDATA[", "<?php", "<!DOCTYPE html>", "<b>", "</b>", "<i><b></i></b>", "<a href=x>",
    "<a href='javascript:alert(1)'>", "</a>", "<a name=\"x\">", "<img src=x onerror=alert(1)>", "<div>", "</div>",
    "<div class=\"alert alert-danger\">", "<table>", "</table>", "<tr>", "<td>",
    "<td rowspan=99999999 colspan=99999999>", "<th>", "<ul>", "<li>", "</ul>", "<ol start=99999>", "<h1>",
    "<h2 id=\"a b\">", "</h2>", "<pre>", "</pre>", "<code>", "</code>", "<script>", "</script>", "<style>",
    "<iframe src=//x>", "<svg/onload=alert(1)>", "<br>", "<hr>", "<details><summary>", "</summary>", "<blockquote>",
    "<sup>1</sup>", "<span style=\"x\">", "<your-name>", "<a b='c\">", "<p", "</", "[!DNL x]", "[!DNL ",
    "[!UICONTROL [a] b]", "> [!NOTE]\n", ">[!", ">ℹ️ ", "> ⚠️ ", "+++x\n", "+++\n", "{#a}", "{#", "{width=\"1\"}",
    "![a](b c.png){width=40}", "![a](", "](a b.png", "[a](javascript:alert(1))", "[a](//evil.example)",
    "[a](data:text/html,x)", "[a](../../../../etc/passwd)", "[a](#x)", "[a](x.md#y)", "<https://x.example>",
    "<a@b.example>", "https://x.example/", "\n", "\n\n", "\r\n", "\r", "  \n", "\\\n", "\x7f", " " * 40,
)  # fmt: skip

FRONT = (
    "title: A title\n", "title: 'It''s'\n", "title: \"\\x00\\u2028\"\n", "title: [a]\n", "title:\n",
    "title: 0x" + "f" * 5000 + "\n", "id: 1:1:1.5\n", "status: PUBLISHED\n", "status: DRAFT\n", "hidden: true\n",
    "locale: pt\n", "locale: ../../x\n", "slugEN: a\n", "slugEN: ../a/../..\n", "slugEN: \"\\0\"\n",
    "url: javascript:alert(1)\n", "url: https://[x\n", "url: https://help.example/a\n", "tags: [a, b]\n",
    "tags: &a [x]\nmore: *a\n", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "updatedAt: 9999-99-99\n",
    "updatedAt: 0001-01-01T00:00:00+14:00\n", "a: [[[[\n", "a: " + "[" * 3000 + "\n", "- a\n", "a\n", "\ta: b\n",
    "a: |\n  text\n   more\n", "? a\n: b\n", "a: !!binary x\n", "a: !!python/object/apply:os.system [x]\n",
    "<<: {a: b}\n", "%TAG\n", "description: " + "word " * 300 + "\n", "description: <script>alert(1)</script>\n",
    "...\n", "---\n",
)  # fmt: skip


def hostile_document(seed: int) -> bytes:
    """The file of `seed`: front matter or none, and a body of one of several kinds."""
    chance = Chance(seed)
    kinds: tuple[tuple[Callable[[Chance], str], int], ...] = (
        (_nested, 40),
        (_soup, 30),
        (_repeated, 15),
        (_mutated, 40),
        (_stairs, 2),
        (_wide, 1),
    )
    make = chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
    raw = (_front(chance) + make(chance)).encode("utf-8", "surrogatepass")
    if chance.random() < 0.03:
        return _binary(chance, raw)
    return raw


def _front(chance: Chance) -> str:
    if chance.random() < 0.75:
        return "---\ntitle: A title\n---\n"
    if chance.random() < 0.2:
        return ""
    inner = "".join(chance.choices(FRONT, k=chance.randint(0, 6)))
    if chance.random() < 0.05:
        inner += chance.choice(FRONT) * chance.choice((10, 1000, 5000))
    return f"---\n{inner}" + ("---\n" if chance.random() < 0.9 else "")


def _words(chance: Chance, most: int = 12) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))


def _line(chance: Chance) -> str:
    return "".join(chance.choice((_words(chance, 4), chance.choice(PIECES), " ")) for _ in range(chance.randint(1, 8)))


def _nested(chance: Chance, depth: int = 0) -> str:
    """Blocks within blocks, as a grammar of Markdown and HTML would make them."""
    if depth > 5 or chance.random() < 0.25:
        return _line(chance)
    inner = "\n".join(_nested(chance, depth + 1) for _ in range(chance.randint(1, 3)))
    indented = inner.replace("\n", "\n   ")
    match chance.randrange(16):
        case 0:
            return f"{'#' * chance.randint(1, 7)} {_line(chance)} {{#{_words(chance, 1)}}}\n\n{inner}"
        case 1:
            return "> " + inner.replace("\n", "\n> ")
        case 2:
            return f"{chance.randint(0, 20)}. {indented}\n1. {_line(chance)}"
        case 3:
            return f"- {indented}\n\n- {_line(chance)}"
        case 4:
            return f"```{_words(chance, 1)}\n{inner}\n```"
        case 5:
            cell = inner.replace("\n", " ")
            return f"| a | b |\n|---|---|\n| {cell} | {_line(chance)} |\n| {_line(chance)} |"
        case 6:
            return f"<table>\n<tr><td>{inner}</td><td>{_line(chance)}</td></tr></table>"
        case 7:
            return f"<ul><li>{inner}</li><li>{_line(chance)}</ul>"
        case 8:
            return f'<div class="alert alert-warning">{inner}</div>'
        case 9:
            return f"<pre><code>{inner}</code></pre>"
        case 10:
            return f"<!-- {inner} -->{_line(chance)}"
        case 11:
            return f"+++{_line(chance)}\n{inner}\n+++"
        case 12:
            return f"[{inner}]({_line(chance)}) ![{_line(chance)}](a b.png){{width=1}}"
        case 13:
            return f"> [!NOTE]\n> {inner}\n\n>ℹ️ {_line(chance)}"
        case 14:
            return f"**{inner}** __{_line(chance)} __ *{inner[:50]}*"
        case _:
            return f"<details><summary>{_line(chance)}</summary>{inner}</details>\n\n    {_line(chance)}"


def _soup(chance: Chance) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 120)))


def _repeated(chance: Chance) -> str:
    """A piece or two, thousands of times, then perhaps what closes them."""
    pieces = chance.choices(PIECES, k=chance.randint(1, 3))
    sizes = (200, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 100_000, 2_500_000)
    size = chance.choices(sizes, (8, 8, 8, 8, 4, 2, 2, 1, 0.2))[0]
    once = "".join(pieces) + chance.choice(("", "a", "\n", " "))
    text = once * (size // len(once))
    return chance.choice(("", "words ")) + text + chance.choice(("", ")", "]", "</table>", "-->", "\n```\n", "x"))


def _mutated(chance: Chance) -> str:
    """A document of the grammar with pieces lost, doubled, moved and put in."""
    text = _nested(chance)
    for _ in range(chance.randint(1, 12)):
        if not text:
            break
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.randint(1, 40))
        match chance.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:end] * chance.choice((1, 2, 50)) + text[end:]
            case 2:
                text = text[:start] + chance.choice(PIECES) + text[start:]
            case 3:
                text = text[end:] + text[start:end] + text[:start]
            case _:
                text = text[:start]
    return text


def _stairs(chance: Chance) -> str:
    """Each line deeper than the one before."""
    step = chance.choice(("  ", "> ", "- ", "   ", "\t", "<div>", "1. ", "[", "<ul><li>", "*"))
    return "\n".join(step * level + _words(chance, 1) for level in range(chance.choice((20, 60, 150))))


def _wide(chance: Chance) -> str:
    """Tables wider or longer than any page."""
    columns, rows = chance.choice(((3, 5_000), (400, 40), (3_000, 3), (60, 2_000), (1, 8_000)))
    if chance.random() < 0.5:
        return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + ("|" + "x|" * chance.choice((1, 3)) + "\n") * rows
    return "<table><tr>" + "<td>a" * columns + "<tr><td>x" * rows + chance.choice(("", "</table>"))


def _binary(chance: Chance, raw: bytes) -> bytes:
    """A file that is no text, or hardly."""
    match chance.randrange(6):
        case 0:
            return b"\x89PNG\r\n\x1a\n" + chance.randbytes(chance.randint(0, 5_000))
        case 1:
            return raw.decode("utf-8", "replace").encode("utf-16")
        case 2:
            at = chance.randrange(len(raw) + 1)
            return raw[:at] + chance.randbytes(3) + raw[at:]
        case 3:
            return b"\xef\xbb\xbf" + raw
        case 4:
            return raw.replace(b"a", b"\x00", 1)
        case _:
            return raw.decode("utf-8", "replace").encode("latin-1", "replace")
