"""A file of articles, or a folder of such files, one JSON object a line: what any system can export."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from knowledge_base.articles import Article, Skipped, SourceContent
from knowledge_base.cleaning import clean_title
from knowledge_base.errors import SourceUnusable
from knowledge_base.markdown import has_words
from knowledge_base.sources.fields import CONTROL, LOCALE, PUBLISHED, is_hidden, moment, one_line, public_url, tags

MAX_LINE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Reads `{id, locale, title, body, url?, description?, updated_at?, status?, hidden?, tags?}` a line; `body` is Markdown.

    Every line that cannot be read is skipped by its number. Translations share their `id`; of two lines for an id and
    locale the first wins.
    """

    path: Path

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for path in self._files():
            try:
                with path.open("rb") as file:
                    digest.update(path.name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise SourceUnusable(f"The source {path} cannot be read: {error.strerror}") from None
        return digest.hexdigest()

    def read(self) -> SourceContent:
        articles: dict[tuple[str, str], Article] = {}
        skipped: list[Skipped] = []
        for place, line in (found for path in self._files() for found in self._lines(path)):
            outcome = _outcome(place, line)
            if isinstance(outcome, Skipped):
                skipped.append(outcome)
                continue
            first = articles.setdefault((outcome.locale, outcome.id), outcome)
            if first is not outcome:
                skipped.append(
                    Skipped(place, f"its id {outcome.id!r} ({outcome.locale}) belongs to {first.path} already")
                )
        if not articles:
            told = f"; first: {skipped[0]}" if skipped else ""
            raise SourceUnusable(f"The source {self.path} holds no article that can be indexed{told}")
        return SourceContent(articles=tuple(articles.values()), skipped=tuple(skipped))

    def _files(self) -> list[Path]:
        return sorted(self.path.glob("*.jsonl")) if self.path.is_dir() else [self.path]

    def _lines(self, path: Path) -> Iterator[tuple[str, bytes | None]]:
        """Lines that hold something, with `file:number`; None for one that is too long, which is not kept in memory."""
        try:
            with path.open("rb") as file:
                number = 0
                while line := file.readline(MAX_LINE_BYTES + 1):
                    number += 1
                    if len(line) > MAX_LINE_BYTES:
                        while line and not line.endswith(b"\n"):
                            line = file.readline(MAX_LINE_BYTES + 1)
                        yield f"{path.name}:{number}", None
                    elif line.strip():
                        bare = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                        yield f"{path.name}:{number}", bare
        except OSError as error:
            raise SourceUnusable(f"The source {path} cannot be read: {error.strerror}") from None


def _outcome(place: str, line: bytes | None) -> Article | Skipped:
    if line is None:
        return Skipped(place, f"longer than {MAX_LINE_BYTES // 2**20} MB")
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Skipped(place, f"not JSON: {error.msg}")
    if not isinstance(fields, dict):
        return Skipped(place, "not a JSON object")
    return _article(place, fields)


def _article(place: str, fields: dict[str, Any]) -> Article | Skipped:
    status = one_line(fields.get("status")).upper() or PUBLISHED
    if status != PUBLISHED:
        return Skipped(place, f"status {status}")
    if is_hidden(fields.get("hidden")):
        return Skipped(place, "hidden")
    article_id, locale = one_line(fields.get("id")).strip("/ "), one_line(fields.get("locale"))
    if not article_id:
        return Skipped(place, "no id")
    if not LOCALE.fullmatch(locale):
        return Skipped(place, f"no locale: {locale!r} is none")
    title = clean_title(one_line(fields.get("title")))
    if not title:
        return Skipped(place, "no title")
    body = fields.get("body")
    if not isinstance(body, str):
        return Skipped(place, "no body: expected Markdown text")
    description = one_line(fields.get("description"))
    if not has_words(body) and not description:
        return Skipped(place, "empty: a title without a body")
    return Article(
        id=article_id,
        locale=locale,
        title=title,
        url=public_url(one_line(fields.get("url"))) or f"/help/{quote(locale)}/{quote(article_id)}",
        body_markdown=CONTROL.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).strip("\n") + "\n",
        path=place,
        updated_at=moment(fields.get("updated_at")),
        status=status,
        description=description,
        tags=tags(fields),
    )
