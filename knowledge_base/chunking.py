"""Articles into passages: a section each; long sections split between paragraphs and table rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from markdown_it.token import Token

from knowledge_base.articles import Article, ContentWarning, Passage
from knowledge_base.cleaning import clean_markdown
from knowledge_base.links import LinkMap
from knowledge_base.markdown import Environment, Section, outline, parse, plain_text, text_of
from knowledge_base.rendering import ResolveLink, anchor_among, render_tokens

# The encoder reads 256 word pieces, about 170 words; more of a passage than this is not seen by it.
MAX_WORDS = 220


@dataclass(frozen=True, slots=True)
class SplitArticle:
    """An article's passages in order, and what in it leads nowhere."""

    passages: tuple[Passage, ...]
    warnings: tuple[ContentWarning, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    markdown: str
    text: str
    tokens: Sequence[Token]


def passages_of(article: Article) -> list[Passage]:
    """The passages of `split_article`, without HTML."""
    return list(split_article(article).passages)


def split_article(article: Article, links: LinkMap | None = None) -> SplitArticle:
    """Reads the article once; at least one passage, even where only a description is known, and none where there is
    nothing to read. With `links` the passages carry their HTML, in which links lead where a reader of any page can
    follow them; those that lead nowhere are words, and are counted in a warning."""
    whole = outline(article.body_markdown, article.title)
    dead: list[str] = []
    made: list[Passage] = []
    for section in whole.sections:
        for part in _parts(section):
            made.append(_passage(article, section, part, len(made)))
            if links:
                made[-1] = _with_html(made[-1], part.tokens, _resolver(article, links, whole.anchors, dead))
    if article.description and not _opens_with(made, article.description):
        described = clean_markdown(article.description)
        tokens = parse(described)
        section = Section((), "", described)
        part = _Part(described, text_of(tokens), tokens)
        if part.text:
            made.append(_passage(article, section, part, len(made)))
            if links:
                made[-1] = _with_html(made[-1], tokens, _resolver(article, links, whole.anchors, dead))
    return SplitArticle(tuple(made), _warnings(article, dead))


def _resolver(article: Article, links: LinkMap, anchors: frozenset[str], dead: list[str]) -> ResolveLink:
    def resolve(target: str) -> str | None:
        if target.startswith("#"):
            anchor = anchor_among(target, anchors)
            found = None if anchor is None else _at(article.url, anchor)
        else:
            found = links.resolve(target, article)
            if found is None:
                return None if ":" in target or target.startswith("/") else _note(target, dead)
        return found or _note(target, dead)

    return resolve


def _note(target: str, dead: list[str]) -> str:
    dead.append(target)
    return ""


def _warnings(article: Article, dead: Sequence[str]) -> tuple[ContentWarning, ...]:
    if not dead:
        return ()
    others = f" and {len(dead) - 1} more" if len(dead) > 1 else ""
    first = dead[0] if len(dead[0]) <= 80 else f"{dead[0][:79]}…"
    return (ContentWarning(article.path, f"links to nothing: {first}{others}"),)


def _at(url: str, anchor: str) -> str:
    return f"{url}#{quote(anchor)}" if anchor and "#" not in url else url


def _with_html(passage: Passage, tokens: Sequence[Token], resolve: ResolveLink) -> Passage:
    return replace(passage, html=render_tokens(tokens, resolve, ids=False))


def _passage(article: Article, section: Section, part: _Part, number: int) -> Passage:
    return Passage(
        id=f"{article.locale}/{article.id}#{number}",
        article_id=article.id,
        locale=article.locale,
        title=article.title,
        heading=section.heading_path[-1] if section.heading_path else "",
        heading_path=section.heading_path,
        anchor=section.anchor,
        url=f"{article.url}#{section.anchor}" if section.anchor and "#" not in article.url else article.url,
        text=part.text,
        markdown=part.markdown,
    )


def _opens_with(passages: list[Passage], description: str) -> bool:
    """Whether the description only repeats what the article says anyway (most do)."""
    words = plain_text(description).lower().split()
    start = " ".join(words[:12])
    return any(start in " ".join(passage.text.lower().split()) for passage in passages[:3])


def _parts(section: Section) -> Iterator[_Part]:
    """A section's parts, each at most `MAX_WORDS` words unless one block is longer."""
    text = text_of(section.tokens)
    if len(text.split()) <= MAX_WORDS:
        if text.strip():
            yield _Part(section.markdown, text, section.tokens)
        return
    held: list[str] = []
    words = 0
    for block in _blocks(section.markdown, section.environment):
        size = len(block.split())
        if held and words + size > MAX_WORDS:
            yield from _part("\n\n".join(held), section.environment)
            held, words = [], 0
        held.append(block)
        words += size
    if held:
        yield from _part("\n\n".join(held), section.environment)


def _part(markdown: str, environment: Environment) -> Iterator[_Part]:
    tokens = parse(markdown, environment)
    text = text_of(tokens)
    if text.strip():
        yield _Part(markdown, text, tokens)


def _blocks(markdown: str, environment: Environment) -> Iterator[str]:
    """Top-level blocks; a long table comes in pieces that each repeat its head, a long list in runs of items."""
    lines = markdown.split("\n")
    tokens = parse(markdown, environment)
    items: list[tuple[int, int]] = [
        (token.map[0], token.map[1])
        for token in tokens
        if token.type == "list_item_open" and token.level == 1 and token.map
    ]
    at = 0
    for token in tokens:
        if token.level or token.map is None or token.nesting < 0:
            continue
        start, end = token.map
        block = "\n".join(lines[start:end])
        if len(block.split()) <= MAX_WORDS:
            yield block
        elif token.type == "table_open":
            yield from _table_pieces(lines[start:end])
        elif token.type in ("ordered_list_open", "bullet_list_open"):
            while at < len(items) and items[at][0] < start:
                at += 1
            while at < len(items) and items[at][0] < end:
                yield "\n".join(lines[items[at][0] : items[at][1]])
                at += 1
        else:
            yield block


def _table_pieces(lines: list[str]) -> Iterator[str]:
    head, rows = lines[:2], lines[2:]
    held: list[str] = []
    words = head_words = len(" ".join(head).split())
    for row in rows:
        size = len(row.split())
        if held and words + size > MAX_WORDS:
            yield "\n".join([*head, *held])
            held, words = [], head_words
        held.append(row)
        words += size
    if held:
        yield "\n".join([*head, *held])
