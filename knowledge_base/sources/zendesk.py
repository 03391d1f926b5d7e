"""A Zendesk help center, by its API: every locale, cursor-paged; after the first time only what changed.

The incremental export tells of changes but not of what was archived, and a list cannot be asked for ids alone. So a sync asks
for the changes, then for each locale's count (a page of one), and lists a locale anew only where the count tells that
something left. An anonymous reader may not use the export and lists everything each time.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from knowledge_base.articles import Article, Skipped
from knowledge_base.cleaning import clean_title
from knowledge_base.errors import SourceUnavailable, SourceUnusable
from knowledge_base.markdown import has_words
from knowledge_base.sources import Report
from knowledge_base.sources.addresses import Network
from knowledge_base.sources.fetching import Fetcher, Limits, Page, PageFailed, host_of
from knowledge_base.sources.fields import moment, one_line, public_url
from knowledge_base.sources.html_to_markdown import html_to_markdown
from knowledge_base.sources.html_tree import HtmlUnusable
from knowledge_base.sources.remote import Remote, our_locale
from knowledge_base.sources.snapshots import Snapshot, code_digest

_PAGE_BYTES = 64 * 1024 * 1024
_MAX_PAGES = 2_000
_FEW_CHANGES = 30
"""Changed articles up to which each one's translations are asked for; more are cheaper to list."""
_OVERLAP_SECONDS = 60
_VOTES = ("vote_sum", "vote_count")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API token with its owner's address, or an OAuth token; nothing for a public help center."""

    email: str = ""
    token: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)

    def header(self) -> str:
        if self.bearer:
            return f"Bearer {self.bearer}"
        if self.token:
            return "Basic " + base64.b64encode(f"{self.email}/token:{self.token}".encode()).decode("ascii")
        return ""


@dataclass
class _Listing:
    """What is remembered between two syncs."""

    since: int
    """Start of the next incremental export, in seconds of the server's clock."""
    rows: dict[str, dict[str, str]]
    """Of each source locale, every article id that its list holds (drafts included) and a digest of what was listed."""
    changed: dict[str, str] = field(default_factory=dict)
    """Digests of the rows that the last export gave: its start is inclusive, so that it gives some of them again."""

    def dump(self, made_for: str) -> str:
        return orjson.dumps({"for": made_for, "since": self.since, "rows": self.rows, "changed": self.changed}).decode()

    @classmethod
    def load(cls, state: str, made_for: str) -> _Listing | None:
        try:
            known = orjson.loads(state)
            return cls(known["since"], known["rows"], known["changed"]) if known["for"] == made_for else None
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None


@dataclass
class ZendeskHelpCenter(Remote):
    """Public articles of the help center at `url` (`https://<subdomain>.zendesk.com`), by Zendesk's ids, which translations
    share. Drafts, articles for some users only and archived ones are left out. `locales`: theirs -> ours."""

    url: str
    credentials: Credentials = field(default_factory=Credentials)
    locales: Mapping[str, str] = field(default_factory=dict)
    private: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self._hosts = frozenset({host_of(self.url)})
        if self.credentials.header() and not self.url.startswith("https://") and not self.private:
            raise SourceUnusable(f"{self.url}: a token is only sent by https")

    def fetch(self, previous: Snapshot | None, report: Report) -> Snapshot:
        with Fetcher(self._hosts, self.private, self.limits, pause=self.pause) as fetcher:
            return _Sync(self, fetcher, previous, report).run()


