"""Articles into passages: a section each; long sections split between paragraphs and table rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from markdown_it.token import Token

from knowledge_base.articles import Article, ContentWarning, Passage
from knowledge_base.links import LinkMap
from knowledge_base.markdown import KEPT_CHARACTERS, Section, is_too_much, outline, plain_text, read, text_of
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
        described, tokens = read(article.description)
        section = Section((), "", described)
        part = _Part(described, text_of(tokens), tokens)
        if part.text:
            made.append(_passage(article, section, part, len(made)))
            if links:
                made[-1] = _with_html(made[-1], tokens, _resolver(article, links, whole.anchors, dead))
    warnings = _warnings(article, dead)
    if is_too_much(article.body_markdown):
        reason = f"too much markup to read: only the words of its first {KEPT_CHARACTERS} characters are indexed"
        warnings = (ContentWarning(article.path, reason), *warnings)
    return SplitArticle(tuple(made), warnings)


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
    held: list[_Block] = []
    words = 0
    for block in _blocks(section):
        if held and words + block.words > MAX_WORDS:
            yield from _part(held)
            held, words = [], 0
        held.append(block)
        words += block.words
    if held:
        yield from _part(held)


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, a table or part of one, or an item of a list; `around` opens and closes the list it belongs to."""

    markdown: str
    tokens: Sequence[Token]
    around: tuple[Token, Token] | None = None

    @property
    def words(self) -> int:
        return len(self.markdown.split())


def _part(blocks: Sequence[_Block]) -> Iterator[_Part]:
    tokens: list[Token] = []
    lists: list[tuple[Token, Token] | None] = [None]
    for block in blocks:
        before = lists[-1]
        same = before is not None and block.around is not None and before[1] is block.around[1]
        if before is not None and not same:
            tokens.append(before[1])
        if block.around is not None and not same:
            tokens.append(block.around[0])
        tokens.extend(block.tokens)
        lists.append(block.around)
    if lists[-1] is not None:
        tokens.append(lists[-1][1])
    text = text_of(tokens)
    if text.strip():
        yield _Part("\n\n".join(block.markdown for block in blocks), text, tokens)


def _blocks(section: Section) -> Iterator[_Block]:
    """Top-level blocks; a long table comes in pieces that each repeat its head, a long list item by item."""
    lines = section.markdown.split("\n")
    tokens = section.tokens
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        token = tokens[at]
        if token.map is not None:
            first, last = (line - section.first_line for line in token.map)
            block = _Block("\n".join(lines[max(first, 0) : last]), tokens[at:end])
            if block.words <= MAX_WORDS:
                yield block
            elif token.type == "table_open":
                yield from _table_pieces(block, lines[first:last])
            elif token.type in ("ordered_list_open", "bullet_list_open"):
                yield from _items(section, lines, at, end)
            else:
                yield block
        at = end


def _end(tokens: Sequence[Token], at: int) -> int:
    """One past the last token of the block that begins at `at`."""
    level = tokens[at].level
    end = at + 1
    if tokens[at].nesting == 1:
        while end < len(tokens) and not (tokens[end].level == level and tokens[end].nesting == -1):
            end += 1
        end += 1
    return end


def _items(section: Section, lines: Sequence[str], at: int, end: int) -> Iterator[_Block]:
    """The items of the list in `tokens[at:end]`, each numbered as it was."""
    opening, closing = section.tokens[at], section.tokens[end - 1]
    number = int(opening.attrGet("start") or 1)
    item = at + 1
    while item < end - 1:
        following = _end(section.tokens, item)
        first, last = (line - section.first_line for line in section.tokens[item].map or (0, 0))
        attributes = {"start": number} if opening.type == "ordered_list_open" and number != 1 else {}
        around = opening.copy(attrs=attributes), closing
        yield _Block("\n".join(lines[first:last]).strip("\n"), section.tokens[item:following], around)
        number += 1
        item = following


def _table_pieces(table: _Block, lines: Sequence[str]) -> Iterator[_Block]:
    tokens = table.tokens
    body = next((at for at, token in enumerate(tokens) if token.type == "tbody_open"), len(tokens) - 1)
    head_words = words = len(" ".join(lines[:2]).split())
    held: list[Token] = []
    rows: list[str] = []
    at = body + 1
    for row in lines[2:]:
        size = len(row.split())
        if rows and words + size > MAX_WORDS:
            yield _Block("\n".join([*lines[:2], *rows]), [*tokens[: body + 1], *held, *tokens[-2:]])
            held, rows, words = [], [], head_words
        if at < len(tokens) and tokens[at].type == "tr_open":
            end = _end(tokens, at)
            held.extend(tokens[at:end])
            at = end
        rows.append(row)
        words += size
    if rows:
        yield _Block("\n".join([*lines[:2], *rows]), [*tokens[: body + 1], *held, *tokens[-2:]])
