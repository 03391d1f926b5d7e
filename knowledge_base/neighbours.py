"""The articles around an article: those that it links to, in the order of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge_base.articles import Article
from knowledge_base.links import LinkMap
from knowledge_base.results import Related

# `[words](target)`, `[words](<target> "title")`, `[name]: target`. Read with an expression instead of the parser: a target
# that is none (in code) resolves to no article.
_TARGET = re.compile(r"\]\(\s*<?([^\s<>()]{1,2000})|^\s{0,3}\[[^\]\n]{1,200}\]:\s*<?([^\s<>]{1,2000})", re.M)


def linked_articles(
    article: Article, links: LinkMap, articles: Mapping[tuple[str, str], Article], *, most: int = 8
) -> tuple[Related, ...]:
    """At most `most` distinct articles of `articles` (by locale and id) that `article` links to, itself left out; in its own
    locale only, so that nobody is led into another language unasked."""
    found: dict[str, Related] = {}
    for match in _TARGET.finditer(article.body_markdown):
        id_ = links.article_id(match[1] or match[2], article)
        if id_ is None or id_ == article.id or id_ in found:
            continue
        other = articles.get((article.locale, id_))
        if other is not None:
            found[id_] = Related(other.id, other.title, other.url, other.locale)
            if len(found) == most:
                break
    return tuple(found.values())