class _Sync:
    """One fetch."""

    def __init__(self, source: ZendeskHelpCenter, fetcher: Fetcher, previous: Snapshot | None, report: Report) -> None:
        self._source = source
        self._fetcher = fetcher
        self._previous = previous
        self._report = report
        self._outcomes: dict[str, Article | Skipped] = {}
        if previous is not None:
            self._outcomes = {each.path: each for each in previous.articles}
            self._outcomes |= {each.place: each for each in previous.skipped}

    def run(self) -> Snapshot:
        self._report("locales", 0, 0)
        known, page = self._get("/api/v2/help_center/locales.json")
        locales = [name for name in known.get("locales", []) if isinstance(name, str)]
        mapped = {name: ours for name in locales if (ours := our_locale(name, self._source.locales)) is not None}
        if not mapped:
            offered = ", ".join(locales) or "none"
            raise SourceUnusable(f"{self._source.url} has none of the locales that `locales` lists; it has: {offered}")
        made_for = f"{code_digest()} {sorted(mapped.items())}"
        listing = None if self._previous is None else _Listing.load(self._previous.state, made_for)
        if listing is None or not self._source.credentials.header() or not self._update(listing, mapped):
            listing = self._list_all(mapped, page)
        return self._snapshot(listing, made_for)

    def _list_all(self, mapped: Mapping[str, str], page: Page) -> _Listing:
        self._outcomes = {}
        listing = _Listing(since=_moment_of(page) - _OVERLAP_SECONDS, rows={})
        for locale, ours in mapped.items():
            self._list(listing, locale, ours)
        if not any(isinstance(each, Article) for each in self._outcomes.values()):
            refused = next((str(each) for each in self._outcomes.values()), "it lists no article")
            raise SourceUnavailable(f"{self._source.url} shows no public article ({refused})")
        return listing

    def _list(self, listing: _Listing, locale: str, ours: str) -> None:
        """Every article of a locale; what was known of that locale and is not in its list is forgotten."""
        found: dict[str, Row] = {}
        for row in self._pages(locale, f"/api/v2/help_center/{locale}/articles.json?page[size]=100"):
            found.setdefault(str(row.get("id", "")), row)
            if len(found) % 100 == 0:
                self._report(locale, len(found), 0)
        listing.rows[locale] = {identity: _digest(row) for identity, row in found.items()}
        for place in [each for each in self._outcomes if each.startswith(f"{locale}/")]:
            del self._outcomes[place]
        for row in found.values():
            self._take(row, locale, ours)

    def _pages(self, locale: str, path: str) -> Iterator[Row]:
        seen: set[str] = set()
        while path and path not in seen and len(seen) < _MAX_PAGES:
            seen.add(path)
            answer, _ = self._get(path)
            rows = answer.get("articles")
            if not isinstance(rows, list):
                raise PageFailed(f"{self._source.url} lists no articles for {locale}")
            yield from (row for row in rows if isinstance(row, dict))
            meta, links = answer.get("meta") or {}, answer.get("links") or {}
            path = one_line(links.get("next")) if meta.get("has_more") else ""

    def _update(self, listing: _Listing, mapped: Mapping[str, str]) -> bool:
        """Applies what changed since the last sync. False where listing everything is cheaper or the only way."""
        self._report("changes", 0, 0)
        changed = self._changed(listing)
        if changed is None or len(changed) > _FEW_CHANGES:
            return False
        for done, (identity, row) in enumerate(changed.items()):
            if not identity.isdigit():
                continue
            self._report("changed articles", done, len(changed))
            self._translations(listing, mapped, identity, row)
        for locale, ours in mapped.items():
            answer, _ = self._get(f"/api/v2/help_center/{locale}/articles.json?per_page=1&page=1")
            if answer.get("count") != len(listing.rows.get(locale, {})):
                self._list(listing, locale, ours)
        return True

    def _changed(self, listing: _Listing) -> dict[str, Row] | None:
        """Articles of the incremental export since the last time; None where these credentials may not have it."""
        changed: dict[str, Row] = {}
        given: dict[str, str] = {}
        for _ in range(_MAX_PAGES):
            path = f"/api/v2/help_center/incremental/articles.json?start_time={max(0, listing.since)}"
            page = self._ask(path)
            if page.status in (401, 403, 404):
                return None
            answer = self._json(page)
            rows = [row for row in answer.get("articles") or [] if isinstance(row, dict)]
            for row in rows:
                identity, digest = str(row.get("id", "")), _digest(row)
                given[identity] = digest
                if listing.changed.get(identity) != digest:
                    changed[identity] = row
            end = answer.get("end_time")
            moved = isinstance(end, int) and end > listing.since
            if isinstance(end, int) and moved:
                listing.since = end
            if not moved or not answer.get("next_page"):
                break
        listing.changed = given or listing.changed
        return changed

    def _translations(self, listing: _Listing, mapped: Mapping[str, str], identity: str, row: Row) -> None:
        page = self._ask(f"/api/v2/help_center/articles/{identity}/translations.json")
        rows = [] if page.status == 404 else self._json(page).get("translations") or []
        by_locale = {one_line(each.get("locale")): each for each in rows if isinstance(each, dict)}
        for locale, ours in mapped.items():
            self._outcomes.pop(f"{locale}/{identity}", None)
            translation = by_locale.get(locale)
            if translation is None:
                listing.rows.setdefault(locale, {}).pop(identity, None)
                continue
            whole = {**row, **{name: translation.get(name) for name in _OF_TRANSLATION}}
            listing.rows.setdefault(locale, {})[identity] = _digest(whole)
            self._take(whole, locale, ours)

    def _take(self, row: Row, locale: str, ours: str) -> None:
        place = f"{locale}/{row.get('id')}"
        self._outcomes[place] = _outcome(row, place, ours)

    def _snapshot(self, listing: _Listing, made_for: str) -> Snapshot:
        articles: dict[tuple[str, str], Article] = {}
        skipped: list[Skipped] = []
        for place, outcome in sorted(self._outcomes.items()):
            if isinstance(outcome, Skipped):
                skipped.append(outcome)
                continue
            first = articles.setdefault((outcome.locale, outcome.id), outcome)
            if first is not outcome:
                skipped.append(Skipped(place, f"{first.path} is this article in {outcome.locale} already"))
        return Snapshot(tuple(articles.values()), tuple(skipped), state=listing.dump(made_for))

    def _get(self, path: str) -> tuple[dict[str, Any], Page]:
        page = self._ask(path)
        return self._json(page), page

    def _ask(self, path: str) -> Page:
        url = path if path.startswith(("http://", "https://")) else f"{self._source.url}{path}"
        authorization = self._source.credentials.header()
        headers = {"Accept": "application/json"} | ({"Authorization": authorization} if authorization else {})
        # Redirects are not followed: they would carry the token along.
        return self._fetcher.get(url, headers=headers, follow=False, max_bytes=_PAGE_BYTES)

    def _json(self, page: Page) -> dict[str, Any]:
        if page.status in (401, 403):
            raise SourceUnavailable(f"{self._source.url} refuses the credentials of this source ({page.status})")
        if page.status != 200:
            raise PageFailed(f"{page.url} answers {page.status}")
        try:
            answer = orjson.loads(page.body)
        except orjson.JSONDecodeError:
            raise PageFailed(f"{page.url} answers something else than JSON") from None
        if not isinstance(answer, dict):
            raise PageFailed(f"{page.url} answers something else than an object")
        return answer


