"""Where a link between articles leads, however it was written: relative files, other locales, slugs, missing slashes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from knowledge_base.articles import Article

_EXTENSION = re.compile(r"\.(md|markdown|html?)$", re.I)


class LinkMap:
    """Knows every article of an index. Links lead to the reader's own locale where the article exists in it."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._urls: dict[tuple[str, str], str] = {}
        self._by_path: dict[str, str] = {}
        slugs: dict[str, set[str]] = {}
        for article in articles:
            self._urls[article.locale, article.id] = article.url
            self._by_path[_EXTENSION.sub("", article.path)] = article.id
            for name in (article.id, _EXTENSION.sub("", article.path)):
                slugs.setdefault(name.rsplit("/", 1)[-1].lower(), set()).add(article.id)
        # A last path segment that two articles share says nothing.
        self._by_slug = {slug: next(iter(ids)) for slug, ids in slugs.items() if len(ids) == 1}
        self._locales = {locale for locale, _ in self._urls}

    def resolve(self, target: str, article: Article) -> str | None:
        """The url of the article that `target`, written in `article`, means; None where it means none."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        path = unquote(parts.path)
        if not path or parts.scheme not in ("", "http", "https"):
            return None
        found = self._article_id(path, article, foreign=bool(parts.netloc))
        if found is None:
            return None
        url = self._urls.get((article.locale, found)) or next(
            (url for (_, each), url in self._urls.items() if each == found), None
        )
        fragment = f"#{parts.fragment}" if parts.fragment and url and "#" not in url else ""
        return f"{url}{fragment}" if url else None

    def _article_id(self, path: str, article: Article, *, foreign: bool) -> str | None:
        bare = _EXTENSION.sub("", path)
        if not foreign and not path.startswith("/"):
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(article.path), bare))
            if beside in self._by_path:
                return self._by_path[beside]
        segments = [segment for segment in bare.split("/") if segment and segment not in (".", "..")]
        for start in range(len(segments)):
            candidate = "/".join(segments[start:])
            if (article.locale, candidate) in self._urls:
                return candidate
            if candidate in self._by_path:
                return self._by_path[candidate]
        if foreign and not self._locales & set(segments):
            return None
        # The id of some help centers follows the slug after two hyphens: `/tutorial/the-slug--4x9`.
        last = segments[-1].split("--", 1)[0].lower() if segments else ""
        return self._by_slug.get(last)
