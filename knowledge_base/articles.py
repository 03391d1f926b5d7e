"""Articles and passages: what a source yields, and what is indexed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language. `id` is shared by its translations; (`id`, `locale`) is unique in an index."""

    id: str
    locale: str
    title: str
    url: str
    """Where a customer reads it: the front matter's `url`, or `/help/<locale>/<id>`."""
    body_markdown: str
    """Markdown without the front matter."""
    path: str
    """Where it came from, relative to the source's root, with forward slashes."""
    updated_at: datetime | None = None
    status: str = "PUBLISHED"
    description: str = ""
    tags: tuple[str, ...] = ()
    also_ids: tuple[str, ...] = ()
    """Ids of articles of the same words that are one with this one (`knowledge_base.copies`)."""
    points_to: str = ""
    """Where an article leads that says nothing of its own (`knowledge_base.stubs`): an article's id, else a URL."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of an article, or a part of a long one: the unit that is searched and shown."""

    id: str
    """`<locale>/<article id>#<n>`, n counted from 0 in the order of the article."""
    article_id: str
    locale: str
    title: str
    heading: str
    """The section's own heading; empty before the first one."""
    heading_path: tuple[str, ...]
    """Headings from the outermost to the section's own, the title left out."""
    anchor: str
    """Fragment of the section's heading in the rendered article; empty for the article's top."""
    url: str
    """The article's url with the anchor."""
    text: str
    """Plain text, one line a paragraph, list item or table row; without title and headings."""
    markdown: str
    html: str = ""
    """Safe HTML of `markdown`, made by `knowledge_base.rendering`."""
    names: tuple[str, ...] = ()
    """Of an article's first passage: titles of articles that only point to it, by which it is found as well."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that a source held and that was not indexed. `place` is `file` or `file:line`."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ContentWarning:
    """Something wrong within an article that was indexed all the same. `place` is the article's path."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SourceContent:
    """Everything a source had at one moment: its articles, ordered by path, and what it left out and why."""

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
