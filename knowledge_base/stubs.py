"""Articles that say nothing of their own and only send the reader elsewhere.

One that leads to an article of the same index is another name of it: customers who ask in its words are to get the article
that answers, so its title is searched as a name of the target's, and it is no hit itself. One that leads out of the index is
all that the help center has on the matter: it stays an article like any other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from markdown_it.token import Token

from knowledge_base.articles import Article
from knowledge_base.links import LinkMap
from knowledge_base.markdown import inline_text, read
from knowledge_base.rendering import safe_url

# Counted over 453 articles: stubs have 10 to 40 words; from about 45 on articles say what to do.
_MAX_WORDS = 42
_MAX_SENTENCES = 2
_MAX_CHARACTERS = 1_500
_MAX_STEPS = 20
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_SAYS_MORE = frozenset({"fence", "code_block", "table_open", "ordered_list_open"})


def stub_target(article: Article, links: LinkMap) -> str:
    """Where an article leads whose only content is a link, in one or two sentences: the id of an indexed article, else a
    URL, empty for an article that says something itself (code, steps, a table, an image, several targets, more words)."""
    body = article.body_markdown
    if len(body) > _MAX_CHARACTERS or not ("](" in body or "<a" in body or "://" in body):
        return ""
    tokens = read(body)[1]
    paragraphs = [token for before, token in zip([None, *tokens], tokens, strict=False) if _is_text(before, token)]
    text = " ".join(inline_text(each) for each in paragraphs)
    said = len(_SENTENCE_END.findall(text)) + (not _SENTENCE_END.search(text[-1:]))
    if any(each.type in _SAYS_MORE for each in tokens) or len(text.split()) > _MAX_WORDS or said > _MAX_SENTENCES:
        return ""
    targets: set[str] = set()
    for child in (child for each in paragraphs for child in each.children or []):
        if child.type in ("image", "code_inline"):
            return ""
        if child.type == "link_open":
            targets.add(_target(str(child.attrGet("href") or ""), article, links))
    return targets.pop() if len(targets) == 1 else ""


def with_targets(articles: Sequence[Article], links: LinkMap) -> tuple[Article, ...]:
    """The articles, those that only point elsewhere with `points_to`. Of articles that point to each other in a circle
    none does: there is no end that a reader could be led to."""
    found = {(each.locale, each.id): stub_target(each, links) for each in articles}

    def end(article: Article) -> str:
        target = found[article.locale, article.id]
        for _ in range(_MAX_STEPS):
            following = found.get((article.locale, target), "")
            if not following:
                return "" if target == article.id else target
            target = following
        return ""

    return tuple(replace(each, points_to=end(each)) if found[each.locale, each.id] else each for each in articles)


def names_by_target(articles: Iterable[Article]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Titles of the stubs that lead to an article of their own locale, by (locale, id of the article led to)."""
    articles = tuple(articles)
    held = {(each.locale, each.id) for each in articles}
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in articles:
        if each.points_to and (each.locale, each.points_to) in held:
            names[each.locale, each.points_to].append(each.title)
    return {target: tuple(titles) for target, titles in names.items()}


def _is_text(before: Token | None, token: Token) -> bool:
    return token.type == "inline" and not (before is not None and before.type == "heading_open")


def _target(written: str, article: Article, links: LinkMap) -> str:
    found = links.article_id(written, article)
    if found is not None:
        return "" if found == article.id else found
    url = links.resolve(written, article)
    return (safe_url(written, mail=False) or "") if url is None else url
