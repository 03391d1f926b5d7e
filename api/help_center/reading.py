"""An article's safe HTML, made ready for a page of its own: contents, named callouts, tables that scroll by themselves."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

# What the renderer lets through: nothing else makes an <aside>, and attributes are always in double quotes.
_CALLOUT = re.compile(r'<aside class="callout callout-(\w+)">')
_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_LINK_OR_IMAGE = re.compile(r"<a\b[^>]*>|</a>|<img\b([^>]*)>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_TAG = re.compile(r"<[^>]+>")

# Fewer headings are seen at a glance.
_WORTH_CONTENTS = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the table of contents. `level` is 2 or 3."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the article's page shows. `html` is as safe as what it was made from."""

    html: str
    contents: tuple[Heading, ...]
    summary: str
    """The first words as plain text, for search engines."""


def reading(markup: str, callouts: Mapping[str, str], picture: str) -> Reading:
    """`markup` must come from the sanitising renderer. `callouts` names each kind; `picture` stands for an image of another
    host, which becomes a link: our pages load nothing from elsewhere, and tell nobody who reads them."""
    contents = tuple(
        Heading(int(level), html.unescape(anchor), plain(text)) for level, anchor, text in _HEADING.findall(markup)
    )
    text = plain(re.sub(r"<(h\d|table|pre)\b.*?</\1>", " ", markup, flags=re.DOTALL))
    shown = _CALLOUT.sub(
        lambda found: (
            f'<div class="callout callout-{found[1]}" role="note">'
            f'<p class="callout-label">{html.escape(callouts.get(found[1], ""))}</p>'
        ),
        _pictures(markup, picture),
    ).replace("</aside>", "</div>")
    shown = shown.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    return Reading(shown, contents if len(contents) >= _WORTH_CONTENTS else (), _first_words(text))


def plain(markup: str) -> str:
    """The words of some HTML on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _pictures(markup: str, picture: str) -> str:
    inside = 0

    def shown(found: re.Match[str]) -> str:
        nonlocal inside
        if found[1] is None:
            inside += 1 if found[0] != "</a>" else -1
            return found[0]
        attributes = dict(_ATTRIBUTE.findall(found[1]))
        source = attributes.get("src", "")
        if source.startswith("/") and not source.startswith("//"):
            return f'<img loading="lazy"{found[1]}>'
        words = attributes.get("alt") or html.escape(picture)
        if inside or not source:
            return f"[{words}]"
        return f'<a class="picture" href="{source}" rel="noopener noreferrer" target="_blank">{words}</a>'

    return _LINK_OR_IMAGE.sub(shown, markup)


def _first_words(text: str, longest: int = 160) -> str:
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + "…"