_OF_TRANSLATION = ("title", "body", "draft", "html_url", "locale", "updated_at")


def _outcome(row: Row, place: str, ours: str) -> Article | Skipped:
    identity, url = str(row.get("id", "")), public_url(one_line(row.get("html_url")))
    if row.get("draft"):
        return Skipped(place, "draft")
    if row.get("user_segment_id") is not None or row.get("user_segment_ids"):
        return Skipped(place, "not public: for a segment of users only")
    title = clean_title(one_line(row.get("title") or row.get("name")))
    if not identity or not title:
        return Skipped(place, "untitled")
    body = row.get("body")
    try:
        markdown = html_to_markdown(body if isinstance(body, str) else "", url)
    except HtmlUnusable as error:
        return Skipped(place, str(error))
    if not has_words(markdown):
        return Skipped(place, "empty: a title without a body")
    labels = row.get("label_names")
    return Article(
        id=identity,
        locale=ours,
        title=title,
        url=url or f"/help/{ours}/{identity}",
        body_markdown=markdown,
        path=place,
        updated_at=moment(row.get("edited_at") or row.get("updated_at")),
        tags=tuple(one_line(each) for each in labels if one_line(each)) if isinstance(labels, list) else (),
    )


def _digest(row: Row) -> str:
    return hashlib.sha256(
        orjson.dumps({name: row[name] for name in row if name not in _VOTES}, option=orjson.OPT_SORT_KEYS)
    ).hexdigest()[:16]


def _moment_of(page: Page) -> int:
    """The server's clock, else ours."""
    try:
        return int(parsedate_to_datetime(page.header("date")).timestamp())
    except (TypeError, ValueError):
        return int(time.time())
