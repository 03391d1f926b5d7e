"""Sitemaps and their indexes (sitemaps.org), with the languages of a page as Google's extension writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from knowledge_base.sources.fetching import PageFailed

MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page or, in an index, another sitemap. `alternates`: language -> address, as `hreflang` gives them."""

    url: str
    lastmod: str = ""
    alternates: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Sitemap:
    """What one file lists: pages, or sitemaps."""

    pages: list[SitemapEntry] = field(default_factory=list)
    sitemaps: list[SitemapEntry] = field(default_factory=list)


def read_sitemap(content: bytes, place: str) -> Sitemap:
    """Reads XML, or plain text with an address a line. Raises `PageFailed` for what is neither, and for document type
    declarations: entities that unfold to gigabytes begin with one."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        return _plain(start, place)
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(start, True)
    except _Doctype:
        raise PageFailed(f"{place} declares a document type, which no sitemap needs") from None
    except expat.ExpatError as error:
        raise PageFailed(f"{place} is no valid XML (line {error.lineno}): no sitemap") from None
    if reader.root not in ("urlset", "sitemapindex"):
        raise PageFailed(f"{place} is no sitemap but <{reader.root[:40]}>")
    return reader.sitemap


class _Doctype(Exception):
    pass


def _refuse_doctype(*_: object) -> None:
    raise _Doctype


def _plain(content: bytes, place: str) -> Sitemap:
    try:
        lines = content.decode("utf-8").split()
    except UnicodeDecodeError:
        raise PageFailed(f"{place} is no sitemap") from None
    if not lines or any(not line.startswith(("http://", "https://")) for line in lines[:MAX_ENTRIES]):
        raise PageFailed(f"{place} is no sitemap")
    return Sitemap(pages=[SitemapEntry(line) for line in lines[:MAX_ENTRIES]])


class _Reader:
    def __init__(self) -> None:
        self.sitemap = Sitemap()
        self.root = ""
        self._inside = ""
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._alternates: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self.root = self.root or local
        self._path.append(local)
        if local in ("url", "sitemap"):
            self._fields, self._alternates = {}, []
        elif local == "link" and attributes.get("rel") == "alternate" and attributes.get("href"):
            self._alternates.append((attributes.get("hreflang", ""), attributes["href"]))

    def text(self, data: str) -> None:
        if len(self._path) == 3 and self._path[-1] in ("loc", "lastmod"):
            self._fields[self._path[-1]] = self._fields.get(self._path[-1], "") + data

    def end(self, name: str) -> None:
        local = self._path.pop()
        if local not in ("url", "sitemap") or len(self._path) != 1:
            return
        url = self._fields.get("loc", "").strip()
        into = self.sitemap.pages if local == "url" else self.sitemap.sitemaps
        if url and len(into) < MAX_ENTRIES:
            into.append(SitemapEntry(url, self._fields.get("lastmod", "").strip(), tuple(self._alternates)))
