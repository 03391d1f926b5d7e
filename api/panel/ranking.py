"""Articles for what a host application tells of the moment: the last error weighs most, then the screen, then the version."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from api.errors import Unavailable
from knowledge_base import Article, SearchResult

# Ranks are fused as in reciprocal-rank fusion (Cormack et al., 2009), whose constant of 60 is for lists of a thousand;
# with ten in a list 5 lets the first of one beat the fifth of two.
_RANK = 5
_DEPTH = 8
_ERROR, _PAGE = 2.0, 1.0
# An article that names the very version tells of a change in it: worth the first place of the screen's list.
_VERSION = _PAGE / (_RANK + 1)
# What a search found that the copilot would not even show is mostly by chance.
_UNSURE = 0.4
_WORD = re.compile(r"[^\W\d_]{3,}")


class Searched(Protocol):
    """What this needs of the help center."""

    def article(self, article_id: str, locale: str) -> Article | None: ...
    async def search(self, text: str, *, language: str | None, limit: int = 3) -> SearchResult: ...


async def articles_for(help_center: Searched, context: Mapping[str, str], language: str, limit: int) -> list[Article]:
    """At most `limit` articles for a context (`page`, `app_version`, `last_error`), best first; none where it says nothing,
    or while nothing can be searched."""
    # A path's numbers and signs are nobody's words: /orders/10482 asks about orders.
    asked = ((_ERROR, context.get("last_error", "")), (_PAGE, " ".join(_WORD.findall(context.get("page", "")))))
    scores: defaultdict[tuple[str, str], float] = defaultdict(float)
    for weight, text in asked:
        if not _WORD.search(text):
            continue
        try:
            result = await help_center.search(text, language=language, limit=_DEPTH)
        except Unavailable:
            return []
        sure = _UNSURE if result.decision == "person" else 1.0
        for rank, hit in enumerate(result.hits, start=1):
            scores[hit.article_id, hit.locale] += sure * weight / (_RANK + rank)
    version = context.get("app_version", "").strip()
    found = []
    for (article_id, locale), score in scores.items():
        article = help_center.article(article_id, locale)
        if article is not None:
            found.append((score + (_VERSION if names_version(article, version) else 0.0), article))
    found.sort(key=lambda each: -each[0])
    return [article for _, article in found[:limit]]


def names_version(article: Article, version: str) -> bool:
    """Whether the article speaks of that version: 4.2 is named by "4.2" and "v4.2.1", not by "14.2"."""
    if not any(character.isdigit() for character in version):
        return False
    named = re.compile(rf"(?<![\d.]){re.escape(version.removeprefix('v'))}(?!\d)")
    return bool(named.search(article.title) or named.search(article.body_markdown))
