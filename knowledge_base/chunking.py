"""Articles into passages: a section each; long sections split between paragraphs and table rows."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge_base.articles import Article, Passage
from knowledge_base.markdown import Section, lines_of, parse, plain_text, sections

# The encoder reads 256 word pieces, about 170 words; more of a passage than this is not seen by it.
MAX_WORDS = 220


def passages_of(article: Article) -> list[Passage]:
    """The article's passages in order; at least one, even where only a description is known."""
    found = sections(article.body_markdown, article.title)
    made: list[Passage] = []
    for section in found:
        for markdown, text in _parts(section):
            made.append(_passage(article, section, markdown, text, len(made)))
    if article.description and not _opens_with(made, article.description):
        section = Section((), "", article.description)
        described = _passage(article, section, article.description, plain_text(article.description), len(made))
        made.append(described)
    return made


def _passage(article: Article, section: Section, markdown: str, text: str, number: int) -> Passage:
    return Passage(
        id=f"{article.locale}/{article.id}#{number}",
        article_id=article.id,
        locale=article.locale,
        title=article.title,
        heading=section.heading_path[-1] if section.heading_path else "",
        heading_path=section.heading_path,
        anchor=section.anchor,
        url=f"{article.url}#{section.anchor}" if section.anchor and "#" not in article.url else article.url,
        text=text,
        markdown=markdown,
    )


def _opens_with(passages: list[Passage], description: str) -> bool:
    """Whether the description only repeats what the article says anyway (most do)."""
    words = plain_text(description).lower().split()
    start = " ".join(words[:12])
    return any(start in " ".join(passage.text.lower().split()) for passage in passages[:3])


def _parts(section: Section) -> Iterator[tuple[str, str]]:
    """(Markdown, plain text) of a section's parts, each at most `MAX_WORDS` words unless one block is longer."""
    text = plain_text(section.markdown, cleaned=True)
    if len(text.split()) <= MAX_WORDS:
        if text.strip():
            yield section.markdown, text
        return
    lines = section.markdown.split("\n")
    held: list[str] = []
    words = 0
    for block in _blocks(section.markdown, lines):
        size = len(block.split())
        if held and words + size > MAX_WORDS:
            yield from _part("\n\n".join(held))
            held, words = [], 0
        held.append(block)
        words += size
    if held:
        yield from _part("\n\n".join(held))


def _part(markdown: str) -> Iterator[tuple[str, str]]:
    text = plain_text(markdown, cleaned=True)
    if text.strip():
        yield markdown, text


def _blocks(markdown: str, lines: list[str]) -> Iterator[str]:
    """Top-level blocks; a long table comes in pieces that each repeat its head, a long list in runs of items."""
    tokens = parse(markdown)
    for start, end in lines_of(tokens):
        block = "\n".join(lines[start:end])
        kind = next(token.type for token in tokens if token.level == 0 and token.map == [start, end])
        if len(block.split()) <= MAX_WORDS:
            yield block
        elif kind == "table_open":
            yield from _table_pieces(lines[start:end])
        elif kind in ("ordered_list_open", "bullet_list_open"):
            items = [
                token.map
                for token in tokens
                if token.type == "list_item_open" and token.level == 1 and token.map and start <= token.map[0] < end
            ]
            for first, last in items:
                yield "\n".join(lines[first:last])
        else:
            yield block


def _table_pieces(lines: list[str]) -> Iterator[str]:
    head, rows = lines[:2], lines[2:]
    held: list[str] = []
    for row in rows:
        if held and len(" ".join([*held, row]).split()) > MAX_WORDS:
            yield "\n".join([*head, *held])
            held = []
        held.append(row)
    if held:
        yield "\n".join([*head, *held])
