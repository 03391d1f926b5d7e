"""Where a link between articles leads, however it was written: relative files, other locales, slugs, missing slashes."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from knowledge_base.articles import Article

_EXTENSION = re.compile(r"\.(md|markdown|html?)$", re.I)
_SOURCE_FILE = re.compile(r"\.(md|markdown)$", re.I)
# Where articles without a url of their own are read: a path below it that is no article leads to nothing.
_OWN_PAGES = "/help/"

_HYPHENS_OF_A_TITLE = 4


class LinkMap:
    """Knows every article of an index, copies by the id of the one that was kept. Links lead to the reader's own locale
    where the article exists in it."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._urls: dict[tuple[str, str], str] = {}
        self._anywhere: dict[str, str] = {}
        self._by_path: dict[str, str] = {}
        self._by_url: dict[str, str] = {}
        self._copies: dict[tuple[str, str], str] = {}
        self._copies_anywhere: dict[str, str] = {}
        slugs: dict[str, set[str]] = {}
        for article in articles:
            self._urls[article.locale, article.id] = article.url
            self._anywhere.setdefault(article.id, article.url)
            bare = _EXTENSION.sub("", article.path)
            self._by_path[bare] = article.id
            if article.url.startswith(("http://", "https://")):
                self._by_url[_page(article.url)] = article.id
            for name in (article.id, bare, *article.also_ids):
                slugs.setdefault(name.rsplit("/", 1)[-1].lower(), set()).add(article.id)
            for other in article.also_ids:
                self._copies[article.locale, other] = article.id
                self._copies_anywhere.setdefault(other, article.id)
        # A last path segment that two articles share says nothing.
        self._by_slug = {slug: next(iter(ids)) for slug, ids in slugs.items() if len(ids) == 1}
        self._locales = {locale for locale, _ in self._urls}

    @property
    def fingerprint(self) -> str:
        """A digest of all that decides where links lead: as long as it stays, so does every article's HTML."""
        named = (self._urls, self._by_path, self._copies)
        lines = sorted(f"{key}\t{value}" for each in named for key, value in each.items())
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def resolve(self, target: str, article: Article) -> str | None:
        """The url that `target`, written in `article`, means to its readers: an article's, or one on the site that the
        article came from. Empty for what leads to nothing (a file that is no article); None where it cannot tell."""
        parts = _split(target)
        found = self.article_id(target, article)
        if parts is None or parts.scheme not in ("", "http", "https") or not (parts.path or parts.netloc):
            return None
        if found is not None:
            url = self._urls.get((article.locale, found)) or self._anywhere[found]
            fragment = f"#{parts.fragment}" if parts.fragment and "#" not in url else ""
            return f"{url}{fragment}"
        if parts.netloc:
            return None
        if _SOURCE_FILE.search(parts.path) or parts.path.startswith(_OWN_PAGES):
            return ""
        if article.url.startswith(("http://", "https://")):
            return urljoin(article.url, target)
        return None

    def article_id(self, target: str, article: Article) -> str | None:
        """The id of the article that `target`, written in `article`, means; None where it means none."""
        parts = _split(target)
        if parts is None or parts.scheme not in ("", "http", "https"):
            return None
        path = unquote(parts.path)
        if not path.strip("/"):
            return None
        if parts.netloc and _page(target) in self._by_url:
            return self._by_url[_page(target)]
        return self._by_name(path[:2000], article, foreign=bool(parts.netloc))

    def _by_name(self, path: str, article: Article, *, foreign: bool) -> str | None:
        bare = _EXTENSION.sub("", path.rstrip("/"))
        if not foreign and not path.startswith("/"):
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(article.path), bare))
            if beside in self._by_path:
                return self._by_path[beside]
        segments = [segment for segment in bare.split("/") if segment and segment not in (".", "..")][-40:]
        for start in range(len(segments)):
            # On somebody else's site one word (`/overview`) is no name of ours.
            if foreign and start and len(segments) - start < 2:
                break
            candidate = "/".join(segments[start:])
            own = (article.locale, candidate)
            if own in self._urls or own in self._copies:
                return self._copies.get(own, candidate)
            if candidate in self._by_path:
                return self._by_path[candidate]
            if candidate in self._anywhere and "/" in candidate:
                return candidate
            if candidate in self._copies_anywhere:
                return self._copies_anywhere[candidate]
        # The id of some help centers follows the slug after two hyphens: `/tutorial/the-slug--4x9`.
        last = segments[-1].split("--", 1)[0].lower() if segments else ""
        # Elsewhere than on a help center the same name of a word or three is chance; a whole title is the same article.
        if foreign and not self._locales & set(segments) and last.count("-") < _HYPHENS_OF_A_TITLE:
            return None
        return self._by_slug.get(last)


def _split(target: str) -> SplitResult | None:
    try:
        return urlsplit(target)
    except ValueError:
        return None


def _page(url: str) -> str:
    """A url without what does not name the page: scheme, query, fragment and extension."""
    parts = _split(url)
    return f"{parts.netloc.lower()}{_EXTENSION.sub('', unquote(parts.path).rstrip('/'))}" if parts else url
