"""A website's articles, found by its sitemap: robots.txt honoured, listed hosts only, only what changed fetched again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ValidationError

from knowledge_base.articles import Article, Skipped
from knowledge_base.cleaning import clean_title
from knowledge_base.errors import RequestRefused, SourceUnavailable, SourceUnusable
from knowledge_base.markdown import has_words
from knowledge_base.sources import Report
from knowledge_base.sources.addresses import Network, Resolve, resolve
from knowledge_base.sources.fetching import Fetcher, Limits, Page, PageFailed, checked_url, host_of, unpacked
from knowledge_base.sources.fields import LOCALE, moment
from knowledge_base.sources.html_tree import HtmlUnusable
from knowledge_base.sources.remote import Remote, our_locale
from knowledge_base.sources.robots import Robots, read_robots
from knowledge_base.sources.sitemaps import SitemapEntry, read_sitemap
from knowledge_base.sources.snapshots import Snapshot, code_digest
from knowledge_base.sources.web_page import WebPage, read_page

_MAX_SITEMAPS = 500
_MAX_LEVELS = 4
_SITEMAP_BYTES = 50 * 1024 * 1024
_FAILURES_IN_A_ROW = 8
"""Pages that may fail one after the other before the site counts as down for this sync."""


class _KnownPage(BaseModel):
    """What is remembered of a page: enough to ask only whether it changed, and to name it as before."""

    etag: str = ""
    last_modified: str = ""
    lastmod: str = ""
    checked_at: float = 0.0
    locale: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    title: str = ""
    description: str = ""
    markdown: str = ""
    skipped: str = ""
    url: str = ""


class _Known(BaseModel):
    made_for: str = ""
    pages: dict[str, _KnownPage] = {}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pages of a sitemap are articles. Patterns are of the path, with `*`: `/help/*`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_pages: int = 5_000

    def holds(self, url: str) -> bool:
        path = urlsplit(url).path or "/"
        wanted = not self.include or any(fnmatchcase(path, pattern) for pattern in self.include)
        return wanted and not any(fnmatchcase(path, pattern) for pattern in self.exclude)


@dataclass
class Website(Remote):
    """Pages that the sitemap at `sitemap` lists, on its own host and `hosts`. An article's id is its address's path without
    the locale, shared by translations that `hreflang` (in page or sitemap) joins. `locale`: of pages that tell none."""

    sitemap: str
    hosts: frozenset[str] = frozenset()
    scope: Scope = field(default_factory=Scope)
    locales: Mapping[str, str] = field(default_factory=dict)
    locale: str = ""
    private: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)
    delay: float = 0.1
    max_seconds: float = 1_800.0
    recheck_seconds: float = 7 * 86_400.0
    resolver: Resolve = resolve
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        try:
            own = host_of(self.sitemap)
        except RequestRefused as error:
            raise SourceUnusable(str(error)) from None
        self.hosts = frozenset({own, *self.hosts})

    def fetch(self, previous: Snapshot | None, report: Report) -> Snapshot:
        with Fetcher(self.hosts, self.private, self.limits, self.resolver, self.pause) as fetcher:
            return _Crawl(self, fetcher, previous, report).run()


class _Crawl:
    """One fetch."""

    def __init__(self, source: Website, fetcher: Fetcher, previous: Snapshot | None, report: Report) -> None:
        self._source = source
        self._fetcher = fetcher
        self._report = report
        self._made_for = f"{code_digest()} {sorted(source.locales.items())} {source.locale}"
        self._known = _known(previous)
        self._trusted = self._known.made_for == self._made_for
        self._robots: dict[str, Robots] = {}
        self._pages: dict[str, _KnownPage] = {}
        self._skipped: list[Skipped] = []
        self._problems: list[str] = []
        self._kept: set[str] = set()
        self._ends = time.monotonic() + source.max_seconds

    def run(self) -> Snapshot:
        entries = self._entries()
        if not entries and not self._skipped:
            raise SourceUnavailable(f"{self._source.sitemap} lists no page")
        in_a_row = 0
        for done, entry in enumerate(entries):
            self._report("pages", done, len(entries))
            if in_a_row >= _FAILURES_IN_A_ROW or time.monotonic() > self._ends:
                self._keep(entry.url)
                continue
            failed = self._visit(entry)
            in_a_row = in_a_row + 1 if failed else 0
        if in_a_row >= _FAILURES_IN_A_ROW:
            self._problems.append(f"{in_a_row} pages failed one after the other: the rest was not asked")
        elif time.monotonic() > self._ends:
            self._problems.append(
                f"the pages took longer than {self._source.max_seconds:.0f} s: the rest comes next time"
            )
        return self._snapshot()

    def _entries(self) -> list[SitemapEntry]:
        """The pages to index, each once, in the order of their address."""
        found: dict[str, SitemapEntry] = {}
        waiting = [(self._source.sitemap, 0)]
        seen: set[str] = set()
        while waiting:
            url, level = waiting.pop(0)
            url = checked_url(url, self._source.hosts)
            if url in seen:
                continue
            seen.add(url)
            if len(seen) > _MAX_SITEMAPS or level > _MAX_LEVELS:
                self._skipped.append(Skipped(url, "sitemap not read: there are too many of them"))
                continue
            self._report("sitemaps", len(seen), 0)
            page = self._fetcher.get(url, max_bytes=_SITEMAP_BYTES)
            if page.status != 200:
                raise PageFailed(f"{url} answers {page.status}")
            sitemap = read_sitemap(unpacked(page.body, _SITEMAP_BYTES, url), url)
            for other in sitemap.sitemaps:
                if (place := self._checked(other.url)) is not None:
                    waiting.append((place, level + 1))
            for entry in sitemap.pages:
                place = self._checked(entry.url)
                if place is not None and self._source.scope.holds(place):
                    found.setdefault(place, SitemapEntry(place, entry.lastmod, entry.alternates))
        ordered = [found[url] for url in sorted(found)]
        for entry in ordered[self._source.scope.max_pages :]:
            self._skipped.append(Skipped(entry.url, f"beyond max_pages ({self._source.scope.max_pages})"))
        return ordered[: self._source.scope.max_pages]

    def _checked(self, url: str) -> str | None:
        try:
            return checked_url(url, self._source.hosts)
        except RequestRefused as error:
            self._skipped.append(Skipped(url[:300], str(error)))
            return None

    def _visit(self, entry: SitemapEntry) -> bool:
        """Takes one page. True where it failed in a way that may pass."""
        known = self._known.pages.get(entry.url) if self._trusted else None
        now = time.time()
        unchanged = known is not None and bool(entry.lastmod) and known.lastmod == entry.lastmod
        if known and unchanged and now - known.checked_at < self._source.recheck_seconds:
            self._pages[entry.url] = known
            return False
        try:
            if not self._robots_of(entry.url).allows(_path(entry.url)):
                self._skipped.append(Skipped(entry.url, "robots.txt does not allow it"))
                return False
            self._fetcher.pause(max(self._source.delay, self._robots_of(entry.url).delay))
            page = self._fetcher.get(entry.url, headers=_conditions(known))
        except PageFailed as error:
            self._problems.append(str(error))
            self._keep(entry.url)
            return True
        except RequestRefused as error:
            self._skipped.append(Skipped(entry.url, str(error)))
            return False
        if page.status == 304 and known:
            self._pages[entry.url] = known.model_copy(update={"lastmod": entry.lastmod, "checked_at": now})
            return False
        return self._take(entry, page, now)

    def _take(self, entry: SitemapEntry, page: Page, now: float) -> bool:
        if page.status >= 500 or page.status == 429:
            self._problems.append(f"{entry.url} answers {page.status}")
            self._keep(entry.url)
            return True
        known = _KnownPage(
            etag=page.header("etag"),
            last_modified=page.header("last-modified"),
            lastmod=entry.lastmod,
            checked_at=now,
            url=page.url,
        )
        reason = ""
        if page.status != 200:
            reason = f"dead link: it answers {page.status}"
        elif not re.match(r"(text/html|application/xhtml\+xml)\b", page.header("content-type"), re.I):
            reason = f"no web page but {page.header('content-type')[:60] or 'of no type'}"
        elif "noindex" in page.header("x-robots-tag").lower():
            reason = "noindex"
        elif page.url != entry.url and not self._robots_of(page.url).allows(_path(page.url)):
            reason = "robots.txt does not allow where it redirects to"
        if not reason:
            try:
                content = read_page(page.body, page.header("content-type"), page.url)
            except HtmlUnusable as error:
                reason = str(error)
            else:
                known = self._described(known, entry, page, content)
                reason = known.skipped
        self._pages[entry.url] = known.model_copy(update={"skipped": reason})
        return False

    def _described(self, known: _KnownPage, entry: SitemapEntry, page: Page, content: WebPage) -> _KnownPage:
        alternates = tuple(dict.fromkeys([*entry.alternates, *content.alternates]))
        told = content.locale or next((name for name, url in alternates if _same(url, entry.url)), "")
        told = told or page.header("content-language").split(",")[0].strip() or self._source.locale
        locale = our_locale(told, self._source.locales) if told else None
        title = clean_title(content.title)
        reason = ""
        if content.noindex:
            reason = "noindex"
        elif content.canonical and not _same(content.canonical, entry.url) and not _same(content.canonical, page.url):
            reason = f"a copy of {content.canonical[:300]}"
        elif not locale or not LOCALE.fullmatch(locale):
            reason = f"its language {told!r} is not among `locales`" if told else "tells no language: set `locale`"
        elif not title:
            reason = "untitled"
        elif not has_words(content.markdown):
            reason = "empty: nothing to read in its main content"
        return known.model_copy(
            update={
                "locale": locale or "",
                "alternates": alternates,
                "title": title,
                "description": content.description,
                "markdown": content.markdown,
                "skipped": reason,
            }
        )

    def _robots_of(self, url: str) -> Robots:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            page = self._fetcher.get(f"{origin}/robots.txt")
            # 4xx: there are no rules. 5xx did not come this far: nothing may be read then (RFC 9309, 2.3.1.4).
            self._robots[origin] = read_robots(page.body.decode("utf-8", "replace")) if page.status == 200 else Robots()
        return self._robots[origin]

    def _keep(self, url: str) -> None:
        """What was known of a page stays, because asking for it failed."""
        if (known := self._known.pages.get(url)) is not None:
            # Its lastmod is forgotten, so that the next sync asks again.
            self._pages[url] = known.model_copy(update={"lastmod": ""})
            if not known.skipped:
                self._kept.add(url)

    def _snapshot(self) -> Snapshot:
        names = _joined(self._pages)
        articles: dict[tuple[str, str], Article] = {}
        for url, page in self._pages.items():
            if page.skipped:
                self._skipped.append(Skipped(url, page.skipped))
                continue
            redirected = page.url != url and page.url in self._pages
            article = _article(url, page, names[url])
            first = articles.setdefault((article.locale, article.id), article)
            if redirected:
                self._skipped.append(Skipped(url, f"redirects to {page.url}, which is listed itself"))
                if first is article:
                    del articles[article.locale, article.id]
            elif first is not article:
                self._skipped.append(
                    Skipped(url, f"its id {article.id!r} ({article.locale}) belongs to {first.path} already")
                )
        known = _Known(made_for=self._made_for, pages=self._pages)
        return Snapshot(
            articles=tuple(articles.values()),
            skipped=tuple(sorted(self._skipped, key=lambda each: each.place)),
            state=known.model_dump_json(exclude_defaults=True),
            problems=tuple(_few(self._problems)),
            kept=len(self._kept),
        )


def _known(previous: Snapshot | None) -> _Known:
    if previous is None or not previous.state:
        return _Known()
    try:
        return _Known.model_validate_json(previous.state)
    except ValidationError:
        return _Known()


def _article(url: str, page: _KnownPage, article_id: str) -> Article:
    return Article(
        id=article_id,
        locale=page.locale,
        title=page.title,
        url=page.url or url,
        body_markdown=page.markdown,
        path=url,
        updated_at=moment(page.lastmod) or _http_moment(page.last_modified),
        description=page.description,
    )


def _joined(pages: Mapping[str, _KnownPage]) -> dict[str, str]:
    """The id of each page: pages that name each other by `hreflang` share that of their default language's page. One that
    is not named in return joins nothing, as for search engines: a single wrong list must not make one of all pages."""
    parent = {url: url for url in pages}

    def root(url: str) -> str:
        while parent[url] != url:
            parent[url] = parent[parent[url]]
            url = parent[url]
        return url

    spelled = {_spelling(url): url for url in pages}
    default: set[str] = set()
    for url, page in pages.items():
        for language, other in page.alternates:
            twin = spelled.get(_spelling(other))
            if twin is None or page.skipped or pages[twin].skipped:
                continue
            if not any(_same(url, back) for _, back in pages[twin].alternates):
                continue
            if language.lower() == "x-default":
                default.add(twin)
            parent[max(root(url), root(twin))] = min(root(url), root(twin))
    groups: dict[str, list[str]] = {}
    for url in pages:
        groups.setdefault(root(url), []).append(url)
    names: dict[str, str] = {}
    for members in groups.values():
        named = min(members, key=lambda url: (url not in default, pages[url].locale != "en", url))
        article_id = _id_of(named, pages[named].locale)
        names.update(dict.fromkeys(members, article_id))
    return names


def _id_of(url: str, locale: str) -> str:
    """The path without the locale and the extension: `/es/envios/tarifas.html` -> `envios/tarifas`."""
    parts = urlsplit(url)
    segments = [unquote(each) for each in parts.path.split("/") if each]
    kept = [each for at, each in enumerate(segments) if at > 2 or not _names_locale(each, locale)]
    name = re.sub(r"\.(html?|php|aspx?)$", "", "/".join(kept or segments), flags=re.I)
    return (name or "index") + (f"?{parts.query}" if parts.query else "")


def _names_locale(segment: str, locale: str) -> bool:
    return bool(locale) and bool(re.fullmatch(rf"{re.escape(locale)}([-_][a-z0-9]{{2,4}})?", segment, re.I))


def _conditions(known: _KnownPage | None) -> dict[str, str]:
    asked = {"Accept": "text/html, application/xhtml+xml"}
    if known and known.etag:
        asked["If-None-Match"] = known.etag
    if known and known.last_modified:
        asked["If-Modified-Since"] = known.last_modified
    return asked


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _spelling(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{quote(unquote(parts.path)).rstrip('/')}?{parts.query}"


def _same(one: str, other: str) -> bool:
    return _spelling(one) == _spelling(other)


def _http_moment(value: str) -> datetime | None:
    try:
        return datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def _few(problems: Sequence[str], most: int = 20) -> Iterable[str]:
    yield from problems[:most]
    if len(problems) > most:
        yield f"and {len(problems) - most} more"
