"""A real HTTP server that is a Zendesk help center and a website with a sitemap, and that fails on command."""

from __future__ import annotations

import base64
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

CLOCK = 1_760_000_000
"""The server's time, in seconds; `HelpCenterServer.now` moves it on."""


@dataclass
class Answer:
    """What one address answers. `trickle`: seconds between two bytes; `endless`: the body never stops."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    trickle: float = 0.0
    endless: bool = False
    cut_short: bool = False


@dataclass
class ZendeskArticle:
    """An article of the help center; `translations`: locale -> (title, HTML)."""

    id: int
    translations: dict[str, tuple[str, str]]
    draft_in: set[str] = field(default_factory=set)
    user_segment_id: int | None = None
    labels: list[str] = field(default_factory=list)
    updated: int = CLOCK
    votes: int = 0


class HelpCenterServer:
    """`url` is its address. `asked` holds the path and query of every request, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.articles: dict[int, ZendeskArticle] = {}
        self.locales = ["en-us", "es", "pt-br"]
        self.token = ""
        self.now = CLOCK
        self.page_size = 2
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.failing: Callable[[str], Answer | None] = lambda _: None
        """Asked first for every path: an answer instead of the real one, or None."""
        self._stopping = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: with Nagle's algorithm each answer takes 40 ms.
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def page(self, path: str, html: str, **headers: str) -> None:
        """A page with an ETag of its content."""
        etag = f'"{abs(hash(html))}"'
        self.pages[path] = Answer(body=html.encode(), headers={"ETag": etag, **headers})

    def sitemap(self, path: str, entries: dict[str, str], *, packed: bool = False) -> None:
        """A sitemap of `entries`: path or address -> lastmod."""
        urls = "".join(
            f"<url><loc>{each if '://' in each else self.url + each}</loc>"
            + (f"<lastmod>{lastmod}</lastmod>" if lastmod else "")
            + "</url>"
            for each, lastmod in entries.items()
        )
        body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        raw = gzip.compress(body.encode()) if packed else body.encode()
        self.pages[path] = Answer(body=raw, content_type="application/x-gzip" if packed else "application/xml")

    def sitemap_index(self, path: str, sitemaps: list[str]) -> None:
        body = "".join(f"<sitemap><loc>{self.url}{each}</loc></sitemap>" for each in sitemaps)
        self.pages[path] = Answer(
            body=f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</sitemapindex>'.encode(),
            content_type="application/xml",
        )

    def asked_since(self, mark: int, start: str = "") -> list[str]:
        return [path for path in self.asked[mark:] if path.startswith(start)]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        self.asked.append(path)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        answer = self.failing(path)
        if answer is None:
            answer = self._zendesk(handler) if path.startswith("/api/v2/") else self._page(handler)
        try:
            self._send(handler, answer)
        except OSError:
            # The client hung up, as it should on an endless body.
            handler.close_connection = True

    def _page(self, handler: BaseHTTPRequestHandler) -> Answer:
        answer = self.pages.get(handler.path, Answer(status=404, body=b"<p>nothing here</p>"))
        etag = answer.headers.get("ETag")
        if etag and handler.headers.get("If-None-Match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return answer

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response_only(answer.status)
        handler.send_header("Date", formatdate(self.now, usegmt=True))
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.status not in (204, 304):
            handler.send_header("Content-Type", answer.content_type)
            if answer.endless:
                handler.send_header("Connection", "close")
                handler.close_connection = True
            else:
                handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if answer.status in (204, 304):
            return
        if answer.cut_short:
            handler.wfile.write(answer.body[: len(answer.body) // 2])
            handler.close_connection = True
        elif answer.endless:
            while not self._stopping.is_set():
                handler.wfile.write(b"<p>more and more</p>" * 1000)
        elif answer.trickle:
            for byte in answer.body:
                if self._stopping.wait(answer.trickle):
                    return
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
        else:
            handler.wfile.write(answer.body)

    # The Help Center API, as its documentation describes it.

    def _zendesk(self, handler: BaseHTTPRequestHandler) -> Answer:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        agent = bool(self.token)
        if self.token:
            wanted = {
                f"Bearer {self.token}",
                "Basic " + base64.b64encode(f"agent@shop.example/token:{self.token}".encode()).decode(),
            }
            if handler.headers.get("Authorization") not in wanted:
                return _json({"error": "Couldn't authenticate you"}, 401)
        names = parts.path.removeprefix("/api/v2/help_center/").removesuffix(".json").split("/")
        if names == ["locales"]:
            return _json({"locales": self.locales, "default_locale": self.locales[0]})
        if names == ["incremental", "articles"]:
            return self._changes(int(query["start_time"])) if agent else _json({"error": "Forbidden"}, 403)
        if len(names) == 3 and names[0] == "articles" and names[2] == "translations":
            return self._translations(int(names[1]))
        if len(names) == 2 and names[1] == "articles" and names[0] in self.locales:
            return self._list(names[0], query, agent)
        return _json({"error": "RecordNotFound"}, 404)

    def _visible(self, locale: str, agent: bool) -> list[ZendeskArticle]:
        return [
            each
            for each in self.articles.values()
            if locale in each.translations and (agent or (locale not in each.draft_in and each.user_segment_id is None))
        ]

    def _list(self, locale: str, query: dict[str, str], agent: bool) -> Answer:
        found = self._visible(locale, agent)
        path = f"{self.url}/api/v2/help_center/{locale}/articles.json"
        if "page[size]" in query:
            start = int(query.get("page[after]", "0"))
            end = start + min(int(query["page[size]"]), self.page_size)
            more = end < len(found)
            return _json(
                {
                    "articles": [self._row(each, locale) for each in found[start:end]],
                    "meta": {"has_more": more, "after_cursor": str(end) if more else None},
                    "links": {"next": f"{path}?page[after]={end}&page[size]={query['page[size]']}" if more else None},
                }
            )
        size = int(query.get("per_page", "30"))
        return _json({"articles": [self._row(each, locale) for each in found[:size]], "count": len(found), "page": 1})

    def _changes(self, start: int) -> Answer:
        changed = sorted(
            (each for each in self.articles.values() if each.updated >= start), key=lambda each: each.updated
        )
        page = changed[: self.page_size]
        end = page[-1].updated if page else start
        following = f"{self.url}/api/v2/help_center/incremental/articles.json?start_time={end}" if page else None
        rows = [self._row(each, self.locales[0]) for each in page]
        return _json({"articles": rows, "count": len(rows), "end_time": end, "next_page": following})

    def _translations(self, article_id: int) -> Answer:
        article = self.articles.get(article_id)
        if article is None:
            return _json({"error": "RecordNotFound"}, 404)
        rows = [{**self._row(article, locale), "source_id": article_id} for locale in article.translations]
        for row in rows:
            for name in ("user_segment_id", "label_names", "vote_sum"):
                del row[name]
        return _json({"translations": rows, "count": len(rows)})

    def _row(self, article: ZendeskArticle, locale: str) -> dict[str, Any]:
        title, body = article.translations.get(locale) or next(iter(article.translations.values()))
        return {
            "id": article.id,
            "locale": locale,
            "title": title,
            "body": body,
            "draft": locale in article.draft_in,
            "html_url": f"{self.url}/hc/{locale}/articles/{article.id}-{title.replace(' ', '-')}",
            "user_segment_id": article.user_segment_id,
            "label_names": article.labels,
            "vote_sum": article.votes,
            "updated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(article.updated)),
        }


def _json(value: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status=status, body=orjson.dumps(value), content_type="application/json; charset=utf-8")


@contextmanager
def help_center_server() -> Iterator[HelpCenterServer]:
    server = HelpCenterServer()
    try:
        yield server
    finally:
        server.stop()
