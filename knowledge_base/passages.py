"""Every article into its passages; an article that did not change keeps those of the previous index."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from knowledge_base.articles import Article, ContentWarning, Passage, Skipped
from knowledge_base.chunking import split_article
from knowledge_base.embedding import Progress
from knowledge_base.links import LinkMap
from knowledge_base.stubs import names_by_target, with_targets


@dataclass(frozen=True)
class Split:
    """Passages ordered by locale and article; and what must be known to keep them at the next build."""

    passages: tuple[Passage, ...]
    unreadable: dict[str, Skipped]
    """Articles that gave no passage, by path: empty ones, and those that only point to another."""
    warnings: tuple[ContentWarning, ...]
    digests: dict[str, str]
    """Of each article, by `<locale>/<id>`."""
    links: str
    """Digest of all that decides where links lead."""
    warned: dict[str, tuple[ContentWarning, ...]] = field(default_factory=dict)
    """The warnings of each article that has some, by `<locale>/<id>`."""


def split_articles(articles: Sequence[Article], before: Split | None, report: Progress) -> Split:
    """`before`: of the previous index, made by the same code."""
    links = LinkMap(articles)
    articles = with_targets(articles, links)
    names = names_by_target(articles)
    held = {(each.locale, each.id) for each in articles}
    fingerprint = links.fingerprint
    known: dict[str, list[Passage]] = {}
    if before is not None and before.links == fingerprint:
        for passage in before.passages:
            known.setdefault(f"{passage.locale}/{passage.article_id}", []).append(passage)
    digests: dict[str, str] = {}
    warned: dict[str, tuple[ContentWarning, ...]] = {}
    unreadable: dict[str, Skipped] = {}
    made: list[Passage] = []
    for done, article in enumerate(sorted(articles, key=lambda each: (each.locale, each.path))):
        if done % 50 == 0:
            report("split", done, len(articles))
        if (article.locale, article.points_to) in held:
            unreadable[article.path] = Skipped(
                article.path, f"only points to {article.points_to}, which is found by its title"
            )
            continue
        key = f"{article.locale}/{article.id}"
        also = names.get((article.locale, article.id), ())
        digests[key] = _digest(article, also)
        if before is not None and key in known and before.digests.get(key) == digests[key]:
            made += known[key]
            if key in before.warned:
                warned[key] = before.warned[key]
            continue
        split = split_article(article, links)
        if not split.passages:
            unreadable[article.path] = Skipped(article.path, "empty: nothing to read in its sections")
        if split.warnings:
            warned[key] = split.warnings
        made += [replace(each, names=also) if at == 0 else each for at, each in enumerate(split.passages)]
    warnings = tuple(each for of_article in warned.values() for each in of_article)
    return Split(tuple(made), unreadable, warnings, digests, fingerprint, warned)


def _digest(article: Article, names: Sequence[str]) -> str:
    fields: Mapping[str, object] = {
        "names": names,
        "id": article.id,
        "locale": article.locale,
        "title": article.title,
        "url": article.url,
        "path": article.path,
        "body": article.body_markdown,
        "description": article.description,
    }
    return hashlib.blake2b(orjson.dumps(fields), digest_size=16).hexdigest()
